"""The linear probe: how much of the labels one linear layer can read from a frozen representation.

`ridge` is a closed form, one system of equations for any number of targets at once: fast enough to run beside
training. `logistic` minimises the cross-entropy, the usual protocol (SimCLR B.6 and B.8, there by SGD and L-BFGS),
and is what is reported where time does not matter.
Both standardise the features with the training set's mean and deviation.
Tested against scikit-learn's Ridge and LogisticRegression.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from engine.device import full_precision

RIDGE = 1e-3  # times the number of rows: next to nothing for features of deviation 1, enough for equal ones
WEIGHT_DECAY = 1e-3  # of the mean cross-entropy; the paper uses none but has a million pictures
ROUNDS = 100  # of L-BFGS


@dataclass(frozen=True, eq=False)
class Probe:
    """A linear layer behind a standardisation.

    Attributes:
        mean: (d,) of the training features.
        deviation: (d,), 1 where a feature never changes.
        weight: (d, outputs).
        bias: (outputs,).
    """

    mean: Tensor
    deviation: Tensor
    weight: Tensor
    bias: Tensor

    def __call__(self, features: Tensor) -> Tensor:
        """(N, d) -> (N, outputs)."""
        with full_precision(features.device):
            return (features.float() - self.mean) / self.deviation @ self.weight + self.bias


def standardisation(features: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and deviation (d,) of features (N, d); a deviation of next to nothing counts as 1."""
    deviation, mean = torch.std_mean(features.float(), 0, correction=0)
    return mean, torch.where(deviation > 1e-6 * (1 + mean.abs()), deviation, 1.0)


def ridge(features: Tensor, targets: Tensor, strength: float = RIDGE) -> Probe:
    """Least squares with a penalty: (N, d) and (N, outputs) -> the probe.

    Minimises |y - prediction|^2 + strength N |weight|^2; the bias is free.
    """
    mean, deviation = standardisation(features)
    rows = (features.float() - mean) / deviation
    bias = targets.float().mean(0)
    with full_precision(features.device):
        gram = rows.T @ rows  # (d, d)
        gram.diagonal().add_(strength * len(rows))
        moment = rows.T @ (targets.float() - bias)  # (d, outputs)
        weight = torch.cholesky_solve(moment, torch.linalg.cholesky(gram))
    return Probe(mean, deviation, weight, bias)


def logistic(
    features: Tensor, labels: Tensor, *, weight_decay: float = WEIGHT_DECAY, rounds: int = ROUNDS
) -> Probe:
    """Multinomial logistic regression by L-BFGS: features (N, d) and labels (N,) int64 -> the probe.

    Minimises the mean cross-entropy + weight_decay / 2 |weight|^2; the bias is free.
    """
    mean, deviation = standardisation(features)
    rows = (features.float() - mean) / deviation
    classes = int(labels.max()) + 1
    weight = rows.new_zeros(rows.shape[1], classes).requires_grad_()
    bias = rows.new_zeros(classes).requires_grad_()
    solver = torch.optim.LBFGS(
        [weight, bias], max_iter=rounds, history_size=10, line_search_fn="strong_wolfe"
    )

    def closure() -> Tensor:
        solver.zero_grad()
        loss = functional.cross_entropy(rows @ weight + bias, labels)
        loss = loss + weight_decay / 2 * weight.square().sum()
        loss.backward()
        return loss

    with torch.enable_grad(), full_precision(features.device):
        solver.step(closure)
    return Probe(mean, deviation, weight.detach(), bias.detach())


def ridge_accuracy(train: Tensor, labels: Tensor, test: Tensor, test_labels: Tensor) -> Tensor:
    """Share of test vectors a ridge probe on one-hot labels gets right, a scalar."""
    probe = ridge(train, functional.one_hot(labels))
    return (probe(test).argmax(1) == test_labels).float().mean()


def logistic_accuracy(
    train: Tensor, labels: Tensor, test: Tensor, test_labels: Tensor, *, weight_decay: float = WEIGHT_DECAY
) -> Tensor:
    """Share of test vectors a logistic probe gets right, a scalar."""
    probe = logistic(train, labels, weight_decay=weight_decay)
    return (probe(test).argmax(1) == test_labels).float().mean()
