"""The one training loop, of every experiment.

The data are one tensor in memory; a batch is a tensor of indices into it. `fetch` makes the batch from them once,
and every learner takes the same one, so that runs that race see identical pictures in identical order. Knobs are
turned between two batches, and each turn reports a marker. Nothing is read back from the device but a few numbers
per report.

Reports, with `name` the learner's ("train" alone where it is ""):

    train name     loss and logs (means since the last report), learning_rate, examples_per_second
    epoch name     loss and logs, means over the whole epoch: the same in every run with these settings
    test name      whatever the test returns; "full" where it ends an epoch
    marker         text: which knob was turned, from what to what; knob and value, to do it again

and in all of them the places on the curves' axes: examples, epoch, seconds (of training alone), macs and batches.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import torch
from torch import Tensor

from engine.experiment import Control, Pace, Progress
from engine.settings import SettingsBase, setting
from engine.training import checkpoint
from engine.training.batches import Batches, Place
from engine.training.checkpoint import CheckpointError
from engine.training.learner import Learner, generator_on

B = TypeVar("B")
S = TypeVar("S", bound=SettingsBase)
Fetch = Callable[[Tensor, torch.Generator | None], B]  # (indices, random numbers of this run) to a batch
Test = Callable[[str, Learner[B], bool], Mapping[str, float]]  # (name, learner, at the end of an epoch)

REPORT = 0.1  # seconds between two reports
TEST = 2.0  # seconds of training between two tests within an epoch
SHARE = 0.1  # of the time that tests may take
WAITED = 0.02  # seconds: a batch that was waited for was asked for, and is reported at once


class Diverged(RuntimeError):  # noqa: N818 - what happened
    """The loss is no longer a number."""


@dataclass(frozen=True)
class Plan(SettingsBase):
    """How long, in which portions, in which order."""

    epochs: int = setting(10, low=1, high=10_000)
    batch_size: int = setting(
        256,
        low=1,
        high=16_384,
        live=True,
        title="Batch size",
        why="as accurate as 128 here, with half the updates",
    )
    seed: int = setting(
        0, low=0, high=2**31 - 1, why="of the weights, the order, the augmentation, the dropout"
    )


class Loop(Generic[S, B]):
    """Trains one or several learners on the same batches.

    Args:
        settings: The experiment's, with a `Plan` somewhere in them.
        learners: Name -> learner.
        count: Examples in an epoch.
        fetch: Makes a batch from indices.
        device: Where.
        plan: Finds the plan in the settings.
        turn: Called with the new settings after a knob was turned; learners' settings are set here.
        test: Called now and then and at the end of each epoch, for each learner.
    """

    def __init__(
        self,
        settings: S,
        learners: Mapping[str, Learner[B]],
        count: int,
        fetch: Fetch[B],
        *,
        device: torch.device,
        plan: Callable[[S], Plan],
        turn: Callable[[S], None] = lambda _: None,
        test: Test[B] | None = None,
    ) -> None:
        self.settings, self.learners, self.fetch = settings, dict(learners), fetch
        self.device, self._plan, self._turn, self._test = device, plan, turn, test
        self.count = count
        self.batches = Batches(count, self.plan.seed, device)
        self.generator = generator_on(device, self.plan.seed)
        self.examples = self.taken = 0  # batches taken
        self._report_pace = Pace(REPORT)
        self._read_at = (0, 0.0)  # examples and seconds at the last report
        self._tested_at = 0.0  # seconds of training
        self._test_cost = 0.0

    @property
    def plan(self) -> Plan:
        """The plan in force."""
        return self._plan(self.settings)

    @property
    def upcoming(self) -> Place:
        """Where the next batch starts."""
        return self.batches.upcoming(self.plan.batch_size)

    @property
    def seconds(self) -> float:
        """Spent training the first learner."""
        return next(iter(self.learners.values())).seconds

    def run(self, control: Control, progress: Progress) -> None:
        """Train to the end of the plan. Raises Stopped where the control says so, and Diverged."""
        while self.upcoming.epoch < self.plan.epochs:
            asked = time.monotonic()
            changed = control.before_batch(new_epoch=self.upcoming.position == 0)
            waited = time.monotonic() - asked > WAITED
            for knob, value in changed.items():
                self.change(knob, value, progress)
            if self.upcoming.epoch >= self.plan.epochs:  # a larger batch size ended the last epoch
                break
            self.batch()
            ended = self.upcoming.position == 0
            if self._report_pace.due() or waited or ended:
                self.report(progress)
            if ended:
                self.report_epoch(progress)
            if ended or self.seconds - self._tested_at > max(TEST, self._test_cost / SHARE):
                self.test(progress, ended)

    def batch(self) -> None:
        """One update of every learner."""
        place, plan = self.upcoming, self.plan
        done, total = place.epoch * self.count + place.position, plan.epochs * self.count
        start = time.perf_counter()
        batch = self.fetch(self.batches.next(plan.batch_size), self.generator)
        fetched = time.perf_counter() - start
        for learner in self._running():
            start = time.perf_counter()
            learner.step(batch, done=done, total=total, warm_up=learner.settings.warm_up * self.count)
            if len(self.learners) > 1:
                _finish(self.device)  # whose time it was
            learner.seconds += fetched + time.perf_counter() - start
        self.examples += min(plan.batch_size, self.count)
        self.taken += 1

    def change(self, knob: str, value: object, progress: Progress) -> None:
        """Turn a knob, and say so on the curves."""
        before = self.settings.at(knob)
        self.settings = self.settings.turned(knob, value)
        self._turn(self.settings)
        after, name = self.settings.at(knob), knob.rsplit(".", 1)[-1].replace("_", " ")
        if before != after:
            first = next(iter(self.learners.values()))
            text = f"{name} {_short(before)} → {_short(after)}"
            progress("marker", {"text": text, "knob": knob, "value": after, **self.axes(first)})

    def report(self, progress: Progress) -> None:
        """Report what the learners have been doing."""
        for name, learner in list(self.learners.items()):
            if learner.diverged:
                continue
            start = time.perf_counter()
            values = learner.read()  # waits for the device
            learner.seconds += time.perf_counter() - start
            if not math.isfinite(values.get("loss", 0.0)):
                self._give_up(name, learner, progress)
                continue
            progress(f"train {name}".strip(), {**values, **self._speed(), **self.axes(learner)})
        self._read_at = (self.examples, self.seconds)

    def report_epoch(self, progress: Progress) -> None:
        """Report the means over the epoch that has ended."""
        for name, learner in self.learners.items():
            if not learner.diverged:
                progress(f"epoch {name}".strip(), {**learner.read_epoch(), **self.axes(learner)})

    def test(self, progress: Progress, full: bool) -> None:
        """Test every learner; `full` at the end of an epoch."""
        start = time.perf_counter()
        if self._test is not None:
            for name, learner in self.learners.items():
                if not learner.diverged:
                    learner.model.eval()
                    found = self._test(name, learner, full)
                    progress(f"test {name}".strip(), {**found, "full": full, **self.axes(learner)})
        self._tested_at, self._test_cost = self.seconds, time.perf_counter() - start

    def axes(self, learner: Learner[B]) -> dict[str, float]:
        """Where a learner stands on every axis."""
        place = self.batches.place
        return {
            "examples": self.examples,
            "epoch": place.epoch + place.position / self.count,
            "seconds": learner.seconds,
            "macs": self.examples * learner.macs,
            "batches": self.taken,
        }

    def save(self, path: Path) -> None:
        """Write a checkpoint."""
        checkpoint.save(
            path,
            {
                "settings": self.settings.to_dict(),
                "learners": {name: learner.state() for name, learner in self.learners.items()},
                "place": [self.batches.place.epoch, self.batches.place.position],
                "examples": self.examples,
                "batches": self.taken,
                "generator": None if self.generator is None else self.generator.get_state(),
            },
        )

    def resume(self, path: Path) -> None:
        """Go on from a checkpoint, exactly: the numbers are those of a run that was never interrupted.

        Raises CheckpointError where the file is none, or of other networks.
        """
        state = checkpoint.load(path, self.device)
        try:
            self.settings = type(self.settings).from_dict(state["settings"])
            self._turn(self.settings)
            for name, learner in self.learners.items():
                learner.restore(state["learners"][name])
            self.batches.place = Place(*state["place"])
            self.examples, self.taken = state["examples"], state["batches"]
            if self.generator is not None:
                self.generator.set_state(state["generator"].cpu())
        except (KeyError, RuntimeError, TypeError, ValueError) as error:
            raise CheckpointError(f"{path.name} is a checkpoint of another run.") from error

    def _running(self) -> list[Learner[B]]:
        return [learner for learner in self.learners.values() if not learner.diverged]

    def _give_up(self, name: str, learner: Learner[B], progress: Progress) -> None:
        learner.diverged = True
        if not self._running():
            raise Diverged("The loss is no longer a number: the learning rate is too high for this network.")
        progress("marker", {"text": f"{name} diverged", **self.axes(learner)})

    def _speed(self) -> dict[str, float]:
        examples, seconds = self._read_at
        passed = self.seconds - seconds
        return {"examples_per_second": (self.examples - examples) / passed} if passed > 0 else {}


def _finish(device: torch.device) -> None:
    """Wait until the device has done what it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def _short(value: object) -> str:
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)
