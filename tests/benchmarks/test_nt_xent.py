"""The contenders compute the same loss and gradient, and one that did not would stop the benchmark."""

from __future__ import annotations

import pytest

from benchmarks.nt_xent import OURS, check, contenders, pairs


def test_all_contenders_agree():
    assert set(check(contenders(), *pairs(64))) == {OURS, "lightly NTXentLoss"}


def test_a_loss_that_is_twice_as_large_stops_the_benchmark():
    losses = contenders()
    losses["summed"] = lambda a, b: 2 * losses[OURS](a, b)
    with pytest.raises(AssertionError, match="summed computes something else"):
        check(losses, *pairs(16))
