"""What the Runs page can show: this visitor's runs and the shipped ones, in one list; two of them picked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from engine import stored_runs
from engine.runs import HistoryError, NoSuchRun, Run, curves, shipped
from engine.stored_runs import StoredRunError
from pages.lab import runs_words as words
from pages.registry import BY_SLUG
from pages.shared import assets, history
from pages.shared.curves import thin
from pages.shared.provenance import Provenance
from pages.shared.visitor import visitor

PAGE = BY_SLUG["runs"]
SLOTS = ("a", "b")
SPARK = 40  # points of a curve in the list
NOTHING = (
    "Nothing yet. Press Train on a page of this app: when the run ends, finished or stopped, it is kept here with its"
    " settings, its figures and its curves, for this browser."
)
LISTED = Provenance(
    "live", "Runs as they were kept: this visitor's in the run history, the others in assets/runs."
)


@dataclass(frozen=True)
class Known:
    """All runs there are for this visitor, by id, and what is wrong with the history, if anything."""

    own: tuple[Run, ...]
    others: tuple[Run, ...]
    problem: str = ""

    @property
    def ids(self) -> tuple[str, ...]:
        """In the order of the list."""
        return tuple(run.id for run in (*self.own, *self.others))


@st.cache_resource(max_entries=2, show_spinner=False)
def _shipped(folder: str) -> tuple[Run, ...]:  # noqa: ARG001 - the cache's key
    """The stored runs that can be read, those with curves first: the first one is what the page opens with."""
    found = []
    for name in shipped.names(stored_runs.FOLDER):
        try:
            found.append(shipped.read(name, stored_runs.FOLDER))
        except StoredRunError:
            continue  # a damaged one is not shown; its own page says so
    return tuple(sorted(found, key=lambda run: not curves.names(run)))


def known() -> Known:
    """The runs; without the visitor's own where the history cannot be read."""
    others = _shipped(str(stored_runs.FOLDER))
    try:
        return Known(tuple(history.runs().all(visitor())), others)
    except HistoryError as error:
        return Known((), others, str(error))


def whole(found: Known, name: str) -> Run | None:
    """A run with its curves, None where it is gone."""
    for run in found.others:
        if run.id == name:
            return run
    try:
        return history.runs().get(name, visitor())
    except (NoSuchRun, HistoryError):
        return None


def picked(found: Known) -> tuple[str, str, bool]:
    """Ids of the runs A and B ("" for none), and whether the address asked for one that is not here."""
    said = (st.session_state.get(f"{PAGE.prefix}list") or {}).get("picked")
    if isinstance(said, dict) and said.get("slot") in SLOTS:
        _pick(found, said["slot"], str(said.get("id") or "none")[:80])
    wanted = {slot: st.query_params.get(PAGE.prefix + slot) for slot in SLOTS}
    missing = any(asked not in (None, "none", *found.ids) for asked in wanted.values())
    return *_chosen(found.ids, wanted["a"], wanted["b"]), missing


def _chosen(ids: tuple[str, ...], a: str | None, b: str | None) -> tuple[str, str]:
    """What was asked for where it is there; else the newest run, and beside one's own the next of one's own."""
    first = a if a in ids else next((each for each in ids if each != b), "")
    if b == "none":
        return first, ""
    if b in ids and b != first:
        return first, b
    own = [each for each in ids if not each.startswith(shipped.PREFIX)]
    return first, next((each for each in own if each != first), "") if first in own else ""


def _pick(found: Known, slot: str, name: str) -> None:
    """Put a run into a slot; the one that was in the other slot already changes places with it."""
    a, b = _chosen(found.ids, *(st.query_params.get(PAGE.prefix + each) for each in SLOTS))
    now = {"a": a, "b": b or "none"}
    other = "b" if slot == "a" else "a"
    if now[other] == name:
        now[other] = now[slot]
    now[slot] = name
    for each, run in now.items():
        st.query_params[PAGE.prefix + each] = run or "none"


def remove(run: str) -> None:
    """Button callback: forget a run."""
    try:
        history.runs().remove(run, visitor())
    except HistoryError as error:
        st.session_state[f"{PAGE.prefix}trouble"] = str(error)
    for slot in SLOTS:
        if st.query_params.get(PAGE.prefix + slot) == run:
            del st.query_params[PAGE.prefix + slot]


def describe(run: str) -> None:
    """Callback of title and notes: write them down."""
    try:
        history.runs().describe(
            run,
            visitor(),
            title=st.session_state.get(f"{PAGE.prefix}title_{run}"),
            notes=st.session_state.get(f"{PAGE.prefix}notes_{run}"),
        )
    except (HistoryError, NoSuchRun) as error:
        st.session_state[f"{PAGE.prefix}trouble"] = str(error)


@st.cache_data(max_entries=512, show_spinner=False)
def _spark(run: str, owner: str) -> dict[str, list[float]]:
    """The curve of one's own run in small; runs never change, so it is read once."""
    try:
        return _small(history.runs().get(run, owner))
    except (NoSuchRun, HistoryError):
        return {}


def _small(run: Run) -> dict[str, list[float]]:
    name = curves.foremost(curves.names(run))
    if name is None:
        return {}
    x, y = curves.series(run, name, curves.axes(run, name)[0])
    shown = thin(len(x), SPARK)
    return {"x": [x[at] for at in shown], "y": [y[at] for at in shown]}


def changed(own: Sequence[Run]) -> dict[str, str]:
    """By id: what each run changed against the one of the same experiment before it. `own` has the newest first."""
    found, latest = {}, dict[str, Run]()
    for run in reversed(own):
        before = latest.get(run.experiment)
        found[run.id] = "" if before is None else words.changed(before, run)
        latest[run.experiment] = run
    return found


def _row(run: Run, spark: dict[str, list[float]], changed: str = "") -> dict[str, object]:
    return {
        "id": run.id,
        "title": run.title,
        "line": words.line(run),
        "changed": changed,
        "note": run.notes.splitlines()[0] if run.notes else "",
        "figures": words.best(run.metrics),
        "spark": spark,
    }


def draw(found: Known, a: str, b: str) -> None:
    """Both lists; a click is read by `picked` when the page reruns."""
    owner = visitor()
    changes = changed(found.own)
    own = [_row(run, _spark(run.id, owner), changes[run.id]) for run in found.own]
    others = [_row(run, _small(run)) for run in found.others]
    assets.mount(
        "runs",
        {
            "lists": [
                {"title": f"Yours ({len(own)})" if own else "Yours", "empty": NOTHING, "rows": own},
                {"title": "Shipped with the app", "empty": "There are none.", "rows": others},
            ],
            "a": a,
            "b": b,
        },
        key=f"{PAGE.prefix}list",
        provenance=LISTED,
        triggers=("picked",),
    )
