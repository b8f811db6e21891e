"""Layouts for the Embedding page: from this server's memory, from a stored run, or from a worker.

What was computed once is kept for everybody: layouts are seeded, so the same settings give the same numbers, and
fifty students who open one link cost one computation.
"""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from engine import stored_runs
from engine.jobs import JobError, NoSuchJob
from engine.jobs.plain import size
from engine.settings import SettingError, SettingsBase
from pages.shared import workers
from pages.shared.progress import Run
from pages.shared.provenance import Provenance

CAPACITY = 256 * 2**20  # bytes of results
STORED = "embedding-"  # names of stored runs that hold results
_RUNS = "embedding runs"  # in the session: place on the page -> (key, run)


@dataclass(frozen=True, eq=False)
class Found:
    """A result and where it comes from."""

    result: Mapping[str, Any]
    provenance: Provenance


class Memory:
    """Results by settings, bounded, shared by all sessions; the least recently used falls out first."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._items: OrderedDict[str, tuple[Mapping[str, Any], int]] = OrderedDict()
        self._capacity, self._held, self._lock = capacity, 0, threading.Lock()

    def put(self, key: str, result: Mapping[str, Any]) -> None:
        """Keep a result."""
        with self._lock:
            if key in self._items:
                return
            self._items[key] = (result, size(result))
            self._held += size(result)
            while self._held > self._capacity and len(self._items) > 1:
                _, (_, freed) = self._items.popitem(last=False)
                self._held -= freed

    def get(self, key: str) -> Mapping[str, Any] | None:
        """A result, or None."""
        with self._lock:
            if key not in self._items:
                return None
            self._items.move_to_end(key)
            return self._items[key][0]


MEMORY = Memory()


def pursue(slot: str, experiment: str, settings: SettingsBase, how: str) -> Found | Run:
    """The result of an experiment, or the run that is on its way to it.

    Args:
        slot: Where on the page it is needed; the slot's earlier run for other settings is stopped.
        experiment: Its module.
        settings: Of the experiment.
        how: One sentence for the provenance.
    """
    key = f"{experiment} {json.dumps(settings.to_dict(), sort_keys=True)}"
    found = find(key, experiment, settings, how)
    if found is not None:
        drop(slot)
        return found
    runs: dict[str, tuple[str, Run]] = st.session_state.setdefault(_RUNS, {})
    if slot not in runs or runs[slot][0] != key:
        drop(slot)
        runs[slot] = (key, _start(experiment, settings))
    run = look(runs[slot][1])
    if run.state == "done" and run.result is not None:
        MEMORY.put(key, run.result)
        return Found(run.result, Provenance("live", how))
    return run


def find(key: str, experiment: str, settings: SettingsBase, how: str) -> Found | None:
    """A result that is there already."""
    known = MEMORY.get(key)
    if known is not None:
        return Found(known, Provenance("live", how))
    wanted = {"experiment": experiment, "settings": settings.to_dict()}
    for name, kept in _stored().items():
        if kept == wanted:
            run = _read(name)
            figures = {title: value for title, value in run.headline.items() if title != "experiment"}
            return Found(figures | dict(run.arrays), Provenance("stored", how, run.provenance()))
    return None


def look(run: Run) -> Run:
    """Ask the pool for news of a run."""
    if run.job is not None and (run.active or run.state is None):
        try:
            run.take(workers.pool().look(run.job, workers.owner(), run.cursor))
        except NoSuchJob as error:
            run.state, run.sentence = "failed", str(error)
    return run


def drop(slot: str) -> None:
    """Stop and forget the slot's run."""
    runs: dict[str, tuple[str, Run]] = st.session_state.get(_RUNS, {})
    if slot in runs:
        _, run = runs.pop(slot)
        if run.job is not None:
            workers.pool().forget(run.job, workers.owner())


def stop(slot: str) -> None:
    """Button callback: stop the slot's run; what it has reported stays."""
    runs: dict[str, tuple[str, Run]] = st.session_state.get(_RUNS, {})
    if slot in runs and runs[slot][1].job is not None:
        try:
            workers.pool().tell(str(runs[slot][1].job), workers.owner(), "stop")
        except NoSuchJob:
            drop(slot)


def _start(experiment: str, settings: SettingsBase) -> Run:
    run = Run()
    try:
        run.job = workers.pool().submit(experiment, settings.to_dict(), owner=workers.owner())
        run.state = "queued"
    except (JobError, SettingError) as error:
        run.state, run.sentence = "failed", str(error)
    return run


@st.cache_resource(show_spinner=False, max_entries=1)
def _stored() -> dict[str, dict[str, Any]]:
    """Of every stored run that holds a result: the experiment and its settings."""
    found = {}
    for folder in sorted(stored_runs.FOLDER.glob(f"{STORED}*")):
        if stored_runs.exists(folder.name):
            manifest = _read(folder.name).manifest
            found[folder.name] = {
                "experiment": manifest["headline"].get("experiment"),
                "settings": manifest["settings"],
            }
    return found


@st.cache_resource(show_spinner=False, max_entries=8)
def _read(name: str) -> stored_runs.StoredRun:
    return stored_runs.load(name)


def active(slot: str) -> bool:
    """Whether the slot has a run that is still on."""
    runs: dict[str, tuple[str, Run]] = st.session_state.get(_RUNS, {})
    return slot in runs and runs[slot][1].active
