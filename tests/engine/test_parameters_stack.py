"""A stack as JSON and as a link: what goes out comes back, and hostile input is answered in words."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import fields
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.parameters.layers import (
    KINDS,
    MAX_LAYERS,
    RULES,
    Conv,
    Dense,
    Dropout,
    Flatten,
    Layer,
    Range,
)
from engine.parameters.link import decode, encode
from engine.parameters.presets import PRESETS
from engine.parameters.stack import Stack, from_json, to_json
from engine.settings import SettingError


def _values(rule: Range) -> st.SearchStrategy:
    choices = [st.none()] * rule.optional + [st.booleans()] * rule.switch
    choices += [st.sampled_from(rule.words)] if rule.words else []
    if rule.decimal:
        choices.append(st.integers(int(rule.low), int(rule.high * 1000)).map(lambda n: n / 1000))
    elif rule.high:
        choices.append(st.integers(int(rule.low), int(rule.high)))
    return st.one_of(choices)


def _layers(kind: type[Layer]) -> st.SearchStrategy[Layer]:
    return st.builds(kind, **{field.name: _values(kind.rule(field.name)) for field in fields(kind)})


STACKS = st.builds(
    Stack,
    input=st.tuples(st.integers(1, 4096), st.integers(1, 4096), st.integers(1, 4096)),
    layers=st.lists(st.one_of([_layers(kind) for kind in KINDS.values()]), max_size=12).map(tuple),
)


@given(STACKS)
def test_json_and_link_bring_back_the_same_stack(stack: Stack) -> None:
    assert from_json(to_json(stack)) == stack
    assert decode(encode(stack)) == stack


@given(STACKS)
def test_a_link_needs_no_escaping(stack: Stack) -> None:
    assert quote(encode(stack), safe="") == encode(stack)


def attempt(read: Callable[[str], Stack], text: str) -> tuple[Stack | None, str]:
    try:
        return read(text), ""
    except SettingError as error:
        return None, str(error)


def test_the_lecture_network_is_a_short_link() -> None:
    assert encode(PRESETS["lecture_15120"].stack) == "3x32x32_c10k4s2p1_c20s2p1_f_d10"


def test_the_longest_possible_stack_still_fits_a_link() -> None:
    longest = Conv(4096, 32, 16, 32, 16, 4096, bias=False)
    stack = Stack((4096, 4096, 4096), (longest,) * MAX_LAYERS)
    assert len(encode(stack)) < 8000  # the request line servers accept
    assert decode(encode(stack)) == stack


@given(st.text(max_size=60))
def test_any_link_text_is_a_stack_or_a_sentence(text: str) -> None:
    stack, refusal = attempt(decode, text)
    assert refusal.endswith(".") if stack is None else decode(encode(stack)) == stack


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "must start with the input shape"),
        ("3x32", "must start with the input shape"),
        ("3x32x32_z5", "names no layer: 'z5'"),
        ("3x32x32_c", "missing or extra number"),
        ("3x32x32_f7", "missing or extra number"),
        ("3x32x32_d10k3", "does not have"),
        ("3x32x32_c10k3k4", "does not have"),
        ("3x32x32_c0", "filters of a convolution layer must be a whole number from 1 to 4,096"),
        ("3x32x32_c10b7", "bias of a convolution layer must be true or false"),
        ("3x32x32_c99999999999", "too large"),
        ("3x32x32_c1.5", "whole number"),
        ("0x32x32", "channels of the input must be"),
        ("3x32x32" + "_r" * 1001, "1,001 layers and the limit is 1,000"),
        ("3x32x32_r_y1x9999", "10,000 layers and the limit is 1,000"),
        ("3x32x32_r_y2x3", "repeats more layers than there are"),
        ("3x32x32_r_y0x3", "repeats more layers than there are"),
        ("3x32x32_r_y1", "names no layer: 'y1'"),
        ("3x32x32_c8_j9", "source of a residual add layer"),
        ("3x32x32_" + "k" * 100_000, "characters"),
    ],
)
def test_links_that_are_refused(text: str, words: str) -> None:
    with pytest.raises(SettingError, match=re.escape(words)):
        decode(text)


def _file(*layers: object, shape: object = (3, 32, 32)) -> str:
    return json.dumps({"input": shape, "layers": list(layers)})


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not readable as JSON"),
        ('{"input": [3, 32,', "line 1"),
        (b"\xff\xfe\x00garbage", "not readable as JSON"),
        ("[" * 50_000, "not readable as JSON"),
        ("[]", "is an object"),
        ('{"input": [3, 32, 32], "layres": []}', "no field 'layres'; it knows input, layers"),
        ('{"input": [3, 32, 32], "layers": {}}', "layers must be a list"),
        (_file(shape=[3, 32]), "three whole numbers"),
        (_file(shape="abc"), "three whole numbers"),
        (_file(shape=[3, 32, 1e9]), "width of the input must be a whole number from 1 to 4,096"),
        (_file(shape=[True, 32, 32]), "channels of the input"),
        (_file(5), "Layer 1 must be an object"),
        (_file({"kind": "convolution"}), "kind of layer 1 must be one of conv, depthwise"),
        (_file({"kind": ["conv"]}), "kind of layer 1"),
        (_file({"kind": "conv", "filter": 3}), "Layer 1 (conv) has no field 'filter'"),
        (_file({"kind": "flatten", "x": 3}), "has no settings"),
        (
            _file({"kind": "conv", "filters": -1}),
            "Layer 1: filters of a convolution layer must be a whole number",
        ),
        (_file({"kind": "conv", "filters": 3.5}), "from 1 to 4,096, not 3.5"),
        (_file({"kind": "conv", "filters": True}), "not True"),
        (_file({"kind": "conv", "filters": None}), "not None"),
        (_file({"kind": "conv", "padding": "valid"}), "or \"same\", not 'valid'"),
        (_file({"kind": "dropout", "rate": float("nan")}), "a number from 0 to 0.95, not nan"),
        (_file({"kind": "activation", "function": "x" * 5000}), "one of relu, leaky_relu"),
        ('{"layers": [{"kind": "conv", "filters": ' + "9" * 5000 + "}]}", "not readable as JSON"),
        (_file(*[{"kind": "flatten"}] * 1001), "1,001 layers and the limit is 1,000"),
        ('{"layers": "' + "a" * 2_000_000 + '"}', "the limit is 1,000,000"),
    ],
)
def test_files_that_are_refused(text: str | bytes, words: str) -> None:
    with pytest.raises(SettingError, match=re.escape(words)) as caught:
        from_json(text)
    assert len(str(caught.value)) < 300


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(max_size=5), st.lists, max_leaves=8))
def test_any_json_value_as_a_setting_is_taken_or_refused_in_words(value: object) -> None:
    stack, refusal = attempt(from_json, json.dumps({"layers": [{"kind": "conv", "filters": value}]}))
    assert "filters of a convolution layer" in refusal if stack is None else stack.layers == (Conv(value),)


def test_every_setting_has_a_range_and_an_allowed_default() -> None:
    for kind in KINDS.values():
        layer = kind()
        for field in fields(kind):
            assert kind.rule(field.name).allows(getattr(layer, field.name))
            assert kind.rule(field.name).describe()
    assert set(RULES) == {field.name for kind in KINDS.values() for field in fields(kind)}


def test_settings_left_out_keep_their_defaults() -> None:
    assert from_json('{"layers": [{"kind": "dense"}]}') == Stack((3, 32, 32), (Dense(),))


def test_dropout_keeps_three_decimals_and_is_always_a_float() -> None:
    assert Dropout(0.12345).rate == 0.123
    assert isinstance(Dropout(0).rate, float)


def test_too_many_layers_are_refused_by_the_stack_itself() -> None:
    with pytest.raises(SettingError, match="1,001 layers"):
        Stack((1, 8, 8), (Flatten(),) * 1001)
