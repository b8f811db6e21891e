"""What stands under the menu: the device that computes, and the door to presenter mode."""

from __future__ import annotations

import streamlit as st

from pages.shared import presenter


def _gigabytes(size: int | None) -> str:
    return "unknown" if size is None else f"{size / 2**30:.1f} GB"


@st.cache_resource(ttl=10, max_entries=1, show_spinner=False)
def _device() -> tuple[str, str] | str:
    """(title, memory) of the device in use, or the sentence that says why there is none."""
    from engine import device

    try:
        info = device.describe(device.pick())
    except device.DeviceError as error:
        return str(error)
    return info.title, f"{_gigabytes(info.memory_free)} of {_gigabytes(info.memory_total)} free"


def draw() -> None:
    """Fill the sidebar below the menu."""
    with st.sidebar:
        found = _device()
        if isinstance(found, str):
            st.error(found, icon=":material/memory_alt:")
        else:
            st.caption(f":material/memory: {found[0]}  \n{found[1]}")
        st.button(
            "Present",
            icon=":material/present_to_all:",
            on_click=presenter.start,
            help="Hides the menu and makes everything larger; arrow keys walk through the page's steps.",
            type="tertiary",
        )
