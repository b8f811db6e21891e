"""SimCLR as an experiment: pictures in, two views of each, one network, NT-Xent, and what the encoder learned.

    python -c "from engine.contrastive import experiment; ..."   (see README)

Everything a class may want to change while it runs is live: temperature, batch size, learning rate, every
augmentation, and whether there are negatives at all. Reports, besides those of `engine.training`:

    test       the numbers of `engine.contrastive.examination`
    picture    histograms, spectra, factors and h of the test pictures (8 bits), a few times per minute; once there
               was training also `layout`: h of the first of them in the plane, each starting from the last one,
               and their `neighbours` by h
    layout 000, layout 001, ...   the same layouts, all of them, with what each keeps

Labels are read only to measure. Tested for equal curves of equal seeds, on `meta`, and for learning at all.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from engine import data
from engine.augment import augment
from engine.contrastive.examination import Examiner, Findings, restore
from engine.contrastive.histograms import mean_similarities
from engine.contrastive.model import SimCLR, build, calibrate, weights
from engine.contrastive.nt_xent import attraction, nt_xent
from engine.contrastive.rates import SCALINGS, Scaling, scaled_rate
from engine.contrastive.views import Views, operators
from engine.data import Dataset
from engine.embedding.follow import QUALITY, Follow
from engine.experiment import Control, Progress
from engine.models import Encoder, Head
from engine.settings import SettingsBase, setting
from engine.training import Learner, Loop, Optimisation, Plan

Batch = tuple[Tensor, Tensor]  # two views, (B, C, H, W) each
EXAMINED = 0.15  # of the time, at most, goes into examinations
FOLLOWED = 600  # pictures laid out in the plane: a quarter of a second each time
CALIBRATED = 512  # pictures batch norm sees before the first examination


@dataclass(frozen=True)
class Settings(SettingsBase):
    """One run of SimCLR. The defaults learn shape on rendered pictures within a minute on two cores."""

    data: str = setting(
        "shapes-plain", high=80, title="Data", why="factors are known, and it needs no download"
    )
    pictures: int = setting(
        0, low=0, high=10_000_000, title="Training pictures", why="0: all; less for a quick test"
    )
    encoder: Encoder = Encoder()  # noqa: RUF009 - frozen
    head: Head = Head(outputs=64)  # noqa: RUF009 - frozen
    views: Views = Views()  # noqa: RUF009 - frozen
    temperature: float = setting(
        0.2, low=0.01, high=20.0, live=True, title="Temperature", why="between the paper's 0.1 and 0.5"
    )
    negatives: bool = setting(
        True, live=True, title="Negatives", why="without them nothing holds views apart"
    )
    training: Optimisation = Optimisation(
        optimiser="adamw", learning_rate=2e-3, weight_decay=1e-4, schedule="cosine", warm_up=0.5
    )
    scaling: str = setting(
        "sqrt", words=SCALINGS, title="Learning rate by batch", why="the paper's for small batches (B.1)"
    )
    plan: Plan = Plan(epochs=8, batch_size=256)


class Run:
    """One SimCLR run: settings in force, data on the device, network."""

    def __init__(
        self, settings: Settings, train: Dataset, test: Dataset, device: torch.device, progress: Progress
    ) -> None:
        self.settings, self.device, self.progress = settings, device, progress
        self.images = train.images.to(device)
        self.model = build(settings.encoder, settings.head, train.images.shape[1], settings.plan.seed, device)
        self.examiner = Examiner(train, test, device)
        self.learner: Learner[Batch] = Learner(
            self.model, self.compute, rated(settings), device=device, seed=settings.plan.seed
        )
        if len(train) > 1 and device.type != "meta":
            calibrate(self.model, self.images[:CALIBRATED], self.learner.precision)
        self.loop: Loop[Settings, Batch] = Loop(
            settings,
            {"": self.learner},
            len(train),
            self.fetch,
            device=device,
            plan=lambda now: now.plan,
            turn=self.turn,
            test=self.test,
        )
        self.findings: Findings | None = None
        self.follow = Follow("cosine")
        self._examined = (-float("inf"), 0.0)  # when the last examination ended, and how long it took
        self._layouts = 0

    def turn(self, settings: Settings) -> None:
        """Take over turned knobs."""
        self.settings = settings
        self.learner.settings = rated(settings)

    def fetch(self, indices: Tensor, generator: torch.Generator | None) -> Batch:
        """Two views of the pictures at `indices`."""
        return two_views(self.images[indices], self.settings.views, generator)

    def compute(self, model: torch.nn.Module, batch: Batch) -> tuple[Tensor, Mapping[str, Tensor]]:
        """The loss of a batch and the mean similarities of its pairs."""
        images = self.learner.precision.arrange(torch.cat(batch))  # (2B, C, H, W): one pass for both views
        z_a, z_b = model(images).float().chunk(2)
        loss = (nt_xent if self.settings.negatives else attraction)(z_a, z_b, self.settings.temperature)
        with torch.no_grad():
            positive, negative = mean_similarities(z_a, z_b)
        return loss, {"positive": positive, "negative": negative}

    def test(self, _name: str, _learner: Learner[Batch], full: bool) -> Mapping[str, float]:
        """Examine the encoder, unless it would take more than its share of the time."""
        ended, took = self._examined
        if time.monotonic() - ended < took / EXAMINED and not (full and self.last_epoch):
            return {}
        return self.examine()

    @property
    def last_epoch(self) -> bool:
        """Whether the plan is fulfilled."""
        return self.loop.upcoming.epoch >= self.settings.plan.epochs

    def examine(self) -> dict[str, float]:
        """Examine now; report the pictures, return the numbers."""
        start = time.monotonic()
        found = self.examiner.examine(self.model, self.settings.views, self.learner.precision)
        self.findings = found
        place = self.loop.axes(self.learner)
        took = time.monotonic() - start
        # The first layout takes seconds, because it compiles: the first update does not wait for it, and the share of
        # the time that goes into examinations does not count what comes once.
        layout = self.follow(restore(found.arrays)[:FOLLOWED], place["epoch"]) if self.loop.examples else {}
        self.progress("picture", {**found.arrays, **layout, "factors": found.factors(), **place})
        if layout:
            kept = {name: layout[name] for name in ("layout", *QUALITY)}
            self.progress(f"layout {self._layouts:03d}", {**kept, **place})
        if self._layouts:
            took = time.monotonic() - start
        self._layouts += bool(layout)
        self._examined = (time.monotonic(), took)
        return found.numbers


def rated(settings: Settings) -> Optimisation:
    """The optimiser's settings with the learning rate scaled to the batch."""
    rule: Scaling = settings.scaling  # type: ignore[assignment]  # the setting's rule allows only these words
    rate = scaled_rate(settings.training.learning_rate, settings.plan.batch_size, rule)
    return settings.training.change("learning_rate", min(rate, 100.0))


def two_views(images: Tensor, views: Views, generator: torch.Generator | None) -> Batch:
    """Two random views of pictures uint8 (B, C, H, W), float in [0, 1]."""
    pictures = images.float() / 255
    source = generator if generator is not None else torch.Generator()
    family = operators(views)
    return (
        augment(pictures, family, source, exact=False),
        augment(pictures, family, source, exact=False),
    )


def run(settings: Settings, device: torch.device, progress: Progress, control: Control) -> dict[str, Any]:
    """Train and examine; the last numbers, the factors and the weights (float16).

    Raises DataError where the data set is not there, Stopped and Diverged as `engine.training.Loop`.
    """
    train = data.load(settings.data, "train", settings.pictures or None)
    test = data.load(settings.data, "test")
    session = Run(settings, train, test, device, progress)
    progress("test", {**session.examine(), "full": True, **session.loop.axes(session.learner)})
    session.loop.run(control, progress)
    found = session.findings
    assert found is not None  # noqa: S101 - there was an examination before the first batch
    return {"numbers": found.numbers, "factors": found.factors(), "weights": weights(session.model)}


__all__ = ["Run", "Settings", "SimCLR", "rated", "run", "two_views"]
