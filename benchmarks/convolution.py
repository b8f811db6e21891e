"""A 512 x 512 RGB picture under a 7 x 7 kernel: ours beside OpenCV, scipy.ndimage and scipy.signal.

Two tasks, zeros beyond the border, float32 throughout:
  each channel    the same kernel on every channel, what OpenCV's filter2D does with a colour picture
  one output      a filter of 7 x 7 x 3 whose three sums are added, a convolutional layer with one filter
Every library gets the picture in the memory layout it likes (OpenCV rows x columns x channels, the others
channels first), prepared beforehand. Once with one thread and once with all cores; scipy has only one thread.

    python -m benchmarks.convolution
"""

from __future__ import annotations

import os
from collections.abc import Callable

import cv2
import numpy as np
import torch
from scipy import ndimage, signal
from torch.nn import functional

from benchmarks.common import Timing, interleave, table, write
from engine.convolution import convolve, filter_channels

SIDE, KERNEL, ROUNDS, SEED = 512, 7, 41, 0
TOLERANCE = 1e-4  # float32 sums of 147 products in different orders
OURS = "ours"
Arms = dict[str, Callable[[], np.ndarray]]


def each_channel(picture: torch.Tensor, kernel: torch.Tensor) -> Arms:
    """The same kernel on every channel; every arm returns something that squeezes to (3, H, W)."""
    planes, values = picture[0].numpy(), kernel.numpy()
    interleaved = np.ascontiguousarray(planes.transpose(1, 2, 0))  # (H, W, 3)
    turned = np.ascontiguousarray(values[::-1, ::-1])
    alone, single = picture[0].unsqueeze(1), kernel[None, None]
    return {
        OURS: lambda: filter_channels(picture, kernel, padding="same").numpy(),
        "torch conv2d": lambda: functional.conv2d(alone, single, padding="same").numpy(),
        "OpenCV filter2D": lambda: _opencv(interleaved, values).transpose(2, 0, 1),
        "scipy.ndimage correlate": lambda: np.stack([_ndimage(plane, values) for plane in planes]),
        "scipy.signal fftconvolve": lambda: signal.fftconvolve(
            planes, turned[None], mode="same", axes=(1, 2)
        ),
        "scipy.signal correlate2d": lambda: np.stack(
            [signal.correlate2d(plane, values, mode="same") for plane in planes]
        ),
    }


def one_output(picture: torch.Tensor, weight: torch.Tensor) -> Arms:
    """Three kernels, their results added; every arm returns something that squeezes to (H, W)."""
    planes, values = picture[0].numpy(), weight[0].numpy()
    turned = np.ascontiguousarray(values[:, ::-1, ::-1])
    pairs = list(zip(planes, values, strict=True))
    return {
        OURS: lambda: convolve(picture, weight, padding="same").numpy(),
        "torch conv2d": lambda: functional.conv2d(picture, weight, padding="same").numpy(),
        "OpenCV filter2D": lambda: _sum([_opencv(plane, each) for plane, each in pairs]),
        "scipy.ndimage correlate": lambda: _sum([_ndimage(plane, each) for plane, each in pairs]),
        "scipy.signal fftconvolve": lambda: signal.fftconvolve(planes, turned, mode="same", axes=(1, 2)).sum(
            0
        ),
        "scipy.signal correlate2d": lambda: _sum(
            [signal.correlate2d(plane, each, mode="same") for plane, each in pairs]
        ),
    }


def check(arms: Arms) -> dict[str, float]:
    """Largest difference of every arm from ours; raises AssertionError where one computes something else."""
    ours = arms[OURS]().squeeze()
    apart = {name: float(np.abs(arm().squeeze() - ours).max()) for name, arm in arms.items()}
    for name, difference in apart.items():
        if not difference < TOLERANCE:
            raise AssertionError(f"{name} computes something else than ours: {difference:.2g} apart.")
    return apart


def _opencv(picture: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    return cv2.filter2D(picture, cv2.CV_32F, kernel, borderType=cv2.BORDER_CONSTANT)


def _ndimage(plane: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    return ndimage.correlate(plane, kernel, mode="constant")


def _sum(planes: list[np.ndarray]) -> np.ndarray:
    return cv2.add(cv2.add(planes[0], planes[1]), planes[2])


def _measure(task: str, arms: Arms, threads: int) -> dict[str, Timing]:
    torch.set_num_threads(threads)
    cv2.setNumThreads(threads)
    timings = interleave(arms, rounds=ROUNDS)
    plural = "" if threads == 1 else "s"
    print(table(f"{task}, {threads} thread{plural}", timings, ours=OURS), end="\n\n")
    return timings


def main() -> None:
    """Check, measure, print the tables, write results/convolution.json."""
    generator = torch.Generator().manual_seed(SEED)
    picture = torch.rand(1, 3, SIDE, SIDE, generator=generator)
    weight = torch.randn(1, 3, KERNEL, KERNEL, generator=generator) / KERNEL
    tasks = {"each channel": each_channel(picture, weight[0, 0]), "one output": one_output(picture, weight)}
    apart = {task: check(arms) for task, arms in tasks.items()}
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    timings = {
        f"{task}, threads {threads}": _measure(task, arms, threads)
        for threads in sorted({1, cores})
        for task, arms in tasks.items()
    }
    setting = {"side": SIDE, "kernel": KERNEL, "channels": 3, "rounds": ROUNDS, "seed": SEED}
    packages = ("torch", "numpy", "scipy", "opencv-python-headless")
    path = write(
        "convolution", packages, {"setting": setting, "largest_difference": apart, "timings": timings}
    )
    print(f"Written to {path.relative_to(path.parents[2])}.")


if __name__ == "__main__":
    with torch.inference_mode():
        main()
