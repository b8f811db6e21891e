"""The stored runs of SimCLR, as pages draw them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from engine import stored_runs
from engine.contrastive.recording import Recording
from engine.stored_runs import StoredRun, StoredRunError
from pages.shared.provenance import Provenance


@dataclass(frozen=True, eq=False)
class Shown:
    """A stored run with its curves, its last picture, and where it comes from."""

    run: StoredRun
    points: dict[str, list[dict[str, float]]]
    picture: dict[str, Any]
    provenance: Provenance


def name_of(data: str, kind: str = "") -> str:
    """Folder of the run on a data set; `kind`: "" or the name of a variant, "no-colour"."""
    return f"simclr-{data}" + (f"-{kind}" if kind else "")


@st.cache_resource(max_entries=32, show_spinner=False)
def load(name: str) -> Shown | None:
    """A stored run, or None where there is none."""
    if not stored_runs.exists(name):
        return None
    try:
        run = stored_runs.load(name)
    except StoredRunError:
        return None
    how = "SimCLR trained by engine.contrastive.experiment, its reports kept."
    return Shown(
        run,
        Recording.points(run.arrays),
        Recording.picture(run.arrays, run.headline.get("factors", [])),
        Provenance("stored", how, run.provenance()),
    )
