"""The run history as pages use it: one store for the app, a visitor's own runs in it, and nothing that stops a page."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import streamlit as st

from engine import stored_runs
from engine.runs import HistoryError, Runs, figures, turned
from pages.shared.progress import Run
from pages.shared.visitor import visitor

_PROBLEM = "history_problem"
log = logging.getLogger("explorer")


@cache
def runs() -> Runs:
    """The store."""
    return Runs()


def keep(experiment: str, title: Callable[[Mapping[str, Any]], str], run: Run) -> None:
    """Keep a run that is over, once, under the title of the settings it started with.

    A history that cannot be written is said on the page and harms nothing.
    """
    if run.active or run.state is None or run.kept or not run.points:
        return
    run.kept = True
    try:
        runs().add(
            visitor(),
            experiment=experiment,
            title=title(run.started),
            settings=run.started,
            changes=turned(run.points),
            metrics=figures(run.points),
            curves=run.points,
            seconds=run.seconds,
            state=run.state,
            provenance=_circumstances(),
            job=run.job,
        )
        st.session_state.pop(_PROBLEM, None)
    except HistoryError as error:
        log.warning("A run was not kept: %s", error)
        st.session_state[_PROBLEM] = str(error)


def problem() -> str:
    """Why runs are not kept at present; "" while they are."""
    return str(st.session_state.get(_PROBLEM, ""))


@cache
def _circumstances() -> dict[str, object]:
    """Of this server: what made the runs. The date is each run's own."""
    found = stored_runs.circumstances(("torch", "numpy"))
    del found["date"]
    return found
