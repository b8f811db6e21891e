"""Contrastive learning: the loss touched, SimCLR trained, what it keeps, how it collapses, and the homework."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from engine import device as devices
from pages.contrastive import loss_view
from pages.contrastive.con_lesson import STEPS
from pages.contrastive.con_names import LOSS, PAGE
from pages.registry import BY_SLUG
from pages.shared import frame, presenter
from pages.shared.controls import choice
from pages.shared.provenance import Provenance

VIEWS: dict[str, tuple[Callable[[], None], Provenance]] = {
    LOSS: (loss_view.draw, loss_view.PROVENANCE),
}
FREE = loss_view.FREE


def draw() -> None:
    """The page."""
    header = st.container()
    view = choice(
        "View", list(VIEWS), key=f"{PAGE.prefix}view", default=LOSS, segmented=True, label_hidden=True
    )
    with header:
        frame.header(
            PAGE,
            VIEWS[view][1],
            device=str(devices.pick()),
            data="a small batch" if view == LOSS else "a data set",
            steps=STEPS,
            parameters=FREE,
        )
    VIEWS[view][0]()
    if not presenter.presenting():
        frame.deeper(
            {
                "Chen et al. 2020, A Simple Framework for Contrastive Learning of Visual Representations": "https://arxiv.org/abs/2002.05709",
                "Wang and Isola 2020, Alignment and Uniformity on the Hypersphere": "https://arxiv.org/abs/2005.10242",
            },
            "Contrastive Learning. A simple framework for contrastive learning. Normalized cross-entropy loss with"
            " adjustable temperature. Homework",
            "embedding" if "embedding" in BY_SLUG else None,
        )


draw()
