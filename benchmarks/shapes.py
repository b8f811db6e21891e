"""Pictures of the shapes set per second: ours in batches beside renderers that draw picture by picture.

  batch                 engine.data.shapes.render, all pictures at once
  one by one            the same function, a batch of one each
  Pillow, 8 x larger    the usual way: polygons filled on a canvas eight times larger, patterns by NumPy, averaged
Scenes of several shapes likewise in a batch. All arms draw the same pictures; they differ at the edges, where ours
is the exact share for straight edges and Pillow's is one of 65 steps.

    python -m benchmarks.shapes
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping

import numpy as np
import torch
from PIL import Image, ImageDraw
from torch import Tensor

from benchmarks.common import Timing, interleave, table, write
from engine.data import outlines, scenes, shapes

COUNT, SIDE, FACTOR, ROUNDS, SEED = 64, shapes.SIDE, 8, 7, 0
TOLERANCE = 0.012  # mean difference; the largest are at corners and thin tips
OURS = "batch"


def pillow(values: Mapping[str, Tensor], index: int, side: int = SIDE, factor: int = FACTOR) -> np.ndarray:
    """Picture `index`, (3, side, side) in [0, 1], drawn with Pillow on a canvas `factor` times larger."""
    value = {name: float(column[index]) for name, column in values.items()}
    large = side * factor
    axis = (np.arange(large) + 0.5) * (2 / large) - 1
    x, y = axis[None, :], axis[:, None]
    picture = np.repeat(_background(value, x, y)[..., None], 3, axis=2)
    colour = np.array(_rgb(value["hue"]))
    for at_x, at_y, radius in _places(value):
        mask = Image.new("1", (large, large))
        angle = math.radians(value["rotation"])
        cosine, sine = math.cos(angle), math.sin(angle)
        for part, polygon in enumerate(outlines.outline(outlines.SHAPES[int(value["shape"])])):
            corners = [
                (
                    ((cosine * px + sine * py) * radius + at_x + 1) * large / 2 - 0.5,
                    ((-sine * px + cosine * py) * radius + at_y + 1) * large / 2 - 0.5,
                )
                for px, py in polygon.tolist()
            ]
            ImageDraw.Draw(mask).polygon(corners, fill=part == 0)
        along, over = cosine * (x - at_x) - sine * (y - at_y), sine * (x - at_x) + cosine * (y - at_y)
        shade = 1 - (1 - shapes.SHADE) * _dark(int(value["texture"]), along, over)
        covered = np.asarray(mask)
        picture[covered] = (colour * shade[..., None])[covered]
    return picture.reshape(side, factor, side, factor, 3).mean((1, 3)).transpose(2, 0, 1)


def _places(value: Mapping[str, float]) -> list[tuple[float, float, float]]:
    right, low = math.copysign(1, value["x"]), math.copysign(1, value["y"])
    corners = [(-right, -low), (-right, low), (right, -low)][: int(value["count"])]
    copies = [(shapes.CORNER * a, shapes.CORNER * b, shapes.COPY) for a, b in corners]
    return [(value["x"], value["y"], value["size"]), *copies]


def _background(value: Mapping[str, float], x: np.ndarray, y: np.ndarray) -> np.ndarray:
    waves = np.sin(4.5 * (x + 0.6 * y))
    parts = ((2.3, 1.1, 0.4), (-1.3, 3.1, 2.2), (3.9, -2.7, 1.0), (5.1, 4.3, 3.3))
    clouds = sum(np.sin(a * x + b * y + c) for a, b, c in parts) / 2.5
    pattern = (0 * (x + y), y + 0 * x, waves, clouds)[int(value["background"])]
    return np.clip(value["brightness"] + shapes.CONTRAST * pattern, 0, 1)


def _dark(kind: int, along: np.ndarray, over: np.ndarray) -> np.ndarray:
    a, b = along / shapes.PERIOD, over / shapes.PERIOD
    a, b = a - np.round(a), b - np.round(b)
    across, down = np.abs(a) < 0.25, np.abs(b) < 0.25
    return (0 * a, across, across ^ down, a**2 + b**2 < 0.28**2)[kind] * 1.0


def _rgb(hue: float) -> tuple[float, float, float]:
    return tuple(shapes.rgb(torch.tensor([hue]))[0].tolist())


def arms(values: Mapping[str, Tensor]) -> dict[str, Callable[[], np.ndarray]]:
    """Every way to draw the pictures of `values`: -> (N, 3, side, side)."""
    count = len(values["shape"])

    def single(index: int) -> np.ndarray:
        return shapes.render({name: value[index : index + 1] for name, value in values.items()})[0].numpy()

    return {
        OURS: lambda: shapes.render(values).numpy(),
        "one by one": lambda: np.stack([single(index) for index in range(count)]),
        "Pillow, 8 x larger": lambda: np.stack([pillow(values, index) for index in range(count)]),
    }


def check(found: Mapping[str, Callable[[], np.ndarray]]) -> dict[str, float]:
    """Mean difference of every arm from ours; raises AssertionError where one draws something else."""
    ours = found[OURS]()
    apart = {name: float(np.abs(arm() - ours).mean()) for name, arm in found.items()}
    for name, difference in apart.items():
        if not difference < TOLERANCE:
            raise AssertionError(f"{name} draws something else than ours: {difference:.2g} apart.")
    return apart


def _rates(timings: Mapping[str, Timing], count: int) -> dict[str, float]:
    return {name: round(count / timing.median_ms * 1000, 1) for name, timing in timings.items()}


def main() -> None:
    """Check, measure, print, write results/shapes.json."""
    values = shapes.draw(COUNT, torch.Generator().manual_seed(SEED))
    many = shapes.draw(4096, torch.Generator().manual_seed(SEED))
    scene = scenes.draw(2048, torch.Generator().manual_seed(SEED))
    apart = check(arms(values))
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    timings, rates = {}, {}
    for threads in sorted({1, cores}):
        torch.set_num_threads(threads)
        few = interleave(arms(values), rounds=ROUNDS, warm_up=1)
        batch = interleave(
            {"shapes": lambda: shapes.render(many), "scenes": lambda: scenes.render(scene)}, rounds=ROUNDS
        )
        print(table(f"{COUNT} pictures, threads {threads}", few, ours=OURS), end="\n\n")
        timings[f"{COUNT} pictures, threads {threads}"] = few
        timings[f"4096 shapes and 2048 scenes, threads {threads}"] = batch
        rates[f"threads {threads}"] = _rates(few, COUNT) | {
            "4096 shapes": _rates(batch, 4096)["shapes"],
            "2048 scenes": _rates(batch, 2048)["scenes"],
        }
        print(f"Pictures a second: {rates[f'threads {threads}']}\n")
    setting = {"side": SIDE, "pictures": COUNT, "rounds": ROUNDS, "seed": SEED, "supersampling": FACTOR}
    findings = {
        "setting": setting,
        "mean_difference": apart,
        "pictures_per_second": rates,
        "timings": timings,
    }
    path = write("shapes", ("torch", "numpy", "pillow"), findings)
    print(f"Written to {path.relative_to(path.parents[2])}.")


if __name__ == "__main__":
    with torch.inference_mode():
        main()
