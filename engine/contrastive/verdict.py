"""Has it collapsed? The measures of `spread` put into one word, for pages and tables.

Three ways to fail look different. All on one point: spread and uniformity near 0. A few directions only (Jing et al.
2021, dimensional collapse, https://arxiv.org/abs/2110.09348): spread may be fine, the rank is not. And a question
that is too easy, or one without an answer: nothing collapses, and nothing useful is learned either, which only the
neighbours tell. The limits are ours, set between the runs in the stored studies.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Verdict = Literal["point", "narrow", "useless", "healthy", "early"]

POINT = 0.15  # spread: a healthy run ends near 1, a collapsed one below 0.1
NARROW = 0.08  # share of z's directions in use
GAIN = 0.03  # of kNN accuracy over the first look at the encoder
EARLY = 0.5  # epochs before a judgement is passed


def verdict(numbers: Mapping[str, float], first: Mapping[str, float], outputs: int) -> Verdict:
    """What became of a run.

    Args:
        numbers: Of the latest examination (`engine.contrastive.examination`), with `epoch`.
        first: Of the examination before training.
        outputs: Length of z.
    """
    if numbers["spread"] < POINT:
        return "point"
    if numbers["rank_z"] < max(2.0, NARROW * outputs):
        return "narrow"
    if numbers.get("epoch", EARLY) < EARLY:
        return "early"
    return "healthy" if numbers["knn_h"] > first["knn_h"] + GAIN else "useless"
