"""The view with samples from a Gaussian fitted to the codes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import streamlit as st
import torch
from torch import Tensor

from engine.glo import latent, metrics
from engine.glo.codes import project
from engine.glo.latent import Gaussian
from pages.generative import model_input, sliders_code
from pages.generative.model_input import COLUMNS, Chosen
from pages.registry import PageEntry
from pages.shared import assets, frame, presenter
from pages.shared.controls import switch, whole
from pages.shared.frame import Fact

LINKED_HEAT = "lat_heat"
ACROSS, COUNT = 6, 24
SEEN = 1000  # training pictures a nearest neighbour is looked for in the numbers


def _temperature() -> float:
    component = st.session_state.get("lat_samples")
    if component is not None and component.get("temperature") is not None:
        found = float(component["temperature"])
        st.query_params[LINKED_HEAT] = f"{found:g}"
        return found
    try:
        found = float(st.query_params.get(LINKED_HEAT, "1"))
    except ValueError:
        return 1.0
    return found if 0 <= found <= 2 else 1.0


def _table(values: Tensor) -> pd.DataFrame:
    return pd.DataFrame({"v": values.numpy().astype(np.float32).ravel()})


def draw(page: PageEntry) -> None:
    """Samples, controls and the parts below."""
    left, right = st.columns([4, 1], gap="medium")
    with right:
        chosen = model_input.choose(page)
        seed = whole("Seed", 0, 50, key="lat_seed", default=0, help="Another seed, other samples.")
        keep = switch("Stay in the ball", key="lat_keep_samples", default=True)
    fitted = latent.fit_gaussian(chosen.model.codes)
    size = chosen.model.codes.shape[1]
    noise = torch.randn(COUNT, size, generator=torch.Generator().manual_seed(seed))
    temperature = _temperature()
    with left:
        assets.mount(
            "samples",
            {
                "model": chosen.weights,
                "sheet": chosen.sheet,
                "columns": COLUMNS,
                "mean": _table(fitted.mean),
                "factor": _table(fitted.factor),
                "noise": _table(noise),
                "count": COUNT,
                "across": ACROSS,
                "temperature": temperature,
                "keep": keep,
            },
            key="lat_samples",
            provenance=chosen.provenance,
            states={"temperature": None},
        )
    if presenter.presenting():
        return
    below, beside = st.columns([3, 2], gap="large")
    with below:
        frame.numbers(page, _facts(chosen, fitted, noise, temperature, keep), name="samples")
    with beside:
        frame.notice(_notice(temperature))
    frame.code(sliders_code.samples(chosen.name, COUNT, seed, temperature, keep))


def _facts(chosen: Chosen, fitted: Gaussian, noise: Tensor, temperature: float, keep: bool) -> list[Fact]:
    codes = fitted.sample(noise, temperature)
    if keep:
        codes = project(codes)
    pictures = chosen.model.decode(codes)
    seen = chosen.images[:SEEN]
    novelty = metrics.nearest_distance(pictures, seen)[0].mean()
    rebuilt = chosen.model.decode(chosen.model.codes[:SEEN])
    own = metrics.nearest_distance(rebuilt, seen)[0].mean()
    size = len(fitted.mean)
    return [
        Fact(
            "Numbers of the Gaussian",
            f"mean {size} + covariance {size} · {size + 1} / 2",
            f"{size + size * (size + 1) // 2:,}",
        ),
        Fact("Mean length of a training code", "‖z‖", f"{float(chosen.model.codes.norm(dim=1).mean()):.3f}"),
        Fact("Mean length of these samples", "‖z‖", f"{float(codes.norm(dim=1).mean()):.3f}"),
        Fact(
            "Samples to their nearest training picture",
            f"RMS, mean of {len(pictures)}, among {len(seen):,}",
            f"{float(novelty):.3f}",
        ),
        Fact("Rebuilt training pictures to theirs", f"RMS, mean of {len(rebuilt):,}", f"{float(own):.3f}"),
    ]


def _notice(temperature: float) -> list[str]:
    said = []
    said.append(
        "GLO learns codes of pictures, not a distribution. To sample, one Gaussian with full covariance is fitted to"
        " all codes, and the generator decodes what it draws."
    )
    if temperature < 0.4:
        said.append("At low temperature all samples are near the mean code: safe, blurred and alike.")
    elif temperature > 1.2:
        said.append(
            "Above 1 the samples leave the region where codes were trained, and the pictures fall apart."
        )
    else:
        said.append(
            "Some samples are fine, some are no digit and no face: between two classes there are codes that nobody"
            " trained. The codes do not fill a Gaussian evenly, which is GLO's weak side beside a GAN."
        )
    said.append("Click a sample: its nearest training picture shows whether it was copied.")
    return said
