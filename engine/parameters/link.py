"""A whole stack as a short text that needs no escaping in a URL: "3x32x32_c10k4s2p1_c20k3s2p1_f_d10".

Input shape first, then one token per layer joined by "_": a letter for the kind, its main value, and a
letter with a number for every setting that is not at its default. Only letters, digits and "_.~" occur. "~"
means "same" or, for a switch, nothing else than 0 and 1 is written. `decode(encode(stack)) == stack` for
every stack.
"""

from __future__ import annotations

import re
from typing import Any

from engine.parameters.layers import ACTIVATIONS, KINDS, Layer, SettingError, shorten
from engine.parameters.stack import MAX_LAYERS, Stack, check_length, defaults

_FLAGS = {
    "kernel": "k",
    "stride": "s",
    "padding": "p",
    "dilation": "d",
    "groups": "g",
    "multiplier": "m",
    "output_padding": "q",
    "bias": "b",
}
_NAMES = {letter: name for name, letter in _FLAGS.items()}

# letter -> (kind, settings the letter fixes, setting written right behind the letter)
_CODES: dict[str, tuple[str, dict[str, Any], str | None]] = {
    "c": ("conv", {}, "filters"),
    "w": ("depthwise", {}, None),
    "t": ("transposed", {}, "filters"),
    "m": ("pool", {"mode": "max"}, "window"),
    "a": ("pool", {"mode": "average"}, "window"),
    "n": ("batch_norm", {}, None),
    "x": ("dropout", {}, "rate"),
    "f": ("flatten", {}, None),
    "g": ("global_pool", {"mode": "average"}, None),
    "G": ("global_pool", {"mode": "max"}, None),
    "d": ("dense", {}, "units"),
    "j": ("residual", {}, "source"),
    **{
        letter: ("activation", {"function": name}, None)
        for letter, name in zip("rlshequo", ACTIVATIONS, strict=True)
    },
}
_TOKEN = re.compile(r"(?P<code>[a-zA-Z])(?P<main>\d+(?:\.\d+)?)?(?P<flags>(?:[a-z](?:\d+|~))*)")
_INPUT = re.compile(r"(\d{1,6})x(\d{1,6})x(\d{1,6})")
_MAX_CHARACTERS = MAX_LAYERS * 40


def encode(stack: Stack) -> str:
    """The stack as a link text."""
    return "_".join(["x".join(map(str, stack.input)), *map(_write, stack.layers)])


def decode(text: str) -> Stack:
    """Reads a link text.

    Raises:
        SettingError: the text is no network; the message quotes the part that cannot be read.
    """
    if len(text) > _MAX_CHARACTERS:
        check_length(text.count("_"))
        raise SettingError(
            f"This link has {len(text):,} characters; a network needs at most {_MAX_CHARACTERS:,}."
        )
    head, *tokens = text.split("_")
    check_length(len(tokens))
    match = _INPUT.fullmatch(head)
    if match is None:
        raise SettingError(f"The link must start with the input shape, such as 3x32x32, not {shorten(head)}.")
    channels, height, width = (int(size) for size in match.groups())
    return Stack((channels, height, width), tuple(_read(token) for token in tokens))


def _write(layer: Layer) -> str:
    usual = defaults(type(layer))
    values = {name: getattr(layer, name) for name in usual}
    for letter, (kind, fixed, main) in _CODES.items():
        if kind == layer.kind and all(values[name] == value for name, value in fixed.items()):
            head = letter + (f"{values[main]:g}" if main else "")
            changed = [
                name for name in values if name not in fixed and name != main and values[name] != usual[name]
            ]
            return head + "".join(_FLAGS[name] + _value(values[name]) for name in changed)
    raise AssertionError(f"no letter for {layer}")


def _value(value: int | str | bool) -> str:
    return "~" if value == "same" else str(int(value))


def _read(token: str) -> Layer:
    match = _TOKEN.fullmatch(token)
    if match is None or match["code"] not in _CODES:
        raise SettingError(f"The link has a part that names no layer: {shorten(token)}.")
    kind, fixed, main = _CODES[match["code"]]
    settings: dict[str, Any] = dict(fixed)
    if (match["main"] is None) != (main is None):
        raise SettingError(f"The link has a part with a missing or extra number: {shorten(token)}.")
    if main and match["main"] is not None:
        settings[main] = _number(match["main"], token)
    for letter, value in re.findall(r"([a-z])(\d+|~)", match["flags"]):
        name = _NAMES.get(letter, "")
        if name not in defaults(KINDS[kind]) or name in settings:
            raise SettingError(
                f"The link has a part with a setting its layer does not have: {shorten(token)}."
            )
        settings[name] = "same" if value == "~" else _number(value, token)
        if name == "bias" and settings[name] in (0, 1):
            settings[name] = bool(settings[name])
    return KINDS[kind](**settings)


def _number(text: str, token: str) -> int | float:
    if len(text) > 9:
        raise SettingError(f"The link has a number that is too large: {shorten(token)}.")
    return float(text) if "." in text else int(text)
