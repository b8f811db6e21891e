"""The code panel of the GLO page: the method in thirty lines of plain PyTorch."""

from __future__ import annotations

from engine.glo.training import Settings

_PROJECTED = {
    "ball": "z / z.norm(dim=1, keepdim=True).clamp_min(1)  # back into the unit ball",
    "sphere": "z / z.norm(dim=1, keepdim=True)  # back onto the unit sphere",
    "none": "z",
}
_LOSSES = {
    "l2": "((made - x) ** 2).mean((1, 2, 3))",
    "l1": "(made - x).abs().mean((1, 2, 3))",
    "laplacian": "losses.each({name!r}, made, x, levels={levels}, weighting={weighting!r})",
    "mixed": "losses.each({name!r}, made, x, levels={levels}, weighting={weighting!r})",
}


def pytorch(settings: Settings) -> str:
    """Text that trains GLO and ends with `z`, all codes, and `psnr`."""
    loss, codes, plan = settings.loss, settings.codes, settings.plan
    each = _LOSSES[loss.name].format(name=loss.name, levels=loss.levels, weighting=loss.weighting)
    imports = "from engine.glo import losses\n" if loss.name in ("laplacian", "mixed") else ""
    update = (
        f"""    with torch.no_grad():  # Adam for the codes of this batch only, with a memory for each
        t[rows] += 1
        m[rows] = 0.9 * m[rows] + 0.1 * code.grad
        v[rows] = 0.99 * v[rows] + 0.01 * code.grad ** 2
        step = m[rows] / (1 - 0.9 ** t[rows]) / ((v[rows] / (1 - 0.99 ** t[rows])).sqrt() + 1e-8)
        z[rows] = project(code - {codes.rate:g} * step)
"""
        if codes.learn
        else ""
    )
    return f"""import torch
from engine import data, models
{imports}from engine.glo.codes import start
from engine.models.generator import Generator, set_brightness

torch.manual_seed({plan.seed})
pictures = data.load({settings.data!r}, "train", {settings.limit}).images.float() / 255  # (N, C, H, W)
plan = Generator(latent={settings.generator.latent}, width={settings.generator.width})
g = models.generator(plan, tuple(pictures.shape[1:]))
set_brightness(g, pictures)
optimiser = torch.optim.Adam(g.parameters(), lr={settings.optimisation.learning_rate:g})


def project(z):
    return {_PROJECTED[codes.projection]}


z = project(start(pictures, {settings.generator.latent}, {codes.start!r}))  # (N, d): one code for each picture
m, v, t = torch.zeros_like(z), torch.zeros_like(z), torch.zeros(len(z), 1)
epochs = {plan.epochs}
for rows in (rows for _ in range(epochs) for rows in torch.randperm(len(z)).split({plan.batch_size})):
    x, code = pictures[rows], z[rows].requires_grad_()  # 1 and 2: pictures and their codes
    made = g(code)  # 3: what the generator makes of them
    each = {each}
    optimiser.zero_grad()
    each.sum().backward()  # 4: both gradients at once
    for weight in g.parameters():
        weight.grad /= len(rows)
    optimiser.step()
{update}
with torch.no_grad():
    mse = torch.cat([((g(some) - x) ** 2).flatten(1).mean(1) for some, x in zip(z.split(500), pictures.split(500))])
psnr = -10 * mse.mean().log10().item()
print(f"PSNR of the training pictures: {{psnr:.2f}} dB")"""
