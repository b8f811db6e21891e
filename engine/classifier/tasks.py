"""The pictures a race is about: a data set on the device, its pixels shuffled or its test pictures moved on request.

Shuffling moves every pixel of every picture to another place by one fixed permutation: a plain network cannot
tell, because it never knew which pixels are neighbours; a convolution loses what it lives on. Moving the test
pictures is the other way round. Tested by both being undone, and by a literal loop over pixels.
"""

from __future__ import annotations

import torch
from torch import Tensor

from engine import data
from engine.classifier.settings import Settings
from engine.data import Dataset
from engine.training.supervised import Pictures

SHUFFLE_SEED = 0  # one permutation for everybody: runs that are compared see the same


def permutation(height: int, width: int) -> Tensor:
    """Where the pixel of each place comes from, int64 (H * W,)."""
    return torch.randperm(height * width, generator=torch.Generator().manual_seed(SHUFFLE_SEED))


def shuffled(images: Tensor) -> Tensor:
    """Every picture's pixels in the same new order, colours kept together: (N, C, H, W) to the same."""
    height, width = images.shape[-2:]
    order = permutation(height, width).to(images.device)
    return images.flatten(2)[:, :, order].reshape(images.shape)


def moved(images: Tensor, distance: int) -> Tensor:
    """Every picture moved right and down by `distance` pixels, its border repeated: (N, C, H, W) to the same."""
    if distance == 0:
        return images
    height, width = images.shape[-2:]
    rows = (torch.arange(height, device=images.device) - distance).clamp(min=0)
    columns = (torch.arange(width, device=images.device) - distance).clamp(min=0)
    return images.index_select(2, rows).index_select(3, columns)


class Task:
    """Training and test pictures of a race on a device. `tested` is the test set as it is shown to the networks."""

    def __init__(self, settings: Settings, device: torch.device) -> None:
        train = data.load(settings.data, "train", settings.limit or None)
        test = data.load(settings.data, "test")
        self.classes = train.classes
        self.train = Pictures(self._arranged(train, settings), train.labels, len(train.classes), device)
        self.train.spoil(settings.changes.label_noise, settings.plan.seed)
        self._plain = self._arranged(test, settings)
        self._labels, self._device = test.labels, device
        self.distance = -1
        self.move(settings.shift_test)

    def move(self, distance: int) -> None:
        """Show the test pictures moved by so many pixels."""
        if distance != self.distance:
            self.distance = distance
            self.tested = self.at_distance(distance)

    def at_distance(self, distance: int) -> Pictures:
        """The test pictures moved by so many pixels."""
        images = moved(self._plain, distance)
        return Pictures(images, self._labels, len(self.classes), self._device, like=self.train)

    @staticmethod
    def _arranged(dataset: Dataset, settings: Settings) -> Tensor:
        return shuffled(dataset.images) if settings.shuffle_pixels else dataset.images
