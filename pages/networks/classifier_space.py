"""Why the CNN wins: pixels shuffled, pictures moved, and what the first layers have learned."""

from __future__ import annotations

import numpy as np
import streamlit as st
import torch
from PIL import Image

from engine.classifier.networks import mosaic
from pages.networks.classifier_shown import Shown
from pages.registry import PageEntry
from pages.shared import curves

MOST = 64  # units of a first layer


def draw(page: PageEntry, shown: Shown) -> None:
    """How each network bears moved pictures, and its first layer as pictures."""
    left, right = st.columns([1, 1], gap="large")
    with left:
        _robustness(page, shown)
    with right:
        for lane, about in shown.lanes.items():
            if lane in shown.filters:
                _filters(str(about["title"]), str(about["kind"]), shown.filters[lane])


def _robustness(page: PageEntry, shown: Shown) -> None:
    st.markdown("**Accuracy when the test pictures are moved**")
    if not shown.robustness:
        st.caption("It is measured when the run has finished.")
        return
    lines = []
    for number, (lane, about) in enumerate(shown.lanes.items()):
        found = list(shown.robustness.get(lane, ()))
        lines.append(curves.Curve(str(about["title"]), list(range(len(found))), found, group=number))
    spec = curves.option(
        lines, x_title="Pixels to the right and down", y_title="Accuracy, %", percent=True, end=8
    )
    ends = ", ".join(
        f"{line.name} {100 * line.y[0]:.0f} % to {100 * line.y[-1]:.0f} %" for line in lines if line.y
    )
    curves.draw(f"{page.prefix}robust", spec, alt=f"From unmoved to 8 pixels: {ends}.", height=300)


def _filters(title: str, kind: str, weights: np.ndarray) -> None:
    units = min(len(weights), MOST)
    drawn = mosaic(torch.from_numpy(np.array(weights[:units], np.float32)))
    what = (
        "what each hidden unit looks for in the whole picture"
        if kind == "plain"
        else "what each filter looks for, wherever it is"
    )
    st.markdown(
        f"**First layer of the {title[0].lower() + title[1:] if title == 'Plain network' else title}**"
    )
    st.image(
        Image.fromarray((drawn * 255).round().byte().permute(1, 2, 0).numpy(), "RGBA"),
        caption=f"{units} of {len(weights)} units: {what}",
        alt=f"Weights of the first layer, {title}",
    )
