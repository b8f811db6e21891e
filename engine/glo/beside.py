"""Experiment: a GAN and GLO beside each other, with the same generator, the same batches and as many updates.

Reports:

    step        both losses of the GAN, D on real and generated pictures, GLO's loss, and where on the axes
    quality     sliced Wasserstein distance of samples to held-out pictures, for both
    moment N    the same samples of both through time

GLO samples from a Gaussian fitted to its codes, the GAN from the Gaussian it was trained with. `floor` in the result
is the distance of training pictures to held-out ones, what a perfect generator would reach.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from engine import data
from engine.experiment import Control, Pace, Progress
from engine.glo import latent, metrics
from engine.glo.gan import Gan, GanSettings
from engine.glo.learning import CodeSettings, GloStep, Loss, as_floats, glo_learner, shape_of
from engine.images import to_uint8
from engine.models import Generator
from engine.settings import SettingsBase, setting
from engine.training import Batches, Optimisation, Plan
from engine.training.learner import generator_on

SHOWN = 16  # samples of each through time
GROWTH = 1.25
REPORT = 0.15  # seconds
COMPARED = 500  # samples and held-out pictures in a distance
SEED = 1234  # of the directions and of the samples shown: the same for every run that is compared


@dataclass(frozen=True)
class Settings(SettingsBase):
    """What both are trained on, and how."""

    data: str = setting("mnist-5k", high=60, title="Data")
    limit: int = setting(4000, low=64, high=60_000, title="Pictures")
    generator: Generator = field(default_factory=Generator)
    gan: GanSettings = field(default_factory=GanSettings)
    loss: Loss = field(default_factory=Loss)
    codes: CodeSettings = field(default_factory=CodeSettings)
    optimisation: Optimisation = field(
        default_factory=lambda: Optimisation(learning_rate=6e-3, weight_decay=0.0, schedule="constant")
    )
    plan: Plan = field(default_factory=lambda: Plan(epochs=20, batch_size=64))


class Beside:
    """Both rivals and what they are judged by."""

    def __init__(self, settings: Settings, device: torch.device) -> None:
        self.settings = settings
        seed = settings.plan.seed
        self.images = data.load(settings.data, "train", settings.limit).images.to(device)
        self.unseen = as_floats(data.load(settings.data, "test", COMPARED).images.to(device))
        self.learner, self.glo = glo_learner(
            settings.generator, settings.optimisation, self.images, settings.loss, settings.codes, seed=seed
        )
        shape = shape_of(self.images)
        self.gan = Gan(settings.generator, shape, settings.gan, device=device, seed=seed)
        self.batches = Batches(len(self.images), seed, device)
        fixed = generator_on(device, SEED)
        self.noise = torch.randn(len(self.unseen), settings.generator.latent, generator=fixed, device=device)
        self.examples = 0
        self.seconds = {"glo": 0.0, "gan": 0.0}

    def samples(self) -> dict[str, Tensor]:
        """As many samples of each as there are held-out pictures, from the same noise."""
        step: GloStep = self.glo
        codes = latent.fit_gaussian(step.model.codes.values).sample(self.noise)
        with torch.inference_mode(), self.learner.precision.autocast():
            glo: Tensor = step.model.generator(codes)
        return {"glo": glo, "gan": self.gan.sample(self.noise / self.settings.generator.latent**0.5)}

    def distance(self, pictures: Tensor) -> float:
        """Sliced Wasserstein distance to the held-out pictures."""
        drawn = generator_on(pictures.device, SEED)
        count = min(len(pictures), len(self.unseen))
        return float(metrics.sliced_wasserstein(pictures[:count], self.unseen[:count], generator=drawn))

    def step(self) -> dict[str, Tensor]:
        """One update of each, on the same batch."""
        plan = self.settings.plan
        rows = self.batches.next(plan.batch_size)
        pictures = as_floats(self.images[rows])
        start = time.perf_counter()
        self.learner.step((rows, pictures), done=self.examples, total=plan.epochs * len(self.images))
        middle = time.perf_counter()
        losses = self.gan.step(pictures)
        self.seconds["glo"] += middle - start
        self.seconds["gan"] += time.perf_counter() - middle
        self.examples += len(rows)
        return {**vars(losses)}

    def axes(self) -> dict[str, float]:
        """Where both stand."""
        place = self.batches.place
        return {
            "examples": self.examples,
            "epoch": place.epoch + place.position / len(self.images),
            "seconds": sum(self.seconds.values()),
        }

    def turn(self, knob: str, value: object) -> None:
        """Take over a changed knob."""
        self.settings = self.settings.turned(knob, value)
        self.gan.settings = self.settings.gan
        self.glo.settings, self.glo.loss = self.settings.codes, self.settings.loss
        self.learner.settings = self.settings.optimisation
        if self.glo.model.codes.projection != self.settings.codes.projection:
            self.glo.model.codes.reproject(self.settings.codes.projection)


def run(settings: Settings, device: torch.device, progress: Progress, control: Control) -> dict[str, Any]:
    """Train both; their distances at the end. Raises Stopped and DataError."""
    both = Beside(settings, device)
    pace, next_moment, count = Pace(REPORT), 0.0, 0
    while both.batches.upcoming(both.settings.plan.batch_size).epoch < both.settings.plan.epochs:
        if both.examples >= next_moment:
            _moment(both, count, progress)
            next_moment, count = max(both.examples * GROWTH, both.examples + 1), count + 1
        place = both.batches.upcoming(both.settings.plan.batch_size)
        for knob, value in control.before_batch(new_epoch=place.position == 0).items():
            both.turn(knob, value)
            progress("marker", {"text": f"{knob.rsplit('.', 1)[-1]} {value}", **both.axes()})
        losses = both.step()
        if pace.due():
            values = {name: float(loss) for name, loss in losses.items()}
            progress("step", {**values, "glo": both.learner.read()["loss"], **both.axes()})
    found = _moment(both, count, progress)
    floor = both.distance(as_floats(both.images[: len(both.unseen)]))
    return {
        "figures": {
            **found,
            "floor": floor,
            **{f"seconds_{name}": each for name, each in both.seconds.items()},
        }
    }


def _moment(both: Beside, count: int, progress: Progress) -> dict[str, float]:
    samples = both.samples()
    found = {name: both.distance(pictures) for name, pictures in samples.items()}
    progress("quality", {**found, **both.axes()})
    shown = {name: to_uint8(pictures[:SHOWN]).cpu().numpy() for name, pictures in samples.items()}
    progress(f"moment {count:03d}", {**shown, **both.axes()})
    return found
