"""Blends, paths, the Gaussian and directions, against closed forms and NumPy."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.glo import latent


def vectors(seed, *shape):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


@pytest.mark.parametrize("how", latent.PATHS)
def test_a_path_hits_both_ends_and_has_its_steps(how):
    a, b = vectors(0, 6), vectors(1, 6)
    found = latent.path(a, b, 9, how)
    assert found.shape == (9, 6)
    torch.testing.assert_close(found[0], a)
    torch.testing.assert_close(found[-1], b)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10_000))
def test_straight_lines_stay_in_the_ball_and_great_circles_turn_evenly(seed):
    a, b = (vector / vector.norm() for vector in vectors(seed, 2, 5))
    assert (latent.path(a, b, 11).norm(dim=1) <= 1 + 1e-12).all()
    arc = latent.path(a, b, 11, "spherical")
    torch.testing.assert_close(arc.norm(dim=1), torch.ones(11, dtype=torch.float64))
    angles = torch.arccos((arc[1:] * arc[:-1]).sum(1).clamp(-1, 1))
    torch.testing.assert_close(angles, angles.mean().expand(10), atol=1e-6, rtol=0)


def test_where_no_great_circle_is_determined_the_path_is_straight():
    a = torch.tensor([1.0, 0.0], dtype=torch.float64)
    torch.testing.assert_close(latent.between(a, -a, 0.25, "spherical"), a / 2)
    torch.testing.assert_close(latent.between(a, a, 0.3, "spherical"), a)
    torch.testing.assert_close(latent.between(a, 0 * a, 0.5, "spherical"), a / 2)
    assert torch.isfinite(latent.between(0 * a, 0 * a, 0.5, "spherical")).all()


def test_a_great_circle_by_hand():
    a, b = torch.tensor([2.0, 0.0]), torch.tensor([0.0, 4.0])
    expected = 3 * torch.tensor([math.cos(math.pi / 4), math.sin(math.pi / 4)])
    torch.testing.assert_close(latent.between(a, b, 0.5, "spherical"), expected)


@pytest.mark.parametrize("count", [2, 3, 4])
@pytest.mark.parametrize("how", latent.PATHS)
def test_the_corners_of_the_pad_are_the_corner_codes(count, how):
    corners = vectors(2, count, 6)
    places = {2: [(0, 0.5), (1, 0.2)], 3: [(0, 0), (1, 0), (0.5, 1)], 4: [(0, 0), (1, 0), (0, 1), (1, 1)]}
    for corner, (across, down) in zip(corners, places[count], strict=True):
        torch.testing.assert_close(latent.blend(corners, across, down, how), corner)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from([2, 3, 4]), st.floats(-0.5, 1.5), st.floats(-0.5, 1.5))
def test_weights_are_shares(count, across, down):
    weights = latent.corner_weights(count, across, down)
    assert len(weights) == count
    assert all(weight >= -1e-12 for weight in weights)
    assert sum(weights) == pytest.approx(1)


def test_in_the_triangle_the_weights_are_barycentric():
    across, down = 0.55, 0.3
    weights = latent.corner_weights(3, across, down)
    place = np.array(weights) @ np.array([[0, 0], [1, 0], [0.5, 1]])
    np.testing.assert_allclose(place, [across, down])


def test_the_gaussian_has_the_moments_of_the_codes_and_samples_have_them_too():
    codes = vectors(3, 500, 4) @ vectors(4, 4, 4) + 2
    fitted = latent.fit_gaussian(codes)
    covariance = np.cov(codes.numpy().T, bias=True)
    np.testing.assert_allclose((fitted.factor @ fitted.factor.T).numpy(), covariance, rtol=1e-3, atol=1e-4)
    samples = fitted.sample(vectors(5, 200_000, 4))
    np.testing.assert_allclose(samples.mean(0).numpy(), codes.mean(0).numpy(), atol=0.03)
    np.testing.assert_allclose(np.cov(samples.numpy().T), covariance, rtol=0.05, atol=0.05)
    torch.testing.assert_close(fitted.sample(vectors(5, 3, 4), 0.0), codes.mean(0).expand(3, 4))


def test_a_gaussian_fits_fewer_codes_than_dimensions():
    assert torch.isfinite(latent.fit_gaussian(vectors(6, 3, 8)).factor).all()


def test_a_direction_is_mean_with_minus_mean_without():
    codes, having = vectors(7, 10, 3), torch.arange(10) % 3 == 0
    expected = codes.numpy()[having.numpy()].mean(0) - codes.numpy()[~having.numpy()].mean(0)
    np.testing.assert_allclose(latent.direction(codes, having).numpy(), expected)
    for nobody in (torch.zeros(10, dtype=torch.bool), torch.ones(10, dtype=torch.bool)):
        with pytest.raises(ValueError, match="with and pictures without"):
            latent.direction(codes, nobody)


def test_the_first_direction_is_the_widest():
    codes = vectors(8, 300, 3) * torch.tensor([0.1, 2.0, 0.5])
    found = latent.principal_directions(codes, 2)
    assert abs(found.axes[0, 1]) > 0.99
    assert found.deviations[0] == pytest.approx(2, rel=0.1)


def test_other_names_are_refused():
    with pytest.raises(ValueError, match="not 'curly'"):
        latent.between(torch.ones(2), torch.ones(2), 0.5, "curly")
    with pytest.raises(ValueError, match="2, 3 or 4 corners, not 5"):
        latent.corner_weights(5, 0, 0)
