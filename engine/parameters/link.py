"""A whole stack as a short text that needs no escaping in a URL: "3x32x32_c10k4s2p1_c20s2p1_f_d10".

Input shape first, then one token per layer joined by "_": a letter for the kind, its main value, and a
letter with a number for every setting that is not at its default; "~" is the padding "same". A residual add
is written by how far back it reaches ("j4": the output four layers before its own), or "J9" where it points
ahead, to layer 9. "y3x20" repeats the last 3 layers 20 more times, so a thousand layers of a deep network
take a line. Only letters, digits and "_.~" occur. `decode(encode(stack)) == stack` for every stack.
"""

from __future__ import annotations

import re
from typing import Any

from engine.parameters.layers import ACTIVATIONS, KINDS, MAX_LAYERS, Layer, Residual, shorten
from engine.parameters.stack import Stack, check_length, defaults
from engine.settings import SettingError

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
    "J": ("residual", {}, "source"),
    **{
        letter: ("activation", {"function": name}, None)
        for letter, name in zip("rlshequo", ACTIVATIONS, strict=True)
    },
}
_TOKEN = re.compile(r"(?P<code>[a-zA-Z])(?P<main>\d+(?:\.\d+)?)?(?P<flags>(?:[a-z](?:\d+|~))*)")
_REPEAT = re.compile(r"y(\d{1,4})x(\d{1,4})")
_INPUT = re.compile(r"(\d{1,6})x(\d{1,6})x(\d{1,6})")
_MAX_CHARACTERS = MAX_LAYERS * 40
_LONGEST_PERIOD = 48  # layers of a block that is looked for again


def encode(stack: Stack) -> str:
    """The stack as a link text."""
    tokens = [_write(layer, number) for number, layer in enumerate(stack.layers, 1)]
    return "_".join(["x".join(map(str, stack.input)), *_fold(tokens)])


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
    head, *folded = text.split("_")
    check_length(len(folded))
    match = _INPUT.fullmatch(head)
    if match is None:
        raise SettingError(f"The link must start with the input shape, such as 3x32x32, not {shorten(head)}.")
    channels, height, width = (int(size) for size in match.groups())
    layers = (_read(token, number) for number, token in enumerate(_unfold(folded), 1))
    return Stack((channels, height, width), tuple(layers))


def _fold(tokens: list[str]) -> list[str]:
    """Replaces tokens that repeat the ones just before them, the longest saving first at every place."""
    folded: list[str] = []
    place = 0
    while place < len(tokens):
        saved, period, times = max(
            (_repeats(tokens, place, period) for period in range(1, min(place, _LONGEST_PERIOD) + 1)),
            default=(0, 0, 0),
        )
        if saved <= 0:
            folded.append(tokens[place])
            place += 1
            continue
        folded.append(f"y{period}x{times}")
        place += period * times
    return folded


def _repeats(tokens: list[str], place: int, period: int) -> tuple[int, int, int]:
    """(characters saved, period, times) of the `period` tokens before `place` coming again from there on."""
    block, times = tokens[place - period : place], 0
    while tokens[place + period * times : place + period * (times + 1)] == block:
        times += 1
    return times * (len("_".join(block)) + 1) - len(f"_y{period}x{times}"), period, times


def _unfold(folded: list[str]) -> list[str]:
    tokens: list[str] = []
    for token in folded:
        match = _REPEAT.fullmatch(token)
        if match is None:
            tokens.append(token)
            continue
        period, times = int(match[1]), int(match[2])
        if not 1 <= period <= len(tokens):
            raise SettingError(f"The link repeats more layers than there are before: {shorten(token)}.")
        check_length(len(tokens) + period * times)
        tokens += tokens[-period:] * times
    return tokens


def _write(layer: Layer, number: int) -> str:
    if isinstance(layer, Residual):
        return f"j{number - layer.source}" if layer.source < number else f"J{layer.source}"
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


def _read(token: str, place: int) -> Layer:
    match = _TOKEN.fullmatch(token)
    if match is None or match["code"] not in _CODES:
        raise SettingError(f"The link has a part that names no layer: {shorten(token)}.")
    kind, fixed, main = _CODES[match["code"]]
    settings: dict[str, Any] = dict(fixed)
    if (match["main"] is None) != (main is None):
        raise SettingError(f"The link has a part with a missing or extra number: {shorten(token)}.")
    if main and match["main"] is not None:
        settings[main] = _number(match["main"], token)
    if match["code"] == "j":
        settings["source"] = place - settings["source"]
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
