"""Pictures picked on one page and taken up on another: indices into a data set's split, kept in the session."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

_KEY = "picked pictures"


@dataclass(frozen=True)
class Picked:
    """What was picked, and where."""

    data: str
    split: str
    indices: tuple[int, ...]
    page: str


def keep(picked: Picked) -> None:
    """Button callback: remember the pictures for the other pages."""
    st.session_state[_KEY] = picked


def get(data: str | None = None, split: str | None = None) -> Picked | None:
    """What was picked last, if it is of this data set and split."""
    found: Picked | None = st.session_state.get(_KEY)
    if (
        found is None
        or (data is not None and found.data != data)
        or (split is not None and found.split != split)
    ):
        return None
    return found


def clear() -> None:
    """Button callback: forget it."""
    st.session_state.pop(_KEY, None)
