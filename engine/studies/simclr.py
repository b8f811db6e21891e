"""Makes the stored SimCLR runs `assets/runs/simclr-*` and the encoders `assets/weights/simclr-*.safetensors`.

    python -m engine.studies.simclr                               names of the runs
    python -m engine.studies.simclr shapes-plain                  one of them
    python -m engine.studies.simclr cifar10 --data NAME           on CIFAR-10 that was imported as NAME
    python -m engine.studies.simclr cifar10 --data NAME --more 6  six epochs more, from the stored network on: its
                                                                  learning rate rises again and falls (a warm restart,
                                                                  Loshchilov & Hutter 2017), its curve goes on

`shapes-plain` and `shapes-plain-no-colour` have the settings the page starts with, so that a live run has the same
curve; the ways to make SimCLR fail need fewer epochs to show it. The pictures of CIFAR-10 are not ours to ship: of
its run the repository holds numbers and weights.

The encoder is examined after every epoch. At the end it is asked once more by all labelled pictures there are:
neighbours (k = 20) and a logistic probe, beside the same network with random weights.
"""

from __future__ import annotations

import argparse
import shlex
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from engine import data, memory, stored_runs
from engine import device as devices
from engine.contrastive.examination import Examiner, restore
from engine.contrastive.experiment import CALIBRATED, Run, Settings
from engine.contrastive.linear_probe import logistic_accuracy
from engine.contrastive.model import SimCLR, build, calibrate, load_weights, represent, weights
from engine.contrastive.neighbours import knn_accuracy
from engine.contrastive.portable import WeightsError, path_of, read, to_bytes
from engine.contrastive.recording import AXES, Recording, keep_only
from engine.contrastive.views import Views, identical, without_colour
from engine.data import DataError, Dataset
from engine.embedding.history import BITS, History
from engine.experiment import FreeRun, Progress
from engine.models import Encoder, Head
from engine.training import Learner, Optimisation, Plan, Precision

COMMAND = "python -m engine.studies.simclr"
PHOTOGRAPHS = Views(smallest=0.2, hue=0.1)  # as the page has them
CIFAR = Settings(
    data="cifar10",
    encoder=Encoder(width=48),
    head=Head(outputs=128),
    views=PHOTOGRAPHS,
    temperature=0.3,
    training=Optimisation(
        optimiser="adamw", learning_rate=2e-3, weight_decay=1e-4, schedule="cosine", warm_up=0.5
    ),
    plan=Plan(epochs=20, batch_size=256),
)
SHORT = Plan(epochs=4, batch_size=256)
SETTINGS: Mapping[str, Settings] = {
    "shapes-plain": Settings(),
    "shapes-plain-no-colour": Settings(views=without_colour()),
    "shapes-plain-no-negatives": Settings(negatives=False, plan=SHORT),
    "shapes-plain-no-crop": Settings(views=identical(), plan=SHORT),
    "shapes-plain-hot": Settings(temperature=10.0, plan=SHORT),
    "shapes-plain-tiny-batch": Settings(plan=Plan(epochs=1, batch_size=4)),
    "photo-crops": Settings(data="photo-crops", views=PHOTOGRAPHS, plan=Plan(epochs=16, batch_size=256)),
    "cifar10": CIFAR,
}
WEIGHTS = ("shapes-plain", "photo-crops", "cifar10")
DRAWN = ("shapes-plain", "shapes-plain-no-colour", "photo-crops")  # runs with a picture of h through training
PICTURES = 1000  # in it


class Studied(Run):
    """SimCLR that is examined after every epoch, however long that takes."""

    def __init__(
        self, settings: Settings, train: Dataset, test: Dataset, device: torch.device, progress: Progress
    ) -> None:
        super().__init__(settings, train, test, device, progress)
        # More are asked than in a live run, where an examination may not take long.
        self.examiner = Examiner(train, test, device, known=5000, asked=2000)

    def test(self, _name: str, _learner: Learner[Any], full: bool) -> Mapping[str, float]:
        """At the end of an epoch."""
        return self.examine() if full else {}


class Printing(Recording):
    """A recording that says how it is going."""

    def __init__(self, quiet: bool = False, earlier: Mapping[str, np.ndarray] | None = None) -> None:
        super().__init__()
        self._quiet = quiet
        self._before = dict.fromkeys(AXES, 0.0)
        if earlier is not None:
            points = self.points(earlier)
            self.train, self.tests = points["train"], points["test"]
            self._before = {axis: self.tests[-1][axis] for axis in AXES}

    def __call__(self, kind: str, values: Mapping[str, Any]) -> None:
        """Take a report, print examinations."""
        values = {
            name: value + self._before.get(name, 0) if name in AXES else value
            for name, value in values.items()
        }
        super().__call__(kind, values)
        if kind == "test" and "knn_h" in values and not self._quiet:
            print(
                f"epoch {values['epoch']:6.2f}  {values['seconds']:7.1f} s  kNN h {values['knn_h']:.4f}"
                f"  z {values['knn_z']:.4f}  probe {values['probe_h']:.4f}  rank h {values['rank_h']:.1f}"
                f"  z {values['rank_z']:.1f}  uniformity {values['uniformity']:.2f}",
                flush=True,
            )


@dataclass(frozen=True)
class Outcome:
    """What all labelled pictures say of an encoder: shares of the test pictures."""

    knn_h: float
    probe_h: float


def ask(model: SimCLR, train: Dataset, test: Dataset, precision: Precision) -> Outcome:
    """Neighbours (k = 20) and a logistic probe on h, by every picture of the training split."""
    known, asked = (
        represent(model, each.images.to(precision.device), precision)[0] for each in (train, test)
    )
    labels, wanted = train.labels.to(known.device), test.labels.to(known.device)
    return Outcome(
        round(knn_accuracy(known, labels, asked, wanted).item(), 4),
        round(logistic_accuracy(known, labels, asked, wanted).item(), 4),
    )


def random_twin(run: Run) -> SimCLR:
    """The same network as it was before training; batch norm has seen the pictures once."""
    settings, precision = run.settings, run.learner.precision
    channels = run.images.shape[1]
    model = build(settings.encoder, settings.head, channels, settings.plan.seed, run.device)
    precision.place(model)
    calibrate(model, run.images[:CALIBRATED], precision)
    return model


def layouts(record: Recording) -> dict[str, np.ndarray]:
    """h of the first test pictures after each examination, laid out in the plane one after the other."""
    history = History(metric="cosine", seed=0)
    for picture in record.pictures:
        history.add(round(float(picture["epoch"])), restore(picture)[:PICTURES])
    return history.arrays(np.arange(len(restore(record.pictures[0])[:PICTURES])))


def study(
    name: str,
    settings: Settings,
    *,
    source: str = "",
    quiet: bool = False,
    more: int = 0,
) -> tuple[Studied, Recording, dict[str, Any]]:
    """Train and ask: the run, its reports, the headline.

    Args:
        name: Of the run.
        settings: Its settings.
        source: Where the pictures are kept, if elsewhere.
        quiet: Print nothing on the way.
        more: Epochs to add to the stored run of this name; 0 begins afresh.

    Raises StoredRunError or WeightsError where there is nothing to go on from.
    """
    source = source or settings.data
    train, test = data.load(source, "train", settings.pictures or None), data.load(source, "test")
    earlier = stored_runs.load(f"simclr-{name}") if more else None
    record = Printing(quiet, earlier.arrays if earlier else None)
    if earlier:
        settings = replace(settings, plan=replace(settings.plan, epochs=more, seed=settings.plan.seed + 1))
    run = Studied(settings, train, test, devices.pick(), record)
    if earlier:
        load_weights(run.model, weights(read(name).model))
        told = earlier.manifest["headline"]
        before, spent = Outcome(told["knn_h_random"], told["probe_h_random"]), told["minutes"]
    else:
        before, spent = ask(random_twin(run), train, test, run.learner.precision), 0.0
        record("test", {**run.examine(), "full": True, **run.loop.axes(run.learner)})
    start = time.perf_counter()
    run.loop.run(FreeRun(), record)
    minutes = (time.perf_counter() - start) / 60
    after = ask(run.model, train, test, run.learner.precision)
    headline = {
        "title": name,
        "knn_h": after.knn_h,
        "probe_h": after.probe_h,
        "knn_h_random": before.knn_h,
        "probe_h_random": before.probe_h,
        "labelled": len(train),
        "asked": len(test),
        "epochs": round(record.tests[-1]["epoch"]),
        "minutes": round(spent + minutes, 1),
        "threads": torch.get_num_threads(),
        "parameters": sum(parameter.numel() for parameter in run.model.parameters()),
        "factors": record.factors,
    }
    return run, record, headline


def store(
    name: str,
    settings: Settings,
    run: Studied,
    record: Recording,
    headline: Mapping[str, Any],
    *,
    command: str,
) -> None:
    """Write the run, and the encoder where one is shipped. `settings`: those it began with."""
    arrays = record.arrays()
    bits = keep_only(arrays)
    if name in DRAWN:
        arrays |= layouts(record)
        bits |= BITS
    stored_runs.write(
        f"simclr-{name}",
        arrays,
        command=command,
        settings=settings.to_dict(),
        seed=settings.plan.seed,
        headline=headline,
        bits=bits,
    )
    if name in WEIGHTS:
        about = {"command": command, **{key: value for key, value in headline.items() if key != "factors"}}
        target = path_of(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(to_bytes(run.model, settings, run.images.shape[1], about))


def main(arguments: Sequence[str]) -> int:
    """Make one run, or list them."""
    parser = argparse.ArgumentParser(prog=COMMAND, description=__doc__.splitlines()[0])
    parser.add_argument("name", nargs="?", choices=tuple(SETTINGS), help="of the run")
    parser.add_argument("--data", default="", help="the name its pictures are kept under, if another")
    parser.add_argument("--epochs", type=int, default=0, help="other than the run's")
    parser.add_argument("--more", type=int, default=0, help="epochs to add to the stored run")
    parser.add_argument("--quiet", action="store_true")
    options = parser.parse_args(arguments)
    if options.name is None:
        print("\n".join(SETTINGS))
        return 0
    if options.more and options.name in DRAWN:
        print(f"The picture of {options.name} through training is made in one go.", file=sys.stderr)
        return 2
    settings = SETTINGS[options.name]
    if options.epochs:
        settings = replace(settings, plan=replace(settings.plan, epochs=options.epochs))
    try:
        run, record, headline = study(
            options.name,
            settings,
            source=options.data,
            quiet=options.quiet,
            more=options.more,
        )
    except (DataError, devices.DeviceError, stored_runs.StoredRunError, WeightsError) as error:
        print(error, file=sys.stderr)
        return 2
    print(headline)
    command = f"{COMMAND} {shlex.join(arguments)}"
    if options.more:
        command = f"{stored_runs.load(f'simclr-{options.name}').manifest['command']} && {command}"
    store(options.name, settings, run, record, headline, command=command)
    return 0


if __name__ == "__main__":
    memory.keep()
    sys.exit(main(sys.argv[1:]))
