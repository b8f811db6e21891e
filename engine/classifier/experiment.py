"""The race: one to four networks learn to classify on identical batches.

Reports, besides those of the loop ("train first", "test first", "marker"):

    race               classes, pictures, and per lane title, parameters, macs: plain data, once
    filters first      the first layer's weights, float16 (units, C, h, w), with every full test
    results first      probabilities of the test pictures, float32 (N, classes), with every full test
    network first      all weights by name, with every full test (left out where they are too large to travel)
    robustness first   accuracy with the test pictures moved by 0..8 pixels, at the end
    slow first         one batch taken apart (engine.classifier.slow_motion), while `slow_motion` is on

The result holds per lane the final accuracy, loss, seconds, and the robustness.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.classifier import networks
from engine.classifier.settings import Lane, Settings
from engine.classifier.slow_motion import Dissection
from engine.classifier.tasks import Task
from engine.experiment import Control, Progress, Stopped
from engine.training import Learner, Loop, Plan
from engine.training.supervised import Labelled, Pictures, cross_entropy, predict

__all__ = ["Settings", "run"]

WITHIN = 1000  # test pictures of a test within an epoch
MOVED = 2000  # test pictures of the robustness curve
FURTHEST = 8  # pixels
LARGEST = 7 * 2**20  # bytes of weights that are reported


def run(settings: Settings, device: torch.device, progress: Progress, control: Control) -> dict[str, Any]:
    """Train all lanes to the end of the plan. Raises DataError, Diverged, Stopped."""
    race = Race(settings, device, progress)
    race.introduce()
    race.loop.test(progress, full=False)
    try:
        race.loop.run(control, progress)
    except Stopped:
        race.loop.test(progress, full=True)
        raise
    return race.finish()


class Race:
    """The task, the learners and the loop of one run."""

    def __init__(self, settings: Settings, device: torch.device, progress: Progress) -> None:
        self.progress, self.device = progress, device
        self.task = Task(settings, device)
        self.shape, self.classes = self.task.train.shape, self.task.classes
        self.sizes = {
            name: networks.size(lane, self.shape, len(self.classes)) for name, lane in settings.lanes.items()
        }
        learners = {name: self._learner(name, lane, settings) for name, lane in settings.lanes.items()}
        self._dissections: dict[str, Dissection] = {}
        self._tested: dict[str, dict[str, float]] = {}
        self.loop: Loop[Settings, Labelled] = Loop(
            settings,
            learners,
            len(self.task.train),
            self._fetch,
            device=device,
            plan=_plan,
            turn=self._turn,
            test=self._test,
        )

    def introduce(self) -> None:
        """Report what is about to run."""
        lanes = self.loop.settings.lanes
        titles = networks.titles(lanes)
        self.progress(
            "race",
            {
                "classes": list(self.classes),
                "pictures": len(self.task.train),
                "test_pictures": len(self.task.tested),
                "shape": list(self.shape),
                "lanes": {
                    name: {"title": titles[name], "kind": lane.kind, **vars(self.sizes[name])}
                    for name, lane in lanes.items()
                },
            },
        )

    def finish(self) -> dict[str, Any]:
        """Test how well each lane bears moved pictures; the result."""
        found: dict[str, Any] = {}
        for name, learner in self.loop.learners.items():
            if learner.diverged:
                continue
            robustness = [self._accuracy(learner, distance) for distance in range(FURTHEST + 1)]
            self.progress(f"robustness {name}", {"accuracy": robustness})
            found[name] = {**self._tested.get(name, {}), "seconds": learner.seconds, "robustness": robustness}
        return {"lanes": found, "examples": self.loop.examples, "classes": list(self.classes)}

    def _learner(self, name: str, lane: Lane, settings: Settings) -> Learner[Labelled]:
        model = networks.build(lane, self.shape, len(self.classes), settings.plan.seed)
        learner: Learner[Labelled] = Learner(
            model,
            lambda model, batch: self._loss(learner, model, batch),
            lane.optimisation,
            device=self.device,
            seed=settings.plan.seed,
            after=lambda _: self._after(name),
            macs=self.sizes[name].macs,
        )
        return learner

    def _loss(
        self, learner: Learner[Labelled], model: nn.Module, batch: Labelled
    ) -> tuple[Tensor, dict[str, Tensor]]:
        smoothing = self.loop.settings.changes.smoothing
        return cross_entropy(model, batch, smoothing=smoothing, precision=learner.precision)

    def _fetch(self, indices: Tensor, generator: torch.Generator | None) -> Labelled:
        settings = self.loop.settings
        batch = self.task.train.batch(indices, generator, settings.changes)
        if settings.slow_motion:
            running = {name: each for name, each in self.loop.learners.items() if not each.diverged}
            self._dissections = {name: Dissection(each, batch) for name, each in running.items()}
            self.progress("slow pictures", {"images": self._as_bytes(batch[0][:8])})
        return batch

    def _as_bytes(self, images: Tensor) -> np.ndarray:
        """Normalised pictures as they would look, uint8 (N, C, H, W)."""
        pictures = self.task.train
        values = images.float() * pictures.deviation + pictures.mean
        return values.clamp(0, 255).round().to(torch.uint8).cpu().numpy()

    def _after(self, name: str) -> None:
        dissection = self._dissections.pop(name, None)
        if dissection is not None:
            self.progress(f"slow {name}", dissection.finish())

    def _turn(self, settings: Settings) -> None:
        for name, lane in settings.lanes.items():
            self.loop.learners[name].settings = lane.optimisation
        self.task.train.spoil(settings.changes.label_noise, settings.plan.seed)
        self.task.move(settings.shift_test)

    def _test(self, name: str, learner: Learner[Labelled], full: bool) -> Mapping[str, float]:
        """Accuracy and loss on the test pictures; all of them, and all there is to see, at the end of an epoch."""
        tested: Pictures = self.task.tested
        logits = predict(learner.model, tested, learner.precision, first=None if full else WITHIN)
        labels = tested.labels[: len(logits)]
        found = {
            "accuracy": float((logits.argmax(1) == labels).float().mean()),
            "loss": float(functional.cross_entropy(logits, labels)),
        }
        if full:
            self._tested[name] = found
            self._show(name, learner, logits)
        return found

    def _show(self, name: str, learner: Learner[Labelled], logits: Tensor) -> None:
        probabilities = logits.softmax(1).cpu().numpy()
        self.progress(f"results {name}", {"probabilities": probabilities, "shift": self.task.distance})
        filters = networks.first_layer(learner.model, self.shape)
        self.progress(f"filters {name}", {"weights": filters.half().cpu().numpy()})
        weights = networks.pack(learner.model)
        if sum(value.nbytes for value in weights.values()) <= LARGEST:
            self.progress(f"network {name}", {"weights": weights})

    def _accuracy(self, learner: Learner[Labelled], distance: int) -> float:
        pictures = self.task.at_distance(distance)
        logits = predict(learner.model, pictures, learner.precision, first=MOVED)
        return float((logits.argmax(1) == pictures.labels[: len(logits)]).float().mean())


def _plan(settings: Settings) -> Plan:
    return settings.plan
