"""Experiment: train GLO on a data set, an autoencoder beside it if wanted, and watch.

Reports, beside those of the training loop ("train glo", "test glo" and so on, markers):

    batch       the last batch as it went through the four steps: the picture of `engine.glo.watching.batch_view`
    moment N    reconstructions of a few fixed pictures, codes of many, a histogram of their norms
    model       the generator with its codes as a file, now and then, so that stopping loses nothing

Held-out pictures have no code, so their PSNR is measured at the end, by optimising one for each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine import data
from engine.experiment import Control, Progress
from engine.glo import fitting, metrics, portable
from engine.glo.learning import (
    Autoencoder,
    Batch,
    CodeSettings,
    GloStep,
    Loss,
    as_floats,
    autoencoder_learner,
    glo_learner,
    shape_of,
)
from engine.glo.watching import Watcher
from engine.models import Generator
from engine.settings import SettingsBase, setting
from engine.training import Learner, Loop, Optimisation, Plan

GLO, RIVAL = "glo", "autoencoder"
TESTED = 1000  # pictures whose PSNR is on the curve
STARTS = 4  # of a held-out picture's code


@dataclass(frozen=True)
class Settings(SettingsBase):
    """What to train on, what, and how."""

    data: str = setting("mnist-5k", high=60, title="Data")
    limit: int = setting(4000, low=16, high=60_000, title="Pictures", why="an epoch of mnist-5k")
    generator: Generator = field(default_factory=Generator)
    loss: Loss = field(default_factory=Loss)
    codes: CodeSettings = field(default_factory=CodeSettings)
    optimisation: Optimisation = field(
        default_factory=lambda: Optimisation(learning_rate=6e-3, weight_decay=0.0, schedule="constant")
    )
    plan: Plan = field(default_factory=lambda: Plan(epochs=30, batch_size=64))
    autoencoder: bool = setting(False, title="Autoencoder beside it")
    heldout: int = setting(60, low=0, high=10_000, why="about four seconds on two cores")


@dataclass
class Prepared:
    """A run that is ready to go: GLO's learner and step, its rivals, the loop over the data."""

    images: Tensor  # (N, C, H, W) uint8 on the device
    labels: Tensor
    step: GloStep
    learners: dict[str, Learner[Batch]]
    loop: Loop[Settings, Batch]

    @property
    def glo(self) -> Learner[Batch]:
        """GLO's own learner."""
        return self.learners[GLO]

    def file(self) -> bytes:
        """Generator and codes as `engine.glo.portable` writes them."""
        settings, generator = self.loop.settings, self.step.model.generator
        if not isinstance(generator, torch.nn.Sequential):
            raise TypeError("Only generators of `engine.models.generator` are written to files.")
        about = {"settings": settings.to_dict(), "examples": self.loop.examples}
        return portable.to_bytes(
            generator,
            self.step.model.codes.values,
            settings.generator,
            shape_of(self.images),
            settings.data,
            about,
        )


def prepare(settings: Settings, device: torch.device) -> Prepared:
    """Load the data, build the networks and the loop. Raises DataError."""
    dataset = data.load(settings.data, "train", settings.limit)
    images = dataset.images.to(device)
    learner, step = glo_learner(
        settings.generator,
        settings.optimisation,
        images,
        settings.loss,
        settings.codes,
        seed=settings.plan.seed,
    )
    learners: dict[str, Learner[Batch]] = {GLO: learner}
    if settings.autoencoder:
        learners[RIVAL] = autoencoder_learner(
            settings.generator,
            settings.optimisation,
            images,
            settings.loss,
            projection=settings.codes.projection,
            seed=settings.plan.seed,
        )

    def fetch(rows: Tensor, _: torch.Generator | None) -> Batch:
        return rows, as_floats(images[rows])

    def turn(changed: Settings) -> None:
        turn_knobs(changed, learners, step)

    def test(_: str, tested: Learner[Batch], _full: bool) -> Mapping[str, float]:
        targets = as_floats(images[:TESTED])
        return {"psnr": float(metrics.psnr(reconstruct(tested, step, targets), targets))}

    loop = Loop(
        settings, learners, len(images), fetch, device=device, plan=lambda now: now.plan, turn=turn, test=test
    )
    return Prepared(images, dataset.labels, step, learners, loop)


def run(settings: Settings, device: torch.device, progress: Progress, control: Control) -> dict[str, Any]:
    """Train; figures and the model's file. Raises Stopped, DataError, and Diverged where rates are too high."""
    ready = prepare(settings, device)
    watcher = Watcher(
        ready.loop,
        ready.learners,
        ready.step,
        ready.images,
        ready.labels,
        progress,
        control,
        file=ready.file,
    )
    ready.loop.run(watcher, progress)
    watcher.finish()
    return {"figures": figures(ready), "model": np.frombuffer(ready.file(), np.uint8)}


def turn_knobs(settings: Settings, learners: Mapping[str, Learner[Batch]], step: GloStep) -> None:
    """Hand changed settings to everything that reads them."""
    if settings.codes.projection != step.settings.projection:
        step.model.codes.reproject(settings.codes.projection)
    step.settings, step.loss = settings.codes, settings.loss
    for learner in learners.values():
        learner.settings = settings.optimisation
    rival = learners.get(RIVAL)
    if rival is not None and isinstance(rival.model, Autoencoder):
        rival.model.projection = settings.codes.projection


@torch.inference_mode()
def reconstruct(learner: Learner[Batch], step: GloStep, pictures: Tensor, at_once: int = 500) -> Tensor:
    """What a learner makes of the first len(pictures) training pictures: GLO from their codes, the rival from them."""
    with learner.precision.autocast():
        if learner.model is step.model:
            parts = step.model.codes.values[: len(pictures)].split(at_once)
        else:
            parts = pictures.split(at_once)
        return torch.cat([learner.model(part) for part in parts])


def figures(ready: Prepared) -> dict[str, float]:
    """PSNR over all training pictures, and over held-out ones: GLO's by optimising their codes."""
    targets, settings = as_floats(ready.images), ready.loop.settings
    found = {
        f"psnr_train_{name}": float(metrics.psnr(reconstruct(learner, ready.step, targets), targets))
        for name, learner in ready.learners.items()
    }
    if settings.heldout:
        unseen = as_floats(data.load(settings.data, "test", settings.heldout).images.to(ready.images.device))
        found[f"psnr_heldout_{GLO}"] = float(metrics.psnr(fit_unseen(ready, unseen), unseen))
        if RIVAL in ready.learners:
            rival = ready.learners[RIVAL]
            found[f"psnr_heldout_{RIVAL}"] = float(
                metrics.psnr(reconstruct(rival, ready.step, unseen), unseen)
            )
    return found


def fit_unseen(ready: Prepared, unseen: Tensor) -> Tensor:
    """GLO's pictures of ones it has not seen, (B, C, H, W), by optimising a code for each."""
    generator = ready.step.model.generator.requires_grad_(False)
    codes = ready.step.model.codes.values
    decoded = reconstruct(ready.glo, ready.step, as_floats(ready.images[:TESTED]))
    starts = fitting.nearest_starts(decoded, codes, unseen, STARTS)
    fitted, _ = fitting.fit(generator, unseen, starts, projection=ready.loop.settings.codes.projection)
    with torch.inference_mode():
        made: Tensor = generator(fitted)
    generator.requires_grad_(True)
    return made
