"""The findings of the SimCLR paper (Chen et al. 2020, https://arxiv.org/abs/2002.05709) as small studies of our own.

Each finding is a list of arms: the base settings with one thing changed. `engine.studies.contrastive_findings` trains
them; pages put the results beside the paper's numbers, which stand here with the table they are from. The paper's
are linear evaluation on ImageNet with ResNet-50, 100 epochs and a batch of 4096 unless said otherwise; ours are a
linear probe on rendered shapes and a small encoder, so directions can be compared and heights cannot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from engine.contrastive.experiment import Settings
from engine.contrastive.views import Views, without_colour
from engine.models import Encoder, Head
from engine.training import Plan

# Half as wide as the live page's encoder, so that all arms together take a quarter of an hour.
BASE = Settings(encoder=Encoder(width=16), plan=Plan(epochs=4, batch_size=256))
SHARES = (0.01, 0.1)  # of the labels


@dataclass(frozen=True)
class Arm:
    """One run: its title, its settings, and what the paper found there, in per cent; None where it gives no number."""

    title: str
    settings: Settings
    paper: float | None = None


@dataclass(frozen=True)
class Finding:
    """One claim of the paper.

    Attributes:
        title: For a chooser.
        claim: What the paper says, in our words.
        source: Where in the paper.
        measured: What the paper's numbers are.
        axis: What changes from arm to arm.
        arms: In order.
    """

    title: str
    claim: str
    source: str
    measured: str
    axis: str
    arms: tuple[Arm, ...]


def _views(strength: float) -> Settings:
    """Colour distortion of a strength; hue turns by as much, as the paper ties it to s too."""
    views = Views(strength=strength, hue=min(strength, 0.5)) if strength else without_colour()
    return replace(BASE, views=views)


def _long(epochs: int) -> Settings:
    return replace(BASE, plan=replace(BASE.plan, epochs=epochs))


def _batch(size: int) -> Settings:
    return replace(BASE, plan=replace(BASE.plan, batch_size=size))


def _encoder(depth: int, width: int) -> Settings:
    return replace(BASE, encoder=Encoder(depth=depth, width=width))


LINEAR = "top-1 of a linear classifier on ImageNet (%)"
FINDINGS: Mapping[str, Finding] = {
    "head": Finding(
        "Projection head",
        "A nonlinear head beats a linear one (by 3 points) and none (by more than 10), and h before the head is a"
        " better representation than z behind it (by more than 10 points).",
        "section 4.2 and figure 8",
        "differences in words; the bars of figure 8 carry no numbers",
        "Head",
        (
            Arm("none", replace(BASE, head=Head(kind="none", outputs=64))),
            Arm("linear", replace(BASE, head=Head(kind="linear", outputs=64))),
            Arm("nonlinear", BASE),
        ),
    ),
    "temperature": Finding(
        "Temperature",
        "With vectors of length 1 there is a best temperature between too sharp and too flat.",
        "table 5",
        LINEAR,
        "Temperature",
        (
            Arm("0.05", replace(BASE, temperature=0.05), 59.7),
            Arm("0.1", replace(BASE, temperature=0.1), 64.4),
            Arm("0.2", BASE),
            Arm("0.5", replace(BASE, temperature=0.5), 60.7),
            Arm("1", replace(BASE, temperature=1.0), 58.0),
        ),
    ),
    "colour": Finding(
        "Colour strength",
        "Contrastive learning needs stronger colour distortion than learning from labels.",
        "table 1",
        LINEAR,
        "Strength s",
        (
            Arm("none", _views(0.0)),
            Arm("1/8", _views(0.125), 59.6),
            Arm("1/4", _views(0.25), 61.0),
            Arm("1/2", BASE, 62.6),
            Arm("1", _views(1.0), 63.2),
        ),
    ),
    "batch": Finding(
        "Batch size",
        "Larger batches, with more negatives, are clearly better when training is short; the gap closes with more"
        " epochs.",
        "section 5.2 and figure 9",
        "curves without numbers, for batches from 256 to 8192",
        "Batch",
        (
            Arm("32", _batch(32)),
            Arm("64", _batch(64)),
            Arm("256", BASE),
            Arm("1024", _batch(1024)),
        ),
    ),
    "epochs": Finding(
        "Epochs",
        "Longer training keeps helping, more than it helps learning from labels.",
        "section 5.2 and figure 9",
        "curves without numbers, from 100 to 1000 epochs",
        "Epochs",
        (
            Arm("1", _long(1)),
            Arm("2", _long(2)),
            Arm("4", BASE),
            Arm("8", _long(8)),
        ),
    ),
    "width": Finding(
        "Width",
        "Wider networks gain more from contrastive learning than from labels.",
        "table 6: ResNet-50, twice and four times as wide, 1000 epochs",
        LINEAR,
        "Channels",
        (
            Arm("8", _encoder(4, 8), 69.3),
            Arm("16", BASE, 74.2),
            Arm("32", _encoder(4, 32), 76.5),
        ),
    ),
    "depth": Finding(
        "Depth",
        "Deeper networks are better, and need contrastive training the longest to show it.",
        "figure 7",
        "points without numbers, ResNet-18 to ResNet-152",
        "Convolutions",
        (
            Arm("2", _encoder(2, 16)),
            Arm("3", _encoder(3, 16)),
            Arm("4", BASE),
            Arm("6", _encoder(6, 16)),
        ),
    ),
}
# Table 7, top-5 on ImageNet with ResNet-50: share of the labels -> (from scratch, fine-tuned), in per cent.
LABELS_PAPER: Mapping[float, tuple[float, float]] = {0.01: (48.4, 75.5), 0.1: (80.4, 87.8)}
LABELS_CLAIM = (
    "Fine-tuned on 1 % of the labels, a pretrained network is far ahead of the same network trained on those labels"
    " alone; on 10 % the lead shrinks and stays."
)
