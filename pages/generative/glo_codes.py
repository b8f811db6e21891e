"""The codes of a run as a map of their pictures: through time, by UMAP or by PCA."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from pages.generative import story
from pages.registry import PageEntry
from pages.shared import run_picture
from pages.shared.controls import choice
from pages.shared.progress import Run
from pages.shared.provenance import Provenance

HEIGHT = 560
UMAP, PCA = "UMAP", "PCA"
WORDS = {
    UMAP: "Neighbours in the code space stay neighbours; distances across the map say little.",
    PCA: "The plane in which the codes vary most; distances are true as far as the plane shows them.",
}


def draw(page: PageEntry, run: Run, provenance: Provenance) -> None:
    """Where the codes of the first pictures lie, moment by moment."""
    by = choice(
        "Map by", (UMAP, PCA), key=f"{page.prefix}map", default=UMAP, segmented=True, label_hidden=True
    )
    found = story.layouts(run) if by == UMAP else story.moments(run)
    if not found:
        story.nothing_yet(run, "map, which comes after half an epoch")
        return
    places = _umap(found) if by == UMAP else _pca(run, found)
    run_picture.draw(
        f"{page.prefix}map_figure",
        str(run.settings["data"]),
        places,
        provenance,
        points=f"{run.job}",
        labels=[story.label(moment) for moment in found],
        notes=[story.worth(moment) for moment in found] if by == UMAP else (),
        note=f"Codes of {places.shape[1]} training pictures by {by}",
        height=HEIGHT,
        split="train",
        of="GLO's codes",
    )
    st.caption(WORDS[by])


def _umap(found: list[Mapping[str, Any]]) -> NDArray[np.float32]:
    return np.stack([np.asarray(one["layout"], np.float32) for one in found])


def _pca(run: Run, found: list[Mapping[str, Any]]) -> NDArray[np.float32]:
    table = story.places(run, found)
    return table[["x", "y"]].to_numpy(np.float32).reshape(len(found), -1, 2)
