"""Experiment: codes of GLO, of an autoencoder and of PCA, with as many numbers each, on pictures none has seen.

GLO and the autoencoder train on the same batches with the same decoder; PCA is computed. Then, for each:

    psnr_train       of all training pictures, from their codes
    psnr, ssim       of held-out pictures: GLO optimises a code, the autoencoder encodes, PCA projects
    roughness, jump  of straight paths between the codes of training pictures (see `engine.glo.metrics`)
    novelty          RMS distance of samples to the nearest training picture; samples come from a Gaussian fitted
                     to the codes. `novelty_heldout` is what real unseen pictures have
    distance         sliced Wasserstein distance of the samples to held-out pictures; `floor` as in `beside`

Reports those of training, "stage" (a text), and at the end "examples": pictures of all three, and the PSNR of every
held-out picture.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine import data
from engine.experiment import Control, Progress
from engine.glo import latent, metrics, training
from engine.glo.learning import Autoencoder, as_floats
from engine.glo.principal import principal_components
from engine.glo.training import GLO, RIVAL
from engine.glo.watching import Watcher
from engine.images import to_uint8
from engine.settings import SettingsBase, setting
from engine.training.learner import generator_on

PCA = "pca"
PATHS = 60  # pairs of training pictures
FRAMES = 24  # of a path whose smoothness is measured
SHOWN, STRIP = 8, 10  # example pictures, frames of an example path
SEED = 1234


@dataclass(frozen=True)
class Settings(SettingsBase):
    """How GLO and the autoencoder are trained, and on how many unseen pictures all three are tried."""

    training: training.Settings = field(
        default_factory=lambda: training.Settings(autoencoder=True, heldout=0)
    )
    unseen: int = setting(200, low=4, high=10_000, title="Held-out pictures")


@dataclass(frozen=True, eq=False)
class Rival:
    """One of the three: its training codes, its decoder, and its pictures of unseen ones."""

    codes: Tensor
    decode: Callable[[Tensor], Tensor]
    rebuilt: Tensor


def run(settings: Settings, device: torch.device, progress: Progress, control: Control) -> dict[str, Any]:
    """Train, then compare; a table of figures. Raises Stopped and DataError."""
    wanted = settings.training.change("autoencoder", True)
    ready = training.prepare(wanted, device)
    watcher = Watcher(
        ready.loop, ready.learners, ready.step, ready.images, ready.labels, progress, control, file=ready.file
    )
    ready.loop.run(watcher, progress)
    watcher.finish()
    progress("stage", {"text": "Optimising codes of held-out pictures"})
    unseen = as_floats(data.load(wanted.data, "test", settings.unseen).images.to(device))
    rivals = _rivals(ready, unseen)
    progress("stage", {"text": "Measuring"})
    table = {name: judge(rival, ready.images, unseen) for name, rival in rivals.items()}
    seen = as_floats(ready.images)
    table["data"] = {
        "novelty_heldout": float(metrics.nearest_distance(unseen, seen)[0].mean()),
        "floor": _distance(seen[: len(unseen)], unseen),
    }
    progress("examples", _examples(rivals, unseen))
    return {"figures": table, "model": np.frombuffer(ready.file(), np.uint8)}


@torch.inference_mode()
def _rivals(ready: training.Prepared, unseen: Tensor) -> Mapping[str, Rival]:
    """The three, ready to be judged."""
    step, auto = ready.step, ready.learners[RIVAL].model
    if not isinstance(auto, Autoencoder):
        raise TypeError("The rival of this comparison is an autoencoder.")
    seen = as_floats(ready.images)
    with torch.inference_mode(mode=False):
        fitted = training.fit_unseen(ready, unseen)
    shape, dimension = seen.shape[1:], ready.loop.settings.generator.latent
    pca = principal_components(seen.flatten(1), dimension)
    return {
        GLO: Rival(step.model.codes.values, step.model.generator, fitted),
        RIVAL: Rival(
            torch.cat([auto.encode(part) for part in seen.split(500)]), auto.generator, auto(unseen)
        ),
        PCA: Rival(
            pca.coordinates,
            lambda codes: pca.decode(codes).clamp(0, 1).unflatten(1, shape),
            pca.decode(pca.encode(unseen.flatten(1))).clamp(0, 1).view_as(unseen),
        ),
    }


@torch.inference_mode()
def judge(rival: Rival, images: Tensor, unseen: Tensor) -> dict[str, float]:
    """The figures of one rival, given the training pictures (uint8) and the held-out ones (float)."""
    seen = as_floats(images)
    device, size = rival.codes.device, rival.codes.shape[1]
    order = torch.randperm(len(rival.codes), generator=torch.Generator().manual_seed(SEED))[: 2 * PATHS]
    pairs = rival.codes[order[: len(order) // 2 * 2].to(device)].view(-1, 2, size)
    frames = torch.stack([rival.decode(latent.path(a, b, FRAMES)) for a, b in pairs])
    noise = torch.randn(len(unseen), size, generator=generator_on(device, SEED), device=device)
    samples = rival.decode(latent.fit_gaussian(rival.codes).sample(noise))
    remembered = torch.cat([rival.decode(part) for part in rival.codes.split(500)])
    return {
        "psnr_train": float(metrics.psnr(remembered, seen)),
        "psnr": float(metrics.psnr(rival.rebuilt, unseen)),
        "ssim": float(metrics.ssim(rival.rebuilt, unseen).mean()),
        "roughness": float(metrics.roughness(frames).mean()),
        "jump": float(metrics.largest_step(frames).mean()),
        "novelty": float(metrics.nearest_distance(samples, seen)[0].mean()),
        "distance": _distance(samples, unseen),
    }


def _distance(pictures: Tensor, unseen: Tensor) -> float:
    count = min(len(pictures), len(unseen))
    drawn = generator_on(unseen.device, SEED)
    return float(metrics.sliced_wasserstein(pictures[:count], unseen[:count], generator=drawn))


@torch.inference_mode()
def _examples(rivals: Mapping[str, Rival], unseen: Tensor) -> dict[str, Any]:
    """Some held-out pictures, what each rival makes of them, one path and some samples of each, as bytes."""
    shown: dict[str, Any] = {"unseen": to_uint8(unseen[:SHOWN]).cpu().numpy()}
    for name, rival in rivals.items():
        size, device = rival.codes.shape[1], rival.codes.device
        noise = torch.randn(SHOWN, size, generator=generator_on(device, SEED), device=device)
        parts = {
            "rebuilt": rival.rebuilt[:SHOWN],
            "path": rival.decode(latent.path(rival.codes[0], rival.codes[1], STRIP)),
            "samples": rival.decode(latent.fit_gaussian(rival.codes).sample(noise)),
        }
        shown |= {f"{name}_{part}": to_uint8(pictures).cpu().numpy() for part, pictures in parts.items()}
        shown[f"{name}_each"] = metrics.psnr_each(rival.rebuilt, unseen).cpu().numpy()  # (N,) dB
    return shown
