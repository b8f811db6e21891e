"""Kept memory: counted by the page faults of a process of its own, and by what it holds after giving back."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

from engine import memory

PROGRAM = """
import os, resource, sys
import torch
from engine import memory
from engine.jobs.machine import resident
if sys.argv[1] == "keep":
    assert memory.keep()
def step():
    torch.ones(24 * 2**20)  # 96 MB
step(); step(); step()  # a third place is found where the second lost its first bytes to something small
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(5):
    step()
faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
held = resident(os.getpid())
memory.give_back()
print(faults, held, resident(os.getpid()))
"""
glibc = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="needs the C library of Linux")


def measure(mode: str) -> tuple[int, int, int]:
    """Page faults of five steps, bytes held after them, bytes held after giving back."""
    found = subprocess.run([sys.executable, "-c", PROGRAM, mode], capture_output=True, text=True, check=True)
    faults, before, after = map(int, found.stdout.split())
    return faults, before, after


@glibc
def test_kept_memory_is_not_fetched_again_and_is_given_back_when_asked() -> None:
    plain, _, _ = measure("plain")
    kept, before, after = measure("keep")
    assert plain > 5 * 10_000  # 96 MB are 24,576 pages of 4 KB
    assert kept < plain / 20
    assert before - after > 90e6


def test_where_the_c_library_is_another_nothing_is_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_library", lambda: None)
    assert not memory.keep()
    memory.give_back()
