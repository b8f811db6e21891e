"""How good a classifier is: confusion matrix, precision, recall, F1, and whether its probabilities can be believed.

All equal scikit-learn's (tested). Where a class was never predicted, or never occurs, the ratio 0/0 counts as 0.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor


def confusion(actual: Tensor, predicted: Tensor, classes: int) -> Tensor:
    """int64 (classes, classes): row is the actual class, column the predicted one. Inputs int64 (N,)."""
    return torch.bincount(actual * classes + predicted, minlength=classes * classes).reshape(classes, classes)


@dataclass(frozen=True, eq=False)
class Scores:
    """Per class, float64 (classes,), from a confusion matrix.

    Attributes:
        precision: Of the pictures predicted as the class, the share that is of it.
        recall: Of the pictures of the class, the share that was found.
        f1: Harmonic mean of the two.
        support: Pictures of the class.
        accuracy: Share of all pictures predicted right.
    """

    precision: Tensor
    recall: Tensor
    f1: Tensor
    support: Tensor
    accuracy: float


def scores(matrix: Tensor) -> Scores:
    """Precision, recall and F1 from a confusion matrix (classes, classes)."""
    counts = matrix.double()
    right, predicted, actual = counts.diagonal(), counts.sum(0), counts.sum(1)
    return Scores(
        precision=_ratio(right, predicted),
        recall=_ratio(right, actual),
        f1=_ratio(2 * right, predicted + actual),
        support=matrix.sum(1),
        accuracy=float(right.sum() / counts.sum().clamp(min=1)),
    )


@dataclass(frozen=True, eq=False)
class Reliability:
    """Predictions sorted into bins by their confidence, the probability of the predicted class.

    Attributes:
        edges: (bins + 1,) from 0 to 1.
        count: (bins,) predictions in each.
        confidence: (bins,) mean confidence, 0 in empty bins.
        accuracy: (bins,) share that is right, 0 in empty bins.
        error: Expected calibration error: mean distance of the two, weighted by count (Guo et al. 2017).
    """

    edges: Tensor
    count: Tensor
    confidence: Tensor
    accuracy: Tensor
    error: float


def reliability(probabilities: Tensor, actual: Tensor, bins: int = 10) -> Reliability:
    """How often predictions of some confidence are right. `probabilities` (N, classes), `actual` int64 (N,)."""
    confidence, predicted = probabilities.double().max(1)
    edges = torch.linspace(0, 1, bins + 1, dtype=torch.float64, device=confidence.device)
    which = torch.bucketize(confidence, edges[1:-1])  # a bin holds its upper edge, as in scikit-learn
    count = torch.bincount(which, minlength=bins)
    right = torch.bincount(which, (predicted == actual).double(), minlength=bins)
    total = torch.bincount(which, confidence, minlength=bins)
    error = (right - total).abs().sum() / count.sum().clamp(min=1)
    return Reliability(edges, count, _ratio(total, count), _ratio(right, count), float(error))


def _ratio(over: Tensor, under: Tensor) -> Tensor:
    return torch.where(under > 0, over / under.clamp(min=1), torch.zeros_like(over))
