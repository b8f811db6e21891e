"""The smallest page of Streamlit with one component on it: what every first view costs before it is ours."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import BrowserContext

from tests.browser.serving import serve

SCRIPT = """
import streamlit as st

st.title("Bare")
js = "export default ({ parentElement }) => { parentElement.querySelector('.root').dataset.ready = 'true'; };"
st.components.v2.component("bare.one", html='<div class="root"></div>', js=js)(key="one")
"""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """The address of the bare page."""
    script = folder / "bare.py"
    script.write_text(SCRIPT)
    with serve(folder / "bare.txt", str(script)) as url:
        yield url


def seconds(context: BrowserContext, url: str) -> float:
    """From the address to the component."""
    page = context.new_page()
    page.set_default_timeout(120_000)
    start = time.perf_counter()
    page.goto(url)
    page.wait_for_selector(".root[data-ready=true]", state="attached")
    elapsed = time.perf_counter() - start
    page.close()
    return elapsed
