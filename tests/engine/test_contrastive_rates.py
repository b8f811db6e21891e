"""The scaling rules against the paper's own numbers."""

import pytest

from engine.contrastive.rates import SCALINGS, formula, paper_rate, scaled_rate


def test_the_papers_rates():
    assert paper_rate(4096, "linear") == pytest.approx(4.8)
    assert paper_rate(4096, "sqrt") == pytest.approx(4.8)
    assert paper_rate(256, "linear") == pytest.approx(0.3)
    assert paper_rate(256, "sqrt") == pytest.approx(1.2)  # 0.075 * 16


@pytest.mark.parametrize("rule", SCALINGS)
def test_the_base_is_meant_for_256(rule):
    assert scaled_rate(0.3, 256, rule) == 0.3


def test_four_times_the_batch_is_four_or_two_times_the_rate():
    assert scaled_rate(0.3, 1024, "linear") == pytest.approx(1.2)
    assert scaled_rate(0.3, 1024, "sqrt") == pytest.approx(0.6)
    assert scaled_rate(0.3, 1024, "none") == 0.3
    assert scaled_rate(0.3, 64, "sqrt") == pytest.approx(0.15)


def test_the_formula_says_what_is_computed():
    assert formula(0.3, 512, "linear") == "0.3 × 512 / 256 = 0.6"
    assert formula(0.3, 1024, "sqrt") == "0.3 × √(1024 / 256) = 0.6"
    assert formula(0.002, 64, "none") == "0.002"
