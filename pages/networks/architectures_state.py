"""Which networks the Architectures page shows and which of their blocks are open: from controls, link and browser.

The open blocks of a network are a text, in the link and in the browser alike: "" none, "*" all, "*2" two levels,
else ids of nodes ("layer3,layer3.0"). The browser opens and closes blocks by itself and tells the page, which keeps
the link up to date; a lesson or a link tells the browser.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

import streamlit as st

from engine.architectures import UnknownNetworkError, graph, names, offered, title
from engine.architectures.building import known
from pages.registry import PageEntry
from pages.shared.controls import choice
from pages.shared.provenance import Provenance

NETWORKS = ("arch_network", "arch_other")  # the controls that choose a network
OPEN = (
    "arch_open",
    "arch_open2",
)  # in the session and in the address: open blocks of the first and second network
ECHO = (
    "arch_echo"  # session: the number of the browser's message the present texts came from; 0 from elsewhere
)
_SEEN = (
    "architectures_seen"  # session: the last message that was read; a lesson must not forget it, so no prefix
)
_LEVELS = re.compile(r"\*\d{0,2}")
LONGEST = 6000  # characters of a link's text that are looked at


@dataclass(frozen=True)
class Opened:
    """The open blocks of one network, and where that was decided: `echo` is 0 unless the browser said it."""

    text: str
    echo: int


def translate_link(page: PageEntry) -> None:
    """A link may name networks as torchvision does; called before any control, it becomes the control's own link."""
    given = st.query_params.to_dict()
    written = {
        key: title(value) if key in NETWORKS and value in names() else value for key, value in given.items()
    }
    if written != given:
        st.switch_page(page.file, query_params=written)


def answer(key: str, what: str, titles: Iterable[str]) -> None:
    """Say so if the link asks for something a control, which is drawn next, does not offer."""
    linked = st.query_params.get(key) if key not in st.session_state else None
    if linked is not None and linked not in titles:
        st.warning(
            f"The link asks for {what} {linked[:40]!r}, which is not offered here. The page shows its default.",
            icon=":material/link_off:",
        )


def network(label: str, key: str, default: str, own: Mapping[str, str] | None = None) -> str:
    """Draw the chooser of a network. A wrong name in the link is answered in words.

    Args:
        label: Over the control.
        key: Of the control.
        default: Without a link.
        own: Networks that are offered besides torchvision's: name -> title.
    """
    own = own or {}
    titles = {name: title(name) for name in offered()} | dict(own)
    linked = st.query_params.get(key) if key not in st.session_state else None
    if linked is not None and linked not in titles.values():
        try:
            known(linked)
        except UnknownNetworkError as error:
            st.warning(f"{error} The page shows {titles[default]} instead.", icon=":material/link_off:")
    return choice(
        label,
        [*own, *offered()],
        key=key,
        default=default,
        titles=titles.__getitem__,
        help="Type to search: all of torchvision's networks for classification are in the list.",
    )


@cache
def _ids(name: str) -> frozenset[str]:
    return frozenset(node.id for node in graph(name).root.walk())


@cache
def _blocks(name: str) -> frozenset[str]:
    return frozenset(node.id for node in graph(name).root.walk() if node.children)


def sift(name: str, text: str) -> tuple[str, list[str]]:
    """`text` without what the network `name` does not have, and that."""
    text = text[:LONGEST]
    if not text or _LEVELS.fullmatch(text):
        return text, []
    wanted = list(dict.fromkeys(text.split(",")))
    return ",".join(i for i in wanted if i in _ids(name)), [i for i in wanted if i not in _ids(name)]


def opened(chosen: tuple[str, ...], component: str) -> list[Opened]:
    """The open blocks of the `chosen` networks; keeps the link in step and names parts that do not exist."""
    told = (st.session_state.get(component) or {}).get("open") or {}
    number, sets = int(told.get("n", 0)), dict(told.get("sets", ()))
    if number > st.session_state.get(_SEEN, 0):
        st.session_state[_SEEN] = st.session_state[ECHO] = number
        for key, name in zip(OPEN, chosen, strict=False):
            if name in sets:
                st.session_state[key] = (name, sets[name])
    return [_one(key, name) for key, name in zip(OPEN, chosen, strict=False)]


def _one(key: str, name: str) -> Opened:
    state = st.session_state.get(key, st.query_params.get(key, ""))
    echo = st.session_state.get(ECHO, 0)
    missing: list[str] = []
    if isinstance(state, str):
        text, missing = sift(name, state)
    else:
        owner, text = state
        if owner != name and not text.startswith("*") and not _blocks(name).issuperset(text.split(",")):
            text = ""  # another network's: kept only where it means the same blocks, as from one ResNet to the next
    if missing:
        shown = ", ".join(repr(i[:40]) for i in missing[:3])
        st.warning(
            f"{title(name)} has no part called {shown}, so the link could not open it.",
            icon=":material/link_off:",
        )
    st.session_state[key] = (name, text)
    if text:
        if st.query_params.get(key) != text:
            st.query_params[key] = text
    elif key in st.query_params:
        del st.query_params[key]
    return Opened(text, echo)


@dataclass(frozen=True)
class Chips:
    """What stands under the page's title: where the figures come from, the device, the data."""

    provenance: Provenance
    device: str
    data: str
