"""Arithmetic as a lecture writes it: "(4 x 4 x 3 + 1) x 10 = 490", with real multiplication signs.

Every text is made from the same integers the count is made from, so the two cannot drift apart. Tested by
reading the texts back: both sides of every "=" must be the same number.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

TIMES = "\N{MULTIPLICATION SIGN}"
NOTHING = "0"


def number(value: int) -> str:
    """An integer with thousands separators: 12810 -> "12,810"."""
    return f"{value:,}"


def shape_text(shape: Iterable[int]) -> str:
    """A shape for sentences: (3, 32, 32) -> "3 x 32 x 32" (with real multiplication signs)."""
    return f" {TIMES} ".join(number(size) for size in shape)


def product(factors: Iterable[int]) -> str:
    """Factors joined by multiplication signs, without a result; the empty product reads "1"."""
    return f" {TIMES} ".join(number(factor) for factor in factors) or "1"


def equation(left: str, value: int) -> str:
    """`left = value`; a bare number stays a bare number."""
    return number(value) if left == number(value) else f"{left} = {number(value)}"


def product_equation(factors: Iterable[int]) -> str:
    """All factors and their product: (2, 64) -> "2 x 64 = 128"."""
    factors = tuple(factors)
    return equation(product(factors), prod(factors))


def weights_and_bias(per_output: Iterable[int], outputs: int, *, bias: bool) -> str:
    """The lecture's form for convolutions and dense layers: "(4 x 4 x 3 + 1) x 10 = 490".

    Args:
        per_output: factors whose product is the number of weights of one output (kernel height, width,
            channels).
        outputs: how many filters or units there are.
        bias: one more parameter per output.
    """
    per_output = tuple(per_output)
    if not bias:
        return product_equation((*per_output, outputs))
    return equation(
        f"({product(per_output)} + 1) {TIMES} {number(outputs)}", (prod(per_output) + 1) * outputs
    )


def sum_equation(terms: Iterable[str], value: int) -> str:
    """Several terms and their total: "3 x 4 + 5 = 17"."""
    return equation(" + ".join(terms) or NOTHING, value)
