"""Every named network counted once per test run: building and counting all of them takes some ten seconds."""

from __future__ import annotations

from functools import cache

from engine.architectures.building import build, input_shape
from engine.parameters.counting import Breakdown, breakdown


@cache
def counted(name: str) -> Breakdown:
    return breakdown(build(name), input_shape(name))
