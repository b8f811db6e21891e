"""The drawing of one or two networks: `engine.architectures.graph` sent to the browser once per network."""

from __future__ import annotations

import streamlit as st

from engine.architectures import graph, title
from pages.networks.architectures_state import opened
from pages.shared import assets, pictures, presenter
from pages.shared.provenance import Provenance

PROVENANCE = Provenance(
    "analytic",
    "Shapes and counts follow from the network itself: engine.architectures.graph traces it without data or weights.",
)


@st.cache_resource(max_entries=128, show_spinner=False)
def _packed(name: str) -> bytes:
    return pictures.pack(graph(name).to_dict())


def draw(names: tuple[str, ...], key: str) -> None:
    """Mount the component for one or two networks."""
    states = opened(names, key)
    assets.mount(
        "architecture",
        {
            "graphs": [
                {
                    "url": pictures.keep(_packed(name), "json"),
                    "name": name,
                    "title": title(name),
                    "open": state.text,
                    "echo": state.echo,
                }
                for name, state in zip(names, states, strict=True)
            ],
            "projector": presenter.presenting(),
        },
        key=key,
        provenance=PROVENANCE,
        states={"open": None},
    )
