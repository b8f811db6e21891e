"""The lecture's slides on CIFAR-10 and evaluation as states of the page."""

from __future__ import annotations

from pages.shared.lessons import Step

STEPS = (
    Step(
        "Two networks, the same pictures",
        "A plain network and a CNN learn from identical batches.",
        {"view": "Train"},
    ),
    Step(
        "Seconds instead of examples",
        "The CNN learns more from each picture, but each picture takes it longer.",
        {"view": "Train", "x": "seconds"},
    ),
    Step(
        "pred = ship, act = ship",
        "The lecture's ten pictures: what it said, what it is.",
        {"view": "Results"},
    ),
    Step(
        "Precision, recall, F1",
        "Of what it calls a cat, how much is one? Of all cats, how many did it find?",
        {"view": "Results"},
    ),
    Step(
        "Neighbours matter",
        "Shuffle all pixels by one permutation: the plain network does not notice, the CNN loses what it lives on.",
        {"view": "Space", "shuffle": True},
    ),
    Step(
        "Places should not",
        "Move the test pictures: convolutions move with them, dense layers do not. What does each network lose?",
        {"view": "Space", "moved": 4},
    ),
    Step("One batch, slowly", "Forward, loss, backward, update: press One batch.", {"view": "Slow"}),
    Step(
        "Your own picture",
        "It names one of its classes, whatever you show it. Where did it look?",
        {"view": "Try"},
    ),
)
