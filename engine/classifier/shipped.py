"""Our own trained classifiers, as files that ship with the app: `assets/weights/<name>.safetensors`.

Numbers are halves (float16), and what a page then shows is computed with exactly these. The header holds the
network's settings, its classes, the picture it expects and how its pictures were normalised, so the file alone is
enough. Written by `python -m engine.studies.classifier`. Tested by a round trip and by what damaged files are
answered with.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn

from engine.classifier import networks
from engine.classifier.settings import Lane
from engine.images import resize
from engine.settings import SettingError

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "weights"
FORMAT = "classifier-1"


class WeightsError(RuntimeError):
    """A file of weights that is not there, damaged, or of something else; the message says which."""


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained classifier, ready to run.

    Attributes:
        name: Of its file.
        model: In evaluation mode, without gradients, on the CPU or where `load` put it.
        lane: Its settings.
        classes: What it tells apart.
        shape: (C, H, W) of its pictures.
        mean: Of the training set's bytes per channel, (C, 1, 1).
        deviation: Their standard deviation, (C, 1, 1).
        about: Plain data: command, seed, date, test accuracy.
    """

    name: str
    model: nn.Sequential
    lane: Lane
    classes: tuple[str, ...]
    shape: networks.Shape
    mean: Tensor
    deviation: Tensor
    about: Mapping[str, Any] = field(default_factory=dict)

    def prepare(self, images: Tensor) -> Tensor:
        """Pictures (B, C, H, W) in [0, 1] of any size -> as the network was trained on them, (B, *shape)."""
        device = next(self.model.parameters()).device
        small = resize(images.to(device), *self.shape[1:])
        return (small * 255 - self.mean.to(device)) / self.deviation.to(device)

    @torch.inference_mode()
    def probabilities(self, images: Tensor) -> Tensor:
        """(B, C, H, W) in [0, 1] -> (B, classes)."""
        return self.model(self.prepare(images)).softmax(1)


def names(folder: Path = FOLDER) -> tuple[str, ...]:
    """Names of the classifiers that are there."""
    found = []
    for path in sorted(folder.glob("*.safetensors")):
        try:
            if _header(path).get("format") == FORMAT:
                found.append(path.stem)
        except WeightsError:
            continue
    return tuple(found)


def save(
    name: str,
    model: nn.Module,
    lane: Lane,
    *,
    classes: Sequence[str],
    shape: networks.Shape,
    mean: Tensor,
    deviation: Tensor,
    about: Mapping[str, Any],
    folder: Path = FOLDER,
) -> Path:
    """Write a classifier's file; its path."""
    tensors = {
        key: (value.half() if value.is_floating_point() else value).detach().cpu().contiguous()
        for key, value in model.state_dict().items()
    }
    header = {
        "format": FORMAT,
        "lane": json.dumps(lane.to_dict()),
        "classes": json.dumps(list(classes)),
        "shape": json.dumps(list(shape)),
        "mean": json.dumps(mean.flatten().tolist()),
        "deviation": json.dumps(deviation.flatten().tolist()),
        "about": json.dumps(dict(about)),
    }
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.safetensors"
    save_file(tensors, path, header)
    return path


@cache
def load(name: str, folder: Path = FOLDER) -> Trained:
    """Read a classifier; the same object for everybody. Raises WeightsError."""
    path = folder / f"{name}.safetensors"
    header = _header(path)
    if header.get("format") != FORMAT:
        raise WeightsError(f"{path.name} holds no classifier.")
    try:
        lane = Lane.from_dict(json.loads(header["lane"]))
        classes, shape = tuple(json.loads(header["classes"])), tuple(json.loads(header["shape"]))
        with safe_open(path, "pt") as file:
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - it is no dictionary
        model = networks.build(lane, shape, len(classes), seed=None)
        model.load_state_dict(
            {key: value.float() if value.is_floating_point() else value for key, value in tensors.items()}
        )
        return Trained(
            name,
            model.eval().requires_grad_(requires_grad=False),
            lane,
            classes,
            shape,
            torch.tensor(json.loads(header["mean"]))[:, None, None],
            torch.tensor(json.loads(header["deviation"]))[:, None, None],
            json.loads(header["about"]),
        )
    except (KeyError, ValueError, RuntimeError, SettingError, SafetensorError) as error:
        raise WeightsError(f"{path.name} is damaged: restore it, or train it again.") from error


def _header(path: Path) -> dict[str, str]:
    try:
        with safe_open(path, "pt") as file:
            return file.metadata() or {}
    except FileNotFoundError:
        raise WeightsError(f"There are no weights called {path.stem}.") from None
    except (OSError, SafetensorError) as error:
        raise WeightsError(f"{path.name} is damaged: restore it, or train it again.") from error
