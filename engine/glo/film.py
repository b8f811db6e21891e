"""Pictures along a path as files: an animated GIF, and a sprite (all frames side by side, one pixel for one).

Tested by reading them back with Pillow.
"""

from __future__ import annotations

import io

from torch import Tensor

from engine.images import encode_png, sheet, to_pil

FRAME = 80  # milliseconds


def gif(frames: Tensor, *, scale: int = 6, milliseconds: int = FRAME, bounce: bool = True) -> bytes:
    """Frames (n, C, H, W) in [0, 1] as a GIF that loops, there and back again if `bounce`; pixels stay squares."""
    order = list(range(len(frames)))
    if bounce:
        order += order[-2:0:-1]
    pictures = [to_pil(frame) for frame in frames]
    size = (frames.shape[3] * scale, frames.shape[2] * scale)
    larger = [picture.resize(size, resample=0) for picture in pictures]  # 0: nearest neighbour
    buffer = io.BytesIO()
    first, *rest = (larger[index] for index in order)
    first.save(buffer, "GIF", save_all=True, append_images=rest, duration=milliseconds, loop=0)
    return buffer.getvalue()


def sprite(frames: Tensor) -> bytes:
    """Frames (n, C, H, W) in [0, 1] in one row as a PNG."""
    return encode_png(sheet(frames, len(frames)))
