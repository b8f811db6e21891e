"""Makes assets/runs/homework-simple, -pairs and -cached: the course's three notebooks against their corrections.

    python -m engine.studies.homework            all three
    python -m engine.studies.homework pairs      one of them

The settings are those the page starts with, so that a live run has the same curves.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from engine import data, memory, stored_runs
from engine import device as devices
from engine.contrastive.homework import ARMS, NOTEBOOKS, Settings, run
from engine.contrastive.homework_record import Record
from engine.experiment import FreeRun

COMMAND = "python -m engine.studies.homework"


def make(notebook: str, settings: Settings | None = None, *, target: Path = stored_runs.FOLDER) -> Path:
    """Run one race and store it."""
    settings = settings or Settings(notebook=notebook)
    record = Record()
    result = run(settings, devices.pick(), record, FreeRun())
    arms = ARMS[notebook]
    arrays = record.arrays(arms)
    return stored_runs.write(
        f"homework-{notebook}",
        arrays,
        command=f"{COMMAND} {notebook}",
        settings=settings.to_dict(),
        seed=settings.plan.seed,
        headline={
            "data": data.card(settings.data).title,
            **{arm: result["numbers"][arm] for arm in arms},
        },
        bits={name: 16 for name in arrays if name.endswith("layout")},
        folder=target,
    )


def main(arguments: Sequence[str]) -> int:
    """Make the races asked for."""
    unknown = [name for name in arguments if name not in NOTEBOOKS]
    if unknown:
        print(f"There is no notebook {unknown[0]!r}; there are {', '.join(NOTEBOOKS)}.", file=sys.stderr)
        return 2
    for notebook in arguments or NOTEBOOKS:
        print(f"Stored in {make(notebook)}.", flush=True)
    return 0


if __name__ == "__main__":
    memory.keep()
    sys.exit(main(sys.argv[1:]))
