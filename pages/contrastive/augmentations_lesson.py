"""The lecture's slides on data augmentation as states of the page."""

from __future__ import annotations

from pages.contrastive.names import COMPOSE, CROPS, OPERATORS, SHORTCUT
from pages.shared.lessons import Step

STEPS = (
    Step(
        "Ten operators",
        "The slide's figure, drawn now. Click a tile: it draws other parameters.",
        {"view": OPERATORS},
    ),
    Step(
        "Crop and resize",
        "The dashed frame on the original is the crop. Click, and it moves.",
        {"view": OPERATORS, "operator": "crop"},
    ),
    Step(
        "Colour distortion",
        "Brightness, contrast, saturation and hue, in an order drawn for each picture.",
        {"view": OPERATORS, "operator": "jitter", "jitter_strength": 1.0, "picture": "coffee"},
    ),
    Step(
        "Two views of each picture",
        "t and t′ are drawn from the same operators. They are the positive pair.",
        {"view": COMPOSE},
    ),
    Step(
        "Crop alone",
        "Different parts, the same colours: too easy.",
        {"view": COMPOSE, "chain": ("crop_flip",), "operator": "crop_flip"},
    ),
    Step(
        "Crop, then strong colour",
        "The most effective combination the paper found.",
        {"view": COMPOSE, "chain": ("crop_flip", "jitter"), "operator": "jitter", "jitter_strength": 1.0},
    ),
    Step(
        "Global, local, adjacent",
        "Solid: the picture. Dashed: crops that were really drawn.",
        {"view": CROPS},
    ),
    Step(
        "The shortcut",
        "Left: every crop finds its partner by colour alone. With distorted colours? Let the class guess.",
        {"view": SHORTCUT, "guess": True},
    ),
)
