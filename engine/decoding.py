"""Pictures from visitors: bytes of unknown origin -> one RGB picture, or a sentence that says why not.

What a file is, its content says; name and declared type are not asked. Before anything is decoded, the
length of the file, the number of pixels it declares and the passes it asks for are checked. What had to be
decided on the way is returned in plain sentences:

    grey, RGB, palette, 1 to 8 bits    as they are
    16 bits                            grey is divided by 65535; colour keeps its upper 8 bits
    32-bit integers, floating point    floats within 0..1 as they are, others stretched, darkest to lightest
    CMYK, Lab, a colour profile        converted to sRGB, through the ICC profile where the file has one
    alpha, a transparent colour        put on white
    several frames or pages            the first
    EXIF orientation                   turned upright

Nothing of Pillow's is set globally: other threads decode at the same time. Tested against pictures written by
Pillow and by hand in every one of these kinds, and with damaged files of each format.
"""

from __future__ import annotations

import io
import threading
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
import torch
from PIL import Image, TiffImagePlugin
from torch import Tensor

from engine import containers, pixels
from engine.images import ImageError, fitted, from_pil

MAX_BYTES = 64_000_000
MAX_PIXELS = 64_000_000  # phone cameras make 50 million at most, unless asked for more
MAX_EDGE = 65_535  # JPEG's own limit; Pillow's time grows with the square of a row's length
MAX_SCANS = 100  # passes of a JPEG: 4 s at 64 million pixels
MAX_FRAMES = 1000  # counted, not decoded

_LARGE = 16_000_000  # pixels; decoding more takes up to 1.2 GB, so one at a time
_one_at_a_time = threading.Lock()

_READ = "PNG, JPEG, WebP, GIF, BMP and TIFF"
_WAY_OUT = "save it as PNG or JPEG and try again"
_TURNS = {  # EXIF orientation -> what turns it upright
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_ORIENTATION, _BITS, _PHOTOMETRIC, _TILE = 274, 258, 262, (322, 323)  # TIFF tags; the first is EXIF's too


@dataclass(frozen=True, eq=False)
class Decoded:
    """A decoded picture: `image` (1, 3, H, W) float32 in [0, 1], and what was done to it, in sentences."""

    image: Tensor
    original_size: tuple[int, int]  # width, height; upright, before it was made smaller
    format: str
    notes: tuple[str, ...]


def decode(data: bytes, *, max_side: int = 512) -> Decoded:
    """The picture in a PNG, JPEG, WebP, GIF, BMP or TIFF file, no side longer than `max_side` pixels.

    Raises ImageError, and nothing else, whatever the bytes are.
    """
    if max_side < 1:
        raise ImageError(f"A picture needs a side of at least 1 pixel, got {max_side}.")
    kind = _recognise(data)
    try:
        picture = Image.open(io.BytesIO(data), formats=[kind])
        _check_effort(picture, data)
        large = picture.width * picture.height > _LARGE
        with _one_at_a_time if large else nullcontext():
            return _decode(picture, data, kind, max_side)
    except ImageError:
        raise
    except Image.DecompressionBombError as cause:
        raise _too_large("far more") from cause
    except Exception as cause:  # Pillow's readers raise almost anything when a file is damaged
        raise ImageError(
            f"This {kind} file is damaged, cut short or of a rare variant; "
            f"open it in a picture editor, {_WAY_OUT}."
        ) from cause


def _recognise(data: bytes) -> str:
    """The format by content; refuses what is empty, too long or something else, and says what it is."""
    if not data:
        raise ImageError("This file is empty; choose another, or copy it again.")
    if len(data) > MAX_BYTES:
        size, limit = len(data) // 10**6, MAX_BYTES // 10**6
        raise ImageError(f"This file has {size} MB, and at most {limit} MB are read; make it smaller first.")
    kind = containers.kind(data)
    if kind is None:
        what = containers.stranger(data)
        found = f"This file is {what or 'no picture of a known kind'}"
        raise ImageError(f"{found}, and {_READ} are read; {_WAY_OUT}.")
    return kind


def _check_effort(picture: Image.Image, data: bytes) -> None:
    """Refuse a small file that asks for much memory or time, before it gets any."""
    sizes = [picture.size]
    if isinstance(picture, TiffImagePlugin.TiffImageFile):  # a tile may be larger than the picture
        sizes.append((_tag(picture, _TILE[0], 1), _tag(picture, _TILE[1], 1)))
    for width, height in sizes:
        if width * height > MAX_PIXELS or max(width, height) > MAX_EDGE:
            raise _too_large(f"{width} x {height}")
    if picture.format in ("JPEG", "MPO") and containers.jpeg_scans(data, MAX_SCANS + 1) > MAX_SCANS:
        raise ImageError(f"This JPEG asks for more than {MAX_SCANS} passes over the picture; {_WAY_OUT}.")


def _too_large(found: str) -> ImageError:
    limit = f"{MAX_PIXELS // 10**6} million, {MAX_EDGE} along an edge,"
    return ImageError(
        f"This picture declares {found} pixels, and at most {limit} are read; make it smaller first."
    )


def _decode(picture: Image.Image, data: bytes, kind: str, max_side: int) -> Decoded:
    notes = _frame_notes(picture, data)
    bits, photometric = _depth(picture, data)
    orientation = _orientation(picture)
    profile = picture.info.get("icc_profile")
    width, height = picture.size
    target = fitted(height, width, max_side)
    picture.draft(None, (2 * max_side, 2 * max_side))  # a JPEG can be decoded at 1/2, 1/4 or 1/8
    picture.load()
    small = pixels.plain(picture, notes, bits=bits, photometric=photometric)
    if small.size != target[::-1]:
        small = small.resize(target[::-1], Image.Resampling.BICUBIC, reducing_gap=3.0)
    small = pixels.to_srgb(pixels.on_white(small, notes), profile, notes)
    if orientation in _TURNS:
        notes.append("It was turned upright, as its EXIF orientation says.")
        if kind != "TIFF":  # Pillow turns those itself
            small = small.transpose(_TURNS[orientation])
            width, height = (height, width) if orientation >= 5 else (width, height)
    if max(width, height) > max_side:
        notes.append(f"It was made smaller: {width} x {height} to {small.width} x {small.height} pixels.")
    return Decoded(_tensor(small), (width, height), kind, tuple(notes))


def _frame_notes(picture: Image.Image, data: bytes) -> list[str]:
    """The sentence that says this is the first of many, where it is."""
    if picture.format == "GIF":
        count, what = containers.gif_frames(data, MAX_FRAMES + 1), "frames"
    elif picture.format == "TIFF":
        count, what = containers.tiff_frames(data, MAX_FRAMES + 1), "pages"
    else:
        count, what = getattr(picture, "n_frames", 1), "frames"  # PNG, WebP, MPO: a number in the header
    if count < 2:
        return []
    number = f"more than {MAX_FRAMES}" if count > MAX_FRAMES else str(count)
    return [f"This is the first of {number} {what}."]


def _depth(picture: Image.Image, data: bytes) -> tuple[int, int | None]:
    """Bits per channel, and for a TIFF which end of the scale is white."""
    if isinstance(picture, TiffImagePlugin.TiffImageFile):
        return _tag(picture, _BITS, 1), _tag(picture, _PHOTOMETRIC, 1)
    return data[24] if picture.format == "PNG" else 8, None  # PNG: in the header chunk, which comes first


def _orientation(picture: Image.Image) -> int:
    """EXIF orientation 1 to 8; 1, upright, where there is none or it cannot be read."""
    try:
        return int(picture.getexif().get(_ORIENTATION, 1))
    except Exception:  # noqa: BLE001 damaged EXIF raises almost anything, and the picture is fine without it
        return 1


def _tag(picture: TiffImagePlugin.TiffImageFile, tag: int, default: int) -> int:
    value = picture.tag_v2.get(tag, default)
    return int(max(value)) if isinstance(value, tuple) else int(value)


def _tensor(picture: Image.Image) -> Tensor:
    if picture.mode == "F":
        grey = torch.from_numpy(np.array(picture)).nan_to_num(0.0).clamp(0, 1)[None, None]
    else:
        grey = from_pil(picture)
    return grey.expand(1, 3, -1, -1).contiguous()
