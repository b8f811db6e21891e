"""The contenders draw the same pictures, and one that did not would stop the benchmark."""

import pytest
import torch

from benchmarks.shapes import OURS, arms, check
from engine.data import shapes


def test_all_arms_agree():
    values = shapes.draw(30, torch.Generator().manual_seed(3))
    assert set(check(arms(values))) == {OURS, "one by one", "Pillow, 8 x larger"}


def test_an_arm_that_draws_something_else_stops_the_benchmark():
    values = shapes.draw(4, torch.Generator().manual_seed(3))
    found = arms(values)
    found["mirrored"] = lambda: found[OURS]()[..., ::-1]
    with pytest.raises(AssertionError, match="mirrored draws something else"):
        check(found)
