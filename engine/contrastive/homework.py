"""The course's three notebooks on contrastive learning as they are written, raced against a correction.

The notebooks (https://github.com/vijaygwu/SEAS8525, Class_2_CL_*) are re-implemented here, not run: the behaviour
that matters is kept, the network is the first and third notebook's own (three convolutions, two poolings, a global
maximum, 128 numbers; a head of 256 and 128; temperature 0.1; Adam), the pictures are any data set's.

    simple      one view per picture, contrasted with itself: labels = arange over the batch's own similarity matrix.
                The diagonal is cosine 1 by construction, so the loss falls to next to nothing whatever the encoder
                does. Pictures are divided by 255 twice.
    pairs       pairs by label, their distance through a dense layer and a sigmoid, then the margin loss. The loss
                wants a small output for "same", whose distance is small; the sigmoid is free to turn that round.
    cached      as `simple`, and the augmentation is drawn once, before the loop: every epoch sees the same pictures.

All runs of a race see the same batches and start from the same weights. Pairs use labels, the others only to measure.
Tested against the notebooks' formulas, literally, and for what the docstring says about them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from engine import data
from engine.augment import CropAndResize, Flip, augment
from engine.contrastive.examination import quantise
from engine.contrastive.homework_losses import (
    MARGIN,
    TEMPERATURE,
    distances,
    itself,
    margin_loss,
    pair_up,
)
from engine.contrastive.linear_probe import ridge_accuracy
from engine.contrastive.neighbours import knn_accuracy
from engine.contrastive.nt_xent import nt_xent
from engine.contrastive.spread import effective_rank, uniformity
from engine.contrastive.views import Views, operators
from engine.data import Dataset
from engine.experiment import Control, Progress
from engine.settings import SettingsBase, setting
from engine.training import Learner, Loop, Optimisation, Plan

FEATURES, HIDDEN, OUTPUTS = 128, 256, 128  # the notebooks'
MILD = (
    CropAndResize(smallest=0.64, narrowest=1.0, widest=1.0),
    Flip(),
)  # random zoom of up to 0.2, and a flip
NOTEBOOKS = ("simple", "pairs", "cached")
ARMS: Mapping[str, tuple[str, ...]] = {
    "simple": ("as written", "corrected"),
    "pairs": ("as written", "corrected"),
    "cached": ("as written", "two views, still cached", "corrected"),
}
KNOWN, ASKED, FOLLOWED = 1500, 750, 400  # pictures: labelled, asked, drawn


@dataclass(frozen=True)
class Settings(SettingsBase):
    """One race."""

    notebook: str = setting("simple", words=NOTEBOOKS)
    data: str = setting("photo-crops", high=80, title="Data", why="photographs, as CIFAR-10 in the notebooks")
    pictures: int = setting(0, low=0, high=10_000_000, why="0: all")
    training: Optimisation = Optimisation(
        optimiser="adamw", learning_rate=1e-3, weight_decay=0.0, schedule="constant"
    )
    plan: Plan = Plan(epochs=10, batch_size=256)


@dataclass(frozen=True, eq=False)
class Batch:
    """What every run of a race gets: the pictures, and views drawn once for all of them. All float, (B, C, H, W)."""

    mild: Tensor
    fixed: tuple[Tensor, Tensor]
    fresh: tuple[Tensor, Tensor]
    labels: Tensor


class Network(nn.Module):
    """The notebooks' encoder and head, without batch norm: (B, C, H, W) -> h (B, 128) -> z (B, 128)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.Conv2d(channels, 32, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(32, 64, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(64, 128, 3, padding=1),
            nn.ReLU(),
            nn.AdaptiveMaxPool2d(1),
            nn.Flatten(),
            nn.Linear(128, FEATURES),
        )
        self.head = nn.Sequential(nn.Linear(FEATURES, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, OUTPUTS))
        self.same = nn.Linear(1, 1)  # the dense layer of the notebook of pairs, behind the distance

    def forward(self, images: Tensor) -> Tensor:
        """z."""
        found: Tensor = self.head(self.encoder(images))
        return found


class Race:
    """One notebook and its correction on a data set."""

    def __init__(
        self, settings: Settings, train: Dataset, test: Dataset, device: torch.device, progress: Progress
    ) -> None:
        self.settings, self.device, self.progress = settings, device, progress
        self.train, self.test_set = train.first(KNOWN), test.first(ASKED)
        self.images, self.labels = train.images.to(device), train.labels.to(device)
        self.strong = operators(strong(train.images.shape[1]))
        self.fixed = self._draw_once()
        self.learners = {arm: self._learner(arm) for arm in ARMS[settings.notebook]}
        self.loop: Loop[Settings, Batch] = Loop(
            settings,
            self.learners,
            len(train),
            self.fetch,
            device=device,
            plan=lambda now: now.plan,
            turn=self.turn,
            test=self.test,
        )
        self.found: dict[str, dict[str, Any]] = {}

    def turn(self, settings: Settings) -> None:
        """Take over turned knobs."""
        self.settings = settings
        for learner in self.learners.values():
            learner.settings = settings.training

    def fetch(self, indices: Tensor, generator: torch.Generator | None) -> Batch:
        """The batch for all runs of the race."""
        pictures = self.images[indices].float() / 255
        source = generator if generator is not None else torch.Generator()
        fresh = tuple(augment(pictures, self.strong, source, exact=False) for _ in range(2))
        return Batch(
            augment(pictures, MILD, source),
            (self.fixed[0][indices], self.fixed[1][indices]),
            (fresh[0], fresh[1]),
            self.labels[indices],
        )

    def test(self, name: str, learner: Learner[Batch], full: bool) -> Mapping[str, float]:
        """kNN, probe and rank of h on held-out pictures; the picture of h at the end of an epoch."""
        if not full:
            return {}
        return self.examine(name, learner)

    @torch.no_grad()
    def examine(self, name: str, learner: Learner[Batch]) -> dict[str, float]:
        """Ask the encoder; pictures are scaled as this run scales them."""
        twice = 1 / 255 if self._twice(name) else 1.0
        known, asked = (
            self._encode(learner, dataset.images, twice) for dataset in (self.train, self.test_set)
        )
        labels = self.train.labels.to(self.device), self.test_set.labels.to(self.device)
        numbers = {
            "knn": knn_accuracy(known, labels[0], asked, labels[1]),
            "probe": ridge_accuracy(known, labels[0], asked, labels[1]),
            "rank": effective_rank(asked),
            "uniformity": uniformity(asked),
        }
        plain = {key: round(value.item(), 5) for key, value in numbers.items()}
        layout = principal_plane(asked[:FOLLOWED])
        self.progress(
            f"picture {name}",
            {"layout": layout.cpu().numpy(), **quantise(asked[:FOLLOWED]), **self.loop.axes(learner)},
        )
        self.found[name] = plain
        return plain

    def _encode(self, learner: Learner[Batch], images: Tensor, scale: float) -> Tensor:
        model: Network = learner.model  # type: ignore[assignment]  # this race made it
        model.eval()
        parts = [
            model.encoder(learner.precision.arrange(part.to(self.device).float() * (scale / 255))).float()
            for part in images.split(500)
        ]
        return torch.cat(parts)

    def _twice(self, arm: str) -> bool:
        return self.settings.notebook == "simple" and arm == "as written"

    def _learner(self, arm: str) -> Learner[Batch]:
        model = Network(self.images.shape[1])
        seed = self.settings.plan.seed
        model.to(self.device)
        as_keras(model, torch.Generator().manual_seed(seed))
        return Learner(model, self._compute(arm), self.settings.training, device=self.device, seed=seed)

    def _compute(self, arm: str) -> Callable[[nn.Module, Batch], tuple[Tensor, Mapping[str, Tensor]]]:
        """The loss of one run of the race."""
        notebook, precision = self.settings.notebook, lambda: self.learners[arm].precision
        scale = 1 / 255 if self._twice(arm) else 1.0

        def alone(model: nn.Module, batch: Batch) -> tuple[Tensor, Mapping[str, Tensor]]:
            views = batch.fixed[0] if notebook == "cached" else batch.mild
            return itself(model(precision().arrange(views * scale))), {}

        def contrasted(model: nn.Module, batch: Batch) -> tuple[Tensor, Mapping[str, Tensor]]:
            both = batch.fixed if arm.endswith("cached") else batch.fresh
            z_a, z_b = model(precision().arrange(torch.cat(both))).chunk(2)
            return nt_xent(z_a, z_b, TEMPERATURE), {}

        def paired(model: nn.Module, batch: Batch) -> tuple[Tensor, Mapping[str, Tensor]]:
            network: Network = model  # type: ignore[assignment]  # this race made it
            indices, same = pair_up(batch.labels, self.loop.generator)
            h = network.encoder(precision().arrange(batch.mild)).float()[indices]
            output = distances(h)
            if arm == "as written":
                output = network.same(output.unsqueeze(1)).squeeze(1).sigmoid().float()
                called = ((output > 0.5) == (same > 0)).float().mean()  # as Keras' accuracy reads it
                return margin_loss(same, output), {
                    "accuracy": called,
                    "sign": network.same.weight.sign().mean(),
                }
            called = ((output < MARGIN / 2) == (same > 0)).float().mean()
            return margin_loss(same, output), {"accuracy": called}

        if notebook == "pairs":
            return paired
        return alone if arm == "as written" else contrasted

    def _draw_once(self) -> tuple[Tensor, Tensor]:
        """Two views of every picture, drawn before the loop and never again; for the notebook that caches."""
        if self.settings.notebook != "cached":
            return self.images, self.images
        source = torch.Generator().manual_seed(self.settings.plan.seed)
        pictures = self.images.float() / 255
        first = augment(pictures, MILD, source)
        return first, augment(pictures, self.strong, source, exact=False)


def strong(channels: int) -> Views:
    """What the corrections augment with: SimCLR's family, for photographs or for grey pictures."""
    return Views(smallest=0.2, hue=0.1) if channels == 3 else Views(hue=0.0)


@torch.no_grad()
def as_keras(model: nn.Module, generator: torch.Generator) -> None:
    """Draw all weights as Keras does, Glorot uniform and no biases: a picture divided by 255 twice still counts."""
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Linear) and not module.weight.is_meta:
            spread = module.weight[0, 0].numel()
            bound = (6 / (spread * sum(module.weight.shape[:2]))) ** 0.5
            module.weight.copy_(torch.empty(module.weight.shape).uniform_(-bound, bound, generator=generator))
            module.bias.zero_()  # type: ignore[union-attr]  # every layer of `Network` has one


def principal_plane(vectors: Tensor) -> Tensor:
    """(N, d) -> (N, 2): the plane in which the vectors spread most, for a quick picture."""
    centred = vectors.float() - vectors.float().mean(0)
    _, _, directions = torch.linalg.svd(centred, full_matrices=False)
    return centred @ directions[:2].T


def run(settings: Settings, device: torch.device, progress: Progress, control: Control) -> dict[str, Any]:
    """Race the notebook against its correction; the last numbers of each.

    Raises DataError where the data set is not there, Stopped and Diverged as `engine.training.Loop`.
    """
    train = data.load(settings.data, "train", settings.pictures or None)
    race = Race(settings, train, data.load(settings.data, "test"), device, progress)
    for name, learner in race.learners.items():
        progress(f"test {name}", {**race.examine(name, learner), "full": True, **race.loop.axes(learner)})
    race.loop.run(control, progress)
    return {"numbers": race.found}
