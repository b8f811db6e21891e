"""The code panel of the walk: the same pictures from the stored generator."""

from __future__ import annotations

from collections.abc import Sequence

SAMPLED = """noise = torch.randn(16, model.codes.shape[1], generator=torch.Generator().manual_seed(0))
samples = latent.fit_gaussian(model.codes).sample(noise)
samples = samples / samples.norm(dim=1, keepdim=True).clamp_min(1)  # back into the ball
"""


def pytorch(
    name: str,
    corners: Sequence[int],
    place: tuple[float, float],
    how: str,
    steps: int,
    *,
    sampled: bool = False,
) -> str:
    """Text that ends with `strip`, the frames from A to B, and `picture`, the one under the point."""
    codes = "torch.cat([model.codes, samples])" if sampled else "model.codes"
    before = SAMPLED if sampled else ""
    if how == "linear":
        between = "    return a + (b - a) * share"
    else:
        between = """    length_a, length_b = a.norm(), b.norm()
    angle = torch.arccos((a / length_a) @ (b / length_b))
    arc = torch.sin((1 - share) * angle) * a / length_a + torch.sin(share * angle) * b / length_b
    return arc / torch.sin(angle) * (length_a + (length_b - length_a) * share)"""
    return f"""import torch
from engine.glo import latent, shelf

model = shelf.load({name!r})  # generator and codes, trained by engine.glo.training
{before}corners = {codes}[{list(corners)}]  # (corners, d)


def between(a, b, share):
{between}


path = torch.stack([between(corners[0], corners[1], i / {steps - 1}) for i in range({steps})])  # (steps, d)
strip = model.decode(path)  # (steps, C, H, W), 0 to 1
point = latent.blend(corners, {place[0]:g}, {place[1]:g}, {how!r})  # the code under the ring
picture = model.decode(point[None])[0]
print(strip.shape, picture.min().item(), picture.max().item())"""
