"""Saddle points: why a game of two is hard to train, and what GLO does instead."""

from __future__ import annotations

from pages.generative import games_view, rivals_view, vanishing_view
from pages.generative.saddle_lesson import STEPS
from pages.registry import BY_SLUG
from pages.shared import frame, presenter
from pages.shared.controls import ahead, choice

PAGE = BY_SLUG["saddle-points"]
NUMBERS, RIVALS, VANISHING = "Two numbers", "GAN beside GLO", "Vanishing gradient"
VIEWS = (NUMBERS, RIVALS, VANISHING)
READ = {
    "Bojanowski et al. 2018, Optimizing the latent space of generative networks": "https://arxiv.org/abs/"
    "1707.05776",
    "Mescheder et al. 2018, Which training methods for GANs do actually converge?": "https://arxiv.org/abs/"
    "1801.04406",
    "Arjovsky and Bottou 2017, Towards principled methods for training GANs": "https://arxiv.org/abs/"
    "1701.04862",
}


def draw() -> None:
    """The page."""
    view = ahead("sad_view", VIEWS, NUMBERS)
    if view == RIVALS:
        provenance, device, about = rivals_view.provenance(rivals_view.live(PAGE).run), "worker", "MNIST 5k"
    elif view == VANISHING:
        provenance, device, about = (
            vanishing_view.provenance(vanishing_view.live(PAGE).run),
            "worker",
            "MNIST 5k",
        )
    else:
        provenance, device, about = games_view.PROVENANCE, "browser", "two numbers"
    frame.header(
        PAGE, provenance, device=device, data=about, steps=STEPS, parameters=(games_view.LINKED_START,)
    )
    choice("View", VIEWS, key="sad_view", default=NUMBERS, segmented=True, label_hidden=True)
    {NUMBERS: games_view, RIVALS: rivals_view, VANISHING: vanishing_view}[view].draw(PAGE)
    if not presenter.presenting():
        frame.deeper(READ, "Saddle point. Challenges in training and evaluating GANs", None)


draw()
