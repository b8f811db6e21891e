"""A trained SimCLR network as one safetensors file: weights in half precision, settings and origin in the header.

The shipped ones lie in `assets/weights`, named `simclr-<data set>.safetensors`, and are made by the studies.
Tested by a round trip, and by files that are damaged, foreign or missing.
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

from engine.contrastive.experiment import Settings
from engine.contrastive.model import SimCLR, load_weights, weights
from engine.settings import SettingError

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "weights"
FORMAT = "simclr-1"


class WeightsError(ValueError):
    """A file that holds no SimCLR network, or a damaged one; the message says which."""


@dataclass(frozen=True, eq=False)
class Portable:
    """What is in a file: the network in evaluation mode without gradients, its settings, and how it was made."""

    model: SimCLR
    settings: Settings
    channels: int
    about: Mapping[str, Any] = field(default_factory=dict)


def to_bytes(
    model: SimCLR, settings: Settings, channels: int, about: Mapping[str, Any] | None = None
) -> bytes:
    """The file. `about`: plain data, the stored run's headline and command."""
    header = {
        "format": FORMAT,
        "settings": json.dumps(settings.to_dict()),
        "channels": str(channels),
        "about": json.dumps(about or {}),
    }
    return save_tensors({name: torch.from_numpy(value) for name, value in weights(model).items()}, header)


def from_bytes(content: bytes) -> Portable:
    """Read a file as `to_bytes` makes it. Raises WeightsError where it is damaged or something else."""
    try:
        tensors = load_tensors(content)
        length = int.from_bytes(content[:8], "little")
        header = json.loads(content[8 : 8 + length])["__metadata__"]
        if header["format"] != FORMAT:
            raise WeightsError(f"This is a file of the format {header['format']!r}, not {FORMAT!r}.")
        settings = Settings.from_dict(json.loads(header["settings"]))
        channels, about = int(header["channels"]), json.loads(header["about"])
        model = SimCLR(settings.encoder, settings.head, channels)
        load_weights(model, {name: value.numpy() for name, value in tensors.items()})
    except WeightsError:
        raise
    except (SafetensorError, SettingError, KeyError, TypeError, ValueError, RuntimeError) as error:
        raise WeightsError("This file is damaged, or holds no encoder of this program.") from error
    return Portable(model.eval().requires_grad_(False), settings, channels, about)


def path_of(data: str, *, folder: Path = FOLDER) -> Path:
    """Where the shipped network of a data set lies."""
    return folder / f"simclr-{data}.safetensors"


def shipped(data: str, *, folder: Path = FOLDER) -> bool:
    """Whether a network trained on this data set is shipped."""
    return path_of(data, folder=folder).is_file()


def read(data: str, *, folder: Path = FOLDER) -> Portable:
    """The shipped network of a data set. Raises WeightsError, also where there is none."""
    try:
        content = path_of(data, folder=folder).read_bytes()
    except OSError as error:
        raise WeightsError(f'There is no trained encoder for "{data[:40]}".') from error
    return from_bytes(content)
