"""Who comes first after a start: the visitor before the warm-up.

PyTorch takes seconds to import, and the first page has nothing to compute with before it is there; so the page says
its title and what it waits for. Everything else the warm-up imports would then compete with that page for the
interpreter, so the warm-up waits until the page is drawn.
"""

from __future__ import annotations

import threading
import time

import streamlit as st

from pages.registry import PageEntry

LONGEST = 120.0  # seconds a page waits for PyTorch before it tries itself
SETTLES = 2.0  # seconds in which the browser that got a page fetches what the page draws
_GREETED = "greeted"  # in the session: its elements stand one place further down


class Arrival:
    """What the warm-up and the pages tell each other. Outside a server nothing is waited for."""

    def __init__(self) -> None:
        self._importing = False
        self._ready = threading.Event()
        self._begun = threading.Event()
        self._drawn = threading.Event()

    def importing(self) -> None:
        """The warm-up begins to import PyTorch."""
        self._importing = True

    def ready(self) -> None:
        """PyTorch is there, or the import failed and a page may tell why."""
        self._ready.set()

    def greet(self, page: PageEntry) -> None:
        """Called by every page before it is drawn: say what is waited for, and wait."""
        self._begun.set()
        waiting = self._importing and not self._ready.is_set()
        if not waiting and _GREETED not in st.session_state:
            return
        room = st.empty()
        if waiting:
            st.session_state[_GREETED] = True
            with room.container():
                st.title(page.title, anchor=False)
                st.markdown(page.question)
                st.caption(":material/hourglass: The server has just started: PyTorch is loading, once.")
            self._ready.wait(LONGEST)
            room.empty()

    def drawn(self) -> None:
        """A page is drawn."""
        self._drawn.set()

    def first_page(self, patience: float, longest: float) -> None:
        """Return when the first page is drawn, or nobody came within `patience` seconds; `longest` after that."""
        if self._begun.wait(patience):
            self._drawn.wait(longest)
            time.sleep(SETTLES)


ARRIVAL = Arrival()
