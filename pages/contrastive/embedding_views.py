"""The picture of the Embedding page, in each of its views, from what is there so far."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import streamlit as st

from engine import data
from engine.embedding import settings_grid
from engine.embedding.laying_out import NEAREST, Settings
from pages.contrastive import embedding_columns, embedding_results, embedding_training
from pages.contrastive.embedding_results import Found
from pages.contrastive.embedding_state import DISTANCES, LAYOUTS, State
from pages.contrastive.embedding_training import Through
from pages.shared import scatter
from pages.shared.progress import Run
from pages.shared.provenance import Provenance
from pages.shared.scatter import Atlas, Neighbours, Own, Pane, Touch

KEY = "emb_scatter"
EXPERIMENT = "engine.embedding.laying_out"
GRID = "engine.embedding.settings_grid"
HOW = {
    "umap": "A worker found the exact neighbours and unfolded UMAP from the principal components.",
    "pca": "A worker computed the principal components.",
    "tsne": "A worker ran scikit-learn's t-SNE.",
}


@dataclass(frozen=True, eq=False)
class Picture:
    """What the scatter is given. `waiting`: runs that are on their way, by the name of their place."""

    panes: list[Pane]
    results: list[Mapping[str, Any] | None]
    provenance: Provenance
    waiting: dict[str, Run]
    axes: Literal["time"] | Sequence[tuple[str, Sequence[object]]] | None = None
    labels: Sequence[str] = ()
    first_frame: int = 0
    motion: int = 500
    through: Through | None = None

    @property
    def active(self) -> bool:
        """Whether more is to come."""
        return any(run.active for run in self.waiting.values())

    @property
    def epochs(self) -> int:
        """Of a run that is watched through training, how many are laid out."""
        return 0 if self.through is None else len(self.through.layouts)

    @property
    def failures(self) -> list[str]:
        """What went wrong, in words."""
        return [
            run.sentence
            for run in self.waiting.values()
            if run.state in ("failed", "stopped") and run.sentence
        ]


def build(state: State) -> Picture:
    """The picture as it stands now; asks for what is missing."""
    if state.view == "settings":
        return _grid(state)
    if state.view == "training":
        return _training(state)
    embedding_results.drop("grid")
    slots = ("left", "right")[: len(state.layouts)]
    if len(slots) < 2:
        embedding_results.drop("right")
    found = [
        embedding_results.pursue(slot, EXPERIMENT, state.settings(name), _how(state.settings(name)))
        for slot, name in zip(slots, state.layouts, strict=True)
    ]
    narrow = len(slots) > 1
    panes = [_pane(LAYOUTS[name], each, narrow) for name, each in zip(state.layouts, found, strict=True)]
    waiting = {slot: each for slot, each in zip(slots, found, strict=True) if isinstance(each, Run)}
    results = [each.result if isinstance(each, Found) else None for each in found]
    kept = [each.provenance for each in found if isinstance(each, Found)]
    provenance = next((one for one in kept if one.kind == "stored"), None) or Provenance(
        "live", _how(state.settings(state.layouts[0]))
    )
    return Picture(
        [pane for pane in panes if pane is not None],
        results,
        provenance,
        waiting,
        motion=250 if waiting else 500,
    )


def _how(settings: Settings) -> str:
    return HOW[settings.method]


def _pane(title: str, found: Found | Run, narrow: bool) -> Pane | None:
    """A layout with what it keeps; on the way there, what there is."""
    if isinstance(found, Found):
        return Pane(
            title, np.asarray(found.result["layout"], np.float32), [judged(found.result, narrow=narrow)]
        )
    for kind in ("placed", "frame", "start"):
        if kind in found.latest:
            values = found.latest[kind]
            return Pane(title, values["layout"][None], [_meanwhile(kind, values)])
    return None


def _meanwhile(kind: str, values: Mapping[str, Any]) -> str:
    if kind == "frame":
        return f"unfolding, epoch {values['epoch']} of {values['epochs']}"
    return "placed; counting what it keeps" if kind == "placed" else "principal components, meanwhile"


def judged(result: Mapping[str, Any], at: int | None = None, *, narrow: bool = False) -> str:
    """Trustworthiness, continuity and kept neighbours in one line; `narrow`: without continuity."""
    trust, together, kept = (
        float(result[name] if at is None else result[name][at])
        for name in ("trustworthiness", "continuity", "kept")
    )
    if narrow:
        return f"trustworthiness {trust:.3f}, keeps {100 * kept:.0f} %"
    return f"trustworthiness {trust:.3f}, continuity {together:.3f}, keeps {100 * kept:.0f} % of neighbours"


def _grid(state: State) -> Picture:
    for slot in ("left", "right"):
        embedding_results.drop(slot)
    settings = settings_grid.Settings(table=state.table)
    found = embedding_results.pursue(
        "grid", GRID, settings, "A worker laid out one table under 30 settings, and random vectors beside it."
    )
    if isinstance(found, Run):
        return Picture(
            [], [], Provenance("live", "A worker lays out one table under 30 settings."), {"grid": found}
        )
    result = found.result
    counts, distances = list(result["n_neighbors"]), list(result["min_dist"])
    frames = len(result["layouts"])
    noise = {name: result[f"noise_{name}"] for name in ("trustworthiness", "continuity", "kept")}
    panes = [
        Pane(
            "These vectors",
            np.asarray(result["layouts"]),
            [judged(result, n, narrow=True) for n in range(frames)],
        ),
        Pane(
            "As many random vectors",
            np.asarray(result["noise_layouts"]),
            [judged(noise, n, narrow=True) for n in range(frames)],
        ),
    ]
    axes: list[tuple[str, Sequence[object]]] = [
        ("Neighbours", [int(k) for k in counts]),
        ("Smallest distance", [f"{d:g}" for d in distances]),
    ]
    first = counts.index(15) * len(distances) + distances.index(0.1) if 15 in counts else 0
    return Picture(panes, [result], found.provenance, {}, axes, [""] * frames, first)


def _training(state: State) -> Picture:
    for slot in ("left", "right", "grid"):
        embedding_results.drop(slot)
    found = embedding_training.through(state.run) if state.run else None
    sentence = embedding_training.trouble(state.run)
    waiting = {"look": Run(state="failed", sentence=sentence)} if sentence else {}
    if embedding_training.going_on(state.run):
        waiting["follow"] = Run(state="running")
    if found is None:
        return Picture([], [], Provenance("live", embedding_training.HOW), waiting)
    near = found.neighbours
    result = {"indices": near.indices, "distances": near.distances} if near is not None else None
    last = len(found.layouts) - 1
    return Picture(
        [found.pane], [result], found.provenance, waiting, "time", found.labels, last, through=found
    )


@st.cache_resource(show_spinner=False, max_entries=6)
def atlas(name: str, split: str, count: int) -> Atlas:
    """The pictures of a data set's split in one file."""
    return scatter.make_atlas(data.load(name, split, count).images)


def draw(state: State, picture: Picture, *, chosen: int | None, frame: int, own: Own | None) -> Touch | None:
    """Put the scatter on the page, if there is anything to show."""
    if not picture.panes:
        return None
    count = picture.panes[0].layouts.shape[-2]
    result = picture.results[0] if picture.results else None
    laid = result is not None and "indices" in result
    neighbours = None
    if result is not None and laid:
        neighbours = Neighbours(result["indices"], result["distances"], DISTANCES[state.table.metric])
    pictures = atlas(state.dataset.name, state.dataset.split, count) if state.dataset is not None else None
    given = state.given
    return scatter.mount(
        KEY,
        picture.provenance,
        points=f"{state.points} {count}",
        panes=picture.panes,
        columns=embedding_columns.columns(
            state.dataset.first(count) if state.dataset is not None else None,
            given,
            result if laid else None,
            count,
        ),
        colour=state.colour,
        atlas=pictures,
        neighbours=neighbours,
        axes=picture.axes,
        labels=picture.labels,
        frame=frame if picture.axes else 0,
        sequence=state.sequence,
        chosen=chosen,
        own=own,
        motion=picture.motion,
        title=f"{state.table.data}, {state.table.source}, {state.table.count:,} pictures",
    )


__all__ = ["KEY", "NEAREST", "Picture", "atlas", "build", "draw", "judged"]
