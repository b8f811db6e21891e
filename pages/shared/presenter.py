"""Presenter mode: `?present=1` hides the menu, enlarges type and numbers, keeps the lesson's controls.

The address carries the mode, the session remembers it, so it survives a change of page.
"""

from __future__ import annotations

import streamlit as st

_KEY = "presenting"
LINE = "presenter_line"  # of the container with what a step says: its room is that of two lines, so that a longer
# sentence moves nothing
_LARGER = f"""<style>
:root {{ font-size: 19px; }}
[data-testid="stMainBlockContainer"] {{ padding-top: 0.6rem !important; padding-bottom: 2rem; }}
[data-testid="stMainBlockContainer"] h1 {{ font-size: 1.5rem; padding: 0; }}
.st-key-{LINE} {{ min-height: 3.2rem; }}
[data-testid="stHeader"] {{ display: none; }}
</style>"""


def sync() -> bool:
    """Whether to present; brings address and session into agreement. The router calls it first."""
    if st.query_params.get("present") == "1":
        st.session_state[_KEY] = True
    elif st.session_state.get(_KEY):
        st.query_params["present"] = "1"
    return bool(st.session_state.get(_KEY))


def presenting() -> bool:
    """Whether the page is on a projector."""
    return bool(st.session_state.get(_KEY))


def start() -> None:
    """Button callback: present."""
    st.session_state[_KEY] = True
    st.query_params["present"] = "1"


def stop() -> None:
    """Button callback: back to the whole page."""
    st.session_state[_KEY] = False
    st.query_params.pop("present", None)


def enlarge() -> None:
    """Make type and numbers larger, give the picture the header's room."""
    st.html(_LARGER)
