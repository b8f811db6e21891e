"""The lecture's slides on contrastive learning as states of the page."""

from __future__ import annotations

from pages.contrastive.con_names import COLLAPSE, FINDINGS, HOMEWORK, KEPT, LOSS, TRAIN
from pages.contrastive.findings_view import there
from pages.shared.lessons import Step

_STEPS = (
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
    Step(
        "Train it",
        "No label is used: watch the loss fall, neighbours become right, and the picture of h fall into clusters.",
        {"view": TRAIN},
    ),
    Step(
        "What was kept",
        "With colour distortion the encoder keeps shape; without it, hue. What views share is kept.",
        {"view": KEPT, "reader": "neighbours"},
    ),
    Step(
        "Without negatives",
        "Only the pull is left: one point for everything is the cheapest answer.",
        {"view": COLLAPSE, "negatives": False},
    ),
    Step(
        "h or z?",
        "The paper reads h, before the head, more than 10 points better than z behind it. Look at ours.",
        {"view": FINDINGS, "finding": "head"},
    ),
    Step(
        "A best temperature",
        "Too sharp and too flat are both worse in the paper. Look at ours beside it.",
        {"view": FINDINGS, "finding": "temperature"},
    ),
    Step(
        "Fewer labels",
        "Pretrained without labels, a network needs a fraction of them afterwards.",
        {"view": FINDINGS, "finding": "labels"},
    ),
    Step(
        "The homework",
        "A batch against itself: the loss falls, the neighbours do not improve. Two views mend it.",
        {"view": HOMEWORK, "hw_notebook": "simple"},
    ),
)
STEPS = tuple(step for step in _STEPS if step.state["view"] != FINDINGS or there())
