"""The lecture's slides on convolution as states of the page."""

from __future__ import annotations

from pages.shared.lessons import Step

STEPS = (
    Step(
        "One window",
        "Nine numbers, nine weights, nine products, one sum: 2.8. The slide's arithmetic.",
        {"picture": "lecture_1", "kernel": "lecture_edge", "padding": "valid"},
    ),
    Step(
        "The other window",
        "The same weights on another portion give −0.1: almost no edge here.",
        {"picture": "lecture_2", "kernel": "lecture_edge", "padding": "valid"},
    ),
    Step(
        "The window slides",
        "Press play: every position lands in one cell of the output.",
        {"picture": "edge", "kernel": "sobel_x", "padding": "valid"},
    ),
    Step(
        "Smoothing", "Equal weights: each pixel of the window counts the same.", {"kernel": "box", "size": 7}
    ),
    Step(
        "Edges left and right", "Right minus left. Blue is negative, orange positive.", {"kernel": "sobel_x"}
    ),
    Step(
        "Edges above and below", "The same weights on their side find the other edges.", {"kernel": "sobel_y"}
    ),
    Step(
        "Sharpening", "Every difference from the neighbours grows.", {"kernel": "sharpen", "colours": "Grey"}
    ),
    Step(
        "Colour",
        "Three sums, one for each colour, plus the bias: still one number.",
        {"picture": "dahlia", "colours": "Colour", "kernel": "gaussian", "size": 5},
    ),
    Step(
        "Padding and stride",
        "Stride 2 halves each side; 'same' keeps the border in play.",
        {"kernel": "gabor", "stride": 2, "padding": "same"},
    ),
    Step("Activation", "ReLU keeps what is positive.", {"kernel": "sobel_x", "activation": "relu"}),
    Step("Many filters", "Five filters of 4 × 4 × 3: 240 weights, five channels.", {"view": "Layers"}),
)
