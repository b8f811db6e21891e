"""The network being edited: a stack whose layers keep their identity while they move, so that pictures can follow.

No Streamlit here: what an edit means is `engine.parameters.editing` and `repairs`, this only adds the identities.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from engine.parameters import editing
from engine.parameters.analysis import analyse
from engine.parameters.layers import Layer
from engine.parameters.possible import fitting
from engine.parameters.repairs import repairs
from engine.parameters.stack import Stack, from_dict
from engine.settings import SettingError


@dataclass(frozen=True)
class Document:
    """A stack and one number per layer, never used twice."""

    stack: Stack
    ids: tuple[int, ...]
    following: int

    def place(self, identity: object) -> int:
        """Position of a layer from 0. Raises SettingError where it is gone."""
        if identity not in self.ids:
            raise SettingError("This layer is no longer there.")
        return self.ids.index(identity)


def open_stack(stack: Stack) -> Document:
    """A document that was never edited."""
    count = len(stack.layers)
    return Document(stack, tuple(range(count)), count)


def become(document: Document, stack: Stack) -> Document:
    """The document with another stack; layers that are found again, or only got another setting, keep their number."""
    old, new = document.stack.layers, stack.layers
    start = _common(old, new)
    end = min(_common(old[::-1], new[::-1]), min(len(old), len(new)) - start)
    left = defaultdict(list)
    for layer, identity in zip(
        old[start : len(old) - end], document.ids[start : len(old) - end], strict=True
    ):
        left[layer].append(identity)
    wanted = new[start : len(new) - end]
    found = [left[layer].pop(0) if left[layer] else None for layer in wanted]
    if len(old) == len(new):  # what was not found again may be the layer in its place with another setting
        for place, (before, after) in enumerate(zip(old[start:], wanted, strict=False)):
            if found[place] is None and type(before) is type(after) and left[before]:
                found[place] = left[before].pop(0)
    following = document.following
    fresh = iter(range(following, following + len(wanted)))
    middle = tuple(next(fresh) if identity is None else identity for identity in found)
    ids = (*document.ids[:start], *middle, *document.ids[len(old) - end :])
    return Document(stack, ids, following + len(wanted))


def _common(a: tuple[Layer, ...], b: tuple[Layer, ...]) -> int:
    count = 0
    while count < min(len(a), len(b)) and a[count] == b[count]:
        count += 1
    return count


def layer_from(data: object) -> Layer:
    """A layer from what the browser sends. Raises SettingError."""
    return from_dict({"layers": [data]}).layers[0]


def edit(document: Document, change: Mapping[str, Any]) -> Document:
    """Does one edit, told as plain data.

    Raises:
        SettingError: the edit is none we know, or a value is not allowed.
    """
    known = {
        "insert": _insert,
        "remove": _remove,
        "move": _move,
        "change": _change,
        "input": _input,
        "repair": _repair,
    }
    name = change.get("op")
    if name not in known:
        raise SettingError(f"There is no edit called {str(name)[:40]}.")
    return known[name](document, change)


def _insert(document: Document, change: Mapping[str, Any]) -> Document:
    """After the layer with the given number; at the start without one."""
    place = 0 if change.get("after") is None else document.place(change["after"]) + 1
    shapes = analyse(document.stack).shapes
    layer = layer_from(change.get("layer"))
    if place < len(shapes):
        layer = fitting(layer, shapes[: place + 1])
    ids = (*document.ids[:place], document.following, *document.ids[place:])
    return Document(editing.insert(document.stack, place, layer), ids, document.following + 1)


def _remove(document: Document, change: Mapping[str, Any]) -> Document:
    place = document.place(change.get("id"))
    ids = document.ids[:place] + document.ids[place + 1 :]
    return replace(document, stack=editing.remove(document.stack, place), ids=ids)


def _move(document: Document, change: Mapping[str, Any]) -> Document:
    place, target = document.place(change.get("id")), change.get("to")
    if not isinstance(target, int) or not 0 <= target < len(document.ids):
        raise SettingError("There is no such place in this network.")
    ids = list(document.ids)
    ids.insert(target, ids.pop(place))
    return replace(document, stack=editing.move(document.stack, place, target), ids=tuple(ids))


def _change(document: Document, change: Mapping[str, Any]) -> Document:
    place = document.place(change.get("id"))
    return replace(document, stack=editing.change(document.stack, place, layer_from(change.get("layer"))))


def _input(document: Document, change: Mapping[str, Any]) -> Document:
    shape = change.get("shape")
    if not isinstance(shape, list):
        raise SettingError("input must be three whole numbers: channels, height and width.")
    return replace(document, stack=replace(document.stack, input=tuple(shape)))


def _repair(document: Document, change: Mapping[str, Any]) -> Document:
    ways = repairs(analyse(document.stack))
    number = change.get("way")
    if not isinstance(number, int) or not 0 <= number < len(ways):
        raise SettingError("This way out is no longer needed.")
    return become(document, ways[number].stack)
