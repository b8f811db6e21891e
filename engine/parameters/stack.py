"""A network as a list of layers, with JSON in and out and a check of everything that comes in.

JSON: {"input": [3, 32, 32], "layers": [{"kind": "conv", "filters": 10, "kernel": 4}, ...]}; settings left
out keep their defaults. Anything wrong raises `SettingError` with a sentence that names the layer, the
field and the range.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, fields
from typing import Any

from engine.parameters.layers import KINDS, MAX_LAYERS, Layer, Range, shorten
from engine.settings import SettingError

MAX_JSON_CHARACTERS = 1_000_000
CHANNELS = Range(1, 4096)
SIDE = Range(1, 4096)


@dataclass(frozen=True)
class Stack:
    """An input picture of shape (channels, height, width) and the layers it passes through in order."""

    input: tuple[int, int, int] = (3, 32, 32)
    layers: tuple[Layer, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.input, tuple | list) or len(self.input) != 3:
            raise SettingError("input must be three whole numbers: channels, height and width.")
        for name, size, rule in zip(
            ("channels", "height", "width"), self.input, (CHANNELS, SIDE, SIDE), strict=True
        ):
            if not rule.allows(size):
                raise SettingError(f"{name} of the input must be {rule.describe()}, not {shorten(size)}.")
        check_length(len(self.layers))
        object.__setattr__(self, "input", tuple(self.input))
        object.__setattr__(self, "layers", tuple(self.layers))


def check_length(count: int) -> None:
    """Refuses more layers than a page can show and a browser link can carry."""
    if count > MAX_LAYERS:
        raise SettingError(
            f"This stack has {count:,} layers and the limit is {MAX_LAYERS:,}: beyond that neither the list "
            "nor the link stays usable. Remove layers, or look at a deep network by its name."
        )


def to_json(stack: Stack, indent: int | None = 2) -> str:
    """The stack as JSON text; defaults are written too, so that the file explains itself."""
    return json.dumps(to_dict(stack), indent=indent)


def to_dict(stack: Stack) -> dict[str, Any]:
    """The stack as plain data: {"input": [...], "layers": [{"kind": ..., ...}, ...]}."""
    return {
        "input": list(stack.input),
        "layers": [{"kind": layer.kind, **vars(layer)} for layer in stack.layers],
    }


def from_json(text: str | bytes) -> Stack:
    """Reads a stack from JSON text.

    Raises:
        SettingError: not JSON, too long, nested too deep, an unknown kind or field, or a value out of
            range.
    """
    if len(text) > MAX_JSON_CHARACTERS:
        raise SettingError(
            f"This file has {len(text):,} characters and the limit is {MAX_JSON_CHARACTERS:,}: "
            f"a network of {MAX_LAYERS:,} layers needs far less."
        )
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        where = (
            f" (line {error.lineno}, column {error.colno})" if isinstance(error, json.JSONDecodeError) else ""
        )
        raise SettingError(
            f"This is not readable as JSON{where}. Export a network to see the form."
        ) from error
    return from_dict(data)


def from_dict(data: object) -> Stack:
    """Reads a stack from plain data; see `from_json`."""
    if not isinstance(data, Mapping):
        raise SettingError('A network file is an object with "input" and "layers".')
    _refuse_unknown(data, {"input", "layers"}, "The network")
    shape, layers = data.get("input", [3, 32, 32]), data.get("layers", [])
    if not isinstance(layers, list):
        raise SettingError("layers must be a list of layers.")
    if not isinstance(shape, list):
        raise SettingError("input must be three whole numbers: channels, height and width.")
    check_length(len(layers))
    return Stack(tuple(shape), tuple(_layer(item, number) for number, item in enumerate(layers, 1)))


def _layer(item: object, number: int) -> Layer:
    if not isinstance(item, Mapping):
        raise SettingError(f'Layer {number} must be an object with a "kind".')
    kind = item.get("kind")
    if not isinstance(kind, str) or kind not in KINDS:
        raise SettingError(f"kind of layer {number} must be one of {', '.join(KINDS)}, not {shorten(kind)}.")
    layer = KINDS[kind]
    settings = {name: value for name, value in item.items() if name != "kind"}
    _refuse_unknown(settings, {field.name for field in fields(layer)}, f"Layer {number} ({kind})")
    try:
        return layer(**settings)
    except SettingError as error:
        raise SettingError(f"Layer {number}: {error}") from error


def _refuse_unknown(data: Mapping[Any, object], known: set[str], owner: str) -> None:
    for name in data:
        if name not in known:
            allowed = f"knows {', '.join(sorted(known))}" if known else "has no settings"
            raise SettingError(f"{owner} has no field {shorten(name)}; it {allowed}.")


def defaults(layer: type[Layer]) -> dict[str, Any]:
    """The default of every setting of a kind of layer."""
    return {field.name: field.default for field in fields(layer) if field.default is not MISSING}
