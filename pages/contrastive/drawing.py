"""What the Augmentations page computes, kept by small names so that a rerun computes only what changed."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st
import torch
from torch import Tensor

from engine import device as devices
from engine.augment import OPERATORS, Operator, mean_change, trace
from pages.contrastive.augmentation_words import words
from pages.contrastive.batches import PAGE, sheet_png
from pages.shared import pictures
from pages.shared.controls import whole

MOST_DRAWS = 999  # of one tile in a link
SEEDS, FIRST_SEED = 100, 32  # the first draw of a crop shows an eye of the cat, not its cheek


@dataclass(frozen=True)
class Changed:
    """Pictures after one step: a sheet as PNG, what was drawn for each in words, and the boxes, if there are any."""

    png: bytes
    words: tuple[str, ...]
    boxes: tuple[tuple[int, int, int, int], ...]  # top, left, height, width
    change: tuple[float, ...]  # mean absolute difference from the original

    def payload(self, *, fresh: bool = False) -> dict[str, object]:
        """For the browser. A picture somebody waits for comes with the message: `fresh` saves the way to fetch it."""
        inline = {"inline": base64.b64encode(self.png).decode()} if fresh else {}
        return inline | {
            "url": pictures.keep(self.png),
            "words": list(self.words),
            "boxes": [list(b) for b in self.boxes],
        }


def generator(seed: int) -> torch.Generator:
    """All chance of a draw. Streamlit's threads share nothing through it."""
    return torch.Generator().manual_seed(seed)


def seed_of(seed: int, place: int, draws: int) -> int:
    """One number for the page's seed, the tile's place and how often the tile was drawn again."""
    return (seed * 10 + place) * (MOST_DRAWS + 1) + draws


def next_seed() -> None:
    """Button callback's work: put the page's seed one further, before its control is drawn."""
    key = f"{PAGE.prefix}seed"
    st.session_state[key] = (int(st.session_state.get(key, FIRST_SEED)) + 1) % SEEDS


def seed_control() -> int:
    """The page's seed; the same on every view."""
    return whole(
        "Seed",
        0,
        SEEDS - 1,
        key=f"{PAGE.prefix}seed",
        default=FIRST_SEED,
        help="The same seed draws the same.",
    )


def recipe_of(operators: Sequence[Operator]) -> str:
    """A composition as text: the key of a cache, and of nothing else."""
    return json.dumps([(operator.name, operator.to_dict()) for operator in operators])


def operators_of(recipe: str) -> list[Operator]:
    """The composition a text stands for."""
    return [OPERATORS[name].from_dict(values) for name, values in json.loads(recipe)]


@st.cache_data(max_entries=300, show_spinner=False)
def steps(identity: str, recipe: str, seed: int, views: int, _images: Tensor) -> list[list[Changed]]:
    """For each of `views` views drawn one after another, its steps. `identity` stands for the pictures."""
    del identity  # part of the cache's key
    source, device = generator(seed), devices.pick()
    made = []
    with torch.inference_mode():
        for _ in range(views):
            traced = trace(_images.to(device), operators_of(recipe), source)
            made.append([changed(step.operator, step.drawn, step.images.cpu(), _images) for step in traced])
    return made


def changed(operator: Operator, drawn: Mapping[str, Tensor], images: Tensor, originals: Tensor) -> Changed:
    """What the browser needs of a step."""
    plain: dict[str, Any] = {name: value.tolist() for name, value in drawn.items() if name != "noise"}
    size = (images.shape[-2], images.shape[-1])
    each = [{name: values[number] for name, values in plain.items()} for number in range(len(images))]
    boxes = [(one["top"], one["left"], one["height"], one["width"]) for one in each if "height" in one]
    return Changed(
        sheet_png(images),
        tuple(words(operator, one, size) for one in each),
        tuple(boxes),
        tuple(mean_change(originals, images).tolist()),
    )
