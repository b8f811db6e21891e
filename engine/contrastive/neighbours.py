"""Accuracy of the nearest neighbours: the quickest question one can ask a representation, without any training.

Every test picture is given the label its k most similar training pictures vote for. Similarity is the cosine;
votes count exp(similarity / 0.07), as in Wu et al. 2018 (https://arxiv.org/abs/1805.01978), or all the same.
The test pictures go in chunks, so memory stays bounded for any number of them.
Tested against scikit-learn's KNeighborsClassifier with the same metric and weights.
"""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional

from engine.device import full_precision

Votes = Literal["weighted", "equal"]
K = 20
VOTE_TEMPERATURE = 0.07  # Wu et al. 2018
CHUNK = 1024  # test vectors at a time: 200 MB of similarities beside 50,000 training vectors


def nearest(train: Tensor, test: Tensor, k: int = K) -> tuple[Tensor, Tensor]:
    """Cosine similarities and indices of the k training vectors (N, d) nearest to each test vector (M, d): (M, k) each.

    k is at most N. Raises ValueError where the widths differ or there is nothing to search.
    """
    if train.ndim != 2 or test.ndim != 2 or train.shape[1] != test.shape[1] or not len(train):
        raise ValueError(
            f"Neighbours need vectors of one width, not {tuple(train.shape)} and {tuple(test.shape)}."
        )
    known = functional.normalize(train.float(), dim=1)
    asked = functional.normalize(test.float(), dim=1)
    with full_precision(known.device):
        found = [(part @ known.T).topk(min(k, len(known)), dim=1) for part in asked.split(CHUNK)]
    return torch.cat([part.values for part in found]), torch.cat([part.indices for part in found])


def weights(similarity: Tensor, votes: Votes = "weighted") -> Tensor:
    """How much each neighbour counts: similarities (M, k) -> (M, k), each row sums to 1."""
    if votes == "equal":
        return torch.full_like(similarity, 1 / similarity.shape[1])
    return (similarity / VOTE_TEMPERATURE).softmax(1)


def predict(train: Tensor, labels: Tensor, test: Tensor, *, k: int = K, votes: Votes = "weighted") -> Tensor:
    """The label (M,) the neighbours of each test vector vote for. Labels are int64 from 0."""
    similarity, index = nearest(train, test, k)
    return count_votes(similarity, index, labels, votes)


def count_votes(similarity: Tensor, index: Tensor, labels: Tensor, votes: Votes = "weighted") -> Tensor:
    """The winning label (M,) of neighbours found by `nearest`."""
    cast = functional.one_hot(labels)[index].to(similarity.dtype)  # (M, k, classes)
    return (cast * weights(similarity, votes).unsqueeze(2)).sum(1).argmax(1)


def knn_accuracy(
    train: Tensor,
    labels: Tensor,
    test: Tensor,
    test_labels: Tensor,
    *,
    k: int = K,
    votes: Votes = "weighted",
) -> Tensor:
    """Share of test vectors whose neighbours vote for the right label, a scalar."""
    return (predict(train, labels, test, k=k, votes=votes) == test_labels).float().mean()
