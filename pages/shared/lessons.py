"""Lessons: lists of states of a page. A step sets controls, says one sentence, and is a link like any state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import streamlit as st

from pages.registry import PageEntry
from pages.shared import presenter
from pages.shared.controls import defaults


@dataclass(frozen=True)
class Step:
    """One state worth showing.

    Attributes:
        title: Two to five words.
        say: What to look at, one or two sentences.
        state: Widget key without the page's prefix -> value. Controls not named go back to their defaults.
    """

    title: str
    say: str
    state: Mapping[str, object] = field(default_factory=dict)


_APPLIED = "lesson_steps"  # in the session: how many steps were taken, of all pages


def applied() -> int:
    """How many steps this session has taken. A component forgets what was touched in it when the number changes."""
    return int(st.session_state.get(_APPLIED, 0))


def _index_key(page: PageEntry) -> str:
    return f"{page.prefix}step"


def apply(page: PageEntry, steps: Sequence[Step], index: int, parameters: Sequence[str]) -> None:
    """Button callback: put the page into step `index`.

    Args:
        page: The page.
        steps: Its lesson.
        index: Which step.
        parameters: Query parameters that hold free state of the page and are cleared.
    """
    wanted = {page.prefix + name: value for name, value in steps[index].state.items()}
    reset = defaults(page.prefix)
    for key in [str(key) for key in st.session_state]:
        if key.startswith(page.prefix) and key not in reset:
            del st.session_state[key]
    for name in parameters:
        st.query_params.pop(name, None)
    # A value set over a control that was there before reaches the address; one that was deleted first does not.
    for key, value in {**reset, **wanted}.items():
        st.session_state[key] = value
    st.session_state[_index_key(page)] = index
    st.session_state[_APPLIED] = applied() + 1


def menu(page: PageEntry, steps: Sequence[Step], parameters: Sequence[str]) -> None:
    """The steps to choose from."""
    with st.popover("Lecture steps", icon=":material/list:", type="tertiary"):
        for number, step in enumerate(steps):
            st.button(
                f"{number + 1}. {step.title}",
                key=f"{page.prefix}goto_{number}",
                on_click=apply,
                args=(page, steps, number, parameters),
                type="tertiary",
                help=step.say,
            )


def turning(page: PageEntry, steps: Sequence[Step], parameters: Sequence[str]) -> None:
    """In presenter mode: back and forward, also on the arrow keys, and the way out."""
    current, last = _current(page), len(steps) - 1
    if steps:
        st.button(
            "Back",
            key=f"{page.prefix}back",
            icon=":material/arrow_back:",
            shortcut="Left",
            disabled=current <= 0,
            on_click=apply,
            args=(page, steps, max(current - 1, 0), parameters),
        )
        st.button(
            "Next",
            key=f"{page.prefix}next",
            icon=":material/arrow_forward:",
            shortcut="Right",
            disabled=current >= last,
            on_click=apply,
            args=(page, steps, min(current + 1, last), parameters),
            type="primary",
        )
    st.button(
        "End",
        key=f"{page.prefix}end",
        icon=":material/close_fullscreen:",
        on_click=presenter.stop,
        type="tertiary",
    )


def line(page: PageEntry, steps: Sequence[Step]) -> str:
    """What presenter mode says above the figure: the page's question, then what to look at in the step."""
    current = _current(page)
    if current >= 0:
        return f"**{current + 1} of {len(steps)}: {steps[current].title}.** {steps[current].say}"
    walk = f" {len(steps)} steps; the arrow keys walk through them." if steps else ""
    return f"{page.question}{walk}"


def _current(page: PageEntry) -> int:
    """Which step the page is in, -1 before the first."""
    index = st.session_state.get(_index_key(page))
    return -1 if index is None else int(index)
