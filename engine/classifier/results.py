"""What a classifier got right and wrong, from its probabilities: confusions, mistakes, the lecture's gallery."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from engine.training.metrics import Reliability, Scores, confusion, reliability, scores


@dataclass(frozen=True, eq=False)
class Outcome:
    """Predictions for a labelled set. `probabilities` float (N, classes), `labels` int64 (N,)."""

    probabilities: Tensor
    labels: Tensor
    classes: tuple[str, ...]

    @cached_property
    def predicted(self) -> Tensor:
        """The most probable class of each picture, int64 (N,)."""
        return self.probabilities.argmax(1)

    @cached_property
    def confidence(self) -> Tensor:
        """Its probability, (N,)."""
        return self.probabilities.amax(1)

    @cached_property
    def confusion(self) -> Tensor:
        """int64 (classes, classes): rows are actual classes, columns predicted ones."""
        return confusion(self.labels, self.predicted, len(self.classes))

    @cached_property
    def scores(self) -> Scores:
        """Precision, recall and F1 per class, and the accuracy."""
        return scores(self.confusion)

    @cached_property
    def reliability(self) -> Reliability:
        """How often predictions of some confidence are right, in ten bins."""
        return reliability(self.probabilities, self.labels)

    def cell(self, actual: int, predicted: int) -> Tensor:
        """Pictures of one class predicted as another (or the same), most confident first."""
        chosen = ((self.labels == actual) & (self.predicted == predicted)).nonzero().flatten()
        return chosen[self.confidence[chosen].argsort(descending=True, stable=True)]

    def mistakes(self, count: int) -> Tensor:
        """The wrong predictions the network was surest of, at most `count`."""
        wrong = (self.labels != self.predicted).nonzero().flatten()
        return wrong[self.confidence[wrong].argsort(descending=True, stable=True)][:count]

    def sample(self, count: int, seed: int) -> Tensor:
        """Some pictures at random, as the lecture shows ten."""
        generator = torch.Generator().manual_seed(seed)
        return torch.randperm(len(self.labels), generator=generator)[:count]
