"""The games of two numbers, against what algebra says of every update."""

import math
from itertools import pairwise

import pytest

from engine.glo.games import GAMES, METHODS, TARGET, Game, linearised, loss, step, trajectory, value

START = (0.8, 0.3)


def radius(state):
    return math.hypot(*state)


def test_bilinear_simultaneous_spirals_outward_by_a_known_factor():
    game = Game("bilinear", 0.2)
    for before, after in zip(
        *[trajectory(game, "simultaneous", START, 50)[i:] for i in (0, 1)], strict=False
    ):
        assert radius(after) ** 2 == pytest.approx(radius(before) ** 2 * (1 + 0.2**2))


def test_bilinear_alternating_stays_on_its_ellipse():
    game = Game("bilinear", 0.3)
    x, y = START
    kept = x * x + y * y - 0.3 * x * y
    for x, y in trajectory(game, "alternating", START, 500):
        assert x * x + y * y - 0.3 * x * y == pytest.approx(kept)


@pytest.mark.parametrize("name", GAMES)
def test_near_the_saddle_every_game_is_its_linearised_matrix(name):
    """Cayley-Hamilton: states of a linear map with eigenvalues a, b satisfy s2 = (a + b) s1 - a b s0."""
    game = Game(name, 0.2, 0.5)
    for method in ("simultaneous", "alternating", "penalty"):
        a, b = linearised(game, method)
        zero, one, two = trajectory(game, method, (1e-5, 2e-5), 2)
        for s0, s1, s2 in zip(zero, one, two, strict=True):
            assert s2 == pytest.approx(((a + b) * s1 - a * b * s0).real, rel=1e-4)


@pytest.mark.parametrize("name", GAMES)
def test_who_converges_circles_and_runs_away(name):
    game = Game(name, 0.2, 0.5)
    assert max(map(abs, linearised(game, "simultaneous"))) > 1
    assert max(map(abs, linearised(game, "alternating"))) == pytest.approx(1)
    assert max(map(abs, linearised(game, "penalty"))) < 1
    assert radius(trajectory(game, "simultaneous", START, 400)[-1]) > 1.5 * radius(START)
    assert 0.6 < radius(trajectory(game, "alternating", START, 400)[-1]) / radius(START) < 1.5
    assert radius(trajectory(game, "penalty", START, 400)[-1]) < 1e-2


def test_the_dirac_gan_moves_along_its_gradient():
    game, (x, y), tiny = Game("dirac", 0.1), START, 1e-6
    by_x = (value(game, (x + tiny, y)) - value(game, (x - tiny, y))) / (2 * tiny)
    by_y = (value(game, (x, y + tiny)) - value(game, (x, y - tiny))) / (2 * tiny)
    assert step(game, "simultaneous", START) == pytest.approx((x - 0.1 * by_x, y + 0.1 * by_y), abs=1e-8)


def test_glo_goes_down_its_loss_and_keeps_what_algebra_says():
    states = trajectory(Game(step_size=0.3), "glo", (0.9, 0.2), 300)
    losses = [loss(state) for state in states]
    assert all(after <= before for before, after in pairwise(losses))
    assert losses[-1] < 1e-20
    (w, z), (next_w, next_z) = states[0], states[1]
    kept = (w * w - z * z) * (1 - (0.3 * (w * z - TARGET)) ** 2)
    assert next_w**2 - next_z**2 == pytest.approx(kept)


def test_the_code_stays_in_the_ball():
    states = trajectory(Game(step_size=0.5), "glo", (0.1, 0.95), 60)
    assert max(abs(z) for _, z in states) == 1
    assert states[-1][0] == pytest.approx(TARGET, abs=1e-6)


def test_what_runs_away_stops_and_numbers_stay_finite():
    game = Game("bilinear", 1.5)
    states = trajectory(game, "simultaneous", (5, 5), 500)
    assert states[-1] == states[-2]
    for name in GAMES:
        game = Game(name, 0.5)
        for method in METHODS:
            assert all(math.isfinite(n) for n in trajectory(game, method, (900.0, -900.0), 50)[-1])
    assert value(Game("dirac"), (900.0, -900.0)) == -810_000
    assert value(Game("bilinear"), (2, 3)) == 6


def test_settings_that_make_no_sense_are_refused():
    with pytest.raises(ValueError, match="there is no 'chess'"):
        Game("chess")
    with pytest.raises(ValueError, match="step size is positive"):
        Game(step_size=0)
    with pytest.raises(ValueError, match="there is no 'jump'"):
        step(Game(), "jump", START)
    with pytest.raises(ValueError, match="plays no game"):
        linearised(Game(), "glo")
