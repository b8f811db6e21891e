"""The code a page shows."""

from __future__ import annotations

import json

from streamlit.testing.v1 import AppTest


def listings(test: AppTest) -> list[str]:
    """Every block of code on the page, as its button copies it."""
    found = [element.proto for element in test.get("bidi_component")]
    return [json.loads(one.json)["text"] for one in found if one.component_name == "explorer.listing"]
