"""A run of GLO through time, as the film component takes it: from a live run, or from a stored one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
import torch

from engine import stored_runs
from engine.glo import planes, recording
from engine.glo.watching import MOST_NORM, NORM_BINS
from engine.images import encode_png, sheet
from pages.shared import pictures
from pages.shared.progress import Run

_SHEETS, _AXES = (
    "glo sheets",
    "glo axes",
)  # session: encoded moments; the plane of the run that was drawn last


@st.cache_resource(show_spinner=False, max_entries=8)
def stored(name: str) -> Run:
    """A stored run as a page has one that it watched. Raises StoredRunError."""
    kept = stored_runs.load(name)
    settings = kept.manifest["settings"]
    settings = settings.get("training", settings)  # a comparison keeps how it trained beside how it compared
    run = Run(job=f"stored {name}", state="done", settings=dict(settings))
    for kind, values in recording.unpack(kept.arrays):
        run.latest[kind] = values
        row = {key: value for key, value in values.items() if not isinstance(value, np.ndarray)}
        run.points.setdefault(kind, []).append(row)
    run.result = {"figures": dict(kept.headline)}
    return run


@st.cache_resource(show_spinner=False, max_entries=8)
def stored_batches(name: str) -> list[Mapping[str, Any]]:
    """The batches a stored run kept, oldest first. Raises StoredRunError."""
    events = recording.unpack(stored_runs.load(name).arrays)
    return [values for kind, values in events if kind == recording.BATCH]


def nothing_yet(run: Run, what: str) -> None:
    """Say why there is nothing of a run to show: it is still to come, or the run ended before it came."""
    st.caption(f"Waiting for the first {what}." if run.active else f"The run ended before its first {what}.")


def moments(run: Run) -> list[Mapping[str, Any]]:
    """The moments of a run, oldest first."""
    return run.numbered(recording.MOMENT)


def layouts(run: Run) -> list[Mapping[str, Any]]:
    """The layouts of a run's codes, oldest first."""
    return run.numbered(recording.LAYOUT)


def lane(run: Run, name: str, title: str, columns: int, note: str = "") -> dict[str, Any]:
    """A row of tiles through time: the pictures called `name` of every moment."""
    kinds = sorted(kind for kind in run.latest if kind.startswith(recording.MOMENT))
    sources = [[_sheet(run, kind, name, columns), 0] for kind in kinds]
    return {
        "title": title,
        "note": note,
        "tiles": len(run.latest[kinds[-1]][name]),
        "columns": columns,
        "sources": sources,
    }


def fixed_lane(images: np.ndarray, title: str, columns: int, note: str = "") -> dict[str, Any]:
    """A row of tiles that stay as they are, from bytes (K, C, H, W)."""
    address = pictures.keep(_encode(images, columns))
    return {"title": title, "note": note, "tiles": len(images), "columns": columns, "sources": [[address, 0]]}


def places(run: Run, found: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """The codes of every moment in one plane, as columns x and y, moment after moment."""
    history = torch.from_numpy(np.stack([np.asarray(moment["codes"], np.float32) for moment in found]))
    job, before = st.session_state.get(_AXES, (None, None))
    axes = planes.plane(history[-1], before if job == run.job else None)
    st.session_state[_AXES] = (run.job, axes)
    flat = planes.project(history, axes).reshape(-1, 2).numpy().astype(np.float32)
    return pd.DataFrame({"x": flat[:, 0], "y": flat[:, 1]})


def norms(found: Sequence[Mapping[str, Any]]) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Histograms of the codes' lengths, and how to draw them."""
    counts = np.stack([np.asarray(moment["norms"], np.float32) for moment in found]).ravel()
    look = {
        "bins": NORM_BINS,
        "most": MOST_NORM,
        "title": "Lengths of all codes (height: square root)",
        "mark": "ball 1",
    }
    return pd.DataFrame({"count": counts}), look


def label(moment: Mapping[str, Any]) -> str:
    """When it was."""
    return f"{moment['examples']:,.0f} pictures seen, epoch {round(moment['epoch'], 1):g}"


def worth(moment: Mapping[str, Any]) -> str:
    """What a layout of the codes keeps of them, where the run counted it."""
    return f"keeps {100 * moment['kept']:.0f} % of neighbours" if "kept" in moment else ""


def _sheet(run: Run, kind: str, name: str, columns: int) -> str:
    """Address of one moment's pictures; each is encoded once per session."""
    kept: dict[str, dict[str, bytes]] = st.session_state.setdefault(_SHEETS, {})
    job = run.job or ""
    if job not in kept:
        while len(kept) > 3:
            kept.pop(next(iter(kept)))
        kept[job] = {}
    key = f"{kind} {name}"
    if key not in kept[job]:
        kept[job][key] = _encode(run.latest[kind][name], columns)
    return pictures.keep(kept[job][key])


def _encode(images: np.ndarray, columns: int) -> bytes:
    return encode_png(sheet(torch.from_numpy(np.array(images)).float() / 255, columns))
