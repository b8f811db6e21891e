"""Menu, sidebar and presenter mode; then the page. Nothing else."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.registry import BY_SLUG, PAGES
from pages.shared import figure_first, presenter, sidebar
from pages.shared.arrival import ARRIVAL

ICON = Path(__file__).resolve().parents[1] / "assets" / "icon.png"

st.set_page_config(
    page_title="Deep Vision Explorer",
    page_icon=str(ICON),  # a Material icon would be fetched from the network
    layout="wide",
    menu_items={},
)

presenting = presenter.sync()
sections: dict[str, list[st.Page]] = {}
for entry in PAGES:
    page = st.Page(
        entry.file,
        title=entry.title if entry.slug else "Home",
        icon=entry.icon,
        url_path=entry.slug or None,
        default=not entry.slug,
    )
    sections.setdefault(entry.section, []).append(page)

# Room for the picture; dark words on the dark theme's light accent, where Streamlit writes white ones; and tables that
# scroll where their column is too narrow, instead of lying over what stands beside it.
st.html(
    "<style>[data-testid=stMainBlockContainer] { padding-top: 2.6rem; }"
    " [data-testid=stBaseButton-primary]:not(:disabled) * { color: light-dark(#fff, #111218); }"
    " [data-testid=stMarkdownContainer] table"
    " { display: block; width: fit-content; max-width: 100%; overflow-x: auto; }</style>"
)
chosen = st.navigation(sections, position="hidden" if presenting else "sidebar", expanded=True)
if presenting:
    presenter.enlarge()
ARRIVAL.greet(BY_SLUG[chosen.url_path])
try:
    if not presenting:
        sidebar.draw()
    chosen.run()
finally:
    ARRIVAL.drawn()
    figure_first.seen()
