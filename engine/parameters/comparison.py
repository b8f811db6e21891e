"""What changed between two stacks: layer by layer and in the totals.

Layers are paired in order: as many as possible with themselves, then with a layer of the same kind (the
longest common subsequence, Hirschberg 1975, with equal layers counting more). So a changed setting shows as a
change of its layer, an inserted layer as new, a removed one as gone. Tested by editing random stacks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.parameters.analysis import Analysis, LayerRow
from engine.parameters.layers import Layer, Residual

_EQUAL, _SAME_KIND = 3, 2
_MOST_CELLS = 60_000  # of the table that pairs the middles; beyond it layers are paired by position


@dataclass(frozen=True)
class Pair:
    """One layer before and after; None where it did not exist."""

    before: LayerRow | None
    after: LayerRow | None

    def difference(self, measure: str) -> int:
        """After minus before, of "parameters", "macs" or "activation_bytes"."""
        return _of(self.after, measure) - _of(self.before, measure)

    @property
    def changed(self) -> bool:
        """Whether the layer itself is another one, not only its numbers."""
        return None in (self.before, self.after) or self.before.layer != self.after.layer  # type: ignore[union-attr]  # neither is None here


@dataclass(frozen=True)
class Comparison:
    """Two stacks side by side; `pairs` in the order of the later stack, gone layers where they were."""

    before: Analysis
    after: Analysis
    pairs: tuple[Pair, ...]

    @property
    def gone(self) -> tuple[LayerRow, ...]:
        """Rows only the earlier stack has."""
        return tuple(pair.before for pair in self.pairs if pair.before is not None and pair.after is None)


def compare(before: Analysis, after: Analysis) -> Comparison:
    """Pairs the layers of two stacks."""
    old, new = before.rows, after.rows
    start = 0
    while start < min(len(old), len(new)) and _likeness(old[start].layer, new[start].layer) == _EQUAL:
        start += 1
    end = 0
    while (
        end < min(len(old), len(new)) - start
        and _likeness(old[-1 - end].layer, new[-1 - end].layer) == _EQUAL
    ):
        end += 1
    middle = _paired(old[start : len(old) - end], new[start : len(new) - end])
    first = [Pair(a, b) for a, b in zip(old[:start], new[:start], strict=True)]
    last = [Pair(a, b) for a, b in zip(old[len(old) - end :], new[len(new) - end :], strict=True)]
    return Comparison(before, after, (*first, *middle, *last))


def _of(row: LayerRow | None, measure: str) -> int:
    return 0 if row is None else int(getattr(row, measure))


def _likeness(a: Layer, b: Layer) -> int:
    if type(a) is not type(b):
        return 0
    return _EQUAL if a == b or isinstance(a, Residual) else _SAME_KIND


def _paired(old: Sequence[LayerRow], new: Sequence[LayerRow]) -> list[Pair]:
    if len(old) * len(new) > _MOST_CELLS:
        return _by_position(old, new)
    best = [[0] * (len(new) + 1) for _ in range(len(old) + 1)]
    for i in range(len(old) - 1, -1, -1):
        for j in range(len(new) - 1, -1, -1):
            likeness = _likeness(old[i].layer, new[j].layer)
            together = likeness + best[i + 1][j + 1] if likeness else 0
            best[i][j] = max(together, best[i + 1][j], best[i][j + 1])
    pairs, i, j = [], 0, 0
    while i < len(old) and j < len(new):
        likeness = _likeness(old[i].layer, new[j].layer)
        if likeness and best[i][j] == likeness + best[i + 1][j + 1]:
            pairs.append(Pair(old[i], new[j]))
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            pairs.append(Pair(old[i], None))
            i += 1
        else:
            pairs.append(Pair(None, new[j]))
            j += 1
    return [*pairs, *(Pair(row, None) for row in old[i:]), *(Pair(None, row) for row in new[j:])]


def _by_position(old: Sequence[LayerRow], new: Sequence[LayerRow]) -> list[Pair]:
    pairs: list[Pair] = []
    for a, b in zip(old, new, strict=False):
        pairs += [Pair(a, b)] if _likeness(a.layer, b.layer) else [Pair(a, None), Pair(None, b)]
    shorter = min(len(old), len(new))
    return [*pairs, *(Pair(row, None) for row in old[shorter:]), *(Pair(None, row) for row in new[shorter:])]
