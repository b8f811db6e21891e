"""Interpolate: walk between the codes of real pictures, and see what lies there."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from pages.generative import compare_view, model_input, own_view, samples_view, sliders_view, walk_view
from pages.generative.interpolate_lesson import STEPS
from pages.registry import BY_SLUG, PageEntry
from pages.shared import frame, presenter
from pages.shared.controls import choice

PAGE = BY_SLUG["interpolate"]
WALK = "Walk"
VIEWS: Mapping[str, Callable[[PageEntry], None]] = {
    WALK: walk_view.draw,
    "Samples": samples_view.draw,
    "Directions": sliders_view.directions,
    "Arithmetic": sliders_view.arithmetic,
    "Your picture": own_view.draw,
    "Compare": compare_view.draw,
}
PARAMETERS = (
    walk_view.LINKED_CORNERS,
    walk_view.LINKED_PLACE,
    sliders_view.LINKED_MOVED,
    samples_view.LINKED_HEAT,
)
READ = {
    "Bojanowski et al. 2018, Optimizing the latent space of generative networks": "https://arxiv.org/abs/"
    "1707.05776",
    "White 2016, Sampling generative networks": "https://arxiv.org/abs/1609.04468",
}


def draw() -> None:
    """The page."""
    chosen = model_input.coming(PAGE)
    frame.header(
        PAGE,
        chosen.provenance,
        device="browser",
        data=chosen.dataset.card.title,
        steps=STEPS,
        parameters=PARAMETERS,
    )
    view = choice("View", list(VIEWS), key="lat_view", default=WALK, segmented=True, label_hidden=True)
    VIEWS[view](PAGE)
    if not presenter.presenting():
        frame.deeper(READ, "Optimizing the latent space of generative networks: results", "saddle-points")


draw()
