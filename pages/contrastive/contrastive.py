"""Contrastive learning: the loss touched, SimCLR trained, what it keeps, how it collapses, and the homework."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from engine import device as devices
from pages.contrastive import (
    collapse_view,
    con_controls,
    findings_view,
    homework_view,
    kept_view,
    loss_view,
    train_view,
)
from pages.contrastive.con_lesson import STEPS
from pages.contrastive.con_names import COLLAPSE, FINDINGS, HOMEWORK, KEPT, LOSS, PAGE, TRAIN
from pages.registry import BY_SLUG
from pages.shared import data_input, frame, presenter, visitors
from pages.shared.controls import choice
from pages.shared.provenance import Provenance

VIEWS: dict[str, tuple[Callable[[], None], Provenance]] = {
    LOSS: (loss_view.draw, loss_view.PROVENANCE),
    TRAIN: (train_view.draw, train_view.PROVENANCE),
    KEPT: (kept_view.draw, kept_view.PROVENANCE),
    COLLAPSE: (collapse_view.draw, collapse_view.PROVENANCE),
    **({FINDINGS: (findings_view.draw, findings_view.PROVENANCE)} if findings_view.there() else {}),
    HOMEWORK: (homework_view.draw, homework_view.PROVENANCE),
}
FREE = loss_view.FREE


def _data(view: str) -> str:
    """What the view is about to show, by name."""
    if view == LOSS:
        return "a small batch"
    if view == FINDINGS:
        return data_input.title("shapes-plain")
    prefix, default = (
        (homework_view.PREFIX, "photo-crops") if view == HOMEWORK else (PAGE.prefix, "shapes-plain")
    )
    key = f"{prefix}data"
    return data_input.title(data_input.coming(key, default, visitors.offered(st.query_params.get(key))))


def draw() -> None:
    """The page."""
    con_controls.keep()
    header = st.container()
    view = choice(
        "View", list(VIEWS), key=f"{PAGE.prefix}view", default=LOSS, segmented=True, label_hidden=True
    )
    with header:
        frame.header(
            PAGE,
            VIEWS[view][1],
            device=str(devices.pick()),
            data=_data(view),
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
