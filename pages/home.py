"""Home: a picture of the course, from pixels to latents. Every tile was just computed by the engine."""

from __future__ import annotations

import streamlit as st

from engine import device as devices
from pages.registry import BY_SLUG
from pages.shared import assets, frame
from pages.shared.provenance import Provenance

PAGE = BY_SLUG[""]
PROVENANCE = Provenance(
    "live", "Each tile is an output of the engine on one photograph, computed at server start."
)


def draw() -> None:
    """The page."""
    frame.header(PAGE, PROVENANCE, device=str(devices.pick()), data="Chelsea the cat")
    st.markdown(
        "Every number and picture here is really computed, and its chip says how. "
        "Hover, drag and play; the address bar always holds what you see, so a link shares it."
    )
    with st.spinner("The tiles are being computed, once after a start."):
        from pages.shared.tiles import tiles  # with it most of the engine: seconds, once

        stops = tiles()
    opened = assets.mount(
        "map", {"tiles": stops}, key="home_map", provenance=PROVENANCE, triggers=("opened",)
    ).opened
    if opened in BY_SLUG:
        st.switch_page(BY_SLUG[opened].file, query_params={})
    for tile in stops:
        if opened == tile["id"]:
            st.switch_page(BY_SLUG[tile["slug"]].file, query_params=tile["state"])


draw()
