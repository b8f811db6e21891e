"""One step of GLO, for the training loop: gather codes, generate, compare, go down both gradients, project.

`Setup` is what the step depends on, `glo_learner` and `autoencoder_learner` make the two rivals that train on the
same batches: they share the decoder's architecture and its first weights, and differ in where a code comes from. In
GLO it is looked up and learned, in the autoencoder a second network computes it from the picture.

Bojanowski et al. 2018, https://arxiv.org/abs/1707.05776. Tested: a step equals the literal one on torch's own
optimisers, the codes of other pictures do not move, frozen codes do not move at all, equal seeds give equal runs.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine import models
from engine.glo import losses
from engine.glo.codes import METHODS, PROJECTIONS, STARTS, Codes, project, start
from engine.glo.pyramid import MOST_LEVELS, WEIGHTINGS
from engine.models import Generator
from engine.models.generator import set_brightness
from engine.settings import SettingsBase, setting
from engine.training import Learner, Optimisation
from engine.training.learner import generator_on

Batch = tuple[Tensor, Tensor]  # int64 (B,) which pictures, float (B, C, H, W) in [0, 1]


@dataclass(frozen=True)
class Loss(SettingsBase):
    """What counts as close to the picture."""

    name: str = setting(
        "l2", words=losses.NAMES, live=True, title="Loss", why="what PSNR measures; the paper's is l2 + Lap1"
    )
    levels: int = setting(3, low=1, high=MOST_LEVELS, live=True, why="28 pixels halve three times")
    weighting: str = setting("equal", words=tuple(WEIGHTINGS), live=True, why="see engine.glo.pyramid")

    def each(self, generated: Tensor, pictures: Tensor) -> Tensor:
        """Loss of each picture, (B,), in full precision also inside autocast."""
        with full_precision(generated.device):
            return losses.each(self.name, generated, pictures, levels=self.levels, weighting=self.weighting)


@dataclass(frozen=True)
class CodeSettings(SettingsBase):
    """How codes start, move and are kept in bounds."""

    start: str = setting(
        "pca", words=STARTS, title="First codes", why="several decibels ahead from the first epoch on"
    )
    method: str = setting(
        "adam", words=METHODS, why="the paper's gradient descent needs a rate tuned to the loss"
    )
    rate: float = setting(0.01, low=0, high=100, live=True, title="Rate of the codes")
    projection: str = setting("ball", words=PROJECTIONS, live=True)
    learn: bool = setting(
        True, live=True, title="Learn the codes", why="off: the paper's question, what do they buy?"
    )


class Glo(nn.Module):
    """A generator with the codes of its training pictures."""

    def __init__(self, generator: nn.Module, codes: Codes) -> None:
        super().__init__()
        self.generator, self.codes = generator, codes

    def forward(self, codes: Tensor) -> Tensor:
        """Codes (B, d) to pictures (B, C, H, W)."""
        pictures: Tensor = self.generator(codes)
        return pictures


class Autoencoder(nn.Module):
    """An encoder that computes codes, and the same generator."""

    def __init__(self, encoder: nn.Module, generator: nn.Module, projection: str) -> None:
        super().__init__()
        self.encoder, self.generator, self.projection = encoder, generator, projection

    def encode(self, pictures: Tensor) -> Tensor:
        """Pictures (B, C, H, W) to codes (B, d) within the bounds that GLO's have."""
        return project(self.encoder(pictures).float(), self.projection)

    def forward(self, pictures: Tensor) -> Tensor:
        """Pictures to pictures."""
        found: Tensor = self.generator(self.encode(pictures))
        return found


@dataclass
class Sight:
    """What the last step had before its eyes: for the picture of one batch. Tensors on the device, detached.

    `codes` and `moved` are the codes before and after the step, `gradient` the gradient of each picture's own loss
    by its code, (B, d); `generated` (B, C, H, W); `each` (B,) losses.
    """

    rows: Tensor
    pictures: Tensor
    codes: Tensor
    generated: Tensor
    each: Tensor
    gradient: Tensor
    moved: Tensor


class GloStep:
    """Forward pass and code update, as a `Learner` calls them. `sight` holds the last step."""

    def __init__(self, model: Glo, loss: Loss, settings: CodeSettings) -> None:
        self.model, self.loss, self.settings = model, loss, settings
        self.learner: Learner[Batch] | None = None
        self.sight: Sight | None = None
        self._forward: tuple[Tensor, Tensor, Tensor, float] | None = (
            None  # leaf, generated, losses, gradient scale
        )

    def compute(self, model: nn.Module, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        """(mean loss, logs) of a batch; keeps the gathered codes for `after`."""
        rows, pictures = batch
        leaf = self.model.codes.gather(rows)
        generated = model(leaf)
        each = self.loss.each(generated, pictures)
        scale = self.learner.scaler.get_scale() if self.learner is not None else 1.0
        self._forward = (leaf, generated.detach(), each.detach(), scale)
        return each.mean(), {"mse": (generated.detach() - pictures).square().mean()}

    def after(self, batch: Batch) -> None:
        """Move the codes of the batch along the gradient of their own pictures' losses."""
        rows, pictures = batch
        if self._forward is None or self._forward[0].grad is None or self.learner is None:
            raise RuntimeError("The codes are updated after a forward and a backward pass.")
        leaf, generated, each, scale = self._forward
        gradient = self._forward[0].grad * (len(rows) / scale)  # of the sum over pictures, not their mean
        before = leaf.detach()
        if self.settings.learn:
            self.model.codes.update(rows, gradient, self.settings.rate * rate_factor(self.learner))
        self.sight = Sight(rows, pictures, before, generated, each, gradient, self.model.codes.values[rows])
        self._forward = None


def rate_factor(learner: Learner[Batch]) -> float:
    """What the schedule multiplied the learning rate with in the last step."""
    rate = learner.settings.learning_rate
    return float(learner.optimiser.param_groups[0]["lr"]) / rate if rate > 0 else 1.0


def full_precision(device: torch.device) -> AbstractContextManager[object]:
    """A context that autocast does not reach into."""
    return nullcontext() if device.type == "meta" else torch.autocast(device.type, enabled=False)


def glo_learner(
    generator: Generator,
    optimisation: Optimisation,
    images: Tensor,
    loss: Loss,
    codes: CodeSettings,
    *,
    seed: int,
) -> tuple[Learner[Batch], GloStep]:
    """GLO for pictures (N, C, H, W), uint8 or float in [0, 1], on their device. The learner and its step."""
    device = images.device
    pictures = as_floats(images)
    drawn = torch.Generator("cpu").manual_seed(seed)
    network = models.generator(generator, shape_of(images))
    models.initialise(network, drawn)
    network.to(device)
    set_brightness(network, pictures)
    first = start(pictures, generator.latent, codes.start, generator=generator_on(device, seed))
    step = GloStep(Glo(network, Codes(first, projection=codes.projection, method=codes.method)), loss, codes)
    learner: Learner[Batch] = Learner(
        step.model, step.compute, optimisation, device=device, seed=seed, after=step.after
    )
    step.learner = learner
    return learner, step


def autoencoder_learner(
    generator: Generator,
    optimisation: Optimisation,
    images: Tensor,
    loss: Loss,
    *,
    projection: str,
    seed: int,
) -> Learner[Batch]:
    """The autoencoder with the same decoder: same architecture, same first weights, same loss."""
    shape = shape_of(images)
    network = models.generator(generator, shape)
    models.initialise(network, torch.Generator("cpu").manual_seed(seed))
    network.to(images.device)
    set_brightness(network, as_floats(images))
    encoder = models.mirror(shape, generator.latent, width=generator.width)
    models.initialise(encoder, torch.Generator("cpu").manual_seed(seed + 1))

    def compute(model: nn.Module, batch: Batch) -> tuple[Tensor, dict[str, Tensor]]:
        _, pictures = batch
        generated = model(pictures)
        return loss.each(generated, pictures).mean(), {"mse": (generated.detach() - pictures).square().mean()}

    model = Autoencoder(encoder, network, projection)
    return Learner(model, compute, optimisation, device=images.device, seed=seed)


def shape_of(images: Tensor) -> tuple[int, int, int]:
    """(C, H, W) of pictures (N, C, H, W)."""
    channels, height, width = images.shape[1:]
    return channels, height, width


def as_floats(images: Tensor) -> Tensor:
    """uint8 pictures as float in [0, 1]; floats as they are."""
    return images.float().div_(255) if images.dtype == torch.uint8 else images
