"""The lecture's slides on GANs and saddle points as states of the page."""

from __future__ import annotations

from pages.shared.lessons import Step

STEPS = (
    Step(
        "A saddle point",
        "x goes down the surface, y goes up it. The solution is the cross in the middle.",
        {"game": "bilinear", "gamma": 0.0, "updates": 100},
    ),
    Step(
        "It does not converge",
        "Both follow their own gradient, and move away from the solution.",
        {"game": "bilinear", "gamma": 0.0, "updates": 400},
    ),
    Step(
        "A GAN of two numbers",
        "The Dirac-GAN: one point of data, one weight each. The same circles.",
        {"game": "dirac", "gamma": 0.0, "updates": 400},
    ),
    Step(
        "Stabilised",
        "A gradient penalty turns the spiral inward: more art than science.",
        {"game": "dirac", "gamma": 0.5, "updates": 400},
    ),
    Step(
        "No game at all",
        "GLO keeps the generator, drops the opponent: one loss, and both numbers go down it.",
        {"game": "bilinear", "updates": 200},
    ),
    Step(
        "A GAN beside GLO",
        "The same generator, the same batches: two losses that fight, one that falls.",
        {"view": "GAN beside GLO"},
    ),
    Step(
        "A better judge teaches less",
        "The generator is frozen, the discriminator learns on: the gradient vanishes.",
        {"view": "Vanishing gradient"},
    ),
)
