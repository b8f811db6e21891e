"""Scenes of several shapes with a caption that is true: "a red star above two blue circles".

A scene has one group of up to six equal objects, or two groups of up to three that differ in colour, one of them
wholly above, below, left or right of the other. Objects never touch: the picture is divided into two bands of three
cells, upright or lying, and each object keeps to its own cell. Everything is drawn for a whole batch at once.

    values = draw(100, generator)       objects and groups as tensors
    pictures = render(values)           (100, 3, 32, 32)
    captions(values)                    100 sentences

For pages about attention (which words look where) and counting. Tested from the pixels: a caption is parsed, and
the coloured pieces of the picture are counted, compared and matched with the outlines.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from engine.data import outlines, shapes
from engine.data.dataset import Factor

RELATIONS = ("alone", "above", "below", "left of", "right of")
MOST = 6  # objects
GROUP = 3  # objects of a group where there are two
SIZE = (0.2, 0.29)  # radius, in half picture widths; a cell is 2/3 wide
MARGIN = 0.03  # to the edge of the cell: half a pixel of 32


def draw(count: int, generator: torch.Generator) -> dict[str, Tensor]:
    """Random scenes, on the generator's device: random groups, placed at random; see `place` for what is in it."""
    device = generator.device

    def whole(high: int, *shape: int) -> Tensor:
        return torch.randint(high, (count, *shape), generator=generator, device=device)

    relation = whole(len(RELATIONS))
    alone = torch.stack([whole(MOST) + 1, 0 * relation], 1)
    colour = whole(len(shapes.COLOURS))
    other = (colour + 1 + whole(len(shapes.COLOURS) - 1)) % len(shapes.COLOURS)  # never the same
    groups = {
        "relation": relation,
        "number": torch.where(relation[:, None] == 0, alone, whole(GROUP, 2) + 1),
        "colour": torch.stack([colour, other], 1),
        "kind": whole(len(outlines.SHAPES), 2),
    }
    return place(groups, generator)


def place(groups: Mapping[str, Tensor], generator: torch.Generator) -> dict[str, Tensor]:
    """Put the objects of given groups at random places that make the relation true.

    Args:
        groups: per scene, (N,): `relation` (index into RELATIONS). Per group, (N, 2): `number`, `colour`, `kind`
            (index into outlines.SHAPES); in scenes "alone" the second group has the number 0.
        generator: on the device of the groups.

    Returns:
        The groups, and per scene `background` and `brightness`, per object, (N, 6): `there`, `group`, `x`, `y`,
        `size`, `rotation`.
    """
    relation, number = groups["relation"], groups["number"]
    count, device = len(relation), generator.device

    def real(low: float, high: float, *shape: int) -> Tensor:
        return low + (high - low) * torch.rand(count, *shape, generator=generator, device=device)

    alone = relation == 0
    # Cells: two bands of three. In scenes of two groups the first has band 0 where it is above or left.
    band = torch.arange(MOST, device=device) // GROUP  # (6,)
    first_band = ((relation == 2) | (relation == 4)).long()  # below, right of: the second band
    group = torch.where(alone[:, None], 0, (band != first_band[:, None]).long())  # (N, 6)
    chance = real(0, 1, MOST)
    rank = torch.where(alone[:, None], _rank(chance), _rank(chance.view(count, 2, GROUP)).view(count, MOST))
    size = real(*SIZE, MOST)
    room = 1 / GROUP - size - MARGIN
    across = (torch.arange(MOST, device=device) % GROUP - 1) * (2 / GROUP) + room * real(-1, 1, MOST)
    down = band - 0.5 + (0.5 - size - MARGIN) * real(-1, 1, MOST)
    upright = real(0, 1) < 0.5
    lying = ((relation == 3) | (relation == 4) | (alone & ~upright))[:, None]  # bands side by side
    kinds = torch.randint(len(shapes.BACKGROUNDS), (count,), generator=generator, device=device)
    return {
        **groups,
        "background": kinds,
        "brightness": real(0.1, 0.35),
        "there": rank < number.gather(1, group),
        "group": group,
        "x": torch.where(lying, down, across),
        "y": torch.where(lying, across, down),
        "size": size,
        "rotation": real(0, 360, MOST),
    }


def _rank(values: Tensor) -> Tensor:
    """Place of each value in its row's order, 0 for the smallest."""
    return values.argsort(-1).argsort(-1)


def render(values: Mapping[str, Tensor], *, side: int = shapes.SIDE) -> Tensor:
    """The pictures of `values`, as `draw` gives them: -> (N, 3, side, side) float32 in [0, 1], on their device."""
    canvas = shapes.Canvas(side, values["x"].device)
    step = max(1, shapes.CHUNK * shapes.SIDE**2 // side**2)
    count = len(values["x"])
    drawn = [
        _render({name: value[start : start + step] for name, value in values.items()}, canvas)
        for start in range(0, count, step)
    ]
    return torch.cat(drawn) if drawn else torch.empty(0, 3, side, side, device=values["x"].device)


def _render(values: Mapping[str, Tensor], canvas: shapes.Canvas) -> Tensor:
    """One chunk, object over object: -> (N, 3, side, side)."""
    hues = torch.tensor(list(shapes.COLOURS.values()), device=values["x"].device)
    pattern = canvas.backgrounds[values["background"]]  # (N, side, side), as all that follow
    grey = values["brightness"].view(-1, 1, 1) + shapes.CONTRAST * pattern
    picture = grey.clamp(0, 1).unsqueeze(1).repeat(1, 3, 1, 1)
    for index in range(MOST):
        one = {
            name: values[name][:, index].view(-1, 1, 1) for name in ("x", "y", "size", "rotation", "there")
        }
        along, over = shapes.turn(canvas.x - one["x"], canvas.y - one["y"], one["rotation"])
        group = values["group"][:, index : index + 1]
        kind, colour = (values[name].gather(1, group)[:, 0] for name in ("kind", "colour"))
        distance = shapes.lookup(canvas.shapes, kind, along / one["size"], over / one["size"], outlines.REACH)
        covered = (shapes.coverage(distance * one["size"], canvas.pixel) * one["there"]).unsqueeze(1)
        picture += covered * (shapes.rgb(hues[colour])[..., None, None] - picture)
    return picture


def captions(values: Mapping[str, Tensor]) -> tuple[str, ...]:
    """One sentence per scene."""
    table = {name: values[name].tolist() for name in ("relation", "number", "colour", "kind")}
    names = tuple(shapes.COLOURS)
    found = []
    for relation, number, colour, kind in zip(*table.values(), strict=True):
        groups = [
            _group(number[place], names[colour[place]], outlines.SHAPES[kind[place]]) for place in (0, 1)
        ]
        found.append(groups[0] if relation == 0 else f"{groups[0]} {RELATIONS[relation]} {groups[1]}")
    return tuple(found)


def _group(number: int, colour: str, shape: str) -> str:
    if number == 1:
        return f"{'an' if colour == 'orange' else 'a'} {colour} {shape}"
    return f"{shapes.NUMBERS[number]} {colour} {shape}{'es' if shape == 'cross' else 's'}"


def factors(values: Mapping[str, Tensor]) -> dict[str, Factor]:
    """What a page may ask about a scene, as factors of the whole picture."""
    none = ("none",)
    colours, kinds = tuple(shapes.COLOURS), outlines.SHAPES
    alone = values["relation"] == 0
    numbers = tuple(str(number) for number in range(MOST + 1))
    found = [
        Factor("count", "categorical", values["number"].sum(1) - 1, numbers[1:], about="Objects in all."),
        Factor("relation", "categorical", values["relation"], RELATIONS, about="Of the first group."),
    ]
    for place, which in enumerate(("first", "second")):
        colour, kind = values["colour"][:, place], values["kind"][:, place]
        if place == 1:
            colour = torch.where(alone, len(colours), colour)
            kind = torch.where(alone, len(kinds), kind)
        found += [
            Factor(f"{which} colour", "categorical", colour, colours + none * place),
            Factor(f"{which} shape", "categorical", kind, kinds + none * place),
            Factor(f"{which} count", "categorical", values["number"][:, place], numbers),
        ]
    return {factor.name: Factor(**{**vars(factor), "high": len(factor.categories) - 1}) for factor in found}
