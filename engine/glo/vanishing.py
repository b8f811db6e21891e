"""Experiment: the generator's gradient vanishes as the discriminator gets better.

Arjovsky and Bottou 2017, "Towards principled methods for training generative adversarial networks", figure 2: train
a GAN, freeze its generator at some moments, and from each train a fresh discriminator further and further. The
gradient that the minimax loss log(1 - D) would give the generator shrinks by orders of magnitude; that of the loss
-log D, which practice uses instead, does not, and gets noisy (their figure 3). A discriminator that has seen nothing
has hardly a slope either, so the fall is counted from the largest gradient on the way.

Reports "norm E" for a generator frozen after E epochs: iteration, both norms, the discriminator's accuracy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from engine import data
from engine.experiment import Control, Progress
from engine.glo.gan import Gan, GanSettings, fresh_discriminator
from engine.glo.learning import as_floats, shape_of
from engine.models import Generator
from engine.settings import SettingsBase, setting
from engine.training import Batches

MEASURED = 256  # codes in a gradient


@dataclass(frozen=True)
class Settings(SettingsBase):
    """When to freeze, and how long the discriminator learns after that."""

    data: str = setting("mnist-5k", high=60, title="Data")
    limit: int = setting(4000, low=64, high=60_000, title="Pictures")
    generator: Generator = field(default_factory=Generator)
    gan: GanSettings = field(default_factory=GanSettings)
    freeze_after: tuple[int, ...] = setting(
        (1, 5, 20), low=0, high=1000, title="Frozen after", unit="epochs", why="the paper: 1, 10 and 25"
    )
    iterations: int = setting(1500, low=1, high=100_000, title="Further updates")
    every: int = setting(25, low=1, high=10_000, title="Measured every", unit="updates")
    batch_size: int = setting(64, low=2, high=4096)
    seed: int = setting(0, low=0, high=2**31 - 1)


def run(settings: Settings, device: torch.device, progress: Progress, control: Control) -> dict[str, Any]:
    """Train, freeze, measure; by how many powers of ten each fell from its largest. Raises Stopped and DataError."""
    images = data.load(settings.data, "train", settings.limit).images.to(device)
    gan = Gan(settings.generator, shape_of(images), settings.gan, device=device, seed=settings.seed)
    batches = Batches(len(images), settings.seed, device)
    fell: dict[str, float] = {}
    for epochs in sorted(set(settings.freeze_after)):
        while batches.upcoming(settings.batch_size).epoch < epochs:
            control.before_batch(new_epoch=batches.upcoming(settings.batch_size).position == 0)
            gan.step(as_floats(images[batches.next(settings.batch_size)]))
        progress("frozen", {"epoch": epochs})
        fell[str(epochs)] = _watch(settings, gan, images, epochs, progress, control)
    return {"figures": {f"powers_of_ten_{name}": value for name, value in fell.items()}}


def _watch(
    settings: Settings, gan: Gan, images: Tensor, epochs: int, progress: Progress, control: Control
) -> float:
    """Train a fresh discriminator against the generator as it stands; the fall of its gradient."""
    rival = Gan(settings.generator, shape_of(images), settings.gan, device=gan.device, seed=settings.seed + 1)
    rival.generator.load_state_dict(gan.generator.state_dict())
    blank = fresh_discriminator(settings.generator, shape_of(images), settings.seed + 2)
    rival.discriminator.load_state_dict(blank.state_dict())
    batches = Batches(len(images), settings.seed + 1, gan.device)
    codes = rival.draw(MEASURED)
    found: list[float] = []
    for iteration in range(settings.iterations + 1):
        if iteration % settings.every == 0 or iteration == settings.iterations:
            norm = float(rival.gradient_norm(MEASURED, codes))
            other = float(rival.gradient_norm(MEASURED, codes, saturating=False))
            found.append(norm)
            progress(f"norm {epochs}", {"iteration": iteration, "minimax": norm, "practical": other})
        if iteration < settings.iterations:
            control.before_batch()
            rival.judge(as_floats(images[batches.next(settings.batch_size)]))
    return fall(found)


def fall(norms: Sequence[float]) -> float:
    """From the largest to the last, in powers of ten."""
    logs = torch.tensor(norms).clamp_min(1e-30).log10()
    return float(logs.max() - logs[-1])
