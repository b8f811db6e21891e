"""Pages without a browser: Streamlit's own AppTest on the router."""

import gc
from functools import cache
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash

from pages.registry import BY_SLUG

ROUTER = Path(__file__).resolve().parents[2] / "pages" / "router.py"

# Every AppTest reads the metadata of all installed packages, as a server does once: longer than most pages take.
manifest_scanner.scan_component_manifests = cache(manifest_scanner.scan_component_manifests)


@pytest.fixture(scope="module", autouse=True)
def undisturbed():
    """Move what is there out of the garbage collector's sight, as the app does.

    Streamlit collects after every run of a script; with all tests and libraries in memory that takes 0.8 s each time.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture
def app():
    """app(slug, state, **query) -> the page after its first run, opened as by a link: no page runs before it.

    `state`: values the session holds before that run, by key.
    """

    def open_(slug="", state=(), **query):
        test = AppTest.from_file(str(ROUTER), default_timeout=120)
        for name, value in query.items():
            test.query_params[name] = value
        for name, value in dict(state).items():
            test.session_state[name] = value
        if slug:
            # As st.Page has it: AppTest.switch_page knows it only when another page has run.
            test._page_hash = calc_hash(BY_SLUG[slug].slug)
        return test.run()

    return open_
