"""The scatter of pictures: one call puts layouts of up to 20,000 points on a page.

    touch = scatter.mount(
        "emb_scatter", PROVENANCE, points="shapes-2000", panes=[Pane("UMAP", layouts)], columns=[...], atlas=...
    )
    touch.selected, touch.chosen, touch.frame

Everything big goes to the browser by address, once: layouts at 16 bits, columns at 16 bits, neighbours, and all
pictures as one WebP. What a rerun sends is a handful of addresses, so changing the colour or the layout of 10,000
points costs two kilobytes.
"""

from __future__ import annotations

import base64
import binascii
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import streamlit as st
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from engine.embedding.quantised import pack
from pages.shared import assets, pictures
from pages.shared.provenance import Provenance

Kind = Literal["category", "number", "angle", "hue"]
MISSING = 65535
WIDEST = 4096  # pixels of an atlas: every WebGL2 device takes this
LARGEST_SPRITE = 48


@dataclass(frozen=True, eq=False)
class Column:
    """Something known about every point, to colour by.

    Attributes:
        id: As the chooser names it.
        title: As the legend says it.
        values: (N,) class numbers, or numbers; -1 or NaN where not known.
        kind: "category", "number", "angle" for what goes round in a circle, or "hue" for a colour's own.
        names: Of the classes.
        ends: Smallest and largest value of a number; None takes those that occur.
        said: Whether the card of a hovered point says it even while the colour is another.
    """

    id: str
    title: str
    values: NDArray[Any]
    kind: Kind = "category"
    names: tuple[str, ...] = ()
    ends: tuple[float, float] | None = None
    said: bool = False

    def data(self) -> dict[str, Any]:
        """As the component takes it."""
        low = high = 0.0
        if self.kind == "category":
            codes = np.where(self.values < 0, MISSING, self.values).astype("<u2")
        else:
            numbers = self.values.astype(np.float64)
            known = np.isfinite(numbers)
            low, high = self.ends or (
                (float(numbers[known].min()), float(numbers[known].max())) if known.any() else (0.0, 1.0)
            )
            steps = np.clip((numbers - low) / ((high - low) or 1.0), 0, 1)
            codes = np.where(known, np.round(np.where(known, steps, 0) * 65534), MISSING).astype("<u2")
        return {
            "id": self.id,
            "title": self.title,
            "kind": self.kind,
            "names": list(self.names),
            "low": low,
            "high": high,
            "said": self.said,
            "url": pictures.keep(codes.tobytes(), "bin"),
        }


@dataclass(frozen=True, eq=False)
class Pane:
    """One layout, or several through time or settings.

    Attributes:
        title: Above it.
        layouts: (N, 2 or 3), or (F, N, 2 or 3), any scale; or already packed, uint16.
        notes: Per frame what is said beside the title; one for all frames is enough.
        together: Whether the frames share one scale (epochs) or fill the picture each (settings).
    """

    title: str
    layouts: NDArray[Any]
    notes: Sequence[str] = ()
    together: bool = False

    def data(self) -> dict[str, Any]:
        """As the component takes it."""
        frames = self.layouts if self.layouts.ndim == 3 else self.layouts[None]
        packed = frames if frames.dtype == np.uint16 else pack(frames, together=self.together)
        url = pictures.keep(packed.astype("<u2").tobytes(), "bin")
        layout = {"url": url, "frames": len(packed), "dims": packed.shape[2]}
        return {"title": self.title, "notes": list(self.notes), "layout": layout}


@dataclass(frozen=True, eq=False)
class Neighbours:
    """Of every point in the space of the vectors, nearest first, not itself: indices and distances (N, k)."""

    indices: NDArray[np.int64]
    distances: NDArray[np.float32]
    metric: str

    def data(self) -> dict[str, Any]:
        """As the component takes it."""
        return {
            "k": self.indices.shape[1],
            "metric": self.metric,
            "indices": pictures.keep(np.ascontiguousarray(self.indices, "<u4").tobytes(), "bin"),
            "distances": pictures.keep(np.ascontiguousarray(self.distances, "<f4").tobytes(), "bin"),
        }


@dataclass(frozen=True)
class Atlas:
    """All pictures in one file: WebP bytes, pixels per side of a picture, pictures per row."""

    file: bytes = field(repr=False)
    side: int
    columns: int

    def data(self) -> dict[str, Any]:
        """As the component takes it."""
        return {"url": pictures.keep(self.file, "webp"), "side": self.side, "columns": self.columns}


@dataclass(frozen=True, eq=False)
class Own:
    """A visitor's picture in the layout: place (2 or 3,) in -1..1, its neighbours, the picture's address."""

    place: NDArray[np.float32]
    neighbours: Sequence[int]
    picture: str
    pane: int = 0

    def data(self) -> dict[str, Any]:
        """As the component takes it."""
        at = [float(value) for value in self.place]
        near = [int(n) for n in self.neighbours]
        return {"at": at, "neighbours": near, "picture": self.picture, "pane": self.pane}


@dataclass(frozen=True, eq=False)
class Touch:
    """What the visitor did: indices of the selected points (none: empty), the chosen point, the frame shown."""

    selected: NDArray[np.int64]
    chosen: int | None
    frame: int


def make_atlas(images: Tensor) -> Atlas:
    """Pictures (N, 1 or 3, H, W) uint8 side by side in one WebP, squeezed where they would not fit.

    10,000 pictures of 32 x 32 are 3200 x 3200 pixels and about 3 MB.
    """
    count, _, height, width = images.shape
    columns = max(1, math.ceil(math.sqrt(count)))
    side = min(max(height, width), LARGEST_SPRITE, WIDEST // columns)
    if (height, width) != (side, side):
        images = _fitted(images, side)
    if images.shape[1] == 1:
        images = images.expand(-1, 3, -1, -1)
    rows = math.ceil(count / columns)
    sheet = np.zeros((rows * columns, side, side, 3), np.uint8)
    sheet[:count] = images.permute(0, 2, 3, 1).cpu().numpy()
    sheet = sheet.reshape(rows, columns, side, side, 3).swapaxes(1, 2)
    buffer = io.BytesIO()
    whole = Image.fromarray(np.ascontiguousarray(sheet.reshape(rows * side, columns * side, 3)))
    whole.save(buffer, "WEBP", quality=82, method=1)
    return Atlas(buffer.getvalue(), side, columns)


def _fitted(images: Tensor, side: int) -> Tensor:
    """Squares of `side` pixels around each picture, scaled."""
    from torch.nn import functional

    height, width = images.shape[-2:]
    edge = max(height, width)
    extra_rows, extra_columns = edge - height, edge - width
    padded = functional.pad(
        images.float(),
        (
            extra_columns // 2,
            extra_columns - extra_columns // 2,
            extra_rows // 2,
            extra_rows - extra_rows // 2,
        ),
    )
    scaled = functional.interpolate(padded, size=(side, side), mode="bilinear", antialias=True)
    return scaled.round().clamp(0, 255).to(images.dtype)


def mount(
    key: str,
    provenance: Provenance,
    *,
    points: str,
    panes: Sequence[Pane],
    columns: Sequence[Column],
    colour: str | None = None,
    atlas: Atlas | None = None,
    neighbours: Neighbours | None = None,
    axes: Literal["time"] | Sequence[tuple[str, Sequence[object]]] | None = None,
    labels: Sequence[str] = (),
    frame: int = 0,
    sequence: str = "",
    chosen: int | None = None,
    own: Own | None = None,
    motion: int = 500,
    height: int = 520,
    title: str = "Embedding",
) -> Touch:
    """Draw the scatter; what was touched so far.

    Args:
        key: Unique in the app, starts with the page's prefix.
        provenance: Where the layouts come from.
        points: Names the set of pictures: a new name starts afresh, the same one moves points to their new places.
        panes: One layout, or two side by side with hover linked.
        columns: What points can be coloured by; at least one.
        colour: The column in use; None is the first.
        atlas: The pictures; without them points are dots.
        neighbours: Of every point in the space of the vectors, for lines and the row below.
        axes: "time" gives the frames a player, a list of (title, values) one slider each, the last fastest.
        labels: Per frame, "epoch 12".
        frame: The frame shown first.
        sequence: Names the frames: a frame that was chosen in another sequence is forgotten.
        chosen: The point chosen first.
        own: A visitor's picture among them.
        motion: Milliseconds from one layout to the next.
        height: Pixels at most.
        title: On the exported picture.
    """
    count = panes[0].layouts.shape[-2]
    payload: dict[str, Any] = {
        "points": points,
        "count": count,
        "panes": [pane.data() for pane in panes],
        "columns": [column.data() for column in columns],
        "colour": colour or columns[0].id,
        "atlas": atlas.data() if atlas else None,
        "neighbours": neighbours.data() if neighbours else None,
        "axes": axes if axes is None or axes == "time" else [_axis(*axis) for axis in axes],
        "labels": list(labels),
        "frame": frame,
        "sequence": sequence,
        "chosen": chosen,
        "place": own.data() if own else None,
        "motion": motion,
        "height": height,
        "title": title,
    }
    states: Mapping[str, Any] = {"selected": None, "chosen": chosen, "frame": None}
    result = assets.mount("scatter", payload, key=key, provenance=provenance, states=states)
    return _touch(result, count, sequence, frame)


def seen(key: str, count: int, sequence: str = "", frame: int = 0) -> Touch:
    """What was touched before this rerun, for a page that needs it above the picture. `frame`: shown until then."""
    return _touch(st.session_state.get(key) or {}, count, sequence, frame)


def _axis(title: str, values: Sequence[object]) -> dict[str, Any]:
    return {"title": title, "values": [str(value) for value in values]}


def _touch(state: Any, count: int, sequence: str, first: int) -> Touch:  # noqa: ANN401 - Streamlit's result, or what it keeps in the session
    chosen = state.get("chosen")
    usable = isinstance(chosen, int | float) and 0 <= int(chosen) < count
    match state.get("frame"):
        case [name, int() | float() as at] if name == sequence and 0 <= at < 1e6:
            frame = int(at)
        case _:
            frame = first
    return Touch(
        _unpacked(state.get("selected"), count),
        int(chosen) if usable else None,
        frame,
    )


def _unpacked(text: object, count: int) -> NDArray[np.int64]:
    """Indices from a base64 mask of one bit per point; what is no such mask selects nothing."""
    none = np.empty(0, np.int64)
    if not isinstance(text, str):
        return none
    try:
        packed = np.frombuffer(base64.b64decode(text, validate=True), np.uint8)
    except (binascii.Error, ValueError):
        return none
    if len(packed) != (count + 7) // 8:
        return none
    return np.flatnonzero(np.unpackbits(packed)[:count])
