"""Saddle points: why a game of two is hard to train, and what GLO does instead."""

from __future__ import annotations

from pages.generative import games_view
from pages.generative.saddle_lesson import STEPS
from pages.registry import BY_SLUG
from pages.shared import frame, presenter

PAGE = BY_SLUG["saddle-points"]
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
    frame.header(
        PAGE,
        games_view.PROVENANCE,
        device="browser",
        data="two numbers",
        steps=STEPS,
        parameters=(games_view.LINKED_START,),
    )
    games_view.draw(PAGE)
    if not presenter.presenting():
        frame.deeper(READ, "Saddle point. Challenges in training and evaluating GANs", None)


draw()
