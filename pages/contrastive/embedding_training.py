"""The view "Through training": a run's vectors after every epoch, from stored runs, and from SimCLR while it trains."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from engine import data, stored_runs
from engine.contrastive.examination import restore
from engine.data import DataError, Dataset
from engine.embedding import following, handed_over
from engine.embedding.history import PREFIX
from pages.contrastive import embedding_results
from pages.contrastive.embedding_results import Found
from pages.shared.progress import Run
from pages.shared.provenance import Provenance
from pages.shared.scatter import Neighbours, Pane

FOLLOWED = "engine.embedding.following"
LIVE = "live"
_HISTORY = "embedding history"  # in the session: what was seen of the live run
_LIVE_KEYS = "live con_"  # where pages.shared.live keeps the SimCLR page's run
HOW = "Each layout begins where the last one ended; springs hold what kept its neighbours."


@dataclass(eq=False)
class Through:
    """Layouts (E, N, 2) of one table of pictures after each epoch, each with trustworthiness, continuity and kept
    neighbours; and the neighbours after the last."""

    title: str
    dataset: Dataset
    epochs: list[float]
    layouts: list[NDArray[np.float32]]
    judged: list[tuple[float, float, float]]
    neighbours: Neighbours | None
    provenance: Provenance
    waiting: bool = False

    @property
    def pane(self) -> Pane:
        """As the scatter takes it."""
        return Pane(self.title, np.stack(self.layouts), [note(*one) for one in self.judged], together=True)

    @property
    def labels(self) -> list[str]:
        """Per frame."""
        return [f"epoch {epoch:g}" for epoch in self.epochs]


@dataclass(eq=False)
class _Seen:
    """What this session has followed of a live run."""

    job: str
    data: str
    epochs: list[float] = field(default_factory=list)
    results: list[Mapping[str, Any]] = field(default_factory=list)


def offered() -> dict[str, str]:
    """Name -> title of the runs whose embedding can be watched."""
    found = {}
    if _live_run() is not None:
        found[LIVE] = "Your SimCLR run"
    return found | _stored()


@st.cache_resource(show_spinner=False, max_entries=1)
def _stored() -> dict[str, str]:
    found = {}
    for folder in sorted(stored_runs.FOLDER.glob("*")):
        if stored_runs.exists(folder.name):
            manifest = stored_runs.load(folder.name).manifest
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
    columns = (arrays[key].tolist() for key in ("trustworthiness", "continuity", "kept"))
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
    """The SimCLR page's run of this session, once it has shown vectors."""
    for key in st.session_state:
        if str(key).startswith(_LIVE_KEYS):
            run = st.session_state[key]
            if isinstance(run, Run) and run.job is not None and "h" in run.latest.get("picture", {}):
                return run
    return None


def _live() -> Through | None:
    """Follow the live run: hand each new picture of its vectors to a worker, collect the layouts."""
    run = _live_run()
    if run is None or run.job is None:
        return None
    embedding_results.look(run)
    seen: _Seen | None = st.session_state.get(_HISTORY)
    if seen is None or seen.job != run.job:
        seen = _Seen(run.job, str(run.settings["data"]))
        st.session_state[_HISTORY] = seen
        embedding_results.drop("follow")
    picture = run.latest["picture"]
    epoch = float(picture.get("epoch", len(seen.epochs)))
    if not seen.epochs or epoch > seen.epochs[-1]:
        _follow(seen, picture, epoch)
    if not seen.results:
        return None
    last = seen.results[-1]
    count = len(last["layout"])
    return Through(
        "SimCLR h, held-out pictures",
        data.load(seen.data, "test").first(count),
        seen.epochs,
        [np.asarray(result["layout"], np.float32) for result in seen.results],
        [(result["trustworthiness"], result["continuity"], result["kept"]) for result in seen.results],
        Neighbours(last["indices"], last["distances"], "Cosine"),
        Provenance("live", f"Your SimCLR run. {HOW}"),
        waiting=run.active or embedding_results.active("follow"),
    )


def _follow(seen: _Seen, picture: Mapping[str, Any], epoch: float) -> None:
    """One more epoch, once a worker has laid it out."""
    before = seen.results[-1] if seen.results else None
    settings = following.Settings(
        vectors=handed_over.keep(restore(picture).astype(np.float16)),
        layout=handed_over.keep(np.asarray(before["layout"])) if before else "",
        neighbours=handed_over.keep(np.asarray(before["indices"])) if before else "",
        epoch=epoch,
    )
    found = embedding_results.pursue("follow", FOLLOWED, settings, HOW)
    if isinstance(found, Found):
        seen.epochs.append(epoch)
        seen.results.append(found.result)


def note(trust: float, together: float, kept: float) -> str:
    """What a layout is worth, in one line."""
    return f"trustworthiness {trust:.3f}, continuity {together:.3f}, keeps {100 * kept:.0f} % of neighbours"
