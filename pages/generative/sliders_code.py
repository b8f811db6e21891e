"""The code panels of directions, arithmetic and samples, from the stored generator."""

from __future__ import annotations

from collections.abc import Sequence

_HEAD = """import torch
from engine.glo import {imports}

model = shelf.load({name!r})  # generator and codes, trained by engine.glo.training
"""
_TAIL = """picture = model.decode(z[None])[0]  # (C, H, W), 0 to 1
print(z.norm().item(), picture.shape)"""


def _kept(keep: bool) -> str:
    return "z = z / z.norm().clamp_min(1)  # back into the ball\n" if keep else ""


def directions(name: str, base: int, values: Sequence[float], keep: bool) -> str:
    """Text that ends with `picture`: a picture's code moved along principal directions."""
    return (
        _HEAD.format(imports="shelf", name=name)
        + f"""centred = model.codes - model.codes.mean(0)
_, deviations, axes = torch.linalg.svd(centred / len(centred) ** 0.5, full_matrices=False)  # rows of axes: directions
signs = axes.gather(1, axes.abs().argmax(1, keepdim=True)).sign()  # the largest entry is positive
steps = torch.tensor({[round(v, 3) for v in values]})  # standard deviations
z = model.codes[{base}] + steps @ (signs * axes * deviations[:, None])[:{len(values)}]
"""
        + _kept(keep)
        + _TAIL
    )


def arithmetic(name: str, title: str, base: int, strength: float, keep: bool) -> str:
    """Text that ends with `picture`: a picture's code plus a multiple of an attribute's direction."""
    return (
        _HEAD.format(imports="attributes, shelf", name=name)
        + f"""dataset = data.load(model.data, "train", len(model.codes))
attribute = next(each for each in attributes.of(dataset) if each.title == {title!r})
codes = model.codes[attribute.rows]
direction = codes[attribute.having].mean(0) - codes[~attribute.having].mean(0)
z = model.codes[{base}] + {strength:g} * direction
"""
        + _kept(keep)
        + _TAIL
    ).replace("from engine.glo import", "from engine import data\nfrom engine.glo import", 1)


def samples(name: str, count: int, seed: int, temperature: float, keep: bool) -> str:
    """Text that ends with `pictures`: samples from a Gaussian fitted to the codes."""
    kept = "z = z / z.norm(dim=1, keepdim=True).clamp_min(1)  # back into the ball\n" if keep else ""
    return (
        _HEAD.format(imports="shelf", name=name)
        + f"""mean = model.codes.mean(0)
covariance = torch.cov(model.codes.T, correction=0)
factor = torch.linalg.cholesky(covariance.double() + 1e-6 * covariance.diagonal().mean() * torch.eye(len(mean)))
noise = torch.randn({count}, len(mean), generator=torch.Generator().manual_seed({seed}))
z = mean + {temperature:g} * noise @ factor.float().T
{kept}pictures = model.decode(z)  # ({count}, C, H, W), 0 to 1
print(pictures.shape, z.norm(dim=1).mean().item())"""
    )
