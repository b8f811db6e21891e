"""What a representation kept: every generating factor of rendered pictures, read back from frozen features.

All factors become columns of one table of targets, read out in one go, by a linear layer (ridge) or by the mean of
the nearest neighbours:

    categorical   one column per choice; the largest wins; measured by accuracy
    continuous    one column; measured by R^2
    circular      cosine and sine of the angle, two columns; measured by R^2 of the point on the circle

R^2 is 1 - squared error / squared error of always guessing the mean. So that one picture can show all of them, `kept`
puts 0 where guessing gets and 1 where nothing is lost.
Tested with features that hold a known factor and nothing else, and against scikit-learn's r2_score.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import tau
from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from engine.contrastive.linear_probe import ridge
from engine.contrastive.neighbours import nearest, weights
from engine.data.dataset import Factor

Reader = Literal["linear", "neighbours"]


@dataclass(frozen=True)
class Kept:
    """How well one factor can be read.

    Attributes:
        name: The factor's.
        measure: "accuracy" or "R^2".
        value: Of the measure, on the test pictures; R^2 can be below 0.
        chance: What guessing gets: the share of the commonest choice, or 0.
    """

    name: str
    measure: Literal["accuracy", "R^2"]
    value: float
    chance: float

    @property
    def kept(self) -> float:
        """0 where guessing gets, 1 where nothing is lost, never below 0."""
        return max(0.0, (self.value - self.chance) / (1 - self.chance)) if self.chance < 1 else 0.0


def targets(factor: Factor) -> Tensor:
    """A factor as columns to be predicted: (N, choices), (N, 1) or (N, 2), float32."""
    if factor.kind == "categorical":
        return functional.one_hot(factor.values, len(factor.categories)).float()
    if factor.kind == "circular":
        angle = _angle(factor)
        return torch.stack([angle.cos(), angle.sin()], 1)
    return ((factor.values - factor.low) / (factor.high - factor.low)).unsqueeze(1)


def read(train: Tensor, wanted: Tensor, test: Tensor, reader: Reader = "linear") -> Tensor:
    """Predict the columns `wanted` (N, T) of the training features (N, d) for the test features (M, d): -> (M, T)."""
    if reader == "linear":
        return ridge(train, wanted)(test)
    similarity, index = nearest(train, test)
    return (wanted[index] * weights(similarity).unsqueeze(2)).sum(1)


def score(factor: Factor, predicted: Tensor) -> Kept:
    """Compare predicted columns (M, T) with the factor's values of the test pictures."""
    true = targets(factor)
    if factor.kind == "categorical":
        accuracy = (predicted.argmax(1) == factor.values).float().mean()
        chance = true.mean(0).max()
        return Kept(factor.name, "accuracy", accuracy.item(), chance.item())
    lost = (true - predicted).square().sum()
    spread = (true - true.mean(0)).square().sum()
    r_squared = 1 - lost / spread.clamp_min(torch.finfo(spread.dtype).tiny)
    return Kept(factor.name, "R^2", r_squared.item(), 0.0)


def probe(
    train: Tensor,
    train_factors: Mapping[str, Factor],
    test: Tensor,
    test_factors: Mapping[str, Factor],
    reader: Reader = "linear",
) -> list[Kept]:
    """Read every factor that changes at all from features (N, d) and (M, d); in the factors' order."""
    names = [name for name, factor in train_factors.items() if varies(factor)]
    if not names:
        return []
    columns = [targets(train_factors[name]).to(train.device) for name in names]
    predicted = read(train, torch.cat(columns, 1), test, reader).cpu()
    parts = predicted.split([part.shape[1] for part in columns], dim=1)
    return [score(test_factors[name], part) for name, part in zip(names, parts, strict=True)]


def varies(factor: Factor) -> bool:
    """Whether a factor takes more than one value."""
    return bool((factor.values != factor.values[:1]).any())


def bins(factor: Factor, count: int = 8) -> Tensor:
    """A factor as classes (N,) int64: its choices, or `count` equal parts of its range."""
    if factor.kind == "categorical":
        return factor.values
    share = (factor.values - factor.low) / (factor.high - factor.low)
    return (share * count).long().clamp_(0, count - 1)


def as_row(found: Sequence[Kept]) -> dict[str, float]:
    """Name -> value, for reports and tables."""
    return {one.name: round(one.value, 4) for one in found}


def _angle(factor: Factor) -> Tensor:
    return (factor.values - factor.low) * (tau / (factor.high - factor.low))
