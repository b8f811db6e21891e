"""The lecture's slides on GLO as states of the page."""

from __future__ import annotations

from pages.shared.lessons import Step

STEPS = (
    Step(
        "Pictures and vectors",
        "Start with pictures, and give each one a vector of its own: rows 1 and 2.",
        {"show": "One batch"},
    ),
    Step(
        "Generate, compare",
        "The generator draws from the vectors; the difference from the pictures is the loss.",
        {"show": "One batch", "loss": "l2"},
    ),
    Step(
        "Two gradients",
        "The loss has a slope in the generator's weights and in every vector: both move, together.",
        {"show": "One batch"},
    ),
    Step(
        "Through time",
        "Scrub: the same ten pictures from first to last update, and their codes on the way.",
        {"show": "Through time"},
    ),
    Step(
        "What do the vectors buy?",
        "Random vectors that never learn: the same generator, as long a run, and it stays blurred.",
        {"show": "Through time", "learn": False, "start": "sphere"},
    ),
    Step(
        "Faces",
        "Eighty faces, eighty codes.",
        {"show": "Through time", "data": "faces"},
    ),
)
