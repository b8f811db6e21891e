"""The code panel of the search for a code."""

from __future__ import annotations


def pytorch(name: str, source: str, index: int, starts: int, steps: int) -> str:
    """Text that finds the code of a held-out picture and ends with `z`, `made` and `psnr`."""
    note = "" if source == "Held-out picture" else "  # or a picture of yours, (1, C, H, W) from 0 to 1"
    return f"""import math
import torch
from engine import data
from engine.glo import shelf

model = shelf.load({name!r})  # the generator's weights are frozen
x = data.load(model.data, "test").images[{index}:{index + 1}].float() / 255{note}
decoded = model.decode(model.codes)
apart = (decoded - x).square().mean((1, 2, 3))
z = torch.cat([model.codes.mean(0, keepdim=True), model.codes[apart.argsort()[:{starts - 1}]]])  # {starts} starts
z.requires_grad_()
optimiser = torch.optim.Adam([z], betas=(0.9, 0.99))
for step in range({steps}):
    optimiser.param_groups[0]["lr"] = 0.05 * (1 + math.cos(math.pi * step / {steps})) / 2
    loss = (model.generator(z) - x).square().mean((1, 2, 3))  # one for each start
    optimiser.zero_grad()
    loss.sum().backward()
    optimiser.step()
    with torch.no_grad():
        z /= z.norm(dim=1, keepdim=True).clamp_min(1)  # back into the ball
with torch.no_grad():
    made = model.generator(z)
    each = (made - x).square().mean((1, 2, 3))
psnr = -10 * each.min().log10().item()
print(f"best of {starts}: {{psnr:.2f}} dB, code length {{z[each.argmin()].norm().item():.3f}}")"""
