"""Settings: every kind of field goes to JSON and back, and a wrong value is refused in words."""

from __future__ import annotations

import json
from dataclasses import dataclass

import pytest

from engine.settings import SettingError, SettingsBase, setting


@dataclass(frozen=True)
class Inner(SettingsBase):
    rate: float = setting(0.1, low=0, high=1)


@dataclass(frozen=True)
class Settings(SettingsBase):
    epochs: int = setting(3, low=1, high=100, why="the test")
    rate: float = setting(0.5, low=1e-6, high=10, live=True)
    optimiser: str = setting("sgd", words=("sgd", "adamw"), live=True)
    data: str = setting("shapes", high=20)
    flip: bool = setting(default=True)
    widths: tuple[int, ...] = setting((8, 16), low=1, high=64)
    inner: Inner = Inner()


def test_everything_goes_to_json_and_back():
    settings = Settings(7, 2, "adamw", "digits", False, (1, 2, 3), Inner(0.25))
    text = json.dumps(settings.to_dict())
    assert Settings.from_dict(json.loads(text)) == settings
    assert isinstance(settings.rate, float)
    assert Settings.from_dict({}) == Settings()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"epochs": 0}, "epochs must be a whole number from 1 to 100, not 0."),
        ({"epochs": 2.5}, "epochs must be a whole number from 1 to 100, not 2.5."),
        ({"epochs": True}, "epochs must be a whole number from 1 to 100, not True."),
        ({"epochs": "3"}, "epochs must be a whole number from 1 to 100, not '3'."),
        ({"rate": float("nan")}, "rate must be a number from 1e-06 to 10, not nan."),
        ({"rate": float("inf")}, "rate must be a number from 1e-06 to 10, not inf."),
        ({"optimiser": "lion"}, "optimiser must be one of sgd, adamw, not 'lion'."),
        ({"flip": 1}, "flip must be true or false, not 1."),
        ({"data": "x" * 30}, f"data must be a text of at most 20 characters, not '{'x' * 30}'."),
        ({"data": "x" * 99}, f"data must be a text of at most 20 characters, not '{'x' * 39}...."),
        ({"widths": [8, 65]}, "widths must be a whole number from 1 to 64, not 65."),
        ({"widths": 8}, "widths must be a list of at most 64, not 8."),
        ({"widths": [1] * 65}, "widths must be a list of at most 64, not (1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, ...."),
        ({"inner": {"rate": 2}}, "rate must be a number from 0 to 1, not 2."),
        ({"inner": 3}, "Settings are an object with named fields, not 3."),
        ([], "Settings are an object with named fields, not []."),
        ({"rates": 1}, "There is no setting 'rates'; there are: data, epochs, flip, inner, optimiser, rate, widths."),
    ],
)  # fmt: skip
def test_a_wrong_value_is_refused_in_words(data, sentence):
    with pytest.raises(SettingError) as caught:
        Settings.from_dict(data)
    assert str(caught.value) == sentence


def test_a_change_is_checked_and_differences_are_named():
    settings = Settings()
    changed = settings.change("rate", 0.25).change("widths", [4])
    assert settings.differences(changed) == {"rate": (0.5, 0.25), "widths": ([8, 16], [4])}
    with pytest.raises(SettingError, match="rate must be"):
        settings.change("rate", -1)
    with pytest.raises(SettingError, match="There is no setting"):
        settings.change("momentum", 1)
    assert settings.live() == ("rate", "optimiser")
    assert settings.differences(Inner(0.5)).keys() == Settings().to_dict().keys() - {"rate"}


@dataclass(frozen=True)
class Live(SettingsBase):
    rate: float = setting(0.1, low=0, high=1, live=True)
    size: int = setting(3, low=1, high=9)


@dataclass(frozen=True)
class Outer(SettingsBase):
    inner: Live = Live()
    knob: int = setting(1, low=0, high=5, live=True)


def test_a_live_knob_is_turned_also_in_inner_settings():
    turned = Outer().turned("inner.rate", 1).turned("knob", 2)
    assert turned == Outer(Live(1.0), 2)
    assert (turned.at("inner.rate"), turned.at("knob"), turned.at("inner")) == (1.0, 2, Live(1.0))
    for knob, value, sentence in (
        ("inner.rate", 2, "rate must be a number from 0 to 1, not 2."),
        ("inner.size", 2, "size takes effect with a new start; while it runs, rate can change."),
        ("inner", 2, "There is no setting 'inner'."),
        ("inner.depth", 2, "There is no setting 'depth'."),
        ("knob.rate", 2, "There is no setting 'knob.rate'."),
    ):
        with pytest.raises(SettingError) as caught:
            Outer().turned(knob, value)
        assert str(caught.value) == sentence
