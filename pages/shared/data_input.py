"""The data set a page works on: one menu, and the set's card in a line below it.

A link carries the choice. Only sets that are here are offered: downloading and importing is the Data page's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from engine import data
from engine.data import Card
from pages.registry import BY_SLUG, PageEntry
from pages.shared import visitors
from pages.shared.controls import choice


def choose(
    page: PageEntry,
    *,
    default: str = "shapes",
    suits: Callable[[Card], bool] = lambda _: True,
    label: str = "Data",
) -> str:
    """Draw the menu; the chosen set's name, for `engine.data.load`.

    Args:
        page: the page; the control is `<prefix>data`.
        default: offered first; must be an embedded set.
        suits: which sets the page can use at all, from their cards.
        label: above the menu.
    """
    key = f"{page.prefix}data"
    offered = [
        name
        for name in visitors.offered(st.query_params.get(key))
        if data.available(name) and suits(data.card(name))
    ]
    name = choice(label, offered, key=key, default=default, titles=title)
    st.caption(data.card(name).line())
    if "data" in BY_SLUG:
        entry = BY_SLUG["data"]
        st.page_link(entry.file, label="Look at it, or add another", icon=entry.icon, query_params={})
    return name


def coming(key: str, default: str, offered: Sequence[str]) -> str:
    """The set the menu `key` is about to show: from the session, or on arrival from the address, which titles it."""
    linked = st.query_params.get(key)
    current = st.session_state.get(key) or next((name for name in offered if title(name) == linked), default)
    return current if current in offered else default


def title(name: str) -> str:
    """As in menus and links: of an imported set its whole name, because that is what opens it."""
    card = data.card(name)
    return name if card.origin == "import" else card.title
