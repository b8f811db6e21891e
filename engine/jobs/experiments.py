"""Experiments by name: a module of the engine with `Settings` and `run`."""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from engine.experiment import Control, Progress
from engine.jobs.contract import JobError
from engine.settings import SettingsBase

Run = Callable[[Any, torch.device, Progress, Control], Mapping[str, Any]]
ROOTS = ("engine",)  # packages whose modules may be named
_NAME = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)+", re.IGNORECASE)


@dataclass(frozen=True)
class Experiment:
    """A module's two names."""

    name: str
    settings: type[SettingsBase]
    run: Run


def find(name: str, roots: tuple[str, ...] = ROOTS) -> Experiment:
    """The experiment in module `name`. Raises JobError where there is none below `roots`."""
    refusal = JobError(f"There is no experiment called {name[:80]!r}.")
    if not _NAME.fullmatch(name) or name.split(".", 1)[0] not in roots:
        raise refusal
    try:
        module = importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and name.startswith(error.name):
            raise refusal from None
        raise
    settings, run = getattr(module, "Settings", None), getattr(module, "run", None)
    if not (isinstance(settings, type) and issubclass(settings, SettingsBase) and callable(run)):
        raise refusal
    return Experiment(name, settings, run)
