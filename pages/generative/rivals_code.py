"""The code panel of the GAN beside GLO."""

from __future__ import annotations

from engine.glo.beside import Settings


def pytorch(settings: Settings) -> str:
    """Text that trains the GAN and ends with `losses`, one row (generator, discriminator) per update."""
    gan, plan = settings.gan, settings.plan
    penalty = ""
    if gan.penalty:
        penalty = f"""    leaf = x.clone().requires_grad_()  # R1: a steep slope at real pictures costs
    (slope,) = torch.autograd.grad(d(leaf).sum(), leaf, create_graph=True)
    d_loss = d_loss + {gan.penalty:g} / 2 * slope.square().sum((1, 2, 3)).mean()
"""
    return f"""import torch
import torch.nn.functional as F
from engine import data, models
from engine.models import Generator

torch.manual_seed({plan.seed})
pictures = data.load({settings.data!r}, "train", {settings.limit}).images.float() / 255  # (N, C, H, W)
shape, size = tuple(pictures.shape[1:]), {settings.generator.latent}
g = models.generator(Generator(latent=size, width={settings.generator.width}), shape)  # as GLO's
d = models.mirror(shape, 1, width={settings.generator.width})
goes = torch.optim.Adam(g.parameters(), {gan.rate_generator:g}, betas=(0.5, 0.999))
judges = torch.optim.Adam(d.parameters(), {gan.rate_discriminator:g}, betas=(0.5, 0.999))
epochs, losses = {plan.epochs}, []
for rows in (rows for _ in range(epochs) for rows in torch.randperm(len(pictures)).split({plan.batch_size})):
    x = pictures[rows]
    noise = lambda: torch.randn(len(x), size) / size ** 0.5
    d_loss = F.softplus(-d(x)).mean() + F.softplus(d(g(noise()).detach())).mean()  # goes up on D(x), down on D(g(z))
{penalty}    judges.zero_grad()
    d_loss.backward()
    judges.step()
    g_loss = F.softplus(-d(g(noise()))).mean()  # wants to be taken for real
    goes.zero_grad()
    g_loss.backward()
    goes.step()
    losses.append((g_loss.item(), d_loss.item()))
print(f"{{len(losses)}} updates, last losses {{losses[-1][0]:.3f}} and {{losses[-1][1]:.3f}}")"""
