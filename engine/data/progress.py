"""What long work on data tells on its way: which stage, how far, and how to stop it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.data.dataset import DataError


class CancelledError(DataError):
    """The work was stopped on request; nothing of it is left."""


@dataclass(frozen=True)
class Step:
    """How far the work is: `done` of `total` (None: unknown), in `unit` ("MB" counts bytes)."""

    stage: str
    done: int = 0
    total: int | None = None
    unit: str = ""

    @property
    def share(self) -> float | None:
        """Between 0 and 1, where it can be known."""
        return min(self.done / self.total, 1.0) if self.total else None

    def words(self) -> str:
        """For a progress bar: "Downloading train_32x32.mat: 12.3 of 173.6 MB"."""
        if not self.unit:
            return self.stage
        scale, digits = (2**20, 1) if self.unit == "MB" else (1, 0)
        done = f"{self.done / scale:,.{digits}f}"
        whole = "" if self.total is None else f" of {self.total / scale:,.{digits}f}"
        return f"{self.stage}: {done}{whole} {self.unit}"


Report = Callable[[Step], None]
Cancel = Callable[[], bool]


def silent(_step: Step) -> None:
    """For callers who do not want to know."""


def never() -> bool:
    """For callers who will not stop it."""
    return False


def obey(cancel: Cancel, what: str) -> None:
    """Raise CancelledError if `cancel` says so."""
    if cancel():
        raise CancelledError(f"The {what} was stopped; nothing of it was kept.")
