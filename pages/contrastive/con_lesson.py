"""The lecture's slides on contrastive learning as states of the page."""

from __future__ import annotations

from pages.contrastive.con_names import LOSS
from pages.shared.lessons import Step

STEPS = (
    Step(
        "Two views, one question",
        "Each view asks: which of the others shows the same picture as I do? Point at a cell.",
        {"view": LOSS, "l_wanted": (0.2, 0, "similarity")},
    ),
    Step(
        "From similarity to softmax",
        "Cosine over temperature, then a softmax in every row: the bar of the partner should be 1.",
        {"view": LOSS, "l_wanted": (0.2, 0, "probability")},
    ),
    Step(
        "Pull and push",
        "The gradient itself: partners are pulled together, all others pushed apart.",
        {"view": LOSS, "l_wanted": (0.2, 0, "force")},
    ),
    Step(
        "Small temperature",
        "The push gathers on the nearest negatives.",
        {"view": LOSS, "l_wanted": (0.05, 0, "force")},
    ),
    Step(
        "Large temperature",
        "Everybody is pushed alike.",
        {"view": LOSS, "l_wanted": (1.0, 0, "force")},
    ),
    Step(
        "Without two views",
        "The same picture twice: the question answers itself, and nothing is learned.",
        {"view": LOSS, "l_views": "same", "l_wanted": (0.2, 0, "similarity")},
    ),
)
