"""Augmentations: ten operators, their composition, what crops ask, and the shortcut colours offer."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from engine import device as devices
from pages.contrastive import (
    compose_view,
    crops_view,
    matrix_view,
    operator_settings,
    operators_view,
    shortcut_view,
)
from pages.contrastive.augmentations_lesson import STEPS
from pages.contrastive.batches import PAGE
from pages.contrastive.names import COMPOSE, CROPS, MATRIX, OPERATORS, SHORTCUT
from pages.registry import BY_SLUG
from pages.shared import frame, presenter
from pages.shared.controls import choice

VIEWS: dict[str, Callable[[], None]] = {
    OPERATORS: operators_view.draw,
    COMPOSE: compose_view.draw,
    CROPS: crops_view.draw,
    SHORTCUT: shortcut_view.draw,
    MATRIX: matrix_view.draw,
}
LIVE = {
    OPERATORS: operators_view.PROVENANCE,
    COMPOSE: compose_view.PROVENANCE,
    CROPS: crops_view.PROVENANCE,
    SHORTCUT: shortcut_view.PROVENANCE,
}
FREE = (
    operators_view.DRAWS,
    operator_settings.LINKED,
    compose_view.CHAIN,
    compose_view.PINNED,
    crops_view.NTH,
    matrix_view.CELL,
)


@st.fragment  # a fresh draw computes the view again, not the rest of the page
def _view(name: str) -> None:
    operator_settings.restore()
    VIEWS[name]()
    operator_settings.publish()


def draw() -> None:
    """The page."""
    header = st.container()
    offered = [view for view in VIEWS if view != MATRIX or matrix_view.present()]
    view = choice(
        "View", offered, key=f"{PAGE.prefix}view", default=OPERATORS, segmented=True, label_hidden=True
    )
    with header:
        frame.header(
            PAGE,
            LIVE[view] if view in LIVE else matrix_view.provenance(),
            device=str(devices.pick()),
            data="pictures of your choice",
            steps=STEPS,
            parameters=FREE,
        )
    _view(view)
    if not presenter.presenting():
        frame.deeper(
            {
                "Chen et al. 2020, A Simple Framework for Contrastive Learning of Visual Representations (section 3,"
                " appendix A)": "https://arxiv.org/abs/2002.05709",
                "DeVries and Taylor 2017, Cutout": "https://arxiv.org/abs/1708.04552",
            },
            "Introduction to SimCLR. Illustrations of the studied data augmentation operators. Data augmentation"
            " findings",
            "contrastive" if "contrastive" in BY_SLUG else None,
        )


draw()
