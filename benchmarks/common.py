"""What every benchmark shares: interleaved timing, the machine and the versions, and the result file.

Contenders ("arms") take turns within each round, so that a busy moment of the machine hits all of them, and the
median and the quartiles over the rounds are reported, never the best run. A benchmark first checks that all
arms compute the same thing.
"""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import quantiles
from time import perf_counter, sleep

from engine.stored_runs import commit_of

RESULTS = Path(__file__).parent / "results"


@dataclass(frozen=True)
class Timing:
    """Milliseconds of one arm: median and quartiles over the rounds."""

    median_ms: float
    lower_quartile_ms: float
    upper_quartile_ms: float
    rounds: int


def interleave(
    arms: Mapping[str, Callable[[], object]], *, rounds: int, warm_up: int = 2
) -> dict[str, Timing]:
    """Time every arm once per round, in turn; the first `warm_up` rounds are not counted."""
    seconds: dict[str, list[float]] = {name: [] for name in arms}
    for turn in range(warm_up + rounds):
        for name, arm in arms.items():
            start = perf_counter()
            arm()
            elapsed = perf_counter() - start
            if turn >= warm_up:
                seconds[name].append(elapsed)
    return {name: _summary(values) for name, values in seconds.items()}


def _summary(seconds: list[float]) -> Timing:
    lower, median, upper = (round(1000 * value, 3) for value in quantiles(seconds, n=4, method="inclusive"))
    return Timing(median, lower, upper, len(seconds))


def until_quiet(share: float = 0.1, *, seconds: float = 2.0, patience: float = 240.0) -> None:
    """Wait until this machine computes next to nothing: a server that has just started warms its workers up."""
    end = perf_counter() + patience
    while perf_counter() < end:
        busy, whole = _ticks()
        sleep(seconds)
        after, later = _ticks()
        if after - busy <= share * (later - whole):
            return
    raise RuntimeError(f"The machine was not quiet within {patience:.0f} s.")


def _ticks() -> tuple[int, int]:
    """Ticks of all cores since the start: busy, and all."""
    listing = Path("/proc/stat")
    if not listing.exists():  # not Linux: each wait counts as quiet
        return 0, 1
    times = [int(part) for part in listing.read_text().splitlines()[0].split()[1:9]]
    return sum(times) - times[3] - times[4], sum(times)


def machine() -> dict[str, object]:
    """The processor, how much of it this process may use, and how busy it was."""
    able = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    busy = [round(value, 2) for value in os.getloadavg()] if hasattr(os, "getloadavg") else None
    return {"cpu": _cpu_name(), "cores": able, "load_average": busy, "system": platform.platform(terse=True)}


def _cpu_name() -> str:
    listing = Path("/proc/cpuinfo")
    lines = listing.read_text().splitlines() if listing.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def write(name: str, packages: Iterable[str], findings: Mapping[str, object]) -> Path:
    """Save findings with what is needed to repeat them as benchmarks/results/`name`.json."""
    report = {
        "command": f"python -m benchmarks.{name}",
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "commit": commit_of(Path(__file__).parent),
        "machine": machine(),
        "versions": {"python": platform.python_version()} | {each: version(each) for each in packages},
        **findings,
    }
    path = RESULTS / f"{name}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(report, indent=2, default=asdict) + "\n")
    return path


def table(title: str, timings: Mapping[str, Timing], *, ours: str) -> str:
    """The timings as aligned text: each arm's median, its quartiles, and its time over ours."""
    lines = [title, f"  {'':34}{'median':>10}{'quartiles':>20}{'times ours':>12}"]
    for name, timing in timings.items():
        spread = f"{timing.lower_quartile_ms:.2f} - {timing.upper_quartile_ms:.2f}"
        ratio = timing.median_ms / timings[ours].median_ms
        lines.append(f"  {name:34}{timing.median_ms:>7.2f} ms{spread:>20}{ratio:>12.2f}")
    return "\n".join(lines)
