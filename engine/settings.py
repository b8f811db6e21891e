"""Settings of experiments: frozen dataclasses that check themselves, go to JSON and back, and describe their ranges.

A field is declared with its default, its allowed range and the reason for the default:

    @dataclass(frozen=True)
    class Settings(SettingsBase):
        batch_size: int = setting(256, low=8, high=4096, why="largest that trains at full speed on two cores")
        optimiser: str = setting("adamw", words=("sgd", "adamw"))
        learning_rate: float = setting(1e-3, low=1e-6, high=10, live=True)

Pages draw a control from `rules()[name]`, links and stored runs hold `to_dict()`, and whatever comes in from
outside goes through `from_dict`, whose errors name the field and what it may be. `live` marks what a running
experiment takes over on its next batch. Fields may be numbers, words, switches, whole settings of another class,
or tuples of numbers or words. Tested by a round trip over every kind and by literal error sentences.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self, get_type_hints

MOST_ITEMS = 64  # of a tuple: more is no setting, it is data


class SettingError(ValueError):
    """A setting that does not exist or is not allowed; the message names the field and what it may be."""


@dataclass(frozen=True)
class Rule:
    """What one field may be. Numbers lie in [low, high]; words are one of `words`."""

    default: Any
    low: float | None = None
    high: float | None = None
    words: tuple[str, ...] = ()
    unit: str = ""
    title: str = ""
    why: str = ""
    live: bool = False

    def describe(self, kind: type) -> str:
        """The allowed values as the end of a sentence."""
        if kind is bool:
            return "true or false"
        if self.words:
            return f"one of {', '.join(self.words)}"
        if kind is str:
            return f"a text of at most {self.high:g} characters" if self.high is not None else "a text"
        noun = "a whole number" if kind is int else "a number"
        return (
            noun if self.low is None or self.high is None else f"{noun} from {self.low:,g} to {self.high:,g}"
        )

    def allows(self, value: object, kind: type) -> bool:
        """Whether `value` is of this kind and in range."""
        if kind is bool or isinstance(value, bool):
            return kind is bool and isinstance(value, bool)
        if kind is str:
            if not isinstance(value, str):
                return False
            return value in self.words if self.words else self.high is None or len(value) <= self.high
        if not isinstance(value, int | float) or (kind is int and not isinstance(value, int)):
            return False
        if isinstance(value, float) and not math.isfinite(value):
            return False
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)


def setting(
    default: Any,  # noqa: ANN401 - the field's own type, as in dataclasses.field
    *,
    low: float | None = None,
    high: float | None = None,
    words: tuple[str, ...] = (),
    unit: str = "",
    title: str = "",
    why: str = "",
    live: bool = False,
) -> Any:  # noqa: ANN401 - as dataclasses.field, so that `x: int = setting(1)` type-checks
    """A dataclass field with a rule: range or words, unit and title for a page, the reason for its default.

    For texts `high` is the largest length. `live`: may change while the experiment runs.
    """
    return field(
        default=default,
        metadata={"rule": Rule(default, low, high, words, unit, title, why, live)},
    )


@dataclass(frozen=True)
class SettingsBase:
    """Base of every experiment's settings. Raises SettingError where a value breaks its rule."""

    def __post_init__(self) -> None:
        kinds = _kinds(type(self))
        for name, rule in self.rules().items():
            value, kind, several = getattr(self, name), *kinds[name]
            if isinstance(value, int) and not isinstance(value, bool) and kind is float and not several:
                object.__setattr__(self, name, float(value))
            if several and (not isinstance(value, tuple) or len(value) > MOST_ITEMS):
                raise SettingError(f"{name} must be a list of at most {MOST_ITEMS}, not {_shorten(value)}.")
            for item in value if several else (value,):
                if not rule.allows(item, kind):
                    raise SettingError(f"{name} must be {rule.describe(kind)}, not {_shorten(item)}.")

    @classmethod
    def rules(cls) -> dict[str, Rule]:
        """The rule of every field that was declared with `setting`, in order."""
        return {item.name: item.metadata["rule"] for item in fields(cls) if "rule" in item.metadata}

    @classmethod
    def live(cls) -> tuple[str, ...]:
        """Names of the fields a running experiment takes over on its next batch."""
        return tuple(name for name, rule in cls.rules().items() if rule.live)

    def to_dict(self) -> dict[str, Any]:
        """Plain data for JSON: tuples become lists, inner settings become objects."""
        return {item.name: _plain(getattr(self, item.name)) for item in fields(self)}

    @classmethod
    def from_dict(cls, data: object) -> Self:
        """Settings from plain data; what is missing keeps its default.

        Raises:
            SettingError: `data` is no object, has a field that does not exist, or a value that is not allowed.
        """
        if not isinstance(data, Mapping):
            raise SettingError(f"Settings are an object with named fields, not {_shorten(data)}.")
        hints, known = get_type_hints(cls), {item.name for item in fields(cls)}
        values: dict[str, Any] = {}
        for name, value in data.items():
            if name not in known:
                raise SettingError(
                    f"There is no setting {_shorten(name)}; there are: {', '.join(sorted(known))}."
                )
            inner = hints[name]
            if isinstance(inner, type) and issubclass(inner, SettingsBase):
                values[name] = inner.from_dict(value)
            else:
                values[name] = tuple(value) if isinstance(value, list) else value
        return cls(**values)

    def change(self, name: str, value: object) -> Self:
        """The same settings with one field changed. Raises SettingError as the constructor does."""
        if name not in {item.name for item in fields(self)}:
            raise SettingError(f"There is no setting {_shorten(name)}.")
        return replace(self, **{name: tuple(value) if isinstance(value, list) else value})

    def turned(self, knob: str, value: object) -> Self:
        """The same settings with one live knob turned; "training.learning_rate" reaches into inner settings.

        Raises SettingError where the knob does not exist, needs a new start, or may not have this value.
        """
        first, _, rest = knob.partition(".")
        inner = getattr(self, first, None)
        if rest and isinstance(inner, SettingsBase):
            return self.change(first, inner.turned(rest, value))
        if rest or first not in self.rules():
            raise SettingError(f"There is no setting {_shorten(knob)}.")
        if first not in self.live():
            live = ", ".join(self.live()) or "nothing"
            raise SettingError(f"{first} takes effect with a new start; while it runs, {live} can change.")
        return self.change(first, value)

    def at(self, knob: str) -> Any:  # noqa: ANN401 - the field's own type
        """The value of a field; "training.learning_rate" reaches into inner settings."""
        first, _, rest = knob.partition(".")
        value = getattr(self, first)
        return value.at(rest) if rest else value

    def differences(self, other: SettingsBase) -> dict[str, tuple[Any, Any]]:
        """Fields that differ, with both values; a field only one of them has counts as None on the other side."""
        mine, others = self.to_dict(), other.to_dict()
        return {
            name: (mine.get(name), others.get(name))
            for name in (*mine, *(name for name in others if name not in mine))
            if mine.get(name) != others.get(name)
        }


def _kinds(cls: type[SettingsBase]) -> dict[str, tuple[type, bool]]:
    """For every ruled field its type, and whether it is a tuple of that type."""
    hints = get_type_hints(cls)
    found = {}
    for name in cls.rules():
        hint = hints[name]
        inner = getattr(hint, "__args__", None)
        found[name] = (inner[0], True) if inner else (hint, False)
    return found


def _plain(value: object) -> object:
    if dataclasses.is_dataclass(value) and isinstance(value, SettingsBase):
        return value.to_dict()
    return list(value) if isinstance(value, tuple) else value


def _shorten(value: object, limit: int = 40) -> str:
    text = repr(value)
    return text if len(text) <= limit else f"{text[:limit]}..."
