"""The named kernels against OpenCV, scipy and closed forms, and by what they are meant to do."""

from __future__ import annotations

from math import cos, pi, radians, sin

import cv2
import numpy as np
import pytest
import torch
from scipy import ndimage, signal

from engine.convolution import convolve
from engine.kernels import FAMILIES, KernelError, build, flip, formulas, normalise

EVERY = [(name, size) for name, family in FAMILIES.items() for size in family.sizes]


def equal(kernel, expected, **tolerance):
    torch.testing.assert_close(
        kernel, torch.as_tensor(np.asarray(expected), dtype=torch.float32), **tolerance
    )


@pytest.mark.parametrize(("name", "size"), EVERY)
def test_a_kernel_has_its_size_and_the_sum_it_promises(name, size):
    kernel, family = build(name, size), FAMILIES[name]
    assert kernel.shape == (size, size)
    assert kernel.dtype == torch.float32
    assert kernel.isfinite().all()
    assert kernel.any()
    assert not (kernel.signbit() & (kernel == 0)).any()  # a page would show "-0"
    total, weight = kernel.double().sum().item(), kernel.abs().sum().item()
    assert family.keeps_brightness == (total == pytest.approx(1, abs=1e-6))
    assert family.zero_sum == (abs(total) < 1e-6 * weight)


@pytest.mark.parametrize("family", FAMILIES.values(), ids=list(FAMILIES))
def test_a_family_explains_itself(family):
    assert family.what.endswith(".")
    assert family.default_size in family.sizes
    assert set(family.sizes) <= set(range(1, 8))
    for parameter in family.parameters:
        ends = {parameter.name: parameter.least}, {parameter.name: parameter.most}
        low, high = (family.build(family.default_size, **end) for end in ends)
        assert low.isfinite().all()
        assert high.isfinite().all()


def test_textbook_kernels():
    equal(build("identity", 3), [[0, 0, 0], [0, 1, 0], [0, 0, 0]])
    equal(build("sharpen", 3), [[0, -1, 0], [-1, 5, -1], [0, -1, 0]])
    equal(build("emboss", 3), [[-2, -1, 0], [-1, 1, 1], [0, 1, 2]], atol=1e-6, rtol=0)
    equal(build("laplacian", 3), [[0, 1, 0], [1, -4, 1], [0, 1, 0]])
    equal(build("laplacian", 3, neighbours=8), [[1, 1, 1], [1, -8, 1], [1, 1, 1]])
    equal(build("lecture_edge", 3), [[1, 1, 1], [0, 0, 0], [-1, -1, -1]])
    equal(build("prewitt_x", 5), [[-2, -1, 0, 1, 2]] * 5)


@pytest.mark.parametrize("size", [3, 5, 7])
def test_sobel_is_opencvs(size):
    for name, order in (("sobel_x", (1, 0)), ("sobel_y", (0, 1))):
        along_x, along_y = cv2.getDerivKernels(*order, size)
        equal(build(name, size), along_y @ along_x.T)


def test_scharr_is_opencvs():
    for name, order in (("scharr_x", (1, 0)), ("scharr_y", (0, 1))):
        along_x, along_y = cv2.getDerivKernels(*order, cv2.FILTER_SCHARR)
        equal(build(name, 3), along_y @ along_x.T)


@pytest.mark.parametrize(
    ("name", "operator"),
    [
        ("prewitt_x", lambda picture: ndimage.prewitt(picture, axis=1)),
        ("prewitt_y", lambda picture: ndimage.prewitt(picture, axis=0)),
        ("laplacian", ndimage.laplace),
    ],
)
def test_three_by_three_operators_are_scipys(name, operator):
    picture = np.random.default_rng(0).random((9, 9))
    found = convolve(torch.tensor(picture)[None, None], build(name, 3).double()[None, None])[0, 0]
    torch.testing.assert_close(found, torch.tensor(operator(picture))[1:-1, 1:-1])


@pytest.mark.parametrize("size", range(1, 8))
@pytest.mark.parametrize("sigma", [0.4, 1.0, 2.3])
def test_the_gaussian_is_scipys_and_opencvs(size, sigma):
    kernel = build("gaussian", size, sigma=sigma)
    profile = signal.windows.gaussian(size, sigma)
    equal(kernel, np.outer(profile, profile) / profile.sum() ** 2)
    if size % 2:  # OpenCV's even kernels are no sampled Gaussians: it blurs with odd ones only
        column = cv2.getGaussianKernel(size, sigma)
        equal(kernel, column @ column.T)


def test_unsharp_adds_what_a_blur_removes():
    picture = torch.rand(1, 1, 12, 12, dtype=torch.float64)
    gaussian = build("gaussian", 5, sigma=1.2).double()[None, None]
    unsharp = build("unsharp", 5, sigma=1.2, amount=0.7).double()[None, None]
    inner = picture[..., 2:-2, 2:-2]
    torch.testing.assert_close(
        convolve(picture, unsharp), inner + 0.7 * (inner - convolve(picture, gaussian))
    )


@pytest.mark.parametrize("sigma", [0.7, 1.0, 1.8])
def test_the_laplacian_of_gaussian_is_the_gaussians_second_derivatives(sigma):
    steps = torch.arange(-3.0, 4, dtype=torch.float64)
    y, x = (axis.requires_grad_() for axis in torch.meshgrid(steps, steps, indexing="ij"))
    bell = torch.exp(-(x**2 + y**2) / (2 * sigma**2))
    second = torch.zeros_like(bell)
    for axis in (x, y):
        (first,) = torch.autograd.grad(bell.sum(), axis, create_graph=True)
        second = second + torch.autograd.grad(first.sum(), axis, retain_graph=True)[0]
    expected = (second / bell.sum()).detach()
    equal(build("log", 7, sigma=sigma), expected - expected.mean())


@pytest.mark.parametrize("angle", [0, 30, 90, 135])
@pytest.mark.parametrize("size", [3, 7])
def test_gabor_is_opencvs_without_its_constant_part(angle, size):
    # OpenCV's theta runs the other way round on the screen, because its rows count downwards.
    raw = cv2.getGaborKernel((size, size), 1.5, -radians(angle), 4.0, 1.0, 0.0)
    column = cv2.getGaussianKernel(size, 1.5)
    envelope = column @ column.T / (column @ column.T).max()
    equal(
        build("gabor", size, angle=angle), raw - envelope * raw.sum() / envelope.sum(), atol=1e-6, rtol=1e-5
    )


@pytest.mark.parametrize("size", [2, 3, 6, 7])
def test_motion_blur_is_a_line(size):
    level = build("motion_blur", size)
    middle = slice((size - 1) // 2, size // 2 + 1)
    assert level[middle].sum() == pytest.approx(1)
    equal(level[middle], np.full_like(level[middle], 1 / level[middle].numel()))
    torch.testing.assert_close(build("motion_blur", size, angle=90), level.T)
    torch.testing.assert_close(build("motion_blur", size, angle=180), level)
    rising = build("motion_blur", size, angle=45)
    assert torch.equal(rising.flip(1).diagonal(), rising.amax().expand(size))  # bottom left to top right


@pytest.mark.parametrize("name", ["sobel_angle", "gabor", "emboss", "motion_blur"])
@pytest.mark.parametrize("angle", [0, 25, 70])
def test_a_quarter_more_angle_is_a_quarter_turn_counter_clockwise(name, angle):
    size = FAMILIES[name].default_size
    turned = torch.rot90(build(name, size, angle=angle))
    torch.testing.assert_close(build(name, size, angle=angle + 90), turned, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("size", [3, 5, 7])
@pytest.mark.parametrize("angle", [0, 40, 160, 290])
def test_a_steered_sobel_measures_the_slope_along_its_angle(size, angle):
    direction = 70
    x, y = formulas.grid(size)
    slope = x * cos(radians(direction)) + y * sin(radians(direction))  # rises towards 70 degrees
    answer = (build("sobel_angle", size, angle=angle) * slope).sum()
    full = (build("sobel_angle", size, angle=direction) * slope).sum()
    assert full > 0
    assert answer == pytest.approx(full.item() * cos(radians(angle - direction)), rel=1e-4, abs=1e-4)


def test_a_gaussian_derivative_is_the_derivative_of_the_gaussian():
    steps = torch.arange(-2.5, 3, dtype=torch.float64)
    y, x = torch.meshgrid(-steps, steps, indexing="ij")
    x.requires_grad_()
    bell = torch.exp(-(x**2 + y**2) / (2 * 1.3**2))
    (slope,) = torch.autograd.grad(bell.sum(), x)
    expected = (-slope * 1.3**2 / bell.sum()).detach()
    torch.testing.assert_close(formulas.gaussian_derivative(6, 0.0, 1.3), expected)


def test_emboss_brightens_what_faces_the_light():
    x, y = formulas.grid(5)
    for angle in (0, 135, 300):
        facing = -(x * cos(radians(angle)) + y * sin(radians(angle)))  # falls towards the light
        assert (build("emboss", 5, angle=angle).double() * facing).sum() > 1


def test_gabor_answers_to_its_own_stripes_most():
    x, _ = formulas.grid(7)
    stripes = torch.cos(2 * pi * x / 4)
    answers = [(build("gabor", 7, angle=angle).double() * stripes).sum() for angle in range(0, 180, 15)]
    assert max(range(len(answers)), key=answers.__getitem__) == 0


def test_random_kernels_repeat_by_seed():
    assert torch.equal(build("random", 5, seed=3), build("random", 5, seed=3))
    assert not torch.equal(build("random", 5, seed=3), build("random", 5, seed=4))
    spread = torch.cat([build("random", 7, seed=seed).flatten() for seed in range(200)]).std()
    assert spread == pytest.approx(1 / 7, rel=0.05)


@pytest.mark.parametrize("name", ["gaussian", "sobel_x", "random", "sharpen", "log"])
def test_normalising_keeps_the_shape_and_sets_the_sum(name):
    kernel = build(name, 3) * 5
    scaled = normalise(kernel)
    factor = (scaled / kernel)[kernel != 0]
    assert (factor > 0).all()
    torch.testing.assert_close(factor, factor[0].expand_as(factor))
    if FAMILIES[name].zero_sum:
        assert scaled.abs().sum() == pytest.approx(1, abs=1e-6)
    else:
        assert scaled.sum().abs() == pytest.approx(1, abs=1e-5)


def test_normalising_keeps_signs_and_leaves_nothing_alone():
    equal(normalise(torch.full((2, 2), -3.0)), np.full((2, 2), -0.25))
    equal(normalise(torch.zeros(3, 3)), np.zeros((3, 3)))


def test_flipping_turns_by_half_and_twice_is_nothing():
    kernel = torch.arange(6.0).view(2, 3)
    equal(flip(kernel), [[5, 4, 3], [2, 1, 0]])
    assert torch.equal(flip(flip(kernel)), kernel)


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: build("sobell", 3), "no kernel"),
        (lambda: build("sobel_x", 4), "sizes 3, 5, 7, not 4"),
        (lambda: build("box", 8), "not 8"),
        (lambda: build("box", 3, sigma=1), "it has: none"),
        (lambda: build("gaussian", 3, sigma=0.0), "between 0.3 and 3"),
        (lambda: build("gaussian", 3, sigma=float("nan")), "between 0.3 and 3"),
        (lambda: build("random", 3, seed=1.5), "steps of 1"),
        (lambda: build("laplacian", 3, neighbours=6), "steps of 4"),
    ],
)
def test_a_kernel_that_does_not_exist_is_refused_in_words(call, words):
    with pytest.raises(KernelError, match=words):
        call()
