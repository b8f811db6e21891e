"""Factor probes on features whose content is known."""

import pytest
import torch
from sklearn.metrics import r2_score

from engine.contrastive import factor_probe
from engine.data import Factor
from engine.data.shapes import draw, factors


def known(count, seed):
    generator = torch.Generator().manual_seed(seed)
    found = factors(draw(count, generator))
    noise = torch.randn(count, 4, generator=generator)
    return found, noise


TRAIN, TRAIN_NOISE = known(2000, 0)
TEST, TEST_NOISE = known(500, 1)


def features(found, noise, names):
    """The named factors' own columns, mixed with noise by a fixed turn, so that no column holds one alone."""
    columns = torch.cat([*(factor_probe.targets(found[name]) for name in names), noise], 1)
    width = columns.shape[1]
    return columns @ torch.linalg.qr(torch.randn(width, width, generator=torch.Generator().manual_seed(7)))[0]


@pytest.mark.parametrize("reader", ["linear", "neighbours"])
def test_what_is_in_the_features_is_found_and_nothing_else(reader):
    names = ("shape", "hue", "x")
    scale = 1.0 if reader == "linear" else 0.1  # neighbours are drowned by noise, a linear layer is not
    train = features(TRAIN, scale * TRAIN_NOISE, names)
    test = features(TEST, scale * TEST_NOISE, names)
    found = {one.name: one for one in factor_probe.probe(train, TRAIN, test, TEST, reader)}
    assert list(found) == list(TRAIN)
    for name, one in found.items():
        assert one.kept > (0.9 if reader == "linear" else 0.3) if name in names else one.kept < 0.12, one


def test_scores_are_scikit_learns_and_the_share_of_right_answers():
    generator = torch.Generator().manual_seed(3)
    for name in ("x", "hue"):
        true = factor_probe.targets(TEST[name])
        guess = true + 0.2 * torch.randn(true.shape, generator=generator)
        found = factor_probe.score(TEST[name], guess)
        if name == "x":
            assert found.value == pytest.approx(r2_score(true.numpy(), guess.numpy()), abs=1e-5)
        else:
            expected = r2_score(true.numpy(), guess.numpy(), multioutput="variance_weighted")
            assert found.value == pytest.approx(expected, abs=1e-5)
        assert (found.measure, found.chance, found.kept) == ("R^2", 0.0, max(0.0, found.value))
    right = factor_probe.targets(TEST["shape"]).clone()
    right[:100] = right[:100].roll(1, 1)
    found = factor_probe.score(TEST["shape"], right)
    assert found.value == pytest.approx(0.8)
    assert found.chance == pytest.approx(TEST["shape"].values.bincount().max().item() / 500)
    assert found.kept == pytest.approx((0.8 - found.chance) / (1 - found.chance), abs=1e-6)


def test_guessing_keeps_nothing():
    for name, factor in TEST.items():
        mean = factor_probe.targets(factor).mean(0).expand(500, -1)
        assert factor_probe.score(factor, mean).kept == pytest.approx(0, abs=1e-5), name


def test_a_circle_has_no_seam():
    angles = torch.tensor([0.0, 1.0, 359.0, 360.0])
    column = factor_probe.targets(Factor("hue", "circular", angles, high=360))
    assert (column - column[0]).abs().max() < 0.02


def test_a_factor_that_stands_still_is_left_out():
    still = Factor("size", "continuous", torch.full((2000,), 0.4), low=0.3, high=0.5)
    assert not factor_probe.varies(still)
    found = factor_probe.probe(TRAIN_NOISE, {"size": still}, TEST_NOISE, {"size": still})
    assert found == []


def test_bins_are_equal_parts_of_the_range():
    hue = factor_probe.bins(TRAIN["hue"])
    assert hue.dtype == torch.int64
    assert set(hue.tolist()) == set(range(8))
    edges = Factor("hue", "circular", torch.tensor([0.0, 44.9, 45.1, 359.9, 360.0]), high=360)
    assert factor_probe.bins(edges).tolist() == [0, 0, 1, 7, 7]
    assert (factor_probe.bins(TRAIN["shape"]) == TRAIN["shape"].values).all()
