"""How much labelled data a pretrained encoder saves: the same network, fine-tuned or from scratch, on a share of the
labels (Chen et al. 2020, section 6 and B.5, table 7).

Both arms see the same labelled pictures in the same order, with crops and flips and nothing else, as in the paper;
both train the whole network, a linear layer on h at its end. What differs is where the encoder's weights come from.
Tested: the labelled pictures are spread over the classes, both arms train on the same ones, and equal seeds give
equal numbers.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.augment import CropResizeFlip, augment
from engine.contrastive.model import AT_ONCE, SimCLR
from engine.data import Dataset
from engine.models import initialise
from engine.training import Learner, Optimisation

UPDATES, BATCH = 400, 64
SMALLEST = 0.4  # of a crop, as in `views`
# The paper starts fine-tuning from 0.05 * batch / 256; with AdamW both arms were best near this rate.
OPTIMISATION = Optimisation(
    optimiser="adamw", learning_rate=1e-3, weight_decay=1e-4, schedule="cosine", warm_up=0.0
)


class Classifier(nn.Module):
    """An encoder with a linear layer on h: (B, C, H, W) to (B, classes) logits."""

    def __init__(self, encoder: nn.Module, features: int, classes: int) -> None:
        super().__init__()
        self.encoder, self.last = encoder, nn.Linear(features, classes)

    def forward(self, images: Tensor) -> Tensor:
        """Logits."""
        found: Tensor = self.last(self.encoder(images))
        return found


def labelled(labels: Tensor, share: float, seed: int = 0) -> Tensor:
    """Indices of a share of the pictures, as many of each class as of any other, at least one; (M,) int64."""
    order = torch.randperm(len(labels), generator=torch.Generator().manual_seed(seed))
    classes = int(labels.max()) + 1
    each = max(1, round(share * len(labels) / classes))
    shuffled = labels[order]
    return torch.cat([order[shuffled == label][:each] for label in range(classes)])


def accuracy(
    model: SimCLR, train: Dataset, test: Dataset, share: float, *, seed: int = 0, updates: int | None = None
) -> float:
    """Train `model`'s encoder on a share of the labels; share of the test pictures it then gets right.

    `updates`: None takes `UPDATES`. The encoder is changed. Hand over trained weights to fine-tune, fresh ones to
    start from scratch.
    """
    device = next(model.parameters()).device
    updates = UPDATES if updates is None else updates
    classifier = Classifier(model.encoder, model.features, len(train.classes)).to(device)
    initialise(classifier.last, None if device.type == "meta" else torch.Generator().manual_seed(seed))
    chosen = labelled(train.labels, share, seed)
    images, labels = train.images[chosen].to(device), train.labels[chosen].to(device)
    generator = torch.Generator().manual_seed(seed)
    family = (CropResizeFlip(smallest=SMALLEST),)

    def compute(network: nn.Module, batch: tuple[Tensor, Tensor]) -> tuple[Tensor, dict[str, Tensor]]:
        pictures, wanted = batch
        logits = network(learner.precision.arrange(pictures)).float()
        return functional.cross_entropy(logits, wanted), {}

    learner: Learner[tuple[Tensor, Tensor]] = Learner(
        classifier, compute, OPTIMISATION, device=device, seed=seed
    )
    for update in range(updates):
        place = torch.randint(len(images), (min(BATCH, len(images)),), generator=generator)
        pictures = augment(images[place].float() / 255, family, generator)
        learner.step((pictures, labels[place]), done=update, total=updates, warm_up=0)
    return _right(classifier, test, device, learner)


@torch.inference_mode()
def _right(
    classifier: Classifier, test: Dataset, device: torch.device, learner: Learner[tuple[Tensor, Tensor]]
) -> float:
    classifier.eval()
    found = []
    for part in test.images.split(AT_ONCE):
        with learner.precision.autocast():
            found.append(classifier(learner.precision.arrange(part.to(device).float() / 255)).argmax(1))
    return (torch.cat(found) == test.labels.to(device)).float().mean().item()
