"""What every setting of a layer may be in its place, so that a control offers nothing that cannot work.

A value is possible when the layer, with its other settings as they are, fits the shape that arrives. Where
no value of a setting would do (another setting is the culprit), its whole range is offered. Tested against
torch, which has to accept exactly these values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from math import gcd, prod

from engine.parameters.layers import Conv, Layer, Residual, TransposedConv
from engine.parameters.plans import MAX_VALUES, ImpossibleError, plan

_FREE = ("units", "rate", "bias", "mode", "function")  # whatever they are, the layer fits
_STEPS_TO_FIT = 8


@dataclass(frozen=True)
class Choice:
    """Possible values: whole numbers in [low, high] by `step`, or exactly `values`; `words` come on top."""

    low: float
    high: float
    step: int = 1
    values: tuple[int, ...] = ()
    words: tuple[str, ...] = ()


def choices(layer: Layer, shapes: Sequence[tuple[int, ...]]) -> dict[str, Choice]:
    """The possible values of every number among the settings of `layer`, behind `shapes`.

    Args:
        layer: the layer as it is now.
        shapes: shape of the network's input and of every layer before this one.
    """
    return {
        item.name: _choice(layer, item.name, list(shapes))
        for item in fields(layer)
        if layer.rule(item.name).high
    }


def _choice(layer: Layer, name: str, shapes: list[tuple[int, ...]]) -> Choice:
    rule = layer.rule(name)
    whole = Choice(rule.low, rule.high, words=rule.words)
    if name in _FREE:
        return whole
    if isinstance(layer, Residual):
        earlier = (index for index, shape in enumerate(shapes[:-1]) if shape == shapes[-1])
        return _listed(tuple(earlier), whole)  # its own input could be added too, and would only be doubled
    if name == "filters" and isinstance(layer, Conv | TransposedConv):
        return _filters(layer, shapes, whole)
    if name == "groups" and isinstance(layer, Conv):
        common = gcd(shapes[-1][0], layer.filters)
        return _listed(tuple(n for n in range(1, common + 1) if common % n == 0), whole)
    fitting = tuple(
        value
        for value in range(int(rule.low), int(rule.high) + 1)
        if _fits(replace(layer, **{name: value}), shapes)
    )
    words = tuple(word for word in rule.words if _fits(replace(layer, **{name: word}), shapes))
    return replace(_listed(fitting, whole), words=words) if fitting or words else whole


def _filters(layer: Conv | TransposedConv, shapes: list[tuple[int, ...]], whole: Choice) -> Choice:
    """Every multiple of the number of groups whose output stays below the largest allowed size."""
    groups = layer.groups if isinstance(layer, Conv) else 1
    try:
        one = plan(replace(layer, filters=groups), shapes)["output_shape"]
    except ImpossibleError:
        return whole
    most = min(whole.high, MAX_VALUES // prod(one[1:]))
    return Choice(groups, most // groups * groups, step=groups)


def _listed(values: tuple[int, ...], whole: Choice) -> Choice:
    if not values:
        return whole
    if values == tuple(range(values[0], values[-1] + 1)):
        return Choice(values[0], values[-1])
    return Choice(values[0], values[-1], values=values)


def _fits(layer: Layer, shapes: list[tuple[int, ...]]) -> bool:
    try:
        plan(layer, shapes)
    except ImpossibleError:
        return False
    return True


def fitting(layer: Layer, shapes: Sequence[tuple[int, ...]]) -> Layer:
    """`layer`, or the nearest setting of it that is possible behind `shapes`; unchanged where there is none."""
    changed = layer
    for _ in range(_STEPS_TO_FIT):
        try:
            plan(changed, list(shapes))
        except ImpossibleError as error:
            same = (fix.replacement[0] for fix in error.fixes if len(fix.replacement) == 1)
            nearest = next(same, None)
            if nearest is None:
                return layer
            changed = nearest
        else:
            return changed
    return layer
