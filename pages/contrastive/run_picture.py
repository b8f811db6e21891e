"""h of the test pictures as a scatter of pictures, live or stored."""

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
def atlas(name: str, count: int) -> Atlas:
    """The first test pictures of a data set in one file."""
    return scatter.make_atlas(data.load(name, "test", count).images)


@st.cache_resource(max_entries=4, show_spinner=False)
def columns(name: str, count: int) -> list[Column]:
    """What points can be coloured by: the class, and every generating factor."""
    dataset = data.load(name, "test", count)
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
    height: int = HEIGHT,
) -> None:
    """One layout (N, 2), or several through time (E, N, 2), of the first N test pictures of a data set."""
    count = layouts.shape[-2]
    through = layouts.ndim == 3 and len(layouts) > 1
    scatter.mount(
        key,
        provenance,
        points=points,
        panes=[Pane(note, layouts, together=through)],
        columns=columns(name, count),
        atlas=atlas(name, count),
        axes="time" if through else None,
        labels=list(labels),
        frame=len(layouts) - 1 if through else 0,
        height=height,
        title=f"h of {data.card(name).title}",
    )


def live_layout(picture: Mapping[str, Any]) -> NDArray[np.float32] | None:
    """The layout a run reported with its last picture."""
    found = picture.get("layout")
    return None if found is None else np.asarray(found, np.float32)
