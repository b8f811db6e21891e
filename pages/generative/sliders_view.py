"""The views with sliders: along principal directions of the codes, and arithmetic with attributes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
from torch import Tensor

from engine.glo import attributes, latent
from engine.glo.attributes import Attribute
from pages.generative import model_input, sliders_code
from pages.generative.model_input import Chosen
from pages.registry import PageEntry
from pages.shared import assets, frame, presenter
from pages.shared.controls import choice, switch
from pages.shared.frame import Fact

LINKED_MOVED = "lat_moved"
DIRECTIONS = 6
REACH = {"directions": 3.0, "arithmetic": 2.0}  # standard deviations; times the difference of the means
FIRST = {"directions": 1.5, "arithmetic": 1.0}  # where the first slider starts
BASE = {"faces": 9, "mnist-5k": 31, "shapes": 9}


def _moved(mode: str, count: int, total: int, base: int) -> tuple[int, list[float]]:
    """Picture and slider values: as moved, on arrival as linked."""
    component = st.session_state.get(f"lat_{mode}")
    if component is not None and component.get("moved"):
        base, values = int(component["moved"]["base"]), [float(v) for v in component["moved"]["values"]]
        st.query_params[LINKED_MOVED] = ",".join(f"{v:g}" for v in (base, *values))
    else:
        try:
            first, *rest = (float(part) for part in st.query_params.get(LINKED_MOVED, "").split(","))
            base, values = int(first), rest
        except (ValueError, OverflowError):
            values = [FIRST[mode]]
    reach = REACH[mode]
    values = [min(max(v, -reach), reach) if abs(v) < 1e6 else 0.0 for v in values[:count]]
    return base if 0 <= base < total else 0, values + [0.0] * (count - len(values))


def _figure(
    mode: str, chosen: Chosen, names: list[str], vectors: Tensor, keep: bool, equation: dict[str, Any] | None
) -> tuple[int, list[float]]:
    total = len(chosen.model.codes)
    base, values = _moved(mode, len(names), total, BASE.get(chosen.model.data, 0))
    assets.mount(
        "explore",
        {
            "id": f"{chosen.name} {names}",
            "model": chosen.weights,
            "names": names,
            "vectors": pd.DataFrame({"v": vectors.numpy().astype(np.float32).ravel()}),
            "low": -REACH[mode],
            "high": REACH[mode],
            "step": 0.1,
            "base": base,
            "values": values,
            "keep": keep,
            "equation": equation,
        },
        key=f"lat_{mode}",
        provenance=chosen.provenance,
        states={"moved": None},
    )
    return base, values


def _keep() -> bool:
    return switch(
        "Stay in the ball",
        key="lat_keep",
        default=True,
        help="The generator has only seen codes in the ball. Off: see what it makes of others.",
    )


def directions(page: PageEntry) -> None:
    """Sliders along the directions in which the codes vary most."""
    left, right = st.columns([4, 1], gap="medium")
    with right:
        chosen = model_input.choose(page)
        keep = _keep()
        st.caption("Click a picture of the grid to go there.")
    found = latent.principal_directions(chosen.model.codes, DIRECTIONS)
    vectors = found.axes * found.deviations.unsqueeze(1)  # (K, d), one standard deviation each
    names = [f"Direction {number + 1}" for number in range(len(vectors))]
    with left:
        base, values = _figure("directions", chosen, names, vectors, keep, None)
    if presenter.presenting():
        return
    below, beside = st.columns([3, 2], gap="large")
    with below:
        shares = (100 * found.share).tolist()
        facts = [
            Fact(name, f"standard deviation {deviation:.3f}", f"{share:.1f} % of the variance")
            for name, deviation, share in zip(names, found.deviations.tolist(), shares, strict=True)
        ]
        facts.append(
            Fact("All codes", f"{len(chosen.model.codes):,} codes", f"{chosen.model.codes.shape[1]} numbers")
        )
        frame.numbers(page, facts, name="directions")
    with beside:
        frame.notice(_directions_notice(shares))
    frame.code(sliders_code.directions(chosen.name, base, values, keep))


def _directions_notice(shares: list[float]) -> list[str]:
    said = []
    said.append(
        "Nobody named these directions. They are the ones along which the learned codes vary most, and moving"
        " along one often changes one thing one could name: try to put a word to each."
    )
    if shares[0] < 8:
        said.append(
            f"The first direction carries only {shares[0]:.1f} % of the variance: the codes started white (every"
            " direction alike) and stayed nearly so. In PCA of the pixels the first directions carry most."
        )
    else:
        said.append(f"The first direction carries {shares[0]:.1f} % of the variance.")
    said.append("Towards ±3 the pictures fall apart: few training codes are out there.")
    return said


def arithmetic(page: PageEntry) -> None:
    """Mean code with something minus mean code without it, added to a picture's code."""
    left, right = st.columns([4, 1], gap="medium")
    with right:
        chosen = model_input.choose(page)
        known = {each.title: each for each in attributes.of(chosen.dataset)}
        if not known:
            st.caption(
                "Nothing is known of these pictures that some have and others lack. Choose another generator."
            )
        title = choice(
            "Add", list(known) or ["nothing"], key="lat_attribute", default=next(iter(known), "nothing")
        )
        keep = _keep()
    if not known:
        with left:
            st.info(
                "These pictures carry no labels and are in colour, so there is nothing to add or take away."
            )
        return
    attribute, codes = known[title], chosen.model.codes
    having, lacking = attribute.means(codes)
    equation = {
        "with": having.tolist(),
        "without": lacking.tolist(),
        "title": f"mean code: {attribute.title}",
        "other": f"mean code: {attribute.other}",
    }
    with left:
        vector = attribute.direction(codes)
        base, values = _figure("arithmetic", chosen, [f"{title}"], vector.unsqueeze(0), keep, equation)
    if presenter.presenting():
        return
    below, beside = st.columns([3, 2], gap="large")
    with below:
        frame.numbers(page, _arithmetic_facts(attribute, vector, codes[base], values[0]), name="arithmetic")
    with beside:
        frame.notice(_arithmetic_notice(attribute))
    frame.code(sliders_code.arithmetic(chosen.name, title, base, values[0], keep))


def _arithmetic_notice(attribute: Attribute) -> list[str]:
    said = []
    said.append(
        f"The pictures on the left are what the generator makes of two mean codes: of the pictures that are"
        f" **{attribute.title}**, and of {attribute.other}. Their difference is a direction; the slider adds it"
        " to one picture's code."
    )
    said.append(
        "A mean code lies inside the ball, not at its edge where the training codes are, so its picture is"
        " blurred: it is the middle of many."
    )
    said.append(f"What tells them apart comes from: {attribute.source}. No label was used in training.")
    return said


def _arithmetic_facts(attribute: Attribute, vector: Tensor, code: Tensor, strength: float) -> list[Fact]:
    count = int(attribute.having.sum())
    moved = code + strength * vector
    return [
        Fact(f"Pictures: {attribute.title}", attribute.source, f"{count:,}"),
        Fact(f"Pictures: {attribute.other}", attribute.source, f"{len(attribute.rows) - count:,}"),
        Fact("Length of the direction", "‖mean with − mean without‖", f"{float(vector.norm()):.3f}"),
        Fact("Length of the picture's code", "‖z‖", f"{float(code.norm()):.3f}"),
        Fact(
            "Length of the sum",
            f"‖z + {strength:g} · direction‖".replace("-", "−"),
            f"{float(moved.norm()):.3f}",
        ),
    ]
