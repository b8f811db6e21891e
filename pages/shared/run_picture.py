"""A run's vectors of some pictures as a scatter of these pictures, live or stored: h of SimCLR, codes of GLO."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from engine import data
from engine.data import Dataset
from pages.shared import scatter
from pages.shared.provenance import Provenance
from pages.shared.scatter import Atlas, Column, Pane

HEIGHT = 340


@st.cache_resource(max_entries=4, show_spinner=False)
def atlas(name: str, count: int, split: str = "test") -> Atlas:
    """The first pictures of a data set in one file."""
    return scatter.make_atlas(data.load(name, split, count).images)


@st.cache_resource(max_entries=4, show_spinner=False)
def columns(name: str, count: int, split: str = "test") -> list[Column]:
    """What points can be coloured by: the class, and every generating factor."""
    dataset = data.load(name, split, count)
    found = [Column("label", "Class", dataset.labels.numpy(), names=dataset.classes)]
    return found + [_factor(dataset, factor) for factor in dataset.factors if factor != "shape"]


def _factor(dataset: Dataset, name: str) -> Column:
    factor = dataset.factors[name]
    if factor.kind == "categorical":
        return Column(name, name.capitalize(), factor.values.numpy(), names=factor.categories)
    kind: scatter.Kind = "hue" if name == "hue" else "angle" if factor.kind == "circular" else "number"
    return Column(name, name.capitalize(), factor.values.numpy(), kind, ends=(factor.low, factor.high))


def draw(
    key: str,
    name: str,
    layouts: NDArray[Any],
    provenance: Provenance,
    *,
    points: str,
    labels: Sequence[str] = (),
    note: str = "",
    notes: Sequence[str] = (),
    height: int = HEIGHT,
    split: str = "test",
    of: str = "h",
) -> None:
    """One layout (N, 2), or several through time (E, N, 2), of the first N pictures of a data set.

    Args:
        key: Of the component.
        name: Of the data set.
        layouts: Where the pictures are.
        provenance: Of the layouts.
        points: Names the set of pictures, as for `scatter.mount`.
        labels: Of the moments.
        note: Said above the picture.
        notes: The same for each moment, behind it.
        height: Pixels at most.
        split: Of the data set.
        of: What is laid out, for the exported picture.
    """
    count = layouts.shape[-2]
    through = layouts.ndim == 3 and len(layouts) > 1
    scatter.mount(
        key,
        provenance,
        points=points,
        panes=[Pane(note, layouts, list(notes), together=through)],
        columns=columns(name, count, split),
        atlas=atlas(name, count, split),
        axes="time" if through else None,
        labels=list(labels),
        frame=len(layouts) - 1 if through else 0,
        height=height,
        title=f"{of} of {data.card(name).title}",
    )


def live_layout(picture: Mapping[str, Any]) -> NDArray[np.float32] | None:
    """The layout a run reported with its last picture."""
    found = picture.get("layout")
    return None if found is None else np.asarray(found, np.float32)
