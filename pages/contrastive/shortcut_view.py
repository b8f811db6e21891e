"""The colour shortcut: can two crops of one picture be paired by their colour histograms alone?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st
import torch
from torch import Tensor

from engine import device as devices
from engine.augment import CropAndResize, Jitter, Operator, augment
from engine.augment.shortcut import BINS, histograms, partner_found, similarities
from pages.contrastive import augmentations_code as code
from pages.contrastive import batches, drawing
from pages.contrastive.batches import PAGE, Batch
from pages.shared import assets, frame, pictures, presenter
from pages.shared.controls import real, switch
from pages.shared.frame import Fact
from pages.shared.provenance import Provenance

COMPONENT = f"{PAGE.prefix}shortcut"
PROVENANCE = Provenance(
    "live", "engine.augment cut and distorted the crops just now; their histograms were counted."
)
GUESS = f"{PAGE.prefix}guessed"  # session: what was guessed
GUESSES = ("all", "half", "few")
SIDE, MANY = 96, 24
SMALLEST = 0.2  # of the area: crops large enough to be looked at


@dataclass(frozen=True, eq=False)
class Half:
    """Without or with distortion: both crops of every picture, their histograms, and what they have in common."""

    crops: tuple[Tensor, Tensor]  # (N, C, H, W) each
    counted: tuple[Tensor, Tensor]  # (N, C, BINS) each
    similar: Tensor  # (N, N): rows first crops, columns second crops

    @property
    def found(self) -> float:
        """Share of the crops whose partner is the most similar one."""
        return partner_found(self.similar)

    @property
    def same(self) -> float:
        """Mean intersection of two crops of one picture."""
        return self.similar.diagonal().mean().item()

    @property
    def different(self) -> float:
        """Mean intersection of crops of different pictures."""
        off = ~torch.eye(len(self.similar), dtype=torch.bool)
        return self.similar[off].mean().item()


@dataclass(frozen=True, eq=False)
class State:
    """Everything the view shows follows from this."""

    batch: Batch
    crop: Operator
    jitter: Operator
    seed: int
    halves: tuple[Half, Half]
    asking: bool  # the right half is covered until somebody has guessed
    guess: str | None

    @property
    def covered(self) -> bool:
        """Whether the answer must not be told yet."""
        return self.asking and self.guess is None


@st.cache_resource(max_entries=24, show_spinner=False)
def halves(identity: str, recipes: tuple[str, str], seed: int, _images: Tensor) -> tuple[Half, Half]:
    """Both crops of every picture without and with distortion. `identity` stands for the pictures."""
    del identity  # part of the cache's key
    source = drawing.generator(seed)
    crop, jitter = (drawing.operators_of(recipe) for recipe in recipes)
    images = _images.to(devices.pick())
    with torch.inference_mode():
        crops = [augment(images, crop, source) for _ in range(2)]
        distorted = [augment(each, jitter, source) for each in crops]
    made = []
    for first, second in (crops, distorted):
        counted = histograms(first), histograms(second)
        similar = similarities(*counted)
        made.append(Half((first.cpu(), second.cpu()), (counted[0].cpu(), counted[1].cpu()), similar.cpu()))
    return made[0], made[1]


def _obey() -> None:
    """Take up what was clicked, before any control is drawn."""
    said = st.session_state.get(COMPONENT) or {}
    if said.get("again"):
        drawing.next_seed()
    if said.get("guess") in GUESSES:
        st.session_state[GUESS] = said["guess"]


def _controls() -> State:
    batch = batches.choose(
        f"{PAGE.prefix}pool", default=batches.PHOTOGRAPHS, count=MANY, side=SIDE, with_one=False
    )
    smallest = real(
        "Smallest crop",
        0.05,
        0.9,
        0.05,
        key=f"{PAGE.prefix}cut",
        default=SMALLEST,
        help="Share of the picture; the largest crop is all of it.",
    )
    strength = real(
        "Strength s",
        0.0,
        1.5,
        0.1,
        key=f"{PAGE.prefix}s",
        default=1.0,
        help="Brightness, contrast, saturation and hue; SimCLR uses 1 on ImageNet and 0.5 on CIFAR-10.",
    )
    seed = drawing.seed_control()
    crop, jitter = CropAndResize(smallest=smallest), Jitter(strength=strength, probability=1.0)
    recipes = drawing.recipe_of([crop]), drawing.recipe_of([jitter])
    asking = switch(
        "Guess first", key=f"{PAGE.prefix}guess", help="Covers the right half until you have guessed."
    )
    if not asking:
        st.session_state.pop(GUESS, None)
    guess = st.session_state.get(GUESS)
    return State(
        batch, crop, jitter, seed, halves(batch.identity, recipes, seed, batch.images), asking, guess
    )


def _table(values: Tensor) -> pd.DataFrame:
    return pd.DataFrame({"v": values.numpy().astype(np.float32).ravel()})


def _figure(state: State) -> None:
    count, channels, height, width = state.batch.images.shape
    payload: dict[str, object] = {
        "mode": "shortcut",
        "count": count,
        "columns": batches.columns_of(count),
        "height": height,
        "width": width,
        "channels": channels,
        "bins": BINS,
        "names": list(state.batch.names),
        "strength": state.jitter.to_dict()["strength"],
        "asking": state.asking,
        "guess": state.guess,
        "found": [half.found for half in state.halves],
        "sheets": [[pictures.keep(batches.sheet_png(crop)) for crop in half.crops] for half in state.halves],
        "title": state.batch.title,
    }
    for number, half in enumerate(state.halves):
        payload[f"similar{number}"] = _table(half.similar)
        for side, counted in enumerate(half.counted):
            payload[f"counted{number}{side}"] = _table(counted)
    assets.mount("augmentations", payload, key=COMPONENT, provenance=PROVENANCE, triggers=("again", "guess"))


def _facts(state: State) -> list[Fact]:
    count = len(state.batch.images)
    facts = []
    shown = state.halves[:1] if state.covered else state.halves
    for half, name in zip(shown, ("without distortion", "with distortion"), strict=False):
        facts += [
            Fact(
                f"Partner found, {name}",
                f"most similar of {count} by colours alone",
                f"{100 * half.found:.0f} %",
            ),
            Fact("Intersection, same picture", "sum of the smaller shares, mean", f"{half.same:.3f}"),
            Fact(
                "Intersection, different pictures", "sum of the smaller shares, mean", f"{half.different:.3f}"
            ),
        ]
    return [*facts, Fact("Found by guessing", f"1 / {count}", f"{100 / count:.0f} %")]


def _notice(state: State) -> list[str]:
    plain, distorted = state.halves
    count, strength = len(state.batch.images), state.jitter.to_dict()["strength"]
    first = (
        f"**Without distortion {100 * plain.found:.0f} % of the crops find their partner** among {count} by their"
        f" colours alone, where guessing finds {100 / count:.0f} %. A network that is asked to pair crops can do so"
        " without looking at a single shape."
    )
    said = [first]
    if state.covered:
        return [*said, "What is left of it when the colours are distorted? Guess in the right half."]
    if distorted.found < plain.found - 0.05:
        said.append(
            f"With colour distortion of strength {strength:g} it is {100 * distorted.found:.0f} %: the shortcut is"
            " worth less, and shapes become worth learning. The crops are the same in both halves."
        )
    elif strength == 0:
        said.append("Strength 0 distorts nothing: both halves are the same. Raise it.")
    else:
        said.append(
            f"A distortion of strength {strength:g} leaves {100 * distorted.found:.0f} %: here the shortcut stays"
            " open. Raise the strength, or take other pictures."
        )
    said.append("Point at a cell of a table: its two crops and their histograms stand below it.")
    return said


def draw() -> None:
    """The view: component, controls, numbers, what to notice, code."""
    _obey()
    left, right = st.columns([4, 1], gap="medium")
    with right:
        state = _controls()
    with left:
        _figure(state)
    if presenter.presenting():
        return
    below, beside = st.columns([3, 2], gap="large")
    with below:
        frame.numbers(PAGE, _facts(state), name="shortcut")
    with beside:
        frame.notice(_notice(state))
    frame.code(code.shortcut(state.batch, state.crop, state.jitter, state.seed))
