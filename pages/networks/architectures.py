"""Architectures: the famous networks drawn from themselves, opened block by block, compared, and seen at work."""

from __future__ import annotations

import streamlit as st

from pages.networks import architectures_compare, architectures_graph, architectures_maps
from pages.networks.architectures_lesson import STEPS
from pages.networks.architectures_state import OPEN, answer, translate_link
from pages.registry import BY_SLUG
from pages.shared import frame
from pages.shared.controls import choice

PAGE = BY_SLUG["architectures"]
VIEWS = {
    "graph": ("One network", architectures_graph),
    "compare": ("Compare two", architectures_compare),
    "maps": ("Feature maps", architectures_maps),
}


def draw() -> None:
    """The page."""
    translate_link(PAGE)
    top = st.container()
    answer("arch_view", "the view", [label for label, _ in VIEWS.values()])
    view = choice(
        "View",
        list(VIEWS),
        key="arch_view",
        default="graph",
        titles=lambda name: VIEWS[name][0],
        segmented=True,
        label_hidden=True,
    )
    page = VIEWS[view][1]
    said = page.chips(PAGE)
    with top:
        frame.header(PAGE, said.provenance, device=said.device, data=said.data, steps=STEPS, parameters=OPEN)
    page.draw(PAGE)


draw()
