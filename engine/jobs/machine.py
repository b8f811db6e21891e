"""What this machine can give to jobs: how many workers, how much memory each, and how much a process holds.

Workers, unless `EXPLORER_WORKERS` says otherwise: two per GPU, or one per core where there is none, at most eight,
and no more than the memory carries. Each computes with its share of the cores, whether the others are busy or not:
sums over a different number of threads round differently, and equal settings must give equal numbers. (Threads
that must wait for one another also collapse where anything else wants the cores: on two busy cores one thread
trained a small network ten times as fast as two.) Who is alone on the machine may set `EXPLORER_WORKERS=1`.
"""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path

from engine.jobs.contract import JobError

MOST_WORKERS = 64
PER_WORKER = 2 * 2**30  # bytes a worker should be able to count on
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def workers(gpus: int, memory: int | None) -> int:
    """How many workers to keep. `memory`: bytes of the machine, None where unknown. Raises JobError."""
    setting = os.environ.get("EXPLORER_WORKERS", "").strip()
    if setting:
        if not setting.isdecimal() or not 1 <= int(setting) <= MOST_WORKERS:
            raise JobError(
                f'EXPLORER_WORKERS says "{setting[:20]}": write a number from 1 to {MOST_WORKERS}.'
            )
        return int(setting)
    wanted = 2 * gpus if gpus else cores()
    carried = MOST_WORKERS if memory is None else memory // PER_WORKER
    return max(1, min(8, wanted, carried))


def memory_limit(count: int, memory: int | None) -> int:
    """Bytes one job may hold beyond an idle worker: its share of three quarters of the machine.

    `EXPLORER_JOB_MEMORY` sets it in gigabytes. Raises JobError.
    """
    setting = os.environ.get("EXPLORER_JOB_MEMORY", "").strip()
    if setting:
        try:
            return int(_positive(setting) * 2**30)
        except ValueError:
            raise JobError(f'EXPLORER_JOB_MEMORY says "{setting[:20]}": write gigabytes, like 4.') from None
    return max(2**30, int(0.75 * (memory or 8 * 2**30)) // count)


def _positive(text: str) -> float:
    number = float(text)
    if not 0 < number < 1e6:
        raise ValueError
    return number


def resident(pid: int) -> int | None:
    """Bytes of memory a process holds, None where the system does not tell or the process is gone."""
    statm = Path(f"/proc/{pid}/statm")
    try:
        if platform.system() == "Linux":
            return int(statm.read_text().split()[1]) * _PAGE
        if platform.system() == "Darwin":
            told = subprocess.run(  # noqa: S603 - a fixed command
                ["/bin/ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=False
            )
            return int(told.stdout) * 1024
    except (OSError, ValueError, IndexError):
        return None
    return None


def allow_data(extra: int) -> bool:
    """Let this process allocate at most `extra` bytes beyond what it has now (Linux); whether that worked.

    A job that asks for more gets an error it can report, instead of the system killing somebody.
    """
    if platform.system() != "Linux":
        return False
    import resource

    lines = Path("/proc/self/status").read_text().splitlines()
    held = next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmData:")), None)
    if held is None:
        return False
    _, most = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = held + extra if most == resource.RLIM_INFINITY else min(held + extra, most)
    resource.setrlimit(resource.RLIMIT_DATA, (wanted, most))
    return True
