"""From a zip of small JPEG files in class folders to one tensor: ours beside the usual ways.

  import_archive            engine.data, checks and stored arrays included
  zipfile + Pillow          every file read from the zip and decoded, one after the other
  unzip + ImageFolder       unpacked to disk, then torchvision's ImageFolder with its default loader

A made-up archive with the statistics that matter: 32 x 32 pixels, ten classes, about 900 bytes a file.

    python -m benchmarks.importing
"""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from itertools import count
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torchvision.datasets import ImageFolder

from benchmarks.common import interleave, table, write
from engine import data
from engine.data import shapes
from engine.images import to_uint8

PICTURES, CLASSES, ROUNDS, SEED = 5000, 10, 5, 0
OURS = "import_archive"


def archive(path: Path, pictures: int = PICTURES) -> Path:
    """Rendered shapes as JPEG files in class folders, train and test."""
    drawn = to_uint8(shapes.render(shapes.draw(pictures, torch.Generator().manual_seed(SEED))))
    with zipfile.ZipFile(path, "w") as target:
        for number, picture in enumerate(drawn.permute(0, 2, 3, 1).numpy()):
            buffer = io.BytesIO()
            Image.fromarray(picture).save(buffer, "JPEG", quality=80)
            split = "test" if number % 11 == 0 else "train"
            target.writestr(f"set/{split}/class{number % CLASSES}/{number:05d}.jpg", buffer.getvalue())
    return path


def arms(path: Path, folder: Path) -> dict[str, Callable[[], int]]:
    """Every way to read the archive; each returns the sum of all values, so that all provably read the same."""
    numbers = count()

    def ours() -> int:
        name = f"set {next(numbers)}"
        data.import_archive(path, name)
        total = sum(int(data.load(name, split).images.sum()) for split in ("train", "test"))
        data.remove(name)
        return total

    def pillow() -> int:
        with zipfile.ZipFile(path) as source:
            names = [name for name in source.namelist() if name.endswith(".jpg")]
            pictures = [
                np.asarray(Image.open(io.BytesIO(source.read(name))).convert("RGB")) for name in names
            ]
        return int(np.stack(pictures).sum(dtype=np.int64))

    def unzip() -> int:
        place = folder / f"unzipped {next(numbers)}"
        with zipfile.ZipFile(path) as source:
            source.extractall(place)
        total = 0
        for split in ("train", "test"):
            files = ImageFolder(str(place / "set" / split))
            total += int(np.stack([np.asarray(picture) for picture, _ in files]).sum(dtype=np.int64))
        shutil.rmtree(place)
        return total

    return {OURS: ours, "zipfile + Pillow": pillow, "unzip + ImageFolder": unzip}


def check(found: dict[str, Callable[[], int]]) -> dict[str, int]:
    """The sum each arm finds; raises AssertionError where one reads something else."""
    sums = {name: arm() for name, arm in found.items()}
    for name, total in sums.items():
        if total != sums[OURS]:
            raise AssertionError(f"{name} reads something else than ours: {total} instead of {sums[OURS]}.")
    return sums


def main() -> None:
    """Check, measure, print, write results/importing.json."""
    with tempfile.TemporaryDirectory() as place:
        os.environ["EXPLORER_CACHE"] = place
        found = arms(archive(Path(place) / "set.zip"), Path(place))
        sums = check(found)
        timings = interleave(found, rounds=ROUNDS, warm_up=0)
    print(table(f"{PICTURES} files", timings, ours=OURS))
    rates = {name: round(PICTURES / timing.median_ms * 1000) for name, timing in timings.items()}
    print(f"Files a second: {rates}")
    setting = {"pictures": PICTURES, "classes": CLASSES, "rounds": ROUNDS, "seed": SEED}
    findings = {
        "setting": setting,
        "sum_of_values": sums[OURS],
        "files_per_second": rates,
        "timings": timings,
    }
    path = write("importing", ("torch", "torchvision", "pillow", "numpy"), findings)
    print(f"Written to {path.relative_to(path.parents[2])}.")


if __name__ == "__main__":
    main()
