"""Jobs that run where they are submitted: for tests of pages that start experiments by themselves."""

from __future__ import annotations

import itertools

from engine import device
from engine.experiment import FreeRun
from engine.jobs import Event, Look, NoSuchJob, experiments, plain
from engine.jobs.worker import _sentence


class Inline:
    """`engine.jobs.Jobs` without processes; `submitted` lists (experiment, settings).

    `mode`: "run", "hang" (a run that stays at its first reports) or "queue" (one that never begins).
    """

    def __init__(self):
        self.mode = "run"
        self.looks = {}
        self.submitted = []
        self.told = []
        self._numbers = itertools.count(1)

    def submit(self, experiment, settings, *, owner, paused=False):
        found = experiments.find(experiment)
        checked = found.settings.from_dict(settings)
        name = f"job {next(self._numbers)}"
        self.submitted.append((experiment, settings))
        events, state, sentence, result = [], "done", "", None
        if self.mode == "queue":
            self.looks[name] = Look(
                "queued", 1, 1, (), 0, "", None, 0.0, checked.to_dict(), checked.to_dict()
            )
            return name

        def progress(kind, values):
            events.append(Event(len(events) + 1, kind, 0.1, plain.plain(values)))

        try:
            result = plain.plain(found.run(checked, device.pick("cpu"), progress, FreeRun()))
        except Exception as error:  # noqa: BLE001 - as a worker does
            state, sentence = "failed", _sentence(error)
        if self.mode == "hang":
            state, result, events = "running", None, events[:3]
        self.looks[name] = Look(
            state, None, 0, tuple(events), len(events), sentence, result, 0.1, *[checked.to_dict()] * 2
        )
        return name

    def look(self, job, owner, since=0):
        if job not in self.looks:
            raise NoSuchJob("This run is not known any more: start it again.")
        return self.looks[job]

    def tell(self, job, owner, command, *, knob=None, value=None):
        self.told.append((job, command))

    def renew(self, owner): ...

    def owners(self):
        return frozenset()

    def forget(self, job, owner):
        self.looks.pop(job, None)
