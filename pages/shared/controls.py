"""Widgets bound to the address, whose ranges only offer what is possible.

Streamlit forgets a widget whose options changed. These keep the value, moved to the nearest possible one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

import streamlit as st
from streamlit.errors import StreamlitAPIException

T = TypeVar("T")
_DEFAULTS = "control_defaults"  # session: key -> default, of every control drawn so far


def defaults(prefix: str) -> dict[str, object]:
    """What every control drawn so far, whose key starts with `prefix`, returns to."""
    drawn: dict[str, object] = st.session_state.get(_DEFAULTS, {})
    return {key: value for key, value in drawn.items() if key.startswith(prefix)}


def _remember(key: str, default: object) -> None:
    st.session_state.setdefault(_DEFAULTS, {})[key] = default


def choice(
    label: str,
    options: Sequence[T],
    *,
    key: str,
    default: T,
    titles: Callable[[T], str] = str,
    help: str | None = None,  # noqa: A002 - Streamlit's own name
    segmented: bool = False,
    label_hidden: bool = False,
) -> T:
    """One of `options`; `default` where the remembered or linked value is not among them.

    A link names an option by its title, as Streamlit writes it.
    """
    if key in st.session_state and st.session_state[key] not in options:
        st.session_state[key] = default if default in options else options[0]
    first = options.index(default) if default in options else 0
    _remember(key, options[first])
    if key in st.session_state and st.session_state[key] != options[first]:
        _write(key, titles(st.session_state[key]))
    if segmented:
        value = st.segmented_control(
            label,
            options,
            default=options[first],
            format_func=titles,
            key=key,
            help=help,
            required=True,
            bind="query-params",
            width="content" if label_hidden else "stretch",
            label_visibility="collapsed" if label_hidden else "visible",
        )
        return options[first] if value is None else value
    return st.selectbox(
        label, options, index=first, format_func=titles, key=key, help=help, bind="query-params"
    )


def _write(key: str, text: str) -> None:
    """A value a lesson gave to a control that was not on the page: Streamlit itself does not put it in the address."""
    if key not in st.query_params:
        with suppress(StreamlitAPIException):  # the control is there and sees to it itself
            st.query_params[key] = text


def ahead(key: str, options: Sequence[T], default: T, titles: Callable[[T], str] = str) -> T:
    """What a `choice` will return that is drawn further down: as remembered, on arrival as linked."""
    if key in st.session_state:
        value = st.session_state[key]
        return value if value in options else default
    linked = st.query_params.get(key)
    return next((option for option in options if titles(option) == linked), default)


def whole(label: str, least: int, most: int, *, key: str, default: int, help: str | None = None) -> int:  # noqa: A002
    """A whole number from `least` to `most` as a slider; a fixed line of text where there is no choice."""
    return int(_slider(label, least, most, 1, key, default, help))


def real(
    label: str,
    least: float,
    most: float,
    step: float,
    *,
    key: str,
    default: float,
    help: str | None = None,  # noqa: A002
) -> float:
    """A number from `least` to `most` in steps, as a slider."""
    return float(_slider(label, float(least), float(most), float(step), key, float(default), help))


def _slider(
    label: str, least: float, most: float, step: float, key: str, default: float, help_text: str | None
) -> float:
    if least >= most:
        st.caption(f"{label}: {least:g}, the only one possible here")
        return least
    fitting = min(max(default, least), most)
    _remember(key, fitting)
    if key in st.session_state:
        value = type(least)(min(max(st.session_state[key], least), most))
        if value != st.session_state[key]:
            st.session_state[key] = value
    return st.slider(label, least, most, fitting, step=step, key=key, help=help_text, bind="query-params")


def switch(label: str, *, key: str, default: bool = False, help: str | None = None) -> bool:  # noqa: A002
    """On or off."""
    _remember(key, default)
    return st.toggle(label, value=default, key=key, help=help, bind="query-params")


def level(
    label: str,
    options: Sequence[float],
    *,
    key: str,
    default: float,
    help: str | None = None,  # noqa: A002
) -> float:
    """One of some numbers that are far apart, as a slider: learning rates, factors."""
    if key in st.session_state and st.session_state[key] not in options:
        st.session_state[key] = default
    _remember(key, default)
    return float(
        st.select_slider(
            label,
            options,
            default,
            format_func=lambda value: f"{value:g}",
            key=key,
            help=help,
            bind="query-params",
        )
    )


def text(label: str, *, key: str, default: str, most: int, help: str | None = None) -> str:  # noqa: A002
    """A short text, at most `most` characters."""
    _remember(key, default)
    return str(st.text_input(label, default, max_chars=most, key=key, help=help, bind="query-params"))[:most]
