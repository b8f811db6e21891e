"""Makes assets/runs/augmentation-matrix: which pairs of augmentations teach a network what is in a picture.

    python -m engine.studies.augmentation_matrix                (every cell that is not in --cells yet, then the run)
    python -m engine.studies.augmentation_matrix --backwards    (beside it: the last cells first)

As figure 5 of the SimCLR paper (Chen et al. 2020): views are changed by one operator and then by another; on the
diagonal there is one operator alone. A small network is trained by NT-Xent on such pairs without labels, frozen, and
read out by a logistic probe on h. Every cell starts from the same weights and sees the same pictures in the same
order. What differs from the paper: the pictures, the network, the length; nothing is cropped beforehand, because all
pictures have one size; a pair is measured in one order only, that of the list; and both views are changed, as in
SimCLR itself. The paper leaves one of them as it is, which learns more slowly: a network trained so for half a minute
did not come above the untrained one.

A cell takes seconds to minutes, so each is kept as a file of its own: an interrupted study goes on where it was.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations_with_replacement
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine import data, memory, stored_runs
from engine import device as devices
from engine.augment import OPERATORS, Operator, augment
from engine.contrastive.experiment import Batch, Run
from engine.contrastive.experiment import Settings as Experiment
from engine.contrastive.linear_probe import logistic_accuracy
from engine.contrastive.model import represent
from engine.data import Dataset
from engine.experiment import FreeRun, ignore
from engine.models import Encoder
from engine.settings import SettingsBase, setting
from engine.training import Plan

RUN = "augmentation-matrix"
COMMAND = "python -m engine.studies.augmentation_matrix"
# The paper's seven. Each changes every picture, as in the figure.
CHOSEN: Mapping[str, Mapping[str, float]] = {
    "crop": {
        "smallest": 0.4
    },  # as `contrastive.views` explains: smaller crops of a small shape show nothing of it
    "cutout": {},
    # Brightness, contrast and saturation as for CIFAR-10 (0.8 x 0.5); the hue anywhere on its circle, as in
    # `contrastive.views`: with less the colour of a plain shape stays as good as known.
    "jitter": {
        "strength": 2.0,
        "brightness": 0.2,
        "contrast": 0.2,
        "saturation": 0.2,
        "hue": 0.25,
        "probability": 1.0,
    },
    "sobel": {},
    "noise": {},
    "blur": {"probability": 1.0, "kernel": 0.2},
    "rotate": {},
}


@dataclass(frozen=True)
class Settings(SettingsBase):
    """Everything the matrix depends on."""

    data: str = setting("shapes-plain", high=80, why="a set in which colour is a shortcut past the class")
    pictures: int = setting(0, low=0, high=10_000_000, why="0: all; less for a test")
    epochs: int = setting(3, low=1, high=1000, why="half a minute for a cell, and pairs lie 20 points apart")
    batch_size: int = setting(128, low=2, high=4096, why="more steps in the same time than 256")
    width: int = setting(16, low=4, high=512, why="half the encoder of the live page, for time")
    labelled: int = setting(4000, low=10, high=100_000, why="the probe's pictures")
    seeds: tuple[int, ...] = setting((0,), low=0, high=2**31 - 1)
    operators: tuple[str, ...] = setting(tuple(CHOSEN), words=tuple(OPERATORS))


class Pair(Run):
    """SimCLR with `family` as the operators of both views."""

    family: Sequence[Operator] = ()

    def fetch(self, indices: Tensor, generator: torch.Generator | None) -> Batch:
        """Two views of the pictures at `indices`."""
        pictures = self.images[indices].float() / 255
        source = torch.Generator() if generator is None else generator
        return (
            augment(pictures, self.family, source, exact=False),
            augment(pictures, self.family, source, exact=False),
        )

    def test(self, *_: object) -> Mapping[str, float]:
        """Nothing is examined on the way."""
        return {}


def operator(name: str) -> Operator:
    """An operator as the matrix has it."""
    return OPERATORS[name].from_dict(dict(CHOSEN.get(name, {})))


def family(first: str, second: str) -> tuple[Operator, ...]:
    """The operators of a cell in their order; one on the diagonal."""
    return tuple(operator(name) for name in dict.fromkeys((first, second)))


def accuracy(run: Pair, train: Dataset, test: Dataset) -> float:
    """What a logistic probe reads from the frozen network: share of the test pictures it gets right."""
    known = train.images.to(run.device), train.labels.to(run.device)
    asked = test.images.to(run.device), test.labels.to(run.device)
    h_known, _ = represent(run.model, known[0], run.learner.precision)
    h_asked, _ = represent(run.model, asked[0], run.learner.precision)
    return logistic_accuracy(h_known, known[1], h_asked, asked[1]).item()


def cell(settings: Settings, seed: int, operators: Sequence[Operator], *, trained: bool = True) -> float:
    """Train on one pair of operators, then probe; untrained where nothing is to be learned first."""
    train, test = (
        data.load(settings.data, "train", settings.pictures or None),
        data.load(settings.data, "test"),
    )
    plan = Plan(epochs=settings.epochs, batch_size=settings.batch_size, seed=seed)
    experiment = Experiment(
        data=settings.data, pictures=settings.pictures, encoder=Encoder(width=settings.width), plan=plan
    )
    run = Pair(experiment, train, test, devices.pick(), ignore)
    run.family = operators
    if trained:
        run.loop.run(FreeRun(), ignore)
    return accuracy(run, train.first(settings.labelled), test.first(settings.labelled))


def work(settings: Settings) -> list[tuple[int, str, str]]:
    """(seed, first, second) of every cell in one order; two empty names stand for the untrained network."""
    pairs = [("", ""), *combinations_with_replacement(settings.operators, 2)]
    return [(seed, first, second) for seed in settings.seeds for first, second in pairs]


def kept(folder: Path, settings: Settings, seed: int, first: str, second: str) -> Path:
    """The file of a cell; other settings, another file."""
    told = {
        **settings.to_dict(),
        "operators": None,
        "seeds": None,
        "chosen": [CHOSEN.get(n) for n in (first, second)],
    }
    digest = hashlib.blake2b(json.dumps(told, sort_keys=True).encode(), digest_size=8).hexdigest()
    return folder / f"{first or 'untrained'}-{second or 'untrained'}-{seed}-{digest}.json"


def measure(settings: Settings, folder: Path, *, backwards: bool = False) -> None:
    """Every cell that has no file yet; the last first, so that two processes meet in the middle."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed, first, second in work(settings)[:: -1 if backwards else 1]:
        file = kept(folder, settings, seed, first, second)
        if not file.exists():
            start = time.perf_counter()
            found = cell(settings, seed, family(first, second) if first else (), trained=bool(first))
            seconds = round(time.perf_counter() - start, 1)
            file.write_text(json.dumps({"accuracy": found, "seconds": seconds}))
            print(f"{seed} {first:8} {second:8} {found:.4f}  {seconds} s", flush=True)


def collect(settings: Settings, folder: Path, *, target: Path = stored_runs.FOLDER) -> Path:
    """The stored run from the cells' files."""
    names, seeds = settings.operators, settings.seeds

    def found(seed: int, first: str, second: str) -> dict[str, float]:
        pair = sorted((first, second), key=("", *names).index)  # a pair has one order and so one file
        read: dict[str, float] = json.loads(kept(folder, settings, seed, *pair).read_text())
        return read

    values = np.array(
        [[[found(s, a, b)["accuracy"] for b in names] for a in names] for s in seeds]
    )  # (S, K, K)
    untrained = float(np.mean([found(seed, "", "")["accuracy"] for seed in seeds]))
    seconds = sum(found(*each)["seconds"] for each in work(settings))
    mean = values.mean(0)
    alone, pairs = np.diag(mean).mean(), mean[~np.eye(len(names), dtype=bool)].mean()
    best = divmod(int(mean.argmax()), len(names))
    told: dict[str, Any] = settings.to_dict() | {
        "data": data.card(settings.data).title,
        "data_name": settings.data,
        "operator_settings": {name: operator(name).to_dict() for name in names},
        "changed": "both views",
        "order": "as listed",
    }
    return stored_runs.write(
        RUN,
        {"accuracy": mean, "deviation": values.std(0)},
        command=COMMAND,
        settings=told,
        seed=seeds[0],
        headline={
            "untrained": round(untrained, 4),
            "best": [names[best[0]], names[best[1]], round(float(mean.max()), 4)],
            "alone": round(float(alone), 4),
            "pairs": round(float(pairs), 4),
            "minutes": round(seconds / 60, 1),
        },
        folder=target,
    )


def main() -> None:
    """Measure what is missing, then store the run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--cells", type=Path, default=Path("user") / RUN, help="where finished cells are kept"
    )
    parser.add_argument("--backwards", action="store_true", help="the last cells first, and store nothing")
    arguments = parser.parse_args()
    settings = Settings()
    measure(settings, arguments.cells, backwards=arguments.backwards)
    if arguments.backwards:
        return
    print(f"Stored in {collect(settings, arguments.cells)}.")


if __name__ == "__main__":
    memory.keep()
    main()
