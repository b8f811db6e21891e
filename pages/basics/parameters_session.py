"""What the Parameters page remembers: the network, the pinned one, what is open and what was guessed.

The session holds the truth, the address mirrors it, so that a link shows what was seen. Every network that was
on screen can be reached again with undo, also after a lecture step or an import replaced it.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from engine.parameters.link import decode, encode
from engine.parameters.presets import PRESETS
from engine.parameters.stack import Stack
from engine.settings import SettingError
from pages.basics.parameters_document import Document, become, edit, open_stack
from pages.basics.parameters_words import MEASURES

log = logging.getLogger("explorer")

START = "lecture_15120"
LINKED = ("par_net", "par_pin", "par_row", "par_measure")
LONGEST_LINK = 7_000  # characters; many servers refuse a request line of 8,192
MOST_UNDO = 100
MOST_CHANGES = 200  # in one message
_KEEP = "network_document"  # without the page's prefix: lecture steps clear what has it


@dataclass
class Kept:
    """Everything that outlives a rerun, besides the controls."""

    document: Document
    opened: int | None = None  # number of the layer that is open
    past: list[Stack] = field(default_factory=list)
    future: list[Stack] = field(default_factory=list)
    last: tuple[object, ...] = ()  # what was changed last: the same again is undone together with it
    links: set[str] = field(default_factory=set)  # that this session wrote into the address itself
    answered: int = 0  # the component's edits up to here are in
    problem: str = ""
    guesses: dict[str, int] = field(default_factory=dict)  # number of a layer, or "total" -> the guess
    revealed: bool = False


def kept() -> Kept:
    """The session's network; on arrival the linked one, else the lecture's."""
    state: Kept | None = st.session_state.get(_KEEP)
    arrived = state is None
    row = str(st.session_state.pop("par_row", ""))  # by a lecture step
    if state is None:
        state = st.session_state[_KEEP] = Kept(open_stack(PRESETS[START].stack), links={""})
        row = row or st.query_params.get("par_row", "")
    asked = st.session_state.pop("par_net", None)  # by a lecture step
    linked = st.query_params.get("par_net", "")
    if asked is None and linked not in state.links:
        asked = linked
    if asked is not None:
        state.links.add(asked)
        state.opened = None
        try:
            show(state, decode(asked) if asked else PRESETS[START].stack)
        except SettingError as error:
            state.problem = f"{error} The network on the page stays as it was."
            log.info("Refused a linked network: %s", error)
    if arrived:
        state.past = []  # there was nothing before the link
    if row.isdecimal() and len(row) < 5 and 1 <= int(row) <= len(state.document.ids):
        state.opened = state.document.ids[int(row) - 1]
    return state


def show(state: Kept, stack: Stack) -> None:
    """Puts another network on the page; undo brings the last one back."""
    state.problem = ""
    if stack != state.document.stack:
        _remember(state)
        _replace(state, become(state.document, stack))


def _remember(state: Kept) -> None:
    state.past = [*state.past[1 - MOST_UNDO :], state.document.stack]
    state.future, state.last = [], ()


def _replace(state: Kept, document: Document) -> None:
    state.document = document
    state.guesses, state.revealed = {}, False


def obey(state: Kept, message: Mapping[str, Any]) -> None:
    """Does what the component asks, one change after the other; what cannot be done is said and leaves all as it is."""
    number, changes = message.get("number"), message.get("changes")
    if not isinstance(number, int) or not isinstance(changes, list) or number <= state.answered:
        return  # a message may come again with a later rerun
    state.answered = number
    state.problem = ""
    for change in changes[:MOST_CHANGES]:
        try:
            if change.get("op") in _VIEWS:
                _VIEWS[change["op"]](state, change)
            else:
                _edit(state, change)
        except (SettingError, TypeError, AttributeError) as error:
            state.problem = str(error) if isinstance(error, SettingError) else "This edit could not be read."
            log.info("Refused an edit: %s", error)


def _edit(state: Kept, change: Mapping[str, Any]) -> None:
    document = edit(state.document, change)
    if document.stack == state.document.stack:
        return
    what = (change["op"], change.get("id"), str(change.get("setting")))
    if what != state.last or change["op"] not in ("change", "input"):
        _remember(state)
    state.last = what
    if change["op"] == "insert":
        state.opened = next(identity for identity in document.ids if identity not in state.document.ids)
    _replace(state, document)


def _undo(state: Kept, _: Mapping[str, Any]) -> None:
    if state.past:
        state.last = ()
        state.future.append(state.document.stack)
        _replace(state, become(state.document, state.past.pop()))


def _redo(state: Kept, _: Mapping[str, Any]) -> None:
    if state.future:
        state.past.append(state.document.stack)
        _replace(state, become(state.document, state.future.pop()))


def _pin(state: Kept, _: Mapping[str, Any]) -> None:
    st.session_state["par_pin"] = encode(state.document.stack)


def _unpin(_: Kept, __: Mapping[str, Any]) -> None:
    st.session_state["par_pin"] = ""


def _swap(state: Kept, _: Mapping[str, Any]) -> None:
    """The pinned network comes back, and what was on the page is pinned."""
    other = pinned()
    if other is not None:
        st.session_state["par_pin"] = encode(state.document.stack)
        show(state, other)


def _open(state: Kept, change: Mapping[str, Any]) -> None:
    state.opened = change.get("id")


def _measure(_: Kept, change: Mapping[str, Any]) -> None:
    if change.get("value") in MEASURES:
        st.session_state["par_measure"] = change["value"]


def _reveal(state: Kept, change: Mapping[str, Any]) -> None:
    guesses = change.get("guesses")
    if isinstance(guesses, dict):
        state.guesses = {
            str(name)[:12]: value
            for name, value in list(guesses.items())[:1001]
            if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 10**15
        }
        state.revealed = True


def _conceal(state: Kept, _: Mapping[str, Any]) -> None:
    state.guesses, state.revealed = {}, False


_VIEWS = {
    "undo": _undo,
    "redo": _redo,
    "pin": _pin,
    "unpin": _unpin,
    "swap": _swap,
    "open": _open,
    "measure": _measure,
    "reveal": _reveal,
    "conceal": _conceal,
}


def _view(name: str) -> str:
    """A word of the view: as remembered, on arrival as linked."""
    if name not in st.session_state:
        st.session_state[name] = st.query_params.get(name, "")
    return str(st.session_state[name])


def pinned() -> Stack | None:
    """The pinned network; None without one, or where the link's is unreadable."""
    text = _view("par_pin")
    try:
        return decode(text) if text else None
    except SettingError:
        return None


def measure() -> str:
    """What areas and bars stand for."""
    name = _view("par_measure")
    return name if name in MEASURES else "parameters"


def opened(state: Kept) -> int | None:
    """Number of the open layer from 1, if there is one."""
    ids = state.document.ids
    return ids.index(state.opened) + 1 if state.opened in ids else None


def mirror(state: Kept, *, builder: bool) -> bool:
    """Writes the state into the address; False where the network is too long for a link.

    `builder`: whether the network being built is on the page; another view keeps it out of the link.
    """
    text = encode(state.document.stack)
    plain = state.document.stack == PRESETS[START].stack
    fits = len(text) <= LONGEST_LINK
    pin = str(st.session_state.get("par_pin", ""))
    row = opened(state)
    unit = measure()
    _write("par_net", "" if plain or not fits or not builder else text)
    _write("par_pin", pin if builder and len(pin) <= LONGEST_LINK - len(text) else "")
    _write("par_row", str(row) if builder and row else "")
    _write("par_measure", "" if unit == "parameters" else unit)
    state.links |= {st.query_params.get("par_net", ""), ""}
    return fits


def _write(name: str, value: str) -> None:
    if st.query_params.get(name, "") == value:
        return
    if value:
        st.query_params[name] = value
    else:
        st.query_params.pop(name, None)
