"""Makes assets/runs/simclr-findings: the paper's findings, measured on rendered shapes.

    python -m engine.studies.contrastive_findings             (every arm that is not in --cells yet, then the run)

What is trained stands in `engine.contrastive.findings`. Arms of several findings that have the same settings are
trained once. Each is asked by neighbours (k = 20) and a logistic probe, on h and on z; the base encoder is also
fine-tuned on 1 % and 10 % of the labels, against the same network from scratch.

An arm takes one to ten minutes of one core, so each is kept as a file of its own: an interrupted study goes on where
it was. Seeds other than 0 are averaged with it.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from engine import data, memory, stored_runs
from engine import device as devices
from engine.contrastive import fewer_labels
from engine.contrastive.experiment import CALIBRATED, Run, Settings
from engine.contrastive.findings import BASE, FINDINGS, SHARES
from engine.contrastive.linear_probe import logistic_accuracy
from engine.contrastive.model import SimCLR, build, calibrate, represent
from engine.contrastive.neighbours import knn_accuracy
from engine.data import Dataset
from engine.experiment import FreeRun, ignore
from engine.training import Precision

RUN = "simclr-findings"
COMMAND = "python -m engine.studies.contrastive_findings"
MEASURES = ("probe_h", "probe_z", "knn_h", "knn_z", "seconds")


class Silent(Run):
    """SimCLR that is asked nothing on the way."""

    def test(self, *_: object) -> Mapping[str, float]:
        """Nothing."""
        return {}


def asked(model: SimCLR, train: Dataset, test: Dataset, precision: Precision) -> dict[str, float]:
    """What all labelled pictures read from h and z of the test pictures."""
    device = precision.device
    known, wanted = (represent(model, each.images.to(device), precision) for each in (train, test))
    labels, right = train.labels.to(device), test.labels.to(device)
    found = {}
    for name, here, there in (("h", known[0], wanted[0]), ("z", known[1], wanted[1])):
        found[f"probe_{name}"] = logistic_accuracy(here, labels, there, right).item()
        found[f"knn_{name}"] = knn_accuracy(here, labels, there, right).item()
    return found


def fresh(settings: Settings, channels: int, device: torch.device) -> SimCLR:
    """The network of these settings before training."""
    return build(settings.encoder, settings.head, channels, settings.plan.seed, device)


def measure_arm(settings: Settings, *, trained: bool = True) -> tuple[dict[str, float], Run]:
    """Train with these settings and ask."""
    train = data.load(settings.data, "train", settings.pictures or None)
    test = data.load(settings.data, "test")
    start = time.perf_counter()
    run = Silent(settings, train, test, devices.pick(), ignore)
    if trained:
        run.loop.run(FreeRun(), ignore)
    seconds = time.perf_counter() - start
    return asked(run.model, train, test, run.learner.precision) | {"seconds": seconds}, run


def measure_labels(settings: Settings) -> dict[str, float]:
    """Share of the test pictures that are right after training on a share of the labels, for both arms."""
    train = data.load(settings.data, "train", settings.pictures or None)
    test = data.load(settings.data, "test")
    device, seed = devices.pick(), settings.plan.seed
    _, run = measure_arm(settings)
    found = {}
    for share in SHARES:
        pretrained = copy.deepcopy(run.model)  # fine-tuning changes it
        found[f"pretrained {share:g}"] = fewer_labels.accuracy(pretrained, train, test, share, seed=seed)
        alone = fresh(settings, train.images.shape[1], device)
        run.learner.precision.place(alone)
        calibrate(alone, run.images[:CALIBRATED], run.learner.precision)
        found[f"scratch {share:g}"] = fewer_labels.accuracy(alone, train, test, share, seed=seed)
    return found


def kept(folder: Path, kind: str, settings: Settings) -> Path:
    """The file of a measurement; other settings, another file."""
    told = json.dumps({"kind": kind, **settings.to_dict()}, sort_keys=True)
    return folder / f"{kind}-{hashlib.blake2b(told.encode(), digest_size=10).hexdigest()}.json"


def seeded(settings: Settings, seed: int) -> Settings:
    """The same settings with another seed."""
    return settings.change("plan", settings.plan.change("seed", seed))


def work(base: Settings, arms: Iterable[Settings], seeds: Sequence[int]) -> list[tuple[str, Settings]]:
    """(kind, settings) of every measurement, each once; seed by seed, so that an interrupted study has whole rows."""
    every = [
        each
        for seed in seeds
        for each in (
            ("random", seeded(base, seed)),
            ("arm", seeded(base, seed)),
            ("labels", seeded(base, seed)),
            *(("arm", seeded(settings, seed)) for settings in arms),
        )
    ]
    return list({kept(Path(), *each): each for each in every}.values())


def measure(folder: Path, tasks: Sequence[tuple[str, Settings]]) -> None:
    """Every measurement that has no file yet."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind, settings in tasks:
        file = kept(folder, kind, settings)
        if file.exists():
            continue
        if kind == "labels":
            found = measure_labels(settings)
        else:
            found, _ = measure_arm(settings, trained=kind == "arm")
        file.write_text(json.dumps(found))
        print(kind, {name: round(value, 4) for name, value in found.items()}, flush=True)


def collect(folder: Path, base: Settings, seeds: Sequence[int], *, target: Path = stored_runs.FOLDER) -> Path:
    """The stored run from the measurements' files: every finding whose arms are all there."""
    whole = {
        name: finding
        for name, finding in FINDINGS.items()
        if all(
            kept(folder, "arm", seeded(arm.settings, seed)).exists() for arm in finding.arms for seed in seeds
        )
    }

    def read(kind: str, settings: Settings, seed: int) -> dict[str, float]:
        found: dict[str, float] = json.loads(kept(folder, kind, seeded(settings, seed)).read_text())
        return found

    arrays: dict[str, np.ndarray] = {}
    for name, finding in whole.items():
        arrays[name] = np.array(
            [
                [[read("arm", arm.settings, seed)[key] for key in MEASURES] for arm in finding.arms]
                for seed in seeds
            ],
            np.float32,
        )  # (seeds, arms, measures)
    random = [read("random", base, seed) for seed in seeds]
    labels = [read("labels", base, seed) for seed in seeds]
    arrays["random"] = np.array([[each[key] for key in MEASURES] for each in random], np.float32)
    names = [f"{arm} {share:g}" for share in SHARES for arm in ("scratch", "pretrained")]
    arrays["labels"] = np.array([[each[name] for name in names] for each in labels], np.float32)
    minutes = sum(
        json.loads(file.read_text()).get("seconds", 0.0)
        for each in _all(base, seeds)
        if (file := kept(folder, *each)).exists()
    )
    headline: dict[str, Any] = {
        "measures": list(MEASURES),
        "labels": names,
        "findings": {name: [arm.title for arm in finding.arms] for name, finding in whole.items()},
        "seeds": len(seeds),
        "minutes": round(minutes / 60, 1),
    }
    return stored_runs.write(
        RUN,
        arrays,
        command=COMMAND,
        settings=base.to_dict(),
        seed=seeds[0],
        headline=headline,
        folder=target,
    )


def _all(base: Settings, seeds: Sequence[int]) -> list[tuple[str, Settings]]:
    return work(base, [arm.settings for finding in FINDINGS.values() for arm in finding.arms], seeds)


def main() -> None:
    """Measure what is missing, then store the run."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cells", type=Path, default=Path("user") / RUN, help="where measurements are kept")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    arguments = parser.parse_args()
    measure(arguments.cells, _all(BASE, arguments.seeds))
    print(f"Stored in {collect(arguments.cells, BASE, arguments.seeds)}.")


if __name__ == "__main__":
    memory.keep()
    main()
