"""The lecture steps of the Embedding page."""

from __future__ import annotations

from pages.shared.lessons import Step

STEPS = (
    Step(
        "Pictures in a plane",
        "784 numbers per digit, laid out in two: near means similar. Click a picture to see its true neighbours.",
    ),
    Step(
        "The homework's t-SNE",
        "The same vectors by the homework's t-SNE and by UMAP. Hover: one picture lights up on both sides.",
        {"view": "two", "left": "homework", "right": "umap"},
    ),
    Step(
        "What the shadow hides",
        "Principal components keep true distances along two directions and lose all others.",
        {"view": "two", "left": "pca", "right": "umap"},
    ),
    Step(
        "Who is where it should not be",
        "Blue: neighbours in the plane that are strangers in the space of the vectors.",
        {"colour": "trust"},
    ),
    Step(
        "Move the settings",
        "Thirty layouts, and random vectors beside them: what both sides share, the setting made.",
        {"view": "settings"},
    ),
    Step(
        "Random numbers",
        "With three neighbours UMAP finds clumps where nothing is.",
        {"vectors": "noise", "neighbors": 3, "min_dist": 0.0},
    ),
    Step(
        "What pixels know",
        "Shapes by their raw pixels: the background decides, the shape hardly matters. An encoder must do better.",
        {"data": "shapes", "colour": "factor brightness"},
    ),
    Step(
        "What SimCLR keeps",
        "The same question to an encoder that saw no label: colour by class, by hue, by size. What lies together?",
        {"data": "shapes-plain", "vectors": "simclr-shapes-plain-h", "colour": "factor hue"},
    ),
    Step(
        "What an encoder learns",
        "SimCLR, epoch by epoch, on the same pictures: press Play, then colour by hue and see what it lets go.",
        {"view": "training"},
    ),
)
