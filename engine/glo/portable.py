"""A trained generator with its codes as one safetensors file, for the disk and for the browser.

Numbers are halves (float16): half the bytes, and what a page then shows is computed with exactly these, in the
browser as in torch. The header lists the layers, so that a reader needs no Python: a dense layer, activations,
doublings, a sigmoid, as `assets/components/common/generator.js` runs them.

Tested by a round trip, against the network that was saved, and in the browser against torch.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load as load_tensors
from safetensors.torch import save as save_tensors
from torch import Tensor, nn

from engine import models
from engine.models import Generator
from engine.models.generator import Brightness, Crop, Shape
from engine.settings import SettingError

FORMAT = "glo-1"
KINDS = {"nearest": "doubling", "transposed": "transposed"}


class ModelError(ValueError):
    """A file that holds no generator, or a damaged one; the message says which."""


@dataclass(frozen=True, eq=False)
class Portable:
    """What is in a file.

    Attributes:
        generator: In evaluation mode, without gradients.
        codes: (N, d) float32 of the training pictures, in the order of their data set.
        plan: The generator's settings.
        shape: (C, H, W) of its pictures.
        data: Name of the data set.
        about: Plain data: how it was made, and how good it is.
    """

    generator: nn.Sequential
    codes: Tensor
    plan: Generator
    shape: Shape
    data: str
    about: Mapping[str, Any] = field(default_factory=dict)

    @torch.inference_mode()
    def decode(self, codes: Tensor, at_once: int = 512) -> Tensor:
        """Codes (B, d) to pictures (B, C, H, W), on the generator's device, in full precision."""
        device = next(self.generator.parameters()).device
        return torch.cat([self.generator(part.to(device)) for part in codes.split(at_once)])


def to_bytes(
    generator: nn.Sequential,
    codes: Tensor,
    plan: Generator,
    shape: Shape,
    data: str,
    about: Mapping[str, Any] | None = None,
) -> bytes:
    """The file: weights named `layerN.weight` and `layerN.bias` by their place in the header's list, and `codes`."""
    tensors: dict[str, Tensor] = {"codes": _half(codes)}
    layers: list[dict[str, Any]] = []
    for module in generator:
        described = _describe(module, plan, generator)
        if described is None:
            continue
        for name, value in module.named_parameters():
            tensors[f"layer{len(layers)}.{name}"] = _half(value)
        layers.append(described)
    header = {
        "format": FORMAT,
        "layers": json.dumps(layers),
        "shape": json.dumps(list(shape)),
        "plan": json.dumps(plan.to_dict()),
        "data": data,
        "about": json.dumps(about or {}),
    }
    return save_tensors(tensors, header)


def from_bytes(content: bytes, device: torch.device | None = None) -> Portable:
    """Read a file as `to_bytes` makes it. Raises ModelError where it is damaged or something else."""
    try:
        tensors = load_tensors(content)
        length = int.from_bytes(content[:8], "little")
        header = json.loads(content[8 : 8 + length])["__metadata__"]
        if header["format"] != FORMAT:
            raise ModelError(f"This is a file of the format {header['format']!r}, not {FORMAT!r}.")
        plan = Generator.from_dict(json.loads(header["plan"]))
        channels, height, width = json.loads(header["shape"])
        about = json.loads(header["about"])
        generator = models.generator(plan, (channels, height, width))
        _fill(generator, plan, tensors)
        codes = tensors["codes"].float()
    except ModelError:
        raise
    except (SafetensorError, SettingError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise ModelError("This file is damaged, or holds no generator of this program.") from error
    generator = generator.to(device or "cpu").eval().requires_grad_(False)
    return Portable(
        generator, codes.to(device or "cpu"), plan, (channels, height, width), header["data"], about
    )


def read(path: Path, device: torch.device | None = None) -> Portable:
    """The same from a file. Raises ModelError, also where there is none."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ModelError(f"There is no model {path.stem}.") from error
    return from_bytes(content, device)


def _half(values: Tensor) -> Tensor:
    return values.detach().to("cpu", torch.float16).contiguous()


def _describe(module: nn.Module, plan: Generator, generator: nn.Sequential) -> dict[str, Any] | None:
    """One layer for the header; None for those that only reshape."""
    if isinstance(module, nn.Linear):
        channels, height, width = generator[1].unflattened_size  # type: ignore[misc]  # an nn.Unflatten follows
        return {"kind": "dense", "channels": channels, "height": height, "width": width}
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        return {"kind": KINDS[plan.upsampling]}
    if isinstance(module, Brightness):
        return {"kind": "sigmoid"}
    if isinstance(module, nn.Unflatten | Crop):
        return None
    return {"kind": "activation", "name": plan.activation}


@torch.no_grad()
def _fill(generator: nn.Sequential, plan: Generator, tensors: Mapping[str, Tensor]) -> None:
    """Copy the weights back in. Raises KeyError or RuntimeError where they do not fit."""
    index = 0
    for module in generator:
        if _describe(module, plan, generator) is None:
            continue
        for name, value in module.named_parameters():
            value.copy_(tensors[f"layer{index}.{name}"].float())
        index += 1
