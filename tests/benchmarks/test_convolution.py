"""The contenders compute the same thing, and one that did not would stop the benchmark."""

from __future__ import annotations

import pytest
import torch

from benchmarks.convolution import OURS, check, each_channel, one_output

PICTURE = torch.rand(1, 3, 40, 50, generator=torch.Generator().manual_seed(0))
WEIGHT = torch.randn(1, 3, 7, 7, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize(
    "arms", [each_channel(PICTURE, WEIGHT[0, 0]), one_output(PICTURE, WEIGHT)], ids=["each", "one"]
)
def test_all_arms_agree(arms):
    assert len(check(arms)) == len(arms) == 6


def test_an_arm_that_computes_something_else_stops_the_benchmark():
    arms = one_output(PICTURE, WEIGHT)
    arms["unflipped"] = lambda: arms[OURS]()[..., ::-1]
    with pytest.raises(AssertionError, match="unflipped computes something else"):
        check(arms)
