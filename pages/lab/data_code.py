"""The code panel and the lecture steps of the Data page."""

from __future__ import annotations

from typing import Any

from engine.data import Dataset, shapes
from pages.shared.lessons import Step

STEPS = (
    Step(
        "The pictures themselves",
        "Look before you train: scroll, hover, choose a class. Every picture is 32 × 32 numbers in three colours.",
        {"set": "shapes", "view": "Pictures"},
    ),
    Step(
        "A class on average",
        "The mean picture of each digit still looks like the digit, so comparing with it already works.",
        {"set": "mnist-5k", "view": "Statistics"},
    ),
    Step(
        "Where the mean says nothing",
        "Patches of photographs: the mean is a colour, not a thing. A network has to find something better.",
        {"set": "photo-crops", "view": "Statistics"},
    ),
    Step(
        "Ten causes of a picture",
        "In every row one cause changes and nothing else. Which of them should a classifier ignore?",
        {"set": "shapes", "view": "Factors"},
    ),
    Step(
        "The same shape to a person, not to pixels",
        "A quarter turn and another hue: nearly every number changed, the label did not.",
        {
            "set": "shapes",
            "view": "Factors",
            "f_rotation": 90.0,
            "f_hue": 200.0,
            "f_x": -0.3,
            "f_texture": "stripes",
        },
    ),
    Step(
        "Scenes and sentences",
        "The caption is true of the picture: later a network must find which words look where.",
        {"set": "scenes", "view": "Factors"},
    ),
)
_KERAS = {"cifar10": "cifar10", "mnist": "mnist", "fashion-mnist": "fashion_mnist"}


def pytorch(dataset: Dataset) -> str:
    """Load the split and compute its mean and deviation."""
    return f"""import torch
from engine import data

dataset = data.load({dataset.name!r}, {dataset.split!r})
images, labels = dataset.images, dataset.labels  # {tuple(dataset.images.shape)} uint8, ({len(dataset)},) int64

values = images.float() / 255
mean, std = values.mean((0, 2, 3)), values.std((0, 2, 3), correction=0)
counts = labels.bincount(minlength=len(dataset.classes))
print(mean, std, dict(zip(dataset.classes, counts.tolist())))
"""


def drawing(name: str, state: dict[str, Any]) -> str:
    """Draw the picture of the Factors view."""
    return _shape_code(state) if name == "shapes" else _scene_code(state)


def _shape_code(state: dict[str, Any]) -> str:
    lines, side = [], state["side"]
    for cause in shapes.CAUSES:
        value = state[cause.name]
        number = cause.categories.index(value) if cause.categories else float(value)
        note = f"  # {value}" if cause.categories else ""
        lines.append(f"    {cause.name!r}: torch.tensor([{number}]),{note}")
    return "\n".join(
        [
            "import torch",
            "from engine.data import shapes",
            "",
            "values = {",
            *lines,
            "}",
            f"picture = shapes.render(values, side={side})  # (1, 3, {side}, {side}) in [0, 1]",
            "print(shapes.captions(values)[0])",
            "",
        ]
    )


def _scene_code(state: dict[str, Any]) -> str:
    second = "second = (0, 0, 0)" if state["relation"] == "alone" else _group("second", state, 1)
    return f"""import torch
from engine.data import outlines, scenes, shapes

colours = list(shapes.COLOURS)
{_group("first", state, 0)}
{second}
number, colour, kind = torch.tensor([[first, second]]).permute(2, 0, 1)
groups = {{
    "relation": torch.tensor([scenes.RELATIONS.index({state["relation"]!r})]),
    "number": number,
    "colour": colour,
    "kind": kind,
}}
values = scenes.place(groups, torch.Generator().manual_seed({state["seed"]}))
picture = scenes.render(values)  # (1, 3, 32, 32) in [0, 1]
print(scenes.captions(values)[0])
"""


def _group(name: str, state: dict[str, Any], place: int) -> str:
    number, colour, shape = (state[f"{key}{place}"] for key in ("number", "colour", "shape"))
    return f"{name} = ({number}, colours.index({colour!r}), outlines.SHAPES.index({shape!r}))"


def keras(name: str) -> str | None:
    """The Keras line for the sets Keras has."""
    if name not in _KERAS:
        return None
    return f"(x_train, y_train), (x_test, y_test) = keras.datasets.{_KERAS[name]}.load_data()"
