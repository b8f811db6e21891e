"""The Data page's Factors view: one rendered picture, and a row of pictures for everything that can change in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st
import torch
from torch import Tensor

from engine import data, images
from engine.data import outlines, scenes, shapes
from pages.shared import assets, pictures
from pages.shared.controls import choice, real, whole
from pages.shared.frame import Fact
from pages.shared.provenance import Provenance

PROVENANCE = Provenance(
    "live", "engine.data.shapes and engine.data.scenes draw every picture from its factors."
)
STEPS = {"hue": 1, "size": 0.01, "x": 0.01, "y": 0.01, "rotation": 1, "brightness": 0.01}
START: dict[str, Any] = {
    "shape": "star",
    "hue": 0,
    "size": 0.5,
    "x": 0.0,
    "y": 0.0,
    "rotation": 0,
    "texture": "plain",
    "background": "gradient",
    "brightness": 0.3,
    "count": "1",
}
FEW = ("shape", "hue", "size", "x", "y", "rotation")  # the others are under More
SIDES = (16, 32, 64)
COLUMNS = 16
VALUES = 9  # pictures of a row for a factor that is a number
SEEDS = 9


@dataclass(frozen=True)
class Row:
    """One row of pictures: the factor's key, its title, its values with their texts, and which is the present one."""

    name: str
    title: str
    values: tuple[tuple[Any, str], ...]
    current: int


def controls(name: str) -> dict[str, Any]:
    """The sliders and menus of the set's factors; their values."""
    return _shape_controls() if name == "shapes" else _scene_controls()


def _shape_controls() -> dict[str, Any]:
    state = {name: _factor(name) for name in FEW}
    with st.expander("More"):
        state |= {cause.name: _factor(cause.name) for cause in shapes.CAUSES if cause.name not in FEW}
        state["side"] = choice("Pixels a side", SIDES, key="data_f_side", default=32, segmented=True)
    return state


def _factor(name: str) -> Any:  # noqa: ANN401 - a name or a number, as the factor is
    cause = shapes.BY_NAME[name]
    label = cause.name.capitalize() if len(name) > 1 else f"Place {name}"
    key = f"data_f_{name}"
    if cause.categories:
        return choice(label, cause.categories, key=key, default=START[name], help=cause.about)
    if STEPS[name] == 1:
        return whole(label, int(cause.low), int(cause.high), key=key, default=START[name], help=cause.about)
    return real(label, cause.low, cause.high, STEPS[name], key=key, default=START[name], help=cause.about)


def _scene_controls() -> dict[str, Any]:
    state: dict[str, Any] = {}
    state["relation"] = choice("Relation", scenes.RELATIONS, key="data_s_relation", default="above")
    alone = state["relation"] == "alone"
    most = scenes.MOST if alone else scenes.GROUP
    for place, which in enumerate(("first",) if alone else ("first", "second")):
        with st.container(horizontal=True):
            state[f"number{place}"] = whole(
                f"Objects, {which} group", 1, most, key=f"data_s_number{place}", default=1 + place
            )
            colours = [name for name in shapes.COLOURS if not place or name != state["colour0"]]
            state[f"colour{place}"] = choice(
                "Colour", colours, key=f"data_s_colour{place}", default=("red", "blue")[place]
            )
            state[f"shape{place}"] = choice(
                "Shape", outlines.SHAPES, key=f"data_s_shape{place}", default=("star", "circle")[place]
            )
    state["seed"] = whole(
        "Arrangement", 0, SEEDS - 1, key="data_s_seed", default=0, help="Where exactly they are."
    )
    return state


def take(name: str, index: int, split: str) -> None:
    """Set the controls to the factors of a picture of the shapes set."""
    for factor in data.load(name, split).factors.values():
        value = float(factor.values[index])
        step = STEPS.get(factor.name)
        st.session_state[f"data_f_{factor.name}"] = (
            factor.categories[int(value)] if step is None else _snap(factor.name, value)
        )


def pick(name: str, key: str, value: object) -> None:
    """Set one control to a value from a row of pictures; anything else is ignored."""
    prefix = "data_f_" if name == "shapes" else "data_s_"
    known = {row.name: {each for each, _ in row.values} for row in _rows_of(name)}
    if value in known.get(key, ()):
        st.session_state[prefix + key] = value


def _snap(name: str, value: float) -> float:
    cause, step = shapes.BY_NAME[name], STEPS[name]
    if step == 1:
        return round(value)
    return round(min(cause.low + round((value - cause.low) / step) * step, cause.high), 4)


def show(name: str, state: dict[str, Any]) -> dict[str, float]:
    """Draw the picture of `state` and its rows; per row how much its pictures differ from the present one.

    The difference is the mean over all values of all pictures of the row, as a share of the range.
    """
    rows = _rows_of(name, state)
    variants = [state] + [{**state, row.name: value} for row in rows for value, _ in row.values]
    draw = _draw_shapes if name == "shapes" else _draw_scenes
    drawn, caption = draw(variants, shapes.SIDE)
    large, _ = draw([state], state.get("side", shapes.SIDE))
    place, described, changes = 1, [], {}
    apart = (drawn[1:] - drawn[:1]).abs().mean((1, 2, 3))
    for row in rows:
        described.append(
            {
                "name": row.name,
                "title": row.title,
                "values": [{"value": value, "text": text} for value, text in row.values],
                "current": row.current,
                "places": list(range(place, place + len(row.values))),
            }
        )
        others = [n for n in range(len(row.values)) if n != row.current]
        changes[row.title] = float(apart[place - 1 : place - 1 + len(row.values)][others].mean())
        place += len(row.values)
    assets.mount(
        "factors",
        {
            "large": pictures.url(large[0]),
            "sheet": pictures.url(images.sheet(drawn, COLUMNS)[0]),
            "side": drawn.shape[-1],
            "columns": COLUMNS,
            "rows": described,
            "caption": caption,
            "title": data.card(name).title,
        },
        key="data_factors",
        provenance=PROVENANCE,
        triggers=("picked",),
    )
    return changes


def facts(changes: dict[str, float]) -> list[Fact]:
    """How loud every cause is in the pixels."""
    return [
        Fact(f"Change of {name}", "mean over the row, of the range", f"{100 * change:.2f} %")
        for name, change in changes.items()
    ]


def _rows_of(name: str, state: dict[str, Any] | None = None) -> list[Row]:
    state = state or {}
    if name == "shapes":
        return [_shape_row(cause, state.get(cause.name, START[cause.name])) for cause in shapes.CAUSES]
    alone = state.get("relation") == "alone"
    rows = [_choices("relation", "Relation", scenes.RELATIONS, state.get("relation"))]
    for place, which in enumerate(("first", "second")):
        if alone and place:
            break
        numbers = range(1, (scenes.MOST if alone else scenes.GROUP) + 1)
        other = state.get("colour0") if place else state.get("colour1")
        colours = [each for each in shapes.COLOURS if alone or each != other]
        rows += [
            _choices(f"number{place}", f"{which} number", numbers, state.get(f"number{place}")),
            _choices(f"colour{place}", f"{which} colour", colours, state.get(f"colour{place}")),
            _choices(f"shape{place}", f"{which} shape", outlines.SHAPES, state.get(f"shape{place}")),
        ]
    return [*rows, _choices("seed", "Arrangement", range(SEEDS), state.get("seed"))]


def _choices(name: str, title: str, values: Sequence[Any], current: object) -> Row:
    found = tuple((value, str(value)) for value in values)
    return Row(name, title, found, next((n for n, (value, _) in enumerate(found) if value == current), -1))


def _shape_row(cause: shapes.Cause, current: Any) -> Row:  # noqa: ANN401 - a name or a number
    if cause.categories:
        return _choices(cause.name, cause.name, cause.categories, current)
    last = VALUES if cause.kind == "circular" else VALUES - 1  # the ends of a circle are the same point
    values = [_snap(cause.name, cause.low + (cause.high - cause.low) * n / last) for n in range(VALUES)]
    digits = 0 if cause.high > 10 else 2
    found = tuple((value, f"{value:.{digits}f}{cause.unit}") for value in values)
    nearest = min(range(VALUES), key=lambda n: abs(values[n] - float(current)))
    return Row(cause.name, cause.name, found, nearest if abs(values[nearest] - float(current)) < 1e-6 else -1)


def tensors(states: Sequence[dict[str, Any]]) -> dict[str, Tensor]:
    """Values of the controls as `shapes.render` takes them."""
    found = {}
    for cause in shapes.CAUSES:
        values = [state[cause.name] for state in states]
        if cause.categories:
            found[cause.name] = torch.tensor([cause.categories.index(value) for value in values])
        else:
            found[cause.name] = torch.tensor(values, dtype=torch.float32)
    return found


def _draw_shapes(states: list[dict[str, Any]], side: int) -> tuple[Tensor, str]:
    values = tensors(states)
    return shapes.render(values, side=side), shapes.captions(values)[0]


def _draw_scenes(states: list[dict[str, Any]], side: int) -> tuple[Tensor, str]:
    colours = tuple(shapes.COLOURS)
    placed = []
    for state in states:
        alone = state["relation"] == "alone"
        second = {
            "number": 0 if alone else state.get("number1", 1),
            "colour": colours.index(state.get("colour1", "blue")),
            "kind": outlines.SHAPES.index(state.get("shape1", "circle")),
        }
        first = min(state["number0"], scenes.MOST if alone else scenes.GROUP)
        groups = {
            "relation": torch.tensor([scenes.RELATIONS.index(state["relation"])]),
            "number": torch.tensor([[first, second["number"]]]),
            "colour": torch.tensor([[colours.index(state["colour0"]), second["colour"]]]),
            "kind": torch.tensor([[outlines.SHAPES.index(state["shape0"]), second["kind"]]]),
        }
        placed.append(scenes.place(groups, torch.Generator().manual_seed(state["seed"])))
    values = {key: torch.cat([each[key] for each in placed]) for key in placed[0]}
    return scenes.render(values, side=side), scenes.captions(values)[0]
