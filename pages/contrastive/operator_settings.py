"""The internal parameters of the augmentation operators as controls.

Only one operator's controls are drawn at a time. Streamlit forgets controls that are not drawn, so what differs
from the defaults is also written, all of it, into one parameter of the address and read from there on arrival.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import streamlit as st

from engine.augment import OPERATORS, Operator
from engine.settings import Rule, SettingError
from pages.registry import BY_SLUG
from pages.shared.controls import real

PREFIX = BY_SLUG["augmentations"].prefix
LINKED = f"{PREFIX}tuned"  # in the address: crop.smallest=0.2~jitter.strength=1
SHOWN = {  # the parameters that matter most; the rest is under "More"
    "crop": ("smallest", "largest"),
    "crop_flip": ("smallest", "largest", "flip"),
    "jitter": ("strength", "hue"),
    "cutout": ("side", "fill"),
    "noise": ("smallest", "largest"),
    "blur": ("smallest", "largest"),
}
MOST_LINKED = 2000  # characters of the address that are read


def key(name: str, field: str) -> str:
    """The widget's key, and so its place in the address."""
    return f"{PREFIX}{name}_{field}"


def fields(name: str) -> dict[str, Rule]:
    """The operator's own parameters with their rules."""
    return OPERATORS[name].rules()


def restore() -> None:
    """Before any control is drawn: keep what was set, and on arrival take what the link says."""
    linked = _linked()
    for name in OPERATORS:
        for field, rule in fields(name).items():
            place = key(name, field)
            if place in st.session_state:
                st.session_state[place] = st.session_state[
                    place
                ]  # else Streamlit drops it when it is not drawn
            elif place not in st.query_params and (name, field) in linked:
                st.session_state[place] = _clamp(linked[name, field], rule)


def publish() -> None:
    """After the controls: what differs from the defaults goes into the address."""
    told = [
        f"{name}.{field}={value:g}"
        for name in OPERATORS
        for field, rule in fields(name).items()
        if not math.isclose(value := _value(name, field), rule.default, abs_tol=1e-9)
    ]
    text = "~".join(told)
    if text:
        if st.query_params.get(LINKED) != text:
            st.query_params[LINKED] = text
    else:
        st.query_params.pop(LINKED, None)


def current(name: str, *, always: bool = False) -> Operator:
    """The operator as its controls stand; `always`: every picture is changed, whatever the probability."""
    values = {field: _value(name, field) for field in fields(name)}
    if always:
        values["probability"] = 1.0
    if values.get("smallest", 0.0) > values.get("largest", 1e9):
        values["largest"] = values["smallest"]  # as the control moves it
    try:
        return OPERATORS[name].from_dict(values)
    except SettingError:  # a hostile session; the controls reach no such state
        return OPERATORS[name]()


def draw(name: str, *, probability: bool, most: int = 3) -> None:
    """Controls of one operator: the most telling ones here, the rest under "More"."""
    shown = [field for field in SHOWN.get(name, ()) if field in fields(name)][:most]
    rest = [field for field in fields(name) if field not in shown and field != "probability"]
    if probability and name != "original":
        shown = ["probability", *shown]
    for field in shown:
        _control(name, field)
    if rest:
        with st.expander("More", icon=":material/tune:"):
            for field in rest:
                _control(name, field)
    if not shown and not rest:
        st.caption(
            "This operator has no parameters: there is no chance in it." if name != "drop" else "Colour goes."
        )


def _control(name: str, field: str) -> None:
    rule = fields(name)[field]
    low, high = _range(name, field, rule)
    told = f"In {rule.unit}. " if rule.unit in ("pixels", "turns, times s") else f"{rule.unit.capitalize()}. "
    real(
        rule.title,
        low,
        high,
        0.01,
        key=key(name, field),
        default=rule.default,
        help=(told if rule.unit else "") + f"Default: {rule.default:.3g} ({rule.why}).",
    )


def _range(name: str, field: str, rule: Rule) -> tuple[float, float]:
    """What is possible now: the largest is never below the smallest."""
    low, high = float(rule.low or 0), float(rule.high or 1)
    return (max(low, _value(name, "smallest")), high) if field == "largest" else (low, high)


def _value(name: str, field: str) -> float:
    rule = fields(name)[field]
    return _clamp(st.session_state.get(key(name, field), _addressed(name, field, rule)), rule)


def _addressed(name: str, field: str, rule: Rule) -> float:
    """A control that is not drawn yet, as the address has it."""
    return _number(st.query_params.get(key(name, field), ""), rule.default)


def _clamp(value: object, rule: Rule) -> float:
    if not isinstance(value, int | float) or not math.isfinite(value):
        return float(rule.default)
    return min(max(float(value), float(rule.low or 0)), float(rule.high or 1))


def _number(text: str, otherwise: float) -> float:
    try:
        return float(text[:20])
    except ValueError:
        return otherwise


def _linked() -> dict[tuple[str, str], float]:
    """(operator, field) -> number, as the address has it; whatever else stands there is ignored."""
    found = {}
    for part in _parts(st.query_params.get(LINKED, "")):
        name, _, rest = part.partition(".")
        field, _, text = rest.partition("=")
        value = _number(text, math.nan)
        if name in OPERATORS and field in fields(name) and math.isfinite(value):
            found[name, field] = value
    return found


def _parts(text: str) -> Iterable[str]:
    return text[:MOST_LINKED].split("~")
