"""Guessing before looking: how far a count is off, and which slip would give exactly that number.

Every slip is a wrong formula somebody really uses: no bias, one bias for the whole layer, a kernel that reads
only one channel, running statistics counted as learned. A slip is named only when its number is the guess.
Tested on the lecture's layers, where each slip is worked out by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from engine.parameters.analysis import Analysis, LayerRow
from engine.parameters.formulas import number
from engine.parameters.layers import BatchNorm, Conv, Dense, DepthwiseConv, Pool, TransposedConv

MOST = 10**15  # a guess beyond it is a typing error


@dataclass(frozen=True)
class Verdict:
    """One guess against the count; `sentence` says what went wrong, or that nothing did."""

    guess: int
    truth: int
    sentence: str

    @property
    def right(self) -> bool:
        """Whether the guess is exact."""
        return self.guess == self.truth


def judge(row: LayerRow, guess: int) -> Verdict:
    """Holds a guess against the parameters of one layer."""
    if guess == row.parameters:
        return Verdict(guess, row.parameters, "Exactly.")
    slip = next((text for value, text in _slips(row) if value == guess), "")
    return Verdict(guess, row.parameters, slip or _off(guess, row.parameters))


def judge_total(analysis: Analysis, guess: int) -> Verdict:
    """Holds a guess against the parameters of the whole stack."""
    truth = analysis.parameters
    biases = sum(_biases(row) for row in analysis.rows)
    if guess == truth:
        return Verdict(guess, truth, "Exactly.")
    if guess == truth - biases:
        return Verdict(guess, truth, f"That is every weight, but none of the {number(biases)} biases.")
    for row in analysis.rows:
        if row.parameters and guess == truth - row.parameters:
            return Verdict(guess, truth, f"Everything but {row.name}: {row.formula}.")
    return Verdict(guess, truth, _off(guess, truth))


def _off(guess: int, truth: int) -> str:
    word = "too many" if guess > truth else "too few"
    return f"{number(abs(guess - truth))} {word}."


def _biases(row: LayerRow) -> int:
    if not getattr(row.layer, "bias", False):
        return 0
    return row.output_shape[0]


def _slips(row: LayerRow) -> Iterator[tuple[int, str]]:
    match row.layer:
        case Conv() | DepthwiseConv() | TransposedConv():
            yield from _convolution(row)
        case Dense():
            yield from _dense(row)
        case BatchNorm():
            channels = row.input_shape[0]
            yield channels, "Only one of the two: each channel learns a scale and a shift."
            yield 4 * channels, "The running mean and variance are measured, not learned."
        case Pool(window=window):
            yield window * window, "The window has a size but no weights: pooling learns nothing."


def _convolution(row: LayerRow) -> Iterator[tuple[int, str]]:
    layer, (channels, *_), outputs = row.layer, row.input_shape, row.output_shape[0]
    kernel = int(getattr(layer, "kernel", 1))
    bias, area = _biases(row), kernel * kernel
    each = (row.parameters - bias) // (area * outputs)  # channels that one filter reads
    weights = row.parameters - bias
    if bias:
        yield weights, f"The weights are right; every one of the {outputs} filters also has a bias."
        yield weights + 1, f"One bias for the whole layer: each of the {outputs} filters has its own."
        yield weights + channels, "A bias belongs to a filter, not to an input channel."
    else:
        yield weights + outputs, "This layer has its bias switched off."
    yield area * each + (bias > 0), f"That is one filter; there are {outputs}."
    if each > 1:
        yield area * outputs + bias, f"A filter has a kernel for each of the {each} channels it reads."
        yield area * outputs, f"A filter has a kernel for each of the {each} channels it reads, and a bias."
    if each < channels:
        yield area * channels * outputs + bias, f"A filter reads only {each} of the {channels} channels here."
    yield kernel * each * outputs + bias, f"The kernel is {kernel} rows and {kernel} columns: {area} weights."
    yield row.macs, "Those are the multiplications: the same weights are used again at every place."
    yield (
        row.macs // max(area * each, 1),
        "Those are the values that come out, not the weights that make them.",
    )


def _dense(row: LayerRow) -> Iterator[tuple[int, str]]:
    inputs, units = row.input_shape[0], row.output_shape[0]
    if _biases(row):
        yield (
            inputs * units,
            f"The weights are right; every one of the {number(units)} units also has a bias.",
        )
        yield (
            inputs * units + 1,
            f"One bias for the whole layer: each of the {number(units)} units has its own.",
        )
        yield (units + 1) * inputs, "A bias belongs to a unit, not to an input."
    else:
        yield (inputs + 1) * units, "This layer has its bias switched off."
    yield inputs + units, "Every input is connected with every unit: multiply, do not add."
    yield inputs + 1, f"That is one unit; there are {number(units)}."
