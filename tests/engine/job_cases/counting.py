"""Counts batches, and goes wrong in the way its settings ask for."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

import numpy as np
import torch

from engine.settings import SettingsBase, setting

FAULTS = ("none", "raise", "own error", "memory", "greedy", "deaf", "unplain", "tensor", "huge event", "exit")
LEFT_BEHIND: list[int] = []


class CountingError(ValueError):
    """Not the engine's: its words are not shown."""


@dataclass(frozen=True)
class Inner(SettingsBase):
    rate: float = setting(0.1, low=0, high=1, live=True)
    size: int = setting(3, low=1, high=9)


@dataclass(frozen=True)
class Settings(SettingsBase):
    epochs: int = setting(2, low=1, high=1000)
    batches: int = setting(4, low=1, high=1_000_000)
    pause: float = setting(0.0, low=0, high=10)
    fault: str = setting("none", words=FAULTS)
    knob: float = setting(1.0, low=0, high=10, live=True)
    inner: Inner = Inner()


def _go_wrong(fault, progress):
    if fault == "raise":
        raise CountingError("/secret/path")
    if fault == "own error":
        from engine.settings import SettingError

        raise SettingError("knob is too loud.")
    if fault == "exit":
        os._exit(3)
    if fault == "memory":
        held = []
        while True:
            held.append(torch.ones(2**24))
    if fault == "greedy":  # memory that no limit inside the process sees coming
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        held = []
        while True:
            held.append(np.ones(2**22))
            time.sleep(0.02)
    if fault == "deaf":
        time.sleep(60)
    if fault == "huge event":
        progress("huge", {"array": np.zeros(2**21)})


def run(settings, device, progress, control):
    LEFT_BEHIND.append(settings.batches)
    count = 0
    for epoch in range(settings.epochs):
        for batch in range(settings.batches):
            changed = control.before_batch(new_epoch=batch == 0)
            if changed:
                progress("changed", changed)
            count += 1
            progress("count", {"count": count, "epoch": epoch, "threads": torch.get_num_threads()})
            if count == 2:
                _go_wrong(settings.fault, progress)
            if settings.pause:
                time.sleep(settings.pause)
    if settings.fault == "unplain":
        return {"what": lambda: None}
    if settings.fault == "tensor":
        return {"what": torch.zeros(1)}
    return {"count": count, "runs": len(LEFT_BEHIND), "random": torch.rand(1).item(), "array": np.arange(3)}
