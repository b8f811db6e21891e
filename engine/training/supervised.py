"""Learning from labels: pictures as one tensor of bytes on the device, cross-entropy, and predictions.

Bytes are gathered, shifted and flipped, and only the batch becomes numbers around zero: a quarter of the memory
traffic of a float data set, and 50,000 pictures of 32 x 32 take 154 MB.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - the usual name
from torch import Tensor, nn

from engine.settings import SettingsBase, setting
from engine.training import augmenting
from engine.training.precision import Precision

Labelled = tuple[Tensor, Tensor]  # (B, C, H, W) normalised pictures, int64 (B,) labels
_SAMPLE = 5000  # pictures whose mean and deviation stand for all


@dataclass(frozen=True)
class Changes(SettingsBase):
    """What is done to the pictures and labels of the training set, differently in each epoch."""

    shift: int = setting(
        2, low=0, high=8, unit="px", live=True, why="of 32: objects move by more between photos"
    )
    flip: bool = setting(True, live=True, why="a mirrored ship is a ship; switch off for digits and letters")
    label_noise: float = setting(0.0, low=0, high=1, live=True, title="Wrong labels")
    smoothing: float = setting(0.0, low=0, high=0.5, live=True, title="Label smoothing")


class Pictures:
    """A labelled set on a device. `images` uint8 (N, C, H, W), `labels` int64 (N,)."""

    def __init__(
        self,
        images: Tensor,
        labels: Tensor,
        classes: int,
        device: torch.device,
        *,
        like: Pictures | None = None,
    ) -> None:
        self.images, self.labels = images.to(device), labels.to(device)
        self.given = self.labels  # without wrong ones
        self.classes = classes
        if like is None:
            some = self.images[:_SAMPLE].float()
            self.mean = some.mean((0, 2, 3))[:, None, None]  # (C, 1, 1), of bytes
            self.deviation = some.std((0, 2, 3)).clamp(min=1.0)[:, None, None]
        else:
            self.mean, self.deviation = like.mean, like.deviation

    def __len__(self) -> int:
        return len(self.images)

    @property
    def shape(self) -> tuple[int, int, int]:
        """(C, H, W) of a picture."""
        channels, height, width = self.images.shape[1:]
        return channels, height, width

    def normalise(self, images: Tensor) -> Tensor:
        """Bytes to numbers with mean 0 and deviation 1 per channel, as in the training set. Same shape."""
        return (images - self.mean) / self.deviation

    def spoil(self, share: float, seed: int) -> None:
        """Give a share of the pictures wrong labels; 0 gives all of them their own back."""
        self.labels = augmenting.wrong_labels(self.given, share, self.classes, seed)

    def batch(self, indices: Tensor, generator: torch.Generator | None, changes: Changes) -> Labelled:
        """The pictures and labels at `indices`, augmented and normalised."""
        images = augmenting.shift(self.images[indices], changes.shift, generator)
        if changes.flip:
            images = augmenting.flip(images, generator)
        return self.normalise(images), self.labels[indices]


def cross_entropy(
    model: nn.Module, batch: Labelled, *, smoothing: float = 0.0, precision: Precision
) -> tuple[Tensor, dict[str, Tensor]]:
    """Mean cross-entropy of a batch, and the share predicted right."""
    images, labels = batch
    logits = model(precision.arrange(images))
    loss = F.cross_entropy(logits.float(), labels, label_smoothing=smoothing)
    return loss, {"accuracy": (logits.argmax(1) == labels).float().mean()}


@torch.inference_mode()
def predict(
    model: nn.Module,
    pictures: Pictures,
    precision: Precision,
    *,
    first: int | None = None,
    at_once: int = 1000,
) -> Tensor:
    """Logits float32 (N, classes) of the pictures, or of the `first` so many, in evaluation mode."""
    training = model.training
    model.eval()
    found = []
    for images in pictures.images[:first].split(at_once):
        with precision.autocast():
            found.append(model(precision.arrange(pictures.normalise(images))).float())
    model.train(training)
    return torch.cat(found)
