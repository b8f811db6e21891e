"""Conversions against Pillow's own, sizes against their definition, everything once on the meta device."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from engine import images
from engine.images import ImageError

RGB = np.random.default_rng(1).integers(0, 256, (37, 53, 3), dtype=np.uint8)  # (H, W, C)


def batch(pixels: np.ndarray = RGB) -> torch.Tensor:
    """(H, W, C) uint8 -> (1, C, H, W) float, by the definition of the contract."""
    return torch.from_numpy(pixels).permute(2, 0, 1)[None] / 255


def test_every_byte_survives_the_round_trip():
    every = torch.arange(256, dtype=torch.uint8)
    assert torch.equal(images.to_uint8(every / 255), every)
    assert torch.equal(images.to_uint8(every), every)


def test_outside_values_are_clipped_and_nan_is_black():
    values = torch.tensor([-0.5, 0.5, 1.7, float("nan"), float("inf"), -float("inf")])
    assert images.to_uint8(values).tolist() == [0, 128, 255, 0, 255, 0]


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_float_types_round_as_float32_does(dtype):
    values = torch.linspace(0, 1, 256).to(dtype)
    assert torch.equal(images.to_uint8(values), images.to_uint8(values.float()))


def test_integers_other_than_bytes_are_refused():
    with pytest.raises(ImageError, match="int64"):
        images.to_uint8(torch.tensor([1, 2]))


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 9), st.integers(1, 9), st.sampled_from(["L", "RGB"]), st.randoms(use_true_random=False))
def test_pillow_round_trip_is_exact(height, width, mode, random):
    data = random.randbytes(height * width * len(mode))
    picture = Image.frombytes(mode, (width, height), data)
    tensor = images.from_pil(picture)
    assert tensor.shape == (1, len(mode), height, width)
    assert images.to_pil(tensor).tobytes() == images.to_pil(tensor[0]).tobytes() == data


def test_from_pil_gives_memory_of_its_own():
    picture = Image.new("L", (2, 2), 9)
    tensor = images.from_pil(picture)
    tensor.zero_()
    assert picture.getpixel((0, 0)) == 9
    assert tensor.is_contiguous()


@pytest.mark.parametrize("mode", ["RGBA", "P", "CMYK", "I;16", "1"])
def test_from_pil_refuses_modes_it_would_have_to_guess(mode):
    with pytest.raises(ImageError, match="convert it first"):
        images.from_pil(Image.new(mode, (2, 2)))


@pytest.mark.parametrize("shape", [(2, 3, 4, 4), (4, 4), (2, 4, 4), (3, 0, 4), (1, 1, 3, 4, 4)])
def test_to_pil_takes_one_picture(shape):
    with pytest.raises(ImageError, match="one picture"):
        images.to_pil(torch.zeros(shape))


@pytest.mark.parametrize("pixels", [RGB, RGB[..., :1]])
def test_png_is_lossless_and_keeps_its_channels(pixels):
    picture = Image.open(io.BytesIO(images.encode_png(batch(pixels).requires_grad_())))
    assert picture.mode == ("RGB" if pixels.shape[-1] == 3 else "L")
    np.testing.assert_array_equal(np.asarray(picture), pixels.squeeze())


def test_grey_is_pillows_luma():
    expected = np.asarray(Image.fromarray(RGB).convert("L"), dtype=float)
    got = images.grey(batch())
    assert got.shape == (1, 1, 37, 53)
    np.testing.assert_allclose(got[0, 0].numpy() * 255, expected, atol=0.5 + 1e-3)


def test_grey_of_grey_is_itself():
    grey = torch.rand(2, 1, 5, 5)
    assert images.grey(grey) is grey
    torch.testing.assert_close(images.grey(grey.expand(-1, 3, -1, -1)), grey)


def test_grey_has_a_gradient_equal_to_its_weights():
    picture = torch.rand(1, 3, 2, 2, requires_grad=True)
    images.grey(picture).sum().backward()
    torch.testing.assert_close(
        picture.grad[0, :, 0, 0], torch.tensor([0.299, 0.587, 0.114]), atol=1e-4, rtol=0
    )


@pytest.mark.parametrize("size", [(1, 1), (5, 7), (14, 20), (36, 52), (37, 20), (80, 90)])
def test_resizing_is_pillows_bicubic(size):
    """In floating point (mode "F"): its 8-bit modes clip once more between rows and columns."""
    height, width = size
    channels = [Image.fromarray(RGB[..., index].astype(np.float32)) for index in range(3)]
    expected = [np.asarray(one.resize((width, height), Image.Resampling.BICUBIC)) for one in channels]
    got = images.resize(batch(), height, width)[0].numpy() * 255
    np.testing.assert_allclose(got, np.clip(expected, 0, 255), atol=2e-3)


@given(st.integers(1, 6000), st.integers(1, 6000), st.integers(1, 600))
def test_fitted_sizes(height, width, side):
    small = images.fitted(height, width, side)
    scale = min(1, side / max(height, width))
    assert max(small) == min(max(height, width), side)
    assert all(
        abs(new - old * scale) <= 0.5 or new == 1 for new, old in zip(small, (height, width), strict=True)
    )


def test_fit_never_enlarges():
    picture = batch()
    assert images.fit(picture, 53) is picture
    assert images.fit(picture, 4000) is picture


def test_square_takes_the_middle():
    assert torch.equal(images.square(batch(), 37), batch()[..., :, 8:45])


@pytest.mark.parametrize(("focus", "left"), [((0.0, 0.5), 0), ((1.0, 0.5), 16), ((0.4, 0.9), 3)])
def test_square_keeps_its_focus_inside_the_picture(focus, left):
    assert torch.equal(images.square(batch(), 37, focus=focus), batch()[..., left : left + 37])
    upright = batch().transpose(-1, -2).contiguous()
    expected = upright[..., left : left + 37, :]
    assert torch.equal(images.square(upright, 37, focus=focus[::-1]), expected)


def test_enlarging_stays_within_0_and_1():
    edge = torch.zeros(1, 1, 4, 4)
    edge[..., 2:] = 1  # bicubic alone overshoots here by 7 %
    large = images.square(edge, 64)
    assert large.shape == (1, 1, 64, 64)
    assert large.min() == 0
    assert large.max() == 1


def test_shapes_on_the_meta_device():
    picture = torch.rand(2, 3, 40, 60, device="meta")
    assert images.grey(picture).shape == (2, 1, 40, 60)
    assert images.fit(picture, 30).shape == (2, 3, 20, 30)
    assert images.square(picture, 16).shape == (2, 3, 16, 16)
    assert images.to_uint8(picture).dtype == torch.uint8


@pytest.mark.parametrize("shape", [(3, 4, 4), (1, 4, 4, 4), (1, 3, 0, 4)])
@pytest.mark.parametrize("call", [images.grey, lambda x: images.fit(x, 2), lambda x: images.square(x, 2)])
def test_other_shapes_are_refused(call, shape):
    with pytest.raises(ImageError, match="pictures shaped"):
        call(torch.zeros(shape))


def test_integers_and_empty_sides_are_refused():
    with pytest.raises(ImageError, match="divide by 255"):
        images.grey(torch.zeros(1, 3, 2, 2, dtype=torch.uint8))
    for call in (images.fit, images.square):
        with pytest.raises(ImageError, match="at least 1 pixel"):
            call(batch(), 0)


@pytest.mark.parametrize(("count", "columns"), [(1, 1), (5, 2), (6, 3), (4, 9)])
def test_a_sheet_holds_the_pictures_row_after_row(count, columns):
    pictures = torch.rand(count, 3, 4, 5)
    sheet = images.sheet(pictures, columns)
    rows = -(-count // columns)
    assert sheet.shape == (1, 3, rows * 4, columns * 5)
    for number in range(rows * columns):
        row, column = divmod(number, columns)
        cell = sheet[0, :, row * 4 : row * 4 + 4, column * 5 : column * 5 + 5]
        assert torch.equal(cell, pictures[number] if number < count else torch.zeros(3, 4, 5))


def test_a_sheet_without_columns_is_refused():
    with pytest.raises(images.ImageError, match="at least 1 column"):
        images.sheet(torch.rand(1, 3, 4, 4), 0)
