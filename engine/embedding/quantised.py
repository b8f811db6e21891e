"""Layouts small enough to store and to send: 16 bits per coordinate.

    2,000 points x 20 epochs x 2 coordinates x 2 bytes = 160 kB;  30 settings = 240 kB

A layout has neither unit nor origin, so it is centred and scaled to the square -1..1 with one factor for all axes
(its shape stays), and the steps of 1/32767.5 are finer than a pixel up to a zoom of 60. Tested by the round trip.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.embedding.vectors import EmbeddingError

STEP = 32767.5


def pack(layouts: NDArray[np.float32], *, together: bool = False) -> NDArray[np.uint16]:
    """(F, N, 2 or 3) layouts -> uint16 of the same shape.

    `together`: all with one centre and scale, so that motion from one to the next stays true; else each fills the
    square. Raises EmbeddingError for other shapes or values that are not finite.
    """
    if layouts.ndim != 3 or layouts.shape[2] not in (2, 3) or 0 in layouts.shape:
        raise EmbeddingError(f"Layouts are (frames, points, 2 or 3), not {layouts.shape}.")
    if not np.isfinite(layouts).all():
        raise EmbeddingError("A layout holds places that are no numbers.")
    axes = (0, 1) if together else (1,)
    low, high = layouts.min(axis=axes, keepdims=True), layouts.max(axis=axes, keepdims=True)
    half = (high - low).max(axis=-1, keepdims=True) / 2
    scaled = (layouts - (low + high) / 2) / np.maximum(half, 1e-12)
    return np.round((scaled + 1) * STEP).clip(0, 65535).astype(np.uint16)


def unpack(packed: NDArray[np.uint16]) -> NDArray[np.float32]:
    """The layouts again, in -1..1."""
    return (packed / STEP - 1).astype(np.float32)


def same_square(layouts: NDArray[np.float32], places: NDArray[np.float32]) -> NDArray[np.float32]:
    """Further `places` (Q, 2 or 3) in the square of a single layout (N, 2 or 3), as `pack` scales it."""
    low, high = layouts.min(axis=0), layouts.max(axis=0)
    return ((places - (low + high) / 2) / max(float((high - low).max()) / 2, 1e-12)).astype(np.float32)
