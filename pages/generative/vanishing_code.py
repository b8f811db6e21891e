"""The code panel of the vanishing gradient."""

from __future__ import annotations

from engine.glo.vanishing import Settings


def pytorch(settings: Settings) -> str:
    """Text that ends with `norms`: the gradient of a frozen generator as a fresh discriminator learns."""
    return f"""import torch
from engine import data
from engine.glo.gan import Gan, GanSettings, fresh_discriminator
from engine.models import Generator

pictures = data.load({settings.data!r}, "train", {settings.limit}).images.float() / 255
shape = tuple(pictures.shape[1:])
gan = Gan(Generator(), shape, GanSettings(), device=torch.device("cpu"), seed={settings.seed})
epochs, updates = {settings.freeze_after[0]}, {settings.iterations}
for rows in (rows for _ in range(epochs) for rows in torch.randperm(len(pictures)).split({settings.batch_size})):
    gan.step(pictures[rows])

# The generator is frozen now; a discriminator that has seen nothing learns on.
gan.discriminator.load_state_dict(fresh_discriminator(Generator(), shape, 2).state_dict())
codes, norms = gan.draw(256), []
for update in range(updates):
    log_d = gan.discriminator(gan.generator(codes))
    loss = -torch.nn.functional.softplus(log_d).mean()  # log(1 - D)
    slopes = torch.autograd.grad(loss, list(gan.generator.parameters()))
    norms.append(sum(slope.square().sum() for slope in slopes).sqrt().item())
    gan.judge(pictures[torch.randint(len(pictures), ({settings.batch_size},))])
print(f"gradient norm {{norms[0]:.2e}} at first, {{norms[-1]:.2e}} after {{len(norms)}} updates")"""
