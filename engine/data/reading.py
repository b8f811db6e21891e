"""One picture file of unknown origin -> a square of a given side, fast for the files data sets are made of.

A plain JPEG (baseline, grey or colour, no profile, no orientation, up to 512 pixels wide) goes through
torchvision's decoder, which runs outside Python's lock; its header is walked first, so nothing else gets there.
Everything else goes through `engine.decoding`, which bounds what a hostile file may cost. Both give the same
pixels. Pictures that are not square are cut to the largest square in their middle.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from engine import decoding
from engine.data.dataset import DataError
from engine.images import ImageError, square, to_uint8

PLAIN_SIDE = 512
_ALLOWED = {0xE0, 0xDB, 0xC4, 0xDD, 0xFE}  # JFIF header, tables, restart interval, comment
_BASELINE = (0xC0, 0xC1)


@dataclass(frozen=True, eq=False)
class Read:
    """A picture (3, side, side) uint8, whether it is grey, its size in the file, and what had to be done to it."""

    pixels: np.ndarray
    grey: bool
    size: tuple[int, int]  # width, height
    notes: tuple[str, ...] = ()


def size(data: bytes) -> tuple[int, int]:
    """Width and height of a picture, upright. Raises DataError with the reason where it cannot be read."""
    plain = _plain(data)
    if plain is not None:
        return plain
    return _decode(data, 16).original_size


def read(data: bytes, side: int) -> Read:
    """The picture as a square of `side` pixels. Raises DataError with the reason where it cannot be read."""
    plain = _plain(data)
    found = None if plain is None else jpeg(data)
    if plain is not None and found is not None:
        if tuple(found.shape[1:]) != (side, side):
            found = to_uint8(square(found[None].float() / 255, side))[0]
        pixels = found.expand(3, -1, -1).numpy()
        return Read(pixels, len(found) == 1 or _is_grey(pixels), plain)
    decoded = _decode(data, 4 * side)
    pixels = to_uint8(square(decoded.image, side))[0].numpy()
    notes = tuple(note for note in decoded.notes if not note.startswith("It was made smaller"))
    return Read(pixels, _is_grey(pixels), decoded.original_size, notes)


def jpeg(data: bytes) -> Tensor | None:
    """A JPEG as (1 or 3, H, W) uint8, None where this quick way cannot read it.

    torchvision's decoder is called as the operator it registers: its Python wrapper warns that it will move one day.
    """
    import torchvision  # noqa: F401  (registers the operator; takes a second, so not before it is needed)

    try:
        found: Tensor = torch.ops.image.decode_jpeg(
            torch.frombuffer(bytearray(data), dtype=torch.uint8), 0, False
        )
    except (RuntimeError, AttributeError, ValueError):
        return None
    return found if found.shape[0] in (1, 3) else None


def _is_grey(pixels: np.ndarray) -> bool:
    return bool((pixels[0] == pixels[1]).all() and (pixels[1] == pixels[2]).all())


def _decode(data: bytes, longest: int) -> decoding.Decoded:
    try:
        return decoding.decode(data, max_side=longest)
    except ImageError as error:
        raise DataError(str(error)) from error


def _plain(data: bytes) -> tuple[int, int] | None:
    """Width and height of a plain JPEG (ITU-T T.81), None for any other file."""
    if data[:3] != b"\xff\xd8\xff":
        return None
    at, found = 2, None
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        length = data[at + 2] << 8 | data[at + 3]
        if marker in _BASELINE and length >= 8 and at + 10 <= len(data):
            height, width = data[at + 5] << 8 | data[at + 6], data[at + 7] << 8 | data[at + 8]
            fits = 0 < height <= PLAIN_SIDE and 0 < width <= PLAIN_SIDE
            if data[at + 4] != 8 or not fits or data[at + 9] not in (1, 3):
                return None
            found = (width, height)
        elif marker == 0xDA:  # the first scan: the header is over
            return found
        elif marker not in _ALLOWED:
            return None
        at += 2 + length
    return None
