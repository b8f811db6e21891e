"""Pages without a browser: Streamlit's own AppTest on the router."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.registry import BY_SLUG

ROUTER = Path(__file__).resolve().parents[2] / "pages" / "router.py"


@pytest.fixture
def app():
    """app(slug, **query) -> the page after its first run."""

    def open_(slug="", **query):
        test = AppTest.from_file(str(ROUTER), default_timeout=60)
        for name, value in query.items():
            test.query_params[name] = value
        test.run()
        if slug:
            test.switch_page(BY_SLUG[slug].file)
            for name, value in query.items():
                test.query_params[name] = value
            test.run()
        return test

    return open_
