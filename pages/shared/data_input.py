"""The data set a page works on: one menu, and the set's card in a line below it.

A link carries the choice. Only sets that are here are offered: downloading and importing is the Data page's.
"""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from engine import data
from engine.data import Card
from pages.registry import BY_SLUG, PageEntry
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
    offered = [name for name in data.names() if data.available(name) and suits(data.card(name))]
    name = choice(label, offered, key=f"{page.prefix}data", default=default, titles=_title)
    st.caption(data.card(name).line())
    if "data" in BY_SLUG and page.slug != "data":
        st.page_link(
            BY_SLUG["data"].file,
            label="Look at it, or add another",
            icon=BY_SLUG["data"].icon,
            query_params={},
        )
    return name


def _title(name: str) -> str:
    return data.card(name).title
