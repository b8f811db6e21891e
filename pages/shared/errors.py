"""What a visitor sees when a page fails: one sentence, never a traceback."""

from __future__ import annotations

import logging

import streamlit as st

log = logging.getLogger("explorer")


def report(error: Exception) -> bool:
    """Log the failure with its traceback and show one sentence. Returns True: Streamlit's own box stays away.

    Used as `st.App(on_script_error=...)`.
    """
    log.error("A page failed.", exc_info=error)
    st.error(
        "This page met an error of ours and stopped here. Your settings are still in the address bar: "
        "reload the page, or go to another one from the menu. The server's log has the details.",
        icon=":material/error:",
    )
    return True
