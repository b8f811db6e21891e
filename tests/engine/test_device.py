"""Devices against what torch and the operating system answer, and with those answers replaced.

No test needs a GPU: where one is described, torch.cuda's queries are replaced, never the code under test. The
last tests run only where there is one.
"""

from __future__ import annotations

import os

import pytest
import torch

from engine import device
from engine.device import DeviceError

CPU, CUDA = torch.device("cpu"), torch.device("cuda", 0)


@pytest.fixture(autouse=True)
def _plain_environment(monkeypatch):
    monkeypatch.delenv("EXPLORER_DEVICE", raising=False)
    monkeypatch.delenv("EXPLORER_AUTOCAST", raising=False)


@pytest.fixture
def machine(monkeypatch):
    """A machine with that many GPUs of that compute capability, and an Apple GPU or not."""

    def build(gpus: int = 0, *, capability: tuple[int, int] = (9, 0), mps: bool = False, built: bool = True):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: gpus > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: gpus)
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _=None: capability)
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda _=None: "NVIDIA H200")
        monkeypatch.setattr(torch.cuda, "mem_get_info", lambda _=None: (100, 140))
        monkeypatch.setattr(torch.backends.cuda, "is_built", lambda: built)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)
        monkeypatch.setattr(torch.mps, "recommended_max_memory", lambda: 1000)
        monkeypatch.setattr(torch.mps, "driver_allocated_memory", lambda: 300)

    return build


@pytest.mark.parametrize(
    ("gpus", "mps", "names"),
    [(0, False, ["cpu"]), (2, False, ["cuda:0", "cuda:1", "cpu"]), (0, True, ["mps", "cpu"])],
)
def test_available_is_best_first_and_auto_takes_the_first(machine, gpus, mps, names):
    machine(gpus, mps=mps)
    assert device.available() == names
    assert device.pick() == device.pick("auto") == torch.device(names[0])
    assert [device.pick(name) for name in names] == [torch.device(name) for name in names]


def test_names_are_forgiving_and_cuda_is_the_first_gpu(machine):
    machine(2)
    assert device.pick(" CUDA ") == torch.device("cuda", 0)
    assert device.pick("cuda:1") == torch.device("cuda", 1)


def test_the_environment_decides_what_auto_means(machine, monkeypatch):
    machine(2)
    monkeypatch.setenv("EXPLORER_DEVICE", "cuda:1")
    assert device.pick("auto") == torch.device("cuda", 1)
    assert device.pick("cpu") == CPU
    for nothing in ("", "  ", "auto"):
        monkeypatch.setenv("EXPLORER_DEVICE", nothing)
        assert device.pick("auto") == torch.device("cuda", 0)


@pytest.mark.parametrize(
    ("wanted", "hardware", "sentence"),
    [
        ("cuda:1", {}, "EXPLORER_DEVICE asks for cuda:1, but this machine has no CUDA GPU; available: cpu."),
        ("cuda", {"built": False}, "the installed PyTorch is a build without CUDA; available: cpu."),
        ("cuda:1", {"gpus": 1}, "this machine has only 1 CUDA GPU; available: cuda:0, cpu."),
        ("cuda:7", {"gpus": 2}, "this machine has only 2 CUDA GPUs; available: cuda:0, cuda:1, cpu."),
        ("mps", {}, "this machine has no Apple GPU that PyTorch can use; available: cpu."),
    ],
)
def test_a_device_that_is_not_there_is_named(machine, monkeypatch, wanted, hardware, sentence):
    machine(**hardware)
    monkeypatch.setenv("EXPLORER_DEVICE", wanted)
    with pytest.raises(DeviceError) as caught:
        device.pick()
    assert str(caught.value).endswith(sentence)
    with pytest.raises(DeviceError, match="The setting asks for"):
        device.pick(wanted)


@pytest.mark.parametrize(
    "name", ["gpu", "cuda:", "cuda:-1", "cuda:x", "cuda:0:1", "", "meta", "cpu:0", "cuda:" + "9" * 30]
)
def test_a_malformed_name_is_refused_with_the_right_ones(name):
    with pytest.raises(DeviceError, match="write auto, cpu, cuda, cuda:N or mps"):
        device.pick(name)


@pytest.mark.parametrize(
    ("capability", "dtype", "nhwc"),
    [
        ((6, 1), None, False),
        ((7, 0), torch.float16, True),
        ((7, 5), torch.float16, True),
        ((8, 0), torch.bfloat16, True),
        ((9, 0), torch.bfloat16, True),
        ((12, 0), torch.bfloat16, True),
    ],
)
def test_policy_on_cuda(machine, capability, dtype, nhwc):
    machine(1, capability=capability)
    assert device.autocast_dtype(CUDA) is dtype
    assert device.channels_last(CUDA) is nhwc
    assert device.describe(CUDA) == device.DeviceInfo(
        "cuda:0", "NVIDIA H200", "cuda", 140, 100, autocast_dtype=dtype, channels_last=nhwc
    )


@pytest.mark.parametrize(
    ("able", "dtype"),
    [
        ({"avx512_bf16": True}, torch.bfloat16),
        ({"amx_bf16": True}, torch.bfloat16),
        ({"bf16": True, "neon": True}, torch.bfloat16),
        ({"avx2": True, "avx512_bf16": False}, None),
        ({}, None),
    ],
)
def test_policy_on_the_cpu(monkeypatch, able, dtype):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: able)
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: True)
    assert device.autocast_dtype(CPU) is dtype
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: False)
    assert device.autocast_dtype(CPU) is None
    assert device.channels_last(CPU) is False


def test_policy_on_mps_is_plain_float32(machine):
    machine(mps=True)
    info = device.describe(torch.device("mps"))
    assert info == device.DeviceInfo("mps", "Apple GPU", "mps", 1000, 700, None, False)


def test_autocast_runs_the_product_in_its_precision(monkeypatch):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True})
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: True)
    square = torch.eye(3)
    with device.autocast(CPU):
        assert (square @ square).dtype is torch.bfloat16
    assert (square @ square).dtype is torch.float32
    monkeypatch.setenv("EXPLORER_AUTOCAST", "OFF")
    with device.autocast(CPU):
        assert (square @ square).dtype is torch.float32


def test_autocast_setting_is_checked(monkeypatch):
    monkeypatch.setenv("EXPLORER_AUTOCAST", "yes")
    with pytest.raises(DeviceError, match='EXPLORER_AUTOCAST says "yes": write auto or off'):
        device.autocast(CPU)


def test_the_scaler_acts_only_where_autocast_is_float16(machine):
    machine(1, capability=(7, 5))
    assert device.scaler(CUDA).is_enabled()
    machine(1, capability=(8, 0))
    assert not device.scaler(CUDA).is_enabled()
    assert device.scaler(CPU).scale(torch.tensor(3.0)) == 3


def test_autocast_does_nothing_where_nothing_is_computed():
    with device.autocast(torch.device("meta")):
        assert (torch.eye(3, device="meta") @ torch.eye(3, device="meta")).dtype is torch.float32
    with pytest.raises(DeviceError, match="Nothing is computed on meta"):
        device.describe(torch.device("meta"))


def test_the_cpu_of_this_machine():
    info = device.describe(CPU)
    assert (info.name, info.kind) == ("cpu", "cpu")
    assert info.title.startswith("CPU, ")
    if hasattr(os, "sched_getaffinity"):
        assert info.title.split()[1] == str(len(os.sched_getaffinity(0)))
    if info.memory_total is not None and hasattr(os, "sysconf"):
        physical = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        assert 0 < info.memory_total <= physical
        assert info.memory_free is None or 0 <= info.memory_free <= info.memory_total


def write(root, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)


MEMINFO = "MemTotal:  8000 kB\nMemFree:  100 kB\nMemAvailable:  6000 kB\nHugePages_Total:       0\n"


@pytest.mark.parametrize(
    ("groups", "files", "expected"),
    [
        ("", {}, (8000, 6000)),
        ("0::/\n", {"memory.max": "max\n", "memory.current": "99"}, (8000, 6000)),
        ("0::/\n", {"memory.max": "4096000", "memory.current": "1024000"}, (4000, 3000)),
        (
            "0::/app/worker\n",
            {
                "app/memory.max": "2048000",
                "app/memory.current": "1024000",
                "app/memory.stat": "anon 5\ninactive_file 512000\n",
                "app/worker/memory.max": "max",
                "app/worker/memory.current": "7",
            },
            (2000, 1500),
        ),
        (
            "4:memory:/app\n1:cpu:/other\n",
            {
                "memory/app/memory.limit_in_bytes": "3072000",
                "memory/app/memory.usage_in_bytes": "1024000",
                "memory/app/memory.stat": "inactive_file 1\ntotal_inactive_file 102400\n",
            },
            (3000, 2100),
        ),
        ("4:memory:/app\n", {"memory/memory.limit_in_bytes": "9223372036854771712"}, (8000, 6000)),
        ("0::/\n", {"memory.max": "1024000", "memory.current": "2048000"}, (1000, 0)),
    ],
)
def test_memory_is_what_the_machine_or_the_container_allows(monkeypatch, tmp_path, groups, files, expected):
    """Kilobytes of total and free, from files in the kernel's formats (cgroups 2 and 1)."""
    write(tmp_path / "proc", {"meminfo": MEMINFO, "self/cgroup": groups})
    write(tmp_path / "cgroup", files)
    monkeypatch.setattr(device, "_PROC", tmp_path / "proc")
    monkeypatch.setattr(device, "_CGROUP", tmp_path / "cgroup")
    info = device.describe(CPU)
    assert (info.memory_total // 1024, info.memory_free // 1024) == expected


def test_memory_is_none_where_the_system_does_not_tell(monkeypatch, tmp_path):
    monkeypatch.setattr(device, "_PROC", tmp_path)
    monkeypatch.setattr(device.platform, "system", lambda: "Windows")
    info = device.describe(CPU)
    assert (info.memory_total, info.memory_free) == (None, None)


@pytest.mark.skipif(
    not torch.cuda.is_available(), reason="needs a CUDA GPU; the policy is tested above without"
)
def test_a_real_gpu_describes_itself():
    info = device.describe(device.pick("cuda"))
    assert 0 < info.memory_free <= info.memory_total
    assert info.memory_total == pytest.approx(torch.cuda.get_device_properties(0).total_memory, rel=0.02)
    square = torch.eye(3, device=info.name)
    with device.autocast(torch.device(info.name)):
        assert (square @ square).dtype is (info.autocast_dtype or torch.float32)
