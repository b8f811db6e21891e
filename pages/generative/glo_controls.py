"""The controls of the GLO page, and the settings they stand for."""

from __future__ import annotations

import streamlit as st

from engine.glo.codes import PROJECTIONS
from engine.glo.learning import CodeSettings, Loss
from engine.glo.pyramid import WEIGHTINGS
from engine.glo.training import Settings
from engine.models import Generator
from engine.training import Optimisation, Plan
from pages.registry import PageEntry
from pages.shared import data_input
from pages.shared.controls import choice, switch, whole

EXPERIMENT = "engine.glo.training"
DIMENSIONS = (2, 4, 8, 16, 32, 64, 128)
LOSSES = {"l2": "L2", "l1": "L1", "laplacian": "Laplacian pyramid", "mixed": "L2 + Laplacian"}
STARTS = {"pca": "PCA of the pixels", "sphere": "Random on the sphere"}
RATES = (0.0005, 0.001, 0.002, 0.004, 0.006, 0.01, 0.02)
CODE_RATES = (0.001, 0.003, 0.01, 0.03, 0.1)
BALLS = {"ball": "Into the ball", "sphere": "Onto the sphere", "none": "None"}
LEVELS = {
    "equal": "equal means (2^2j on sums)",
    "sums": "equal sums",
    "finest": "finest first (2^-2j on sums)",
}
WIDTHS = (8, 16, 32, 48, 64)
BATCHES = (16, 32, 64, 128, 256)
FULL = {"faces": 80, "digits": 1438, "mnist-5k": 4000}


def controls(page: PageEntry) -> Settings:
    """Draw them; the settings as they stand."""
    p = page.prefix
    name = data_input.choose(page, default="mnist-5k")
    latent = choice("Code length", DIMENSIONS, key=f"{p}latent", default=32, help="Numbers per picture.")
    loss = choice("Loss", list(LOSSES), key=f"{p}loss", default="l2", titles=LOSSES.__getitem__)
    start = choice("First codes", list(STARTS), key=f"{p}start", default="pca", titles=STARTS.__getitem__)
    rate = choice("Rate of the generator", RATES, key=f"{p}rate", default=0.006, titles=_number)
    code_rate = choice("Rate of the codes", CODE_RATES, key=f"{p}code_rate", default=0.01, titles=_number)
    learn = switch(
        "Learn the codes", key=f"{p}learn", default=True, help="Off: random codes stay as they are."
    )
    rival = switch(
        "Autoencoder too", key=f"{p}rival", help="The same decoder, but an encoder finds the code."
    )
    with st.expander("More", icon=":material/tune:"):
        projection = choice(
            "Projection", PROJECTIONS, key=f"{p}projection", default="ball", titles=BALLS.__getitem__
        )
        width = choice("Generator width", WIDTHS, key=f"{p}width", default=32)
        batch = choice("Batch size", BATCHES, key=f"{p}batch", default=64)
        epochs = whole("Epochs", 1, 200, key=f"{p}epochs", default=30)
        limit = choice("Pictures", (64, 256, 1000, 2000, 4000), key=f"{p}limit", default=4000)
        levels, weighting = 3, "equal"
        if loss in ("laplacian", "mixed"):
            levels = whole("Pyramid levels", 1, 4, key=f"{p}levels", default=3)
            weighting = choice(
                "Weights of the levels",
                list(WEIGHTINGS),
                key=f"{p}weighting",
                default="equal",
                titles=LEVELS.__getitem__,
                help="Sources disagree: 2^2j or 2^-2j on sums over pixels. Level j has 4^-j of the pixels.",
            )
        seed = whole("Seed", 0, 20, key=f"{p}seed", default=0)
    return Settings(
        data=name,
        limit=limit,
        generator=Generator(latent=latent, width=width),
        loss=Loss(loss, levels, weighting),
        codes=CodeSettings(start=start, rate=code_rate, projection=projection, learn=learn),
        optimisation=Optimisation(learning_rate=rate, weight_decay=0.0, schedule="constant"),
        plan=Plan(epochs=epochs, batch_size=batch, seed=seed),
        autoencoder=rival,
    )


def _number(value: float) -> str:
    return f"{value:g}"
