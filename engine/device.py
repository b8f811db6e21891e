"""Which processor the engine computes on, and how: device, mixed precision, memory layout, memory.

`pick` turns a name into a `torch.device`, `describe` says what that device is in words a page can show.
`autocast` and `scaler` are the project's one policy for mixed precision, so no training loop has its own:

    CUDA, compute capability 8.0 and up    bfloat16 (Ampere brought it into the hardware)
    CUDA, compute capability 7.0 to 7.5    float16  (Volta, Turing: no bfloat16; training needs `scaler`)
    CPU that multiplies bfloat16 itself    bfloat16 (AVX512-BF16, AMX or Arm BF16, used through oneDNN)
    everything else                        off: float32 is as fast, or faster, and more exact

Environment: `EXPLORER_DEVICE` is what "auto" means, `EXPLORER_AUTOCAST=off` keeps everything in float32.
Tested against `torch.cuda`'s and the operating system's own answers, and with those answers replaced.
"""

from __future__ import annotations

import os
import platform
import re
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import torch

_NAME = re.compile(r"(auto|cpu|mps|cuda(:\d{1,3})?)")
_PROC = Path("/proc")
_CGROUP = Path("/sys/fs/cgroup")


class DeviceError(ValueError):
    """A device that this machine does not have, or a setting that is no device."""


@dataclass(frozen=True)
class DeviceInfo:
    """What a device is: memory in bytes, None where the system does not tell."""

    name: str  # as `pick` takes it: "cuda:0"
    title: str  # as a page shows it: "NVIDIA H200", "CPU, 2 cores"
    kind: str  # "cpu", "cuda" or "mps"
    memory_total: int | None
    memory_free: int | None
    autocast_dtype: torch.dtype | None  # None: everything stays float32
    channels_last: bool  # whether convolutions are faster on NHWC memory


def available() -> list[str]:
    """Names of the devices this machine has, best first: `["cuda:0", "cpu"]`."""
    names = [f"cuda:{index}" for index in range(_cuda_count())]
    if torch.backends.mps.is_available():
        names.append("mps")
    return [*names, "cpu"]


def pick(name: str = "auto") -> torch.device:
    """The device called `name`: auto, cpu, cuda, cuda:N or mps.

    "auto" is `EXPLORER_DEVICE` where that is set, else CUDA, else MPS, else the CPU. "cuda" is the first GPU.
    Raises DeviceError where the name is none of these or the machine lacks the device.
    """
    source, wanted = "The setting", name.strip().lower()
    if wanted == "auto":
        source, wanted = "EXPLORER_DEVICE", os.environ.get("EXPLORER_DEVICE", "").strip().lower() or "auto"
    if _NAME.fullmatch(wanted) is None:
        raise DeviceError(
            f'{source} says "{wanted}", which is no device: write auto, cpu, cuda, cuda:N or mps '
            f"(available here: {', '.join(available())})."
        )
    names = available()
    if wanted == "auto":
        wanted = names[0]
    if wanted == "cuda":
        wanted = "cuda:0"
    if wanted not in names:
        raise DeviceError(f"{source} asks for {wanted}, but {_lack(wanted)}; available: {', '.join(names)}.")
    return torch.device(wanted)


def describe(device: torch.device) -> DeviceInfo:
    """Name, memory and policy of a device. Raises DeviceError for one nothing is computed on ("meta")."""
    memory: tuple[int | None, int | None]
    if device.type == "cuda":
        index = device.index or 0
        free, total = torch.cuda.mem_get_info(index)
        name, title, memory = f"cuda:{index}", torch.cuda.get_device_name(index), (total, free)
    elif device.type == "mps":
        total = torch.mps.recommended_max_memory()
        name, title = "mps", "Apple GPU"
        memory = (total, total - torch.mps.driver_allocated_memory())
    elif device.type == "cpu":
        name, title, memory = "cpu", _cpu_title(), _cpu_memory()
    else:
        raise DeviceError(f"Nothing is computed on {device}; available: {', '.join(available())}.")
    return DeviceInfo(name, title, device.type, *memory, autocast_dtype(device), channels_last(device))


def autocast_dtype(device: torch.device) -> torch.dtype | None:
    """The lower precision that pays on this device (table above), or None.

    Raises DeviceError where `EXPLORER_AUTOCAST` is neither "auto" nor "off".
    """
    setting = os.environ.get("EXPLORER_AUTOCAST", "").strip().lower() or "auto"
    if setting not in ("auto", "off"):
        raise DeviceError(f'EXPLORER_AUTOCAST says "{setting}": write auto or off.')
    if setting == "off":
        return None
    if device.type == "cuda":
        major = torch.cuda.get_device_capability(device)[0]
        return torch.bfloat16 if major >= 8 else torch.float16 if major == 7 else None
    return torch.bfloat16 if device.type == "cpu" and _cpu_has_bfloat16() else None


def autocast(device: torch.device) -> AbstractContextManager[object]:
    """Context in which the forward pass runs in this device's autocast precision, or simply runs."""
    dtype = autocast_dtype(device)
    return nullcontext() if dtype is None else torch.autocast(device.type, dtype=dtype)


def full_precision(device: torch.device) -> AbstractContextManager[object]:
    """Context in which nothing is rounded to a lower precision, whatever the autocast around it.

    For work on pixels: bfloat16 has 8 bits of mantissa, and a picture has 8 bits a channel.
    """
    able = torch.amp.is_autocast_available(device.type)  # the meta device has none
    return torch.autocast(device.type, enabled=False) if able else nullcontext()


def scaler(device: torch.device) -> torch.amp.GradScaler:
    """The loss scaler a training loop always uses: it acts only where autocast means float16."""
    return torch.amp.GradScaler(device.type, enabled=autocast_dtype(device) is torch.float16)


def channels_last(device: torch.device) -> bool:
    """Whether convolutions run faster on NHWC memory: tensor cores and oneDNN do, the rest does not."""
    if device.type == "cuda":
        return torch.cuda.get_device_capability(device)[0] >= 7
    return device.type == "cpu" and torch.backends.mkldnn.is_available()


def _cuda_count() -> int:
    return torch.cuda.device_count() if torch.cuda.is_available() else 0


def _lack(wanted: str) -> str:
    if wanted == "mps":
        return "this machine has no Apple GPU that PyTorch can use"
    count = _cuda_count()
    if count:
        return f"this machine has only {count} CUDA GPU{'s' if count > 1 else ''}"
    built = torch.backends.cuda.is_built()
    return "this machine has no CUDA GPU" if built else "the installed PyTorch is a build without CUDA"


def _cpu_has_bfloat16() -> bool:
    able = torch.cpu.get_capabilities()
    return torch.backends.mkldnn.is_available() and any(
        able.get(name, False) for name in ("avx512_bf16", "amx_bf16", "bf16")
    )


def _cpu_title() -> str:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return f"CPU, {cores} core{'s' if cores > 1 else ''}"


def _cpu_memory() -> tuple[int | None, int | None]:
    """Total and free bytes: the machine's, or the container's where that allows less."""
    total, free = _machine_memory()
    for limit, used in _container_limits():
        if total is None or limit < total:
            total = limit
        if free is None or limit - used < free:
            free = max(0, limit - used)
    return total, free


def _machine_memory() -> tuple[int | None, int | None]:
    if (_PROC / "meminfo").exists():
        lines = (_PROC / "meminfo").read_text().splitlines()
        kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in lines}
        return kilobytes["MemTotal"] * 1024, kilobytes["MemAvailable"] * 1024
    if platform.system() == "Darwin":
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"), None
    return None, None


def _container_limits() -> list[tuple[int, int]]:
    """(limit, bytes in use) of every control group above this process that has a limit.

    Version 2 of control groups writes `0::/path`, version 1 `N:memory:/path`; a container often sees its own
    group as the root, so the root is asked as well. Page cache that can be dropped does not count as used.
    """
    if not (_PROC / "self/cgroup").exists():
        return []
    found = []
    for line in (_PROC / "self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if controllers == "":
            root, limit, used = _CGROUP, "memory.max", "memory.current"
        elif "memory" in controllers.split(","):
            root, limit, used = _CGROUP / "memory", "memory.limit_in_bytes", "memory.usage_in_bytes"
        else:
            continue
        group = root / path.lstrip("/")
        for folder in (group, *(parent for parent in group.parents if parent.is_relative_to(root))):
            size, taken = _number(folder / limit), _number(folder / used)
            if size is not None and taken is not None:
                found.append((size, max(0, taken - _droppable(folder / "memory.stat"))))
    return found


def _number(path: Path) -> int | None:
    """The number in a control file; None where it is absent, closed to us, or says "max"."""
    try:
        text = path.read_text().strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None


def _droppable(path: Path) -> int:
    try:
        counts = dict(line.split() for line in path.read_text().splitlines())
    except OSError:
        return 0
    return int(counts.get("total_inactive_file", counts.get("inactive_file", 0)))
