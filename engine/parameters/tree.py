"""The rows of a model as the tree of its modules: layers inside blocks inside stages, each with its totals.

A module with a single thing inside is not worth a level, so chains are joined ("features.0"). Rows keep the
order they run in. Tested: every row appears once, and every group is the sum of what is in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.parameters.analysis import BYTES
from engine.parameters.counting import Row


@dataclass(frozen=True)
class Group:
    """A module with all its layers. `row` is set where it is a layer itself, `parts` where it holds others.

    `path` is unique: the name of the row, or the module's name with a dot behind it.
    """

    path: str
    name: str
    layers: int
    parameters: int
    macs: int
    activation_bytes: int
    row: Row | None = None
    parts: tuple[Group, ...] = ()


def tree(rows: Sequence[Row], title: str = "") -> Group:
    """Groups rows by the dots in their names; the whole has the path "" and the name `title`."""
    return _group("", title, [(row, tuple(row.name.split("."))) for row in rows], 0)


def _group(path: str, name: str, entries: list[tuple[Row, tuple[str, ...]]], depth: int) -> Group:
    inside: dict[str, list[tuple[Row, tuple[str, ...]]]] = {}
    for entry in entries:
        inside.setdefault(entry[1][depth] if len(entry[1]) > depth else "", []).append(entry)
    parts = tuple(_part(path, step, found, depth) for step, found in inside.items())
    return _whole(path, name, parts)


def _part(path: str, step: str, entries: list[tuple[Row, tuple[str, ...]]], depth: int) -> Group:
    if len(entries) == 1:  # one layer: what is left of its name belongs to it
        row, names = entries[0]
        return Group(
            row.name,
            ".".join(names[depth:]) or row.kind,  # a module with work of its own beside its children's
            1,
            row.parameters,
            row.macs,
            row.activations * BYTES,
            row,
        )
    group = _group(f"{path}{step}.", step, entries, depth + 1)
    if len(group.parts) == 1:  # one part: no level of its own
        only = group.parts[0]
        return Group(**{**vars(only), "name": f"{step}.{only.name}"})
    return group


def _whole(path: str, name: str, parts: tuple[Group, ...]) -> Group:
    return Group(
        path,
        name,
        sum(part.layers for part in parts),
        sum(part.parameters for part in parts),
        sum(part.macs for part in parts),
        sum(part.activation_bytes for part in parts),
        parts=parts,
    )
