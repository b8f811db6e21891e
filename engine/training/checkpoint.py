"""Checkpoints: everything a run needs to go on as if it had never stopped, in one file.

Only tensors and plain data are read back (`weights_only`), so a file from elsewhere cannot run code.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch


class CheckpointError(ValueError):
    """A file that is no checkpoint, or none of this run; the message says which."""


def save(path: Path, state: dict[str, Any]) -> None:
    """Write a checkpoint. The file before it stays until the new one is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        torch.save(state, part)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def load(path: Path, device: torch.device) -> dict[str, Any]:
    """Read a checkpoint, its tensors on `device`. Raises CheckpointError."""
    try:
        state = torch.load(path, map_location=device, weights_only=True)
    except FileNotFoundError:
        raise CheckpointError(f"There is no checkpoint {path.name}.") from None
    except Exception as error:  # torch raises anything from EOFError to RuntimeError here
        raise CheckpointError(f"{path.name} is damaged or no checkpoint: start this run again.") from error
    if not isinstance(state, dict):
        raise CheckpointError(f"{path.name} is no checkpoint of a run.")
    return state
