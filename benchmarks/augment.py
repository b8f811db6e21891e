"""SimCLR's views (crop, flip, jitter of strength 0.5, grey; no blur): ours beside four libraries, in one run.

    ours, exact and fast     a float batch, every picture with its own parameters
    torchvision v2           one uint8 tensor after another, the usual DataLoader way; "v2, float" the same on floats
    albumentations           one uint8 array after another (OpenCV inside)
    lightly                  its SimCLRViewTransform, one Pillow picture after another
    kornia                   a float batch, every picture with its own parameters, both of its ways to crop

Every arm is given the pictures in the form it likes, prepared beforehand, and has to return views in whatever form
it has. First the gate: ours equals torchvision's functions picture by picture with the parameters that were drawn;
the others draw their own, so their views must have the same statistics as ours. Then the time, with one thread and
with all cores, at 32, 96 and 224 pixels: where we lose, it stands here too.

    python -m benchmarks.augment
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import albumentations
import cv2
import kornia.augmentation as kornia_augmentation
import numpy as np
import torch
from lightly.transforms.simclr_transform import SimCLRViewTransform
from torch import Tensor
from torchvision.transforms import functional as by_hand
from torchvision.transforms import v2

from benchmarks.common import Timing, interleave, table, write
from engine import images as pictures
from engine import samples
from engine.augment import recipe, simclr_views, trace
from engine.augment.jitter import STEPS
from engine.data import load

OURS, FAST = "ours, exact", "ours, fast"
SIZES = {32: 256, 96: 64, 224: 16}  # pixels -> pictures in a batch
ROUNDS, SEED, STRENGTH = 21, 0, 0.5
TOLERANCE = 1e-5  # two float32 implementations of HSV
Arms = dict[str, Callable[[], Any]]


def batch(side: int, count: int) -> Tensor:
    """Real pictures (count, 3, side, side), exact in 8 bits: patches of photographs, or whole photographs."""
    if side == 32:
        return load("photo-crops", "train", count).images.float() / 255
    names = samples.names()
    found = torch.cat([samples.sample(names[number % len(names)], side) for number in range(count)])
    return pictures.to_uint8(found).float() / 255


def arms(images: Tensor) -> Arms:
    """What each library does to the batch; calling an arm makes one view of every picture."""
    side = images.shape[-1]
    levels = (images * 255).round().to(torch.uint8)
    single = list(levels)
    floats = list(images)
    arrays = [np.ascontiguousarray(each.permute(1, 2, 0).numpy()) for each in levels]
    pillow = [pictures.to_pil(each) for each in levels]
    generator = torch.Generator().manual_seed(SEED)
    reach = 0.8 * STRENGTH, 0.8 * STRENGTH, 0.8 * STRENGTH, 0.2 * STRENGTH
    torchvision = v2.Compose(
        [
            v2.RandomResizedCrop(side, scale=(0.08, 1.0), antialias=True),
            v2.RandomHorizontalFlip(0.5),
            v2.RandomApply([v2.ColorJitter(*reach)], p=0.8),
            v2.RandomGrayscale(0.2),
        ]
    )
    albu = albumentations.Compose(
        [
            albumentations.RandomResizedCrop(size=(side, side), scale=(0.08, 1.0)),
            albumentations.HorizontalFlip(p=0.5),
            albumentations.ColorJitter(
                *[(1 - each, 1 + each) for each in reach[:3]], hue=(-reach[3], reach[3]), p=0.8
            ),
            albumentations.ToGray(p=0.2),
        ]
    )
    lightly = SimCLRViewTransform(input_size=side, cj_strength=STRENGTH, gaussian_blur=0.0, normalize=None)
    found: Arms = {
        OURS: lambda: simclr_views(images, generator, strength=STRENGTH),
        FAST: lambda: simclr_views(images, generator, strength=STRENGTH, exact=False),
        "torchvision v2": lambda: [torchvision(each) for each in single],
        "torchvision v2, float": lambda: [torchvision(each) for each in floats],
        "albumentations": lambda: [albu(image=each)["image"] for each in arrays],
        "lightly": lambda: [lightly(each) for each in pillow],
    }
    for mode in ("resample", "slice"):
        module = torch.nn.Sequential(
            kornia_augmentation.RandomResizedCrop((side, side), scale=(0.08, 1.0), cropping_mode=mode),
            kornia_augmentation.RandomHorizontalFlip(p=0.5),
            kornia_augmentation.ColorJitter(*reach, p=0.8),
            kornia_augmentation.RandomGrayscale(p=0.2),
        )
        found[f"kornia, {mode}"] = lambda module=module: module(images)
    return found


@dataclass(frozen=True)
class Look:
    """What the views of an arm have in common, whatever was drawn."""

    mean: float
    spread: float
    sharpness: float  # mean difference of neighbours: a crop that is not enlarged, or a blur, changes it
    grey: float  # share of the pictures without colour


def as_batch(made: Any) -> Tensor:  # noqa: ANN401 - every library has a form of its own
    """Whatever an arm returns as floats (B, 3, H, W) in [0, 1]."""
    if isinstance(made, Tensor):
        return made
    if isinstance(made[0], np.ndarray):
        return torch.stack([torch.from_numpy(each).permute(2, 0, 1) for each in made]).float() / 255
    stacked = torch.stack(made)
    return stacked.float() / 255 if stacked.dtype == torch.uint8 else stacked


def look(arm: Callable[[], Any], draws: int) -> Look:
    """Statistics over `draws` draws of the batch."""
    views = torch.cat([as_batch(arm()) for _ in range(draws)])
    colourless = (views - views.mean(1, keepdim=True)).abs().amax((1, 2, 3)) < 1.5 / 255
    sharp = (views[..., 1:] - views[..., :-1]).abs().mean()
    return Look(views.mean().item(), views.std().item(), sharp.item(), colourless.float().mean().item())


NEAR = Look(0.012, 0.012, 0.004, 0.05)  # how far another library's statistics may be from ours


def gate(found: Arms, draws: int = 12) -> dict[str, Look]:
    """The statistics of every arm; AssertionError where one does something else than ours."""
    looks = {name: look(arm, draws) for name, arm in found.items()}
    for name, other in looks.items():
        for trait, most in vars(NEAR).items():
            apart = abs(getattr(other, trait) - getattr(looks[OURS], trait))
            if not apart < most:
                raise AssertionError(f"{name} does something else than ours: {trait} is {apart:.3f} apart.")
    return looks


def picture_by_picture(images: Tensor, seed: int = SEED) -> float:
    """Largest difference of ours from torchvision's functions with the same parameters; AssertionError above 1e-5."""
    generator = torch.Generator().manual_seed(seed)
    steps = trace(images, recipe(STRENGTH), generator)
    crop, jitter, drop = ({name: value.tolist() for name, value in step.drawn.items()} for step in steps)
    adjust = [getattr(by_hand, f"adjust_{name}") for name in STEPS]
    most = 0.0
    for number, image in enumerate(images):
        box = [crop[name][number] for name in ("top", "left", "height", "width")]
        image = by_hand.resized_crop(image, *box, list(images.shape[-2:]), antialias=True)
        image = by_hand.hflip(image) if crop["mirrored"][number] else image
        for step in jitter["order"][number] if jitter["applied"][number] else ():
            image = adjust[step](image, jitter[STEPS[step]][number])
        image = by_hand.rgb_to_grayscale(image, 3) if drop["applied"][number] else image
        most = max(most, (steps[-1].images[number] - image).abs().max().item())
    if not most < TOLERANCE:
        raise AssertionError(f"Ours is {most:.2g} from torchvision, picture by picture.")
    return most


def modes_apart(images: Tensor) -> dict[str, float]:
    """How far the fast mode is from the exact one with the same parameters: mean and largest difference."""
    exact, fast = (
        simclr_views(images, torch.Generator().manual_seed(SEED), strength=STRENGTH, exact=exact)
        for exact in (True, False)
    )
    difference = (exact - fast).abs()
    return {"mean": difference.mean().item(), "largest": difference.max().item()}


def measure(side: int, images: Tensor, threads: int) -> tuple[dict[str, Timing], dict[str, int]]:
    """Time of every arm, and pictures a second."""
    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)
    timings = interleave(arms(images), rounds=ROUNDS)
    rates = {name: round(1000 * len(images) / timing.median_ms) for name, timing in timings.items()}
    plural = "" if threads == 1 else "s"
    print(table(f"{len(images)} pictures of {side} x {side}, {threads} thread{plural}", timings, ours=OURS))
    print("  " + ", ".join(f"{name} {rate:,}/s" for name, rate in rates.items()), end="\n\n")
    return timings, rates


def summary(rates: Mapping[str, int]) -> dict[str, float]:
    """Ours over the best arm of each library."""
    best = {
        library: max(rate for name, rate in rates.items() if name.startswith(library))
        for library in ("torchvision", "albumentations", "lightly", "kornia")
    }
    return {
        f"{ours} over {library}": round(rates[ours] / rate, 2)
        for ours in (OURS, FAST)
        for library, rate in best.items()
    }


def main() -> None:
    """Check, measure, print the tables, write results/augment.json."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    findings: dict[str, Any] = {
        "setting": {"rounds": ROUNDS, "seed": SEED, "strength": STRENGTH, "blur": False}
    }
    small = batch(32, SIZES[32])
    torch.manual_seed(SEED)
    findings["largest_difference_from_torchvision"] = {
        str(side): picture_by_picture(batch(side, count)) for side, count in SIZES.items()
    }
    findings["fast_mode_from_exact"] = modes_apart(small)
    findings["statistics"] = {name: vars(each) for name, each in gate(arms(small)).items()}
    for side, count in SIZES.items():
        for threads in sorted({1, cores}):
            timings, rates = measure(side, batch(side, count), threads)
            findings[f"{side} pixels, threads {threads}"] = {
                "timings": timings,
                "pictures_per_second": rates,
                "ratios": summary(rates),
            }
    packages = ("torch", "torchvision", "kornia", "albumentations", "lightly", "opencv-python-headless")
    path = write("augment", packages, findings)
    print(f"Written to {path.relative_to(path.parents[2])}.")


if __name__ == "__main__":
    main()
