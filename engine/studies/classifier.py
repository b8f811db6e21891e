"""The classifier lab from the command line: the same race as the page's, printed, and stored where asked.

    python -m engine.studies.classifier --data digits
    python -m engine.studies.classifier --data cifar10 --set plan.epochs=20 --set second.cnn.dropout=0.3
    python -m engine.studies.classifier --data cifar10 --store classifier-cifar10

`--set` reaches every setting of `engine.classifier.Settings` by its path; `--settings` reads them all from a JSON
file, as the page and the run history write them. `--store NAME` writes the run to `assets/runs/NAME` (curves,
predictions, first layers; no pictures of the data set) and each network to `assets/weights/NAME-<kind>.safetensors`.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from engine import device as devices
from engine import memory, stored_runs
from engine.classifier import shipped
from engine.classifier.experiment import Race
from engine.classifier.settings import Settings
from engine.data import DataError
from engine.experiment import FreeRun, Stopped
from engine.settings import SettingError

CURVES = {"train": ("loss", "accuracy"), "test": ("loss", "accuracy")}
AXES = ("examples", "epoch", "seconds", "macs")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="python -m engine.studies.classifier", description="Train classifiers on identical batches."
    )
    parser.add_argument("--data", help="name of a data set, as engine.data.names() lists them")
    parser.add_argument(
        "--settings", type=Path, help="a JSON file with settings; --data and --set change them"
    )
    parser.add_argument("--set", action="append", default=[], metavar="PATH=VALUE", help="change one setting")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps")
    parser.add_argument("--seconds", type=float, help="stop after this long; what was learned is kept")
    parser.add_argument("--store", metavar="NAME", help="write assets/runs/NAME and the weights")
    parser.add_argument("--quiet", action="store_true", help="print the outcome only")
    return parser.parse_args(arguments)


def settings_of(options: argparse.Namespace) -> Settings:
    """Settings from the command line. Raises SettingError, or OSError for a file that cannot be read."""
    given = json.loads(options.settings.read_text("utf-8")) if options.settings else {}
    wanted = Settings.from_dict(given).to_dict()
    if options.data:
        wanted["data"] = options.data
    for text in options.set:
        path, _, value = text.partition("=")
        _put(wanted, path, _value(value))
    return Settings.from_dict(wanted)


def _put(wanted: dict[str, Any], path: str, value: object) -> None:
    """Change the setting at a path; all changes are checked together, since some only fit with others."""
    *parents, last = path.split(".")
    for parent in parents:
        wanted = wanted.get(parent, {}) if isinstance(wanted, dict) else {}
    if not isinstance(wanted, dict) or last not in wanted:
        raise SettingError(f"There is no setting {path!r}.")
    wanted[last] = value


def _value(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text


class Record:
    """Keeps what the race reports, and prints the tests."""

    def __init__(self, quiet: bool) -> None:
        self.points: dict[str, list[Mapping[str, Any]]] = {}
        self.latest: dict[str, Mapping[str, Any]] = {}
        self._quiet = quiet

    def __call__(self, kind: str, values: Mapping[str, Any]) -> None:
        """A progress function."""
        self.latest[kind] = values
        if "examples" in values:
            self.points.setdefault(kind, []).append(values)
        if kind.startswith("test ") and not self._quiet:
            title = self.latest["race"]["lanes"][kind.removeprefix("test ")]["title"]
            print(
                f"epoch {values['epoch']:6.2f}  {values['seconds']:7.1f} s  {title:24}"
                f"loss {values['loss']:.4f}  accuracy {values['accuracy']:.2%}",
                flush=True,
            )

    def arrays(self) -> dict[str, np.ndarray]:
        """What a stored run keeps."""
        found: dict[str, np.ndarray] = {}
        for kind, rows in self.points.items():
            what, _, lane = kind.partition(" ")
            for name in (*AXES, *CURVES.get(what, ())):
                if lane and all(name in row for row in rows):
                    found[f"{lane}_{what}_{name}"] = np.array([row[name] for row in rows], np.float64)
        for kind, values in self.latest.items():
            what, _, lane = kind.partition(" ")
            if what == "results":
                found[f"{lane}_probabilities"] = values["probabilities"].astype(np.float32)
            elif what == "filters":
                found[f"{lane}_filters"] = values["weights"].astype(np.float32)
            elif what == "robustness":
                found[f"{lane}_robustness"] = np.array(values["accuracy"])
        return found


def main(arguments: Sequence[str]) -> int:
    """Run, print, store."""
    options = parse(arguments)
    try:
        settings = settings_of(options)
        device = devices.pick(options.device)
        record = Record(options.quiet)
        race = Race(settings, device, record)
    except (SettingError, DataError, devices.DeviceError, OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    race.introduce()
    race.loop.test(record, full=False)
    try:
        race.loop.run(FreeRun(options.seconds), record)
    except Stopped:
        race.loop.test(record, full=True)
    result = race.finish()
    print(json.dumps(result["lanes"], indent=2))
    if options.store:
        store(options.store, race, record, result, command=_command(arguments))
    return 0


def _command(arguments: Sequence[str]) -> str:
    return " ".join(["python -m engine.studies.classifier", *arguments])


def store(name: str, race: Race, record: Record, result: Mapping[str, Any], *, command: str) -> None:
    """Write the run and its networks."""
    settings, introduced = race.loop.settings, record.latest["race"]
    arrays = record.arrays() | {"labels": race.task.tested.labels.cpu().numpy().astype(np.int16)}
    headline: dict[str, Any] = {}
    for lane, found in result["lanes"].items():
        about = introduced["lanes"][lane]
        headline[about["title"]] = {
            "accuracy": round(found["accuracy"], 4),
            "loss": round(found["loss"], 4),
            "seconds": round(found["seconds"], 1),
            "parameters": about["parameters"],
            "macs": about["macs"],
        }
    bits = {
        key: 16 if "filters" in key else 8 for key in arrays if key.endswith(("probabilities", "filters"))
    }
    stored_runs.write(
        name,
        arrays,
        command=command,
        settings=settings.to_dict(),
        seed=settings.plan.seed,
        headline=headline | {"classes": list(race.classes), "test_pictures": introduced["test_pictures"]},
        bits=bits,
    )
    for lane, learner in race.loop.learners.items():
        shipped.save(
            f"{name}-{settings.lanes[lane].kind}",
            learner.model,
            settings.lanes[lane],
            classes=race.classes,
            shape=race.shape,
            mean=race.task.train.mean,
            deviation=race.task.train.deviation,
            about={"command": command, "data": settings.data, **headline[introduced["lanes"][lane]["title"]]},
        )


if __name__ == "__main__":
    memory.keep()
    sys.exit(main(sys.argv[1:]))
