"""The view "Through training": a run's vectors after every epoch, from stored runs, and from SimCLR while it trains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from engine import data, stored_runs
from engine.data import DataError, Dataset
from engine.embedding.follow import QUALITY
from engine.embedding.history import PREFIX
from pages.contrastive import embedding_results
from pages.shared.progress import Run
from pages.shared.provenance import Provenance
from pages.shared.scatter import Neighbours, Pane

LIVE = "live"
FIRST = "simclr-shapes-plain"  # of the stored runs: its pictures have factors to colour by
_LIVE_KEY = "live con_run"  # where pages.shared.live keeps the SimCLR page's run
HOW = "Each layout begins where the last one ended; springs hold what kept its neighbours."


@dataclass(eq=False)
class Through:
    """Layouts (E, N, 2) of one table of pictures after each epoch, each with what it keeps (`QUALITY`), and the
    neighbours after the last."""

    title: str
    dataset: Dataset
    epochs: list[float]
    layouts: list[NDArray[np.float32]]
    judged: list[tuple[float, ...]]
    neighbours: Neighbours | None
    provenance: Provenance

    @property
    def pane(self) -> Pane:
        """As the scatter takes it."""
        return Pane(self.title, np.stack(self.layouts), [note(*one) for one in self.judged], together=True)

    @property
    def labels(self) -> list[str]:
        """Per frame."""
        return [f"epoch {round(epoch, 1):g}" for epoch in self.epochs]


def offered() -> dict[str, str]:
    """Name -> title of the runs whose embedding can be watched."""
    found = {}
    if _live_run() is not None:
        found[LIVE] = "Your SimCLR run"
    return found | _stored()


@st.cache_resource(show_spinner=False, max_entries=1)
def _stored() -> dict[str, str]:
    found = {}
    for folder in sorted(
        stored_runs.FOLDER.glob("*"), key=lambda folder: (folder.name != FIRST, folder.name)
    ):
        if stored_runs.exists(folder.name):
            manifest = stored_runs.manifest(folder.name)
            if f"{PREFIX}layouts" in manifest.get("arrays", {}):
                kind, _, rest = folder.name.partition("-")
                found[folder.name] = f"SimCLR h, {rest}" if kind == "simclr" else folder.name
    return found


def through(name: str) -> Through | None:
    """The run's embeddings. Raises DataError or StoredRunError where they cannot be shown."""
    return _live() if name == LIVE else _read(name)


@st.cache_resource(show_spinner=False, max_entries=4)
def _read(name: str) -> Through:
    run = stored_runs.load(name)
    arrays = {key.removeprefix(PREFIX): value for key, value in run.arrays.items() if key.startswith(PREFIX)}
    settings = run.manifest["settings"]
    whole = data.load(settings.get("data", "shapes-plain"), settings.get("split", "test"))
    dataset = subset(whole, arrays["pictures"])
    columns = (arrays[key].tolist() for key in QUALITY)
    return Through(
        _stored()[name],
        dataset,
        [float(epoch) for epoch in arrays["epochs"]],
        list(arrays["layouts"]),
        list(zip(*columns, strict=True)),
        Neighbours(
            arrays["neighbours"].astype(np.int64), arrays["distances"], settings.get("metric", "Cosine")
        ),
        Provenance("stored", HOW, run.provenance()),
    )


def subset(dataset: Dataset, chosen: NDArray[np.integer]) -> Dataset:
    """Some pictures of a data set with all that belongs to them."""
    if (chosen == np.arange(len(chosen))).all():
        return dataset.first(len(chosen))
    raise DataError("A stored embedding shows the first pictures of a data set, in their order.")


def _live_run() -> Run | None:
    """The SimCLR page's run of this session, once it has begun; not one that ended before it showed vectors."""
    run = st.session_state.get(_LIVE_KEY)
    if not isinstance(run, Run) or run.job is None:
        return None
    embedding_results.look(run)
    return run if run.active or "h" in run.latest.get("picture", {}) else None


def _live() -> Through | None:
    """The live run's own layouts of its vectors: all of them, also those made while nobody looked."""
    run = _live_run()
    found = run.numbered("layout") if run is not None else []
    if run is None or not found:
        return None
    picture = run.latest["picture"]
    near = None
    if "neighbours" in picture:
        near = Neighbours(np.asarray(picture["neighbours"], np.int64), picture["distances"], "Cosine")
    return Through(
        "SimCLR h, held-out pictures",
        data.load(str(run.settings["data"]), "test").first(len(found[-1]["layout"])),
        [float(one["epoch"]) for one in found],
        [np.asarray(one["layout"], np.float32) for one in found],
        [tuple(float(one[name]) for name in QUALITY) for one in found],
        near,
        Provenance("live", f"Your SimCLR run. {HOW}"),
    )


def going_on(name: str) -> bool:
    """Whether a live run goes on."""
    run = _live_run() if name == LIVE else None
    return run is not None and run.active


def trouble(name: str) -> str:
    """Why the last look at a live run has no layout."""
    run = _live_run() if name == LIVE else None
    picture = {} if run is None else run.latest.get("picture", {})
    if "h" not in picture or "layout" in picture or not picture.get("epoch"):
        return ""
    return "All pictures have the same vector: there is nothing to lay out."


def note(trust: float, together: float, kept: float) -> str:
    """What a layout is worth, in one line."""
    return f"trustworthiness {trust:.3f}, continuity {together:.3f}, keeps {100 * kept:.0f} % of neighbours"
