"""The Laplacian pyramid and the losses, against what must hold of them and literal sums."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.glo import laplacian_pyramid_loss, losses
from engine.glo.pyramid import gaussian_kernel, grow, laplacian_pyramid, level_weights, shrink


def pictures(seed, *shape, dtype=torch.float64):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed), dtype=dtype)


sizes = st.tuples(st.integers(1, 3), st.integers(1, 3), st.integers(3, 33), st.integers(3, 33))


@settings(deadline=None, max_examples=30)
@given(sizes, st.integers(0, 4))
def test_the_levels_add_up_to_the_picture(shape, levels):
    image = pictures(0, *shape)
    *bands, rebuilt = laplacian_pyramid(image, levels)
    for band in reversed(bands):
        rebuilt = grow(rebuilt, *band.shape[-2:]) + band
    torch.testing.assert_close(rebuilt, image)


@settings(deadline=None, max_examples=30)
@given(sizes, st.integers(0, 4))
def test_the_pyramid_of_the_difference_is_the_difference_of_the_pyramids(shape, levels):
    a, b = pictures(1, *shape), pictures(2, *shape)
    two = zip(laplacian_pyramid(a, levels), laplacian_pyramid(b, levels), strict=True)
    apart = [one - other for one, other in two]
    for found, expected in zip(laplacian_pyramid(a - b, levels), apart, strict=True):
        torch.testing.assert_close(found, expected)
    literal = sum(band.abs().mean() for band in apart)
    torch.testing.assert_close(laplacian_pyramid_loss(a, b, levels), literal)


def test_the_kernel_is_one_gaussian_in_two_directions_and_built_once():
    kernel = gaussian_kernel(3, torch.device("cpu"), torch.float64)
    assert kernel.shape == (3, 1, 5, 5)
    assert torch.linalg.matrix_rank(kernel[0, 0]) == 1
    profile = torch.tensor([-2.0, -1, 0, 1, 2], dtype=torch.float64).square().mul(-0.5).exp()
    torch.testing.assert_close(kernel[1, 0], torch.outer(profile, profile) / profile.sum() ** 2)
    assert gaussian_kernel(3, torch.device("cpu"), torch.float64) is kernel


def test_a_kernel_first_asked_for_in_inference_mode_still_takes_part_in_training():
    gaussian_kernel.cache_clear()
    with torch.inference_mode():
        laplacian_pyramid(pictures(0, 1, 2, 8, 8))
    image = pictures(1, 1, 2, 8, 8).requires_grad_()
    laplacian_pyramid_loss(image, torch.zeros_like(image)).backward()
    assert image.grad.abs().sum() > 0


def test_a_constant_lies_in_the_last_level_only():
    *bands, rest = laplacian_pyramid(torch.full((1, 1, 25, 28), 0.4, dtype=torch.float64), 3)
    assert all(band.abs().max() < 1e-12 for band in bands)
    torch.testing.assert_close(rest, torch.full_like(rest, 0.4))
    assert rest.shape[-2:] == (4, 4)


def test_shrinking_is_a_blur_and_every_second_pixel():
    image = pictures(3, 1, 1, 9, 12)
    kernel = gaussian_kernel(1, image.device, image.dtype)[0, 0]
    found = shrink(image)
    assert found.shape == (1, 1, 5, 6)
    for row, column in [(0, 0), (2, 3), (4, 5)]:
        total = torch.zeros((), dtype=torch.float64)
        for i in range(-2, 3):
            for j in range(-2, 3):
                y, x = min(max(2 * row + i, 0), 8), min(max(2 * column + j, 0), 11)
                total += kernel[i + 2, j + 2] * image[0, 0, y, x]
        torch.testing.assert_close(found[0, 0, row, column], total)


@pytest.mark.parametrize(("weighting", "exponent"), [("equal", 2), ("sums", 0), ("finest", -2)])
def test_weights_on_means_are_the_stated_weights_on_sums(weighting, exponent):
    a, b = pictures(4, 2, 3, 32, 16), pictures(5, 2, 3, 32, 16)
    bands = laplacian_pyramid(a - b, 3)
    sums = sum(2.0 ** (exponent * j) * band.abs().sum() for j, band in enumerate(bands))
    found = laplacian_pyramid_loss(a, b, 3, weights=level_weights(3, weighting))
    torch.testing.assert_close(found, sums / a.numel())


def test_its_gradient_is_right_and_alike_pictures_have_none():
    a, b = pictures(6, 1, 2, 9, 8).requires_grad_(), pictures(7, 1, 2, 9, 8)
    assert torch.autograd.gradcheck(lambda image: laplacian_pyramid_loss(image, b, 2), (a,))
    assert laplacian_pyramid_loss(b, b) == 0


def test_every_named_loss_is_what_its_name_says():
    a, b = pictures(8, 4, 3, 16, 16).float(), pictures(9, 4, 3, 16, 16).float()
    difference = a - b
    lap = torch.stack([laplacian_pyramid_loss(a[i : i + 1], b[i : i + 1]) for i in range(4)])
    expected = {
        "l2": difference.square().flatten(1).mean(1),
        "l1": difference.abs().flatten(1).mean(1),
        "laplacian": lap,
        "mixed": difference.square().flatten(1).mean(1) + lap,
    }
    assert set(expected) == set(losses.NAMES)
    for name, values in expected.items():
        torch.testing.assert_close(losses.each(name, a, b), values)


def test_what_cannot_be_is_said():
    image = pictures(0, 1, 1, 8, 8)
    with pytest.raises(ValueError, match="0 to 8 levels, not 9"):
        laplacian_pyramid(image, 9)
    with pytest.raises(ValueError, match=r"Expected pictures \(B, C, H, W\)"):
        laplacian_pyramid(image[0])
    with pytest.raises(ValueError, match="need 4 weights, not 2"):
        laplacian_pyramid_loss(image, image, 3, weights=(1, 1))
    with pytest.raises(ValueError, match="one shape"):
        laplacian_pyramid_loss(image, image[:, :, 1:])
    with pytest.raises(ValueError, match="there is no 'steep'"):
        level_weights(3, "steep")
    with pytest.raises(ValueError, match="no loss 'l3'"):
        losses.each("l3", image, image)
    with pytest.raises(ValueError, match="Shapes differ"):
        losses.each("l2", image, image[:, :, 1:])


def test_no_weight_at_all_is_a_loss_of_zero_that_still_has_a_gradient():
    image = pictures(0, 2, 1, 8, 8).requires_grad_()
    loss = laplacian_pyramid_loss(image, torch.zeros_like(image), 1, weights=(0, 0))
    loss.backward()
    assert loss == 0
    assert image.grad.abs().max() == 0
