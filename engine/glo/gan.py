"""A small GAN (Goodfellow et al. 2014) with GLO's generator, step by step, for training beside GLO.

The discriminator is the generator's mirror with one output. Both losses are the usual cross-entropies with the
non-saturating generator loss; `saturating` is the loss of the minimax game itself, log(1 - D), whose gradient
Arjovsky and Bottou 2017 watch vanish. Adam with beta1 = 0.5 as in DCGAN.

Tested: losses and their gradients against the formulas written out, the balance log 4 at an undecided discriminator,
equal seeds give equal runs.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine import models
from engine.glo.learning import full_precision
from engine.models import Generator
from engine.models.generator import Shape
from engine.settings import SettingsBase, setting
from engine.training.learner import generator_on
from engine.training.precision import Precision, choose

BETAS = (0.5, 0.999)  # DCGAN: with 0.9 the two chase each other


@dataclass(frozen=True)
class GanSettings(SettingsBase):
    """The rival's own knobs."""

    rate_generator: float = setting(1e-3, low=0, high=1, live=True)
    rate_discriminator: float = setting(1e-3, low=0, high=1, live=True)
    penalty: float = setting(
        0.0,
        low=0,
        high=100,
        live=True,
        title="Gradient penalty R1",
        why="Mescheder et al. 2018; 0: the game as it is",
    )


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    """-log D(real) - log(1 - D(fake)), means over logits (B, 1)."""
    return functional.softplus(-real).mean() + functional.softplus(fake).mean()


def generator_loss(fake: Tensor) -> Tensor:
    """Non-saturating: -log D(fake)."""
    return functional.softplus(-fake).mean()


def saturating_loss(fake: Tensor) -> Tensor:
    """The minimax game's own: log(1 - D(fake))."""
    return -functional.softplus(fake).mean()


@dataclass
class Losses:
    """Of one step, 0-dimensional on the device: both losses, and D on real and generated pictures."""

    generator: Tensor
    discriminator: Tensor
    real: Tensor
    fake: Tensor


class Gan:
    """Generator and discriminator with their optimisers."""

    def __init__(
        self, plan: Generator, shape: Shape, settings: GanSettings, *, device: torch.device, seed: int
    ) -> None:
        self.settings, self.latent = settings, plan.latent
        drawn = torch.Generator("cpu").manual_seed(seed)
        generator = models.generator(plan, shape)
        discriminator = models.mirror(shape, 1, width=plan.width)
        models.initialise(generator, drawn)
        models.initialise(discriminator, drawn)
        self.precision: Precision = choose(generator, device)
        self.generator = self.precision.place(generator)
        self.discriminator = self.precision.place(discriminator)
        fused = device.type in ("cpu", "cuda", "mps")
        self._goes = torch.optim.Adam(
            self.generator.parameters(), settings.rate_generator, BETAS, fused=fused
        )
        self._judges = torch.optim.Adam(
            self.discriminator.parameters(), settings.rate_discriminator, BETAS, fused=fused
        )
        self.noise = generator_on(device, seed)
        self.device = device

    def draw(self, count: int) -> Tensor:
        """Codes (count, d), standard normal and scaled to a mean squared norm of 1, as GLO's codes have."""
        drawn = torch.randn(count, self.latent, generator=self.noise, device=self.device)
        return drawn / self.latent**0.5

    def step(self, pictures: Tensor) -> Losses:
        """One update of the discriminator, then one of the generator, on real pictures (B, C, H, W)."""
        judged = self.judge(pictures)
        for group in self._goes.param_groups:
            group["lr"] = self.settings.rate_generator
        with self.precision.autocast():
            fake = self.discriminator(self.precision.arrange(self.generator(self.draw(len(pictures)))))
        loss = generator_loss(fake.float())
        self._goes.zero_grad(set_to_none=True)
        loss.backward(inputs=list(self.generator.parameters()))
        self._goes.step()
        return Losses(loss.detach(), *judged)

    def judge(self, pictures: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """One update of the discriminator alone: its loss, and mean D on real and on generated pictures."""
        for group in self._judges.param_groups:
            group["lr"] = self.settings.rate_discriminator
        with torch.no_grad(), self.precision.autocast():
            made = self.generator(self.draw(len(pictures)))
        with self.precision.autocast():
            both = self.discriminator(self.precision.arrange(torch.cat([pictures, made]))).float()
        real, fake = both.split(len(pictures))
        loss = discriminator_loss(real, fake)
        if self.settings.penalty:
            loss = loss + self.settings.penalty / 2 * self._slope(pictures)
        self._judges.zero_grad(set_to_none=True)
        loss.backward()
        self._judges.step()
        return loss.detach(), real.detach().sigmoid().mean(), fake.detach().sigmoid().mean()

    def _slope(self, pictures: Tensor) -> Tensor:
        """Mean squared norm of the discriminator's gradient at real pictures."""
        leaf = pictures.detach().requires_grad_()
        with full_precision(self.device):
            (slope,) = torch.autograd.grad(self.discriminator(leaf).sum(), leaf, create_graph=True)
        return slope.square().sum(dim=(1, 2, 3)).mean()

    def gradient_norm(self, count: int, codes: Tensor | None = None, *, saturating: bool = True) -> Tensor:
        """Norm of the gradient of the generator's loss by the generator's weights, on `count` fresh codes."""
        fake = self.discriminator(self.generator(self.draw(count) if codes is None else codes))
        loss = saturating_loss(fake) if saturating else generator_loss(fake)
        gradients = torch.autograd.grad(loss, list(self.generator.parameters()))
        return torch.stack([gradient.norm() for gradient in gradients]).norm()

    @torch.inference_mode()
    def sample(self, codes: Tensor) -> Tensor:
        """Pictures (B, C, H, W) from codes (B, d)."""
        with self.precision.autocast():
            made: Tensor = self.generator(codes)
        return made


def fresh_discriminator(plan: Generator, shape: Shape, seed: int) -> nn.Sequential:
    """A discriminator that has seen nothing."""
    network = models.mirror(shape, 1, width=plan.width)
    models.initialise(network, torch.Generator("cpu").manual_seed(seed))
    return network
