"""Every kind of pixel Pillow knows -> plain grey, RGB or float grey, with a sentence for each decision.

Two stages, because making a picture smaller belongs between them: `plain` brings any mode to one that can be
resized rightly (indices into a palette must not be averaged, alpha must weigh its colours), then `on_white`
and `to_srgb` finish the small picture. Modes after `plain` are L, RGB, RGBA, CMYK, LAB and F, at the end only
L, RGB and F.

Tested against arithmetic on the pixel values, and for colour profiles against their published definitions.
"""

from __future__ import annotations

import io

import numpy as np
from PIL import Image, ImageCms

_KEPT = ("L", "RGB", "CMYK", "LAB")
_WHITE_IS_ZERO = 0


def plain(
    picture: Image.Image, notes: list[str], *, bits: int = 8, photometric: int | None = None
) -> Image.Image:
    """A loaded picture in a mode whose pixels may be averaged.

    `bits` per channel and `photometric` (TIFF tag 262) are the file's; they matter above 8 bits.
    """
    if picture.mode.startswith("I;16"):
        return _from_16_bits(picture, bits, photometric, notes)
    if picture.mode in ("I", "F"):
        return _from_numbers(picture, photometric, notes)
    if bits > 8:
        notes.append(f"Its {bits} bits per channel were reduced to 8.")
    if picture.has_transparency_data:
        return (picture.convert("LA") if picture.mode == "La" else picture).convert("RGBA")
    if picture.mode in _KEPT:
        return picture
    return picture.convert("L" if picture.mode == "1" else "RGB")


def on_white(picture: Image.Image, notes: list[str]) -> Image.Image:
    """RGBA over white; other modes come back as they are."""
    if picture.mode != "RGBA":
        return picture
    darkest, _ = picture.getchannel("A").getextrema()
    if darkest == 255:
        return picture.convert("RGB")
    notes.append("Its transparent parts were put on white.")
    white = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(white, picture).convert("RGB")


def to_srgb(picture: Image.Image, profile: bytes | None, notes: list[str]) -> Image.Image:
    """Colours as a screen shows them: through the file's ICC profile, or by formula for CMYK and Lab."""
    if picture.mode == "F":
        return picture
    if profile:
        try:
            return _through(picture, ImageCms.ImageCmsProfile(io.BytesIO(profile)), notes)
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            notes.append("Its colour profile could not be used and was ignored.")
    if picture.mode == "LAB":
        notes.append("Its Lab colours were converted to RGB.")
        return _convert(picture, ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")))
    if picture.mode == "CMYK":
        notes.append("Its printing colours (CMYK) were converted to RGB without a colour profile.")
        return picture.convert("RGB")
    return picture


def _through(picture: Image.Image, profile: ImageCms.ImageCmsProfile, notes: list[str]) -> Image.Image:
    if picture.mode == "RGB" and "sRGB" in ImageCms.getProfileDescription(profile):
        return picture
    converted = _convert(picture, profile)
    notes.append("Its colours were converted from its own colour profile to sRGB.")
    return converted


def _convert(picture: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    return ImageCms.buildTransform(profile, srgb, picture.mode, "RGB").apply(picture)


def _from_16_bits(picture: Image.Image, bits: int, photometric: int | None, notes: list[str]) -> Image.Image:
    """Unsigned grey of up to 16 bits, exactly: 0..2^bits - 1 -> 0..1."""
    white = 2 ** min(max(bits, 1), 16) - 1
    notes.append(f"Its {bits}-bit grey was scaled so that {white} is white.")
    values = np.asarray(picture, dtype=np.float32) / white
    return Image.fromarray(1 - values if photometric == _WHITE_IS_ZERO else values)


def _from_numbers(picture: Image.Image, photometric: int | None, notes: list[str]) -> Image.Image:
    """32-bit integers or floats: kept where all lie within 0..1, else stretched from darkest to lightest."""
    values = np.array(picture, dtype=np.float32)
    finite = np.isfinite(values)
    low, high = (float(f(values[finite])) for f in (np.min, np.max)) if finite.any() else (0.0, 0.0)
    if not finite.all():
        notes.append("Its values that are no numbers (NaN, infinity) were made the darkest.")
        values[~finite] = low
    if picture.mode == "I" or low < 0 or high > 1:
        notes.append(f"Its values from {low:g} to {high:g} were stretched to black and white.")
        values /= 2  # the span of the two float32 extremes would overflow, half of it does not
        values -= low / 2
        values /= (high - low) / 2 or 1
    return Image.fromarray(1 - values if photometric == _WHITE_IS_ZERO else values)
