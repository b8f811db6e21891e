"""The Slow motion view: one batch as forward, loss, backward and update, with its true numbers."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.networks.classifier_shown import Shown
from pages.registry import PageEntry
from pages.shared import assets


def draw(page: PageEntry, shown: Shown, name: str) -> None:
    """The newest batch that was taken apart, for one network."""
    if name not in shown.slow or "pictures" not in shown.slow:
        st.caption(
            "Press *One batch*: the next batch is taken apart into its four steps. While this view is open, every"
            " batch is, which makes training slower."
        )
        return
    found, images = shown.slow[name], shown.slow["pictures"]["images"]
    assets.mount(
        "batch",
        {
            "images": pd.DataFrame({"v": images.ravel()}),
            "side": int(images.shape[-1]),
            "channels": int(images.shape[1]),
            "classes": list(shown.classes),
            "labels": found["labels"].tolist(),
            "layers": found["layers"],
            "loss": found["loss"],
            "loss_before": found["loss_before"],
            "loss_after": found["loss_after"],
            "learning_rate": found["learning_rate"],
            "pictures": found["pictures"],
            "before": found["probabilities_before"].tolist(),
            "after": found["probabilities_after"].tolist(),
        },
        key=f"{page.prefix}batch_{name}",
        provenance=shown.provenance,
    )
