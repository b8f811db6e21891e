"""The lecture's results of GLO as states of the Interpolate page."""

from __future__ import annotations

from pages.shared.lessons import Step

STEPS = (
    Step(
        "Between two faces",
        "Drag the ring from A to B. One face becomes the other; nothing is faded.",
        {"model": "faces", "count": 2},
    ),
    Step(
        "Among four faces",
        "Every place of the pad is a face that was never photographed.",
        {"model": "faces", "count": 4},
    ),
    Step(
        "Between digits",
        "Strokes bend and close. Compare the cross-fade beside it.",
        {"model": "mnist-5k", "count": 4},
    ),
    Step(
        "Around the sphere",
        "The spherical path keeps the code's length; the straight one cuts through the ball.",
        {"model": "mnist-5k", "count": 2, "path": "spherical"},
    ),
    Step(
        "New pictures",
        "A Gaussian is fitted to all codes; turn up the temperature and see where it breaks.",
        {"view": "Samples", "model": "mnist-5k"},
    ),
    Step(
        "Adding and taking away",
        "Mean code of thick digits minus mean code of thin ones, added to one digit.",
        {"view": "Arithmetic", "model": "mnist-5k"},
    ),
    Step(
        "A picture of your own",
        "Draw, then let gradient descent look for its code. What can the generator not draw?",
        {"view": "Your picture", "model": "mnist-5k"},
    ),
    Step(
        "Three kinds of codes",
        "GLO's, an autoencoder's and PCA's, as many numbers each, on pictures none has seen.",
        {"view": "Compare"},
    ),
)
