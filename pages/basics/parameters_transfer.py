"""Taking a network away and bringing one in: PyTorch, Keras and JSON out, JSON in."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial

import streamlit as st

from engine.parameters.analysis import Analysis
from engine.parameters.code import to_keras, to_pytorch
from engine.parameters.stack import MAX_JSON_CHARACTERS, Stack, from_json, to_json
from engine.settings import SettingError
from pages.basics.parameters_session import Kept, show

log = logging.getLogger("explorer")


def draw(state: Kept, analysis: Analysis) -> None:
    """The two menus."""
    with st.popover("Export", icon=":material/download:", type="tertiary"):
        _export(analysis)
    with st.popover("Import", icon=":material/upload:", type="tertiary"):
        _import(state)


def _export(analysis: Analysis) -> None:
    whole = analysis.problem is None
    if not whole:
        st.caption("Code is there once every layer is possible.")
    writers: dict[str, tuple[str, Callable[[Stack], str]]] = {
        "PyTorch": ("network.py", to_pytorch),
        "Keras": ("network_keras.py", to_keras),
        "JSON": ("network.json", to_json),
    }
    for name, (file, write) in writers.items():
        st.download_button(
            name,
            partial(write, analysis.stack),  # written when somebody asks
            file_name=file,
            mime="application/json" if name == "JSON" else "text/x-python",
            key=f"par_export_{name.lower()}",
            disabled=not whole and name != "JSON",
            on_click="ignore",
            type="tertiary",
            icon=":material/download:",
        )


def _import(state: Kept) -> None:
    st.caption('A network file, or its text: {"input": [3, 32, 32], "layers": [{"kind": "conv"}]}.')
    st.file_uploader("JSON file", ["json", "txt"], key="par_file", on_change=_take_file, args=(state,))
    st.text_area("JSON text", key="par_text", height=140, max_chars=MAX_JSON_CHARACTERS)
    if problem := st.session_state.get("par_refused"):  # in here: the open form covers what is below it
        st.warning(problem, icon=":material/broken_image:")
    st.button("Show this network", key="par_take", on_click=_take_text, args=(state,), type="primary")


def _take_file(state: Kept) -> None:
    file = st.session_state.get("par_file")
    if file is not None:
        _take(state, file.getvalue())


def _take_text(state: Kept) -> None:
    _take(state, st.session_state.get("par_text", ""))


def _take(state: Kept, text: str | bytes) -> None:
    """Button callback: put the network on the page, or remember why not."""
    st.session_state.pop("par_refused", None)
    try:
        show(state, from_json(text))
    except SettingError as error:
        st.session_state["par_refused"] = f"{error} The network on the page stays as it was."
        log.info("Refused a network file: %s", error)
