"""Experiment: can the generator make this picture? Optimise a code for it, from several starts at once, and watch.

The picture travels in the settings as base64 of its bytes (C, H, W), so that a page, a link to a worker and a test hand
over the same thing. Reports:

    step        number of the step, PSNR and length of the best code
    moment N    what every start has become: pictures (k, C, H, W), PSNR (k,) and code lengths (k,)

The result holds the best code, its figures, and whether the picture lies beyond what the generator can make: the PSNR
that the best of all training codes has without any optimisation is `nearest`.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.experiment import Control, Progress
from engine.glo import fitting, metrics, shelf
from engine.glo.codes import PROJECTIONS
from engine.glo.learning import Loss
from engine.glo.losses import NAMES
from engine.glo.portable import Portable
from engine.images import to_uint8
from engine.settings import SettingError, SettingsBase, setting

GROWTH = 1.2  # from one moment to the next, in steps
LONGEST = 70_000  # characters: 128 x 128 in colour


@dataclass(frozen=True)
class Settings(SettingsBase):
    """Which generator, which picture, and how long to look for its code."""

    model: str = setting("faces", high=60, title="Generator")
    picture: str = setting("", high=LONGEST, title="Picture", why="base64 of (C, H, W) bytes")
    starts: int = setting(
        5, low=1, high=16, title="Starts", why="one start finds a place that is best only nearby"
    )
    steps: int = setting(200, low=1, high=5000, title="Steps")
    rate: float = setting(fitting.RATE, low=0, high=10, title="Rate")
    loss: str = setting("l2", words=NAMES, title="Loss")
    projection: str = setting("ball", words=PROJECTIONS)


def encode(image: Tensor) -> str:
    """A picture (C, H, W), float in [0, 1] or uint8, as the setting takes it."""
    return base64.b64encode(to_uint8(image).cpu().contiguous().numpy().tobytes()).decode("ascii")


def decode(text: str, shape: tuple[int, int, int]) -> Tensor:
    """The picture (1, C, H, W), float in [0, 1]. Raises SettingError where the text is none of this shape."""
    try:
        content = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError) as error:
        raise SettingError("picture must be base64 text.") from error
    channels, height, width = shape
    if len(content) != channels * height * width:
        raise SettingError(
            f"picture must hold {channels} x {height} x {width} bytes for this generator, not {len(content)}."
        )
    return torch.frombuffer(bytearray(content), dtype=torch.uint8).view(1, *shape).float() / 255


def run(settings: Settings, device: torch.device, progress: Progress, control: Control) -> dict[str, Any]:
    """Look for the code. Raises Stopped, ModelError and SettingError."""
    model = shelf.load(settings.model, device)
    picture = decode(settings.picture, model.shape).to(device)
    decoded = model.decode(model.codes)
    starts = fitting.nearest_starts(decoded, model.codes, picture, settings.starts)[0]  # (k, d)
    repeated = picture.expand(len(starts), -1, -1, -1)
    due, count = 0.0, 0
    last: fitting.Progress | None = None
    for moment in fitting.steps(
        model.generator,
        repeated,
        starts,
        loss=Loss(settings.loss),
        projection=settings.projection,
        count=settings.steps,
        rate=settings.rate,
    ):
        control.before_batch()
        last = moment
        if moment.step >= due or moment.step == settings.steps:
            _report(moment, picture, count, progress)
            count += 1
            due = max(moment.step * GROWTH, moment.step + 1)
    if last is None:
        raise SettingError("steps must be at least 1.")
    return {"figures": _figures(last, model, picture, decoded), "code": _best(last)[1]}


def _report(moment: fitting.Progress, picture: Tensor, count: int, progress: Progress) -> None:
    each = metrics.psnr_each(moment.pictures, picture.expand_as(moment.pictures))
    best = int(moment.each.argmin())
    lengths = moment.codes.norm(dim=1)
    progress("step", {"step": moment.step, "psnr": float(each[best]), "norm": float(lengths[best])})
    progress(
        f"moment {count:03d}",
        {
            "made": to_uint8(moment.pictures).cpu().numpy(),
            "psnr": each.float().cpu().numpy(),
            "lengths": lengths.float().cpu().numpy(),
            "step": moment.step,
        },
    )


def _best(moment: fitting.Progress) -> tuple[int, np.ndarray]:
    best = int(moment.each.argmin())
    return best, moment.codes[best].float().cpu().numpy()


def _figures(moment: fitting.Progress, model: Portable, picture: Tensor, decoded: Tensor) -> dict[str, float]:
    best, _ = _best(moment)
    made = moment.pictures[best : best + 1]
    distance, index = metrics.nearest_distance(picture, decoded)
    codes = model.codes
    found = {
        "psnr": float(metrics.psnr(made, picture)),
        "norm": float(moment.codes[best].norm()),
        "nearest": float(metrics.psnr(decoded[index], picture)),
        "nearest_index": float(index),
        "nearest_distance": float(distance),
        "code_distance": float((codes - moment.codes[best]).norm(dim=1).min()),
        "start": float(best),
    }
    if min(picture.shape[2:]) >= metrics.WINDOW:
        found["ssim"] = float(metrics.ssim(made, picture))
    return found
