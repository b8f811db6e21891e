"""Pixel kinds against arithmetic on their values; colour profiles against the published definition."""

from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image

from engine import pixels, samples


def rgb(picture: Image.Image) -> list[tuple[int, ...]]:
    assert picture.mode == "RGB"
    return [tuple(int(v) for v in pixel) for pixel in np.asarray(picture).reshape(-1, 3)]


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK", "LAB"])
def test_plain_modes_pass_through_untouched(mode):
    picture, notes = Image.new(mode, (2, 2)), []
    assert pixels.plain(picture, notes) is picture
    assert notes == []


def test_black_and_white_and_palette():
    assert pixels.plain(Image.new("1", (1, 1), 1), []).getpixel((0, 0)) == 255
    palette = Image.new("P", (2, 1))
    palette.putpalette([10, 20, 30, 200, 100, 50])
    palette.putpixel((1, 0), 1)
    assert rgb(pixels.plain(palette, [])) == [(10, 20, 30), (200, 100, 50)]


@settings(max_examples=40, deadline=None)
@given(arrays.arrays(np.uint16, (2, 3)), st.sampled_from(["I;16", "I;16B"]))
def test_16_bit_grey_is_divided_not_clipped(values, mode):
    raw = values.astype("<u2" if mode == "I;16" else ">u2").tobytes()
    picture = pixels.plain(Image.frombytes(mode, (3, 2), raw), [], bits=16)
    np.testing.assert_allclose(np.asarray(picture), values / 65535, atol=1e-7)


def test_12_bits_and_white_is_zero():
    picture = Image.fromarray(np.array([[0, 1024, 4095]], np.uint16))
    notes: list[str] = []
    plain = pixels.plain(picture, notes, bits=12, photometric=0)
    np.testing.assert_allclose(np.asarray(plain)[0], [1, 1 - 1024 / 4095, 0], atol=1e-6)
    assert notes == ["Its 12-bit grey was scaled so that 4095 is white."]


def test_colour_above_8_bits_says_what_it_lost():
    notes: list[str] = []
    pixels.plain(Image.new("RGB", (1, 1)), notes, bits=16)
    assert notes == ["Its 16 bits per channel were reduced to 8."]


def test_floats_within_0_and_1_stay_exactly():
    values, notes = np.array([[0.0, 0.25, 0.7, 1.0]], np.float32), []
    np.testing.assert_array_equal(np.asarray(pixels.plain(Image.fromarray(values), notes)), values)
    assert notes == []


@settings(max_examples=60, deadline=None)
@given(arrays.arrays(np.float32, (2, 3), elements=st.floats(-1e6, 1e6, width=32)))
def test_other_floats_are_stretched(values):
    low, high = float(values.min()), float(values.max())
    got = np.asarray(pixels.plain(Image.fromarray(values), []))
    if low >= 0 and high <= 1:
        np.testing.assert_array_equal(got, values)
    elif high - low > 1e-3:
        np.testing.assert_allclose(got, (values.astype(float) - low) / (high - low), atol=1e-5)


def test_extreme_and_missing_numbers():
    largest = np.finfo(np.float32).max
    notes: list[str] = []
    values = np.array([[-largest, np.nan, np.inf, 0.0, largest]], np.float32)
    got = np.asarray(pixels.plain(Image.fromarray(values), notes))[0]
    np.testing.assert_allclose(got, [0, 0, 0, 0.5, 1], atol=1e-6)
    assert len(notes) == 2
    assert "NaN" in notes[0]


@pytest.mark.parametrize("value", [np.nan, -3.0, 7.0])
def test_a_constant_float_picture_stays_finite(value):
    got = np.asarray(pixels.plain(Image.fromarray(np.full((2, 2), value, np.float32)), []))
    np.testing.assert_array_equal(got, np.zeros((2, 2)))


def test_32_bit_integers_are_stretched_and_white_is_zero_inverts():
    picture = Image.fromarray(np.array([[-100, 0, 300]], np.int32))
    np.testing.assert_allclose(np.asarray(pixels.plain(picture, []))[0], [0, 0.25, 1], atol=1e-6)
    np.testing.assert_allclose(
        np.asarray(pixels.plain(picture, [], photometric=0))[0], [1, 0.75, 0], atol=1e-6
    )


@settings(max_examples=40, deadline=None)
@given(st.tuples(*[st.integers(0, 255)] * 4))
def test_alpha_is_put_on_white(colour):
    notes: list[str] = []
    got = rgb(pixels.on_white(Image.new("RGBA", (1, 1), colour), notes))[0]
    alpha = colour[3] / 255
    expected = [alpha * value + (1 - alpha) * 255 for value in colour[:3]]
    np.testing.assert_allclose(got, expected, atol=1)
    assert len(notes) == (colour[3] < 255)


def test_modes_without_alpha_are_not_touched_by_white():
    picture = Image.new("L", (1, 1), 7)
    assert pixels.on_white(picture, []) is picture


def with_transparency(mode: str, transparent: object, fill: object) -> Image.Image:
    picture = Image.new(mode, (1, 1), fill)
    picture.info["transparency"] = transparent
    return picture


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (Image.new("LA", (1, 1), (0, 0)), (255, 255, 255)),
        (Image.new("La", (1, 1), (0, 0)), (255, 255, 255)),
        (Image.new("RGBa", (1, 1), (0, 0, 0, 0)), (255, 255, 255)),
        (Image.new("PA", (1, 1), (0, 0)), (255, 255, 255)),
        (with_transparency("L", 9, 9), (255, 255, 255)),
        (with_transparency("L", 9, 8), (8, 8, 8)),
        (with_transparency("RGB", (1, 2, 3), (1, 2, 3)), (255, 255, 255)),
        (with_transparency("RGB", (1, 2, 3), (1, 2, 4)), (1, 2, 4)),
        (with_transparency("P", b"\x00", 0), (255, 255, 255)),
    ],
)
def test_every_way_to_be_transparent(picture, expected):
    assert rgb(pixels.on_white(pixels.plain(picture, []), [])) == [expected]


def test_cmyk_and_lab_without_a_profile():
    notes: list[str] = []
    cmyk = Image.new("CMYK", (1, 1), (255, 0, 0, 0))
    assert rgb(pixels.to_srgb(cmyk, None, notes)) == [(0, 255, 255)]
    lab = Image.new("LAB", (1, 1), (255, 128, 128))  # L* = 100, a* = b* = 0: white
    np.testing.assert_allclose(rgb(pixels.to_srgb(lab, None, notes))[0], (255, 255, 255), atol=1)
    assert len(notes) == 2


def adobe_rgb_profile() -> bytes:
    """The profile of the rocket photograph, which is Adobe RGB (1998)."""
    picture = Image.open(io.BytesIO(samples.about("rocket").loader()))
    return picture.info["icc_profile"]


@pytest.mark.parametrize(
    "colour", [(128, 128, 128), (255, 255, 255), (0, 0, 0), (180, 120, 100), (90, 110, 140)]
)
def test_adobe_rgb_against_its_definition(colour):
    """Adobe RGB (1998), section 4.3: gamma 563/256 and the matrix to XYZ; IEC 61966-2-1 back to sRGB."""
    to_xyz = [[0.57667, 0.18556, 0.18823], [0.29734, 0.62736, 0.07529], [0.02703, 0.07069, 0.99134]]
    to_srgb = [[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]]
    linear = (np.array(to_srgb) @ to_xyz @ (np.array(colour) / 255) ** (563 / 256)).clip(0, 1)
    encoded = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
    notes: list[str] = []
    got = rgb(pixels.to_srgb(Image.new("RGB", (1, 1), colour), adobe_rgb_profile(), notes))[0]
    np.testing.assert_allclose(got, encoded * 255, atol=2)
    assert notes == ["Its colours were converted from its own colour profile to sRGB."]


@pytest.mark.parametrize("profile", [b"no profile", bytes(200), adobe_rgb_profile()[:300]])
def test_a_damaged_profile_is_ignored_and_said(profile):
    notes: list[str] = []
    picture = Image.new("RGB", (1, 1), (10, 200, 30))
    assert rgb(pixels.to_srgb(picture, profile, notes)) == [(10, 200, 30)]
    assert notes == ["Its colour profile could not be used and was ignored."]


def test_a_profile_for_other_channels_is_ignored():
    notes: list[str] = []
    assert pixels.to_srgb(Image.new("L", (1, 1), 99), adobe_rgb_profile(), notes).getpixel((0, 0)) == 99
    assert len(notes) == 1
