"""Rendered pictures whose every cause is known: one shape in ten independent factors, drawn as one tensor program.

A picture follows from ten numbers: which shape, its hue, size, place, turn and texture, the background's pattern
and brightness, and the count: the shape itself and up to three small copies of it, in the corners away from it.
Everything is computed for a whole batch at once, on any device, from signed distance fields (`outlines`); the share
of a pixel that is covered follows from the distance to the edge, so edges are smooth at any size.

Tested against the same pictures rendered eight times larger and averaged, against the geometry (centre, area and
number of what is coloured), and for the independence of the factors.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from engine.data import outlines
from engine.data.dataset import DataError, Factor, Kind

SIDE = 32
CHUNK = 128  # pictures at a time: every intermediate (CHUNK, 32, 32) then fits a processor's cache
TEXTURES = ("plain", "stripes", "checks", "dots")
BACKGROUNDS = ("plain", "gradient", "waves", "clouds")
ADJECTIVES = ("", "striped ", "checked ", "dotted ")
NUMBERS = ("no", "a", "two", "three", "four", "five", "six")
COLOURS: Mapping[str, float] = {  # name -> hue in degrees, far enough apart to be told from each other
    "red": 0,
    "orange": 28,
    "yellow": 56,
    "green": 125,
    "cyan": 182,
    "blue": 225,
    "purple": 275,
    "pink": 320,
}
PERIOD = 0.28  # of a texture, in half picture widths: 4.5 pixels of 32
COPY, CORNER = 0.15, 0.83  # radius and place of the small copies; they stay clear of the shape and the border
VALUE, SATURATION, SHADE = 0.95, 0.85, 0.5  # HSV colour of the shape, and how dark its texture is
CONTRAST = 0.1  # of the background's pattern, around its brightness


@dataclass(frozen=True)
class Cause:
    """One factor before anything is drawn: its kind, its range or its choices."""

    name: str
    kind: Kind
    categories: tuple[str, ...] = ()
    low: float = 0.0
    high: float = 1.0
    unit: str = ""
    about: str = ""


CAUSES: tuple[Cause, ...] = (
    Cause("shape", "categorical", outlines.SHAPES, about="The outline; the label of the set."),
    Cause("hue", "circular", (), 0, 360, "°", "Angle on the colour wheel (HSV): 0 red, 120 green, 240 blue."),
    Cause("size", "continuous", (), 0.32, 0.55, "", "Radius around the shape, in half picture widths."),
    Cause("x", "continuous", (), -0.42, 0.42, "", "Centre, from -1 (left) to 1 (right)."),
    Cause("y", "continuous", (), -0.42, 0.42, "", "Centre, from -1 (top) to 1 (bottom)."),
    Cause("rotation", "circular", (), 0, 360, "°", "Anticlockwise; a circle or ring looks the same at any."),
    Cause("texture", "categorical", TEXTURES, about="The pattern on the shape, turned with it."),
    Cause("background", "categorical", BACKGROUNDS, about="The pattern behind the shape."),
    Cause("brightness", "continuous", (), 0.15, 0.5, "", "Of the background: 0 black, 1 white."),
    Cause("count", "categorical", ("1", "2", "3", "4"), about="The shape and its small copies."),
)
BY_NAME = {cause.name: cause for cause in CAUSES}
PLAIN: Mapping[str, float] = {
    "texture": 0,
    "background": 0,
    "brightness": 0.3,
    "count": 0,
}  # nothing but the shape


def draw(count: int, generator: torch.Generator) -> dict[str, Tensor]:
    """Values of every factor for `count` pictures, each drawn on its own: categories int64, numbers float32 (N,).

    All uniform over their range. The device is the generator's.
    """
    values = {}
    for cause in CAUSES:
        if cause.categories:
            values[cause.name] = torch.randint(
                len(cause.categories), (count,), generator=generator, device=generator.device
            )
        else:
            share = torch.rand(count, generator=generator, device=generator.device)
            values[cause.name] = cause.low + (cause.high - cause.low) * share
    return values


def hold(values: Mapping[str, Tensor], still: Mapping[str, float]) -> dict[str, Tensor]:
    """The same values with some factors held still: name -> the one value every picture gets."""
    return {
        name: torch.full_like(value, still[name]) if name in still else value
        for name, value in values.items()
    }


def factors(values: Mapping[str, Tensor]) -> dict[str, Factor]:
    """`draw`'s values with their names, ranges and meaning."""
    return {
        cause.name: Factor(
            cause.name,
            cause.kind,
            values[cause.name],
            cause.categories,
            cause.low,
            len(cause.categories) - 1 if cause.categories else cause.high,
            cause.unit,
            cause.about,
        )
        for cause in CAUSES
    }


def render(values: Mapping[str, Tensor], *, side: int = SIDE) -> Tensor:
    """The pictures of `values`, as `draw` gives them: -> (N, 3, side, side) float32 in [0, 1], on their device.

    Any value may be given by hand; what lies outside its range is drawn all the same, cut by the border.

    Raises:
        DataError: a factor is missing, the values differ in length, or the side is outside 8..1024.
    """
    missing = [cause.name for cause in CAUSES if cause.name not in values]
    if missing:
        raise DataError(f"A picture needs a value for {', '.join(missing)}.")
    lengths = {len(values[cause.name]) for cause in CAUSES}
    if len(lengths) != 1:
        raise DataError(f"Every factor needs one value per picture, got {sorted(lengths)} values.")
    if not 8 <= side <= 1024:
        raise DataError(f"Pictures are drawn with 8 to 1024 pixels a side, not {side}.")
    device = values["shape"].device
    canvas = Canvas(side, device)
    count = lengths.pop()
    step = max(1, CHUNK * SIDE**2 // side**2)
    drawn = [
        _render({name: value[start : start + step] for name, value in values.items()}, canvas)
        for start in range(0, count, step)
    ]
    return torch.cat(drawn) if drawn else torch.empty(0, 3, side, side, device=device)


class Canvas:
    """What all pictures of one side share: pixel centres, backgrounds and the fields of shapes and textures."""

    def __init__(self, side: int, device: torch.device) -> None:
        self.side = side
        axis = (torch.arange(side, device=device, dtype=torch.float32) + 0.5) * (2 / side) - 1
        self.y, self.x = axis.view(1, -1, 1), axis.view(1, 1, -1)
        self.pixel = 2 / side  # width of a pixel
        self.backgrounds = torch.stack(_backgrounds(self.x, self.y))  # (4, side, side)
        self.shapes = outlines.fields(device)
        self.textures = _textures(device)


def _render(values: Mapping[str, Tensor], canvas: Canvas) -> Tensor:
    """One chunk: -> (N, 3, side, side)."""
    column = {name: value.view(-1, 1, 1) for name, value in values.items()}
    copy, corner_x, corner_y = _copies(column, canvas)
    across = canvas.x - torch.where(copy, corner_x, column["x"])  # (N, side, side), as all that follow
    down = canvas.y - torch.where(copy, corner_y, column["y"])
    radius = torch.where(copy, COPY, column["size"])
    along, over = turn(across, down, column["rotation"])
    distance = lookup(canvas.shapes, values["shape"], along / radius, over / radius, outlines.REACH) * radius
    covered = coverage(distance, canvas.pixel)
    shade = 1 - (1 - SHADE) * texture(values["texture"], along, over, canvas)
    background = column["brightness"] + CONTRAST * canvas.backgrounds[values["background"]]
    colour = rgb(values["hue"])[..., None, None]  # (N, 3, 1, 1)
    behind = (background.clamp(0, 1) * (1 - covered)).unsqueeze(1)
    return torch.addcmul(behind, colour, (shade * covered).unsqueeze(1))


def _copies(column: Mapping[str, Tensor], canvas: Canvas) -> tuple[Tensor, Tensor, Tensor]:
    """Which pixels show a small copy, (N, side, side), and the corner of each pixel, as its place.

    The first copy is in the corner opposite to the shape, the next two beside it: none of them can touch it.
    """
    right, low = canvas.x > 0, canvas.y > 0
    other_side = right != (column["x"] >= 0)
    other_end = low != (column["y"] >= 0)
    rank = (
        4 - 2 * other_side.to(torch.int64) - other_end.to(torch.int64)
    )  # 1 opposite, 2, 3, 4 the shape's own
    edge = CORNER - COPY - 2 * canvas.pixel
    in_corner = (canvas.x.abs() > edge) & (canvas.y.abs() > edge)
    copy = in_corner & (rank <= column["count"])  # category 0 is a count of 1: no copies
    return copy, torch.where(right, CORNER, -CORNER), torch.where(low, CORNER, -CORNER)


def turn(across: Tensor, down: Tensor, degrees: Tensor) -> tuple[Tensor, Tensor]:
    """Coordinates in a frame that is turned anticlockwise, as seen with y down."""
    angle = degrees * (math.pi / 180)
    cosine, sine = angle.cos(), angle.sin()
    return cosine * across - sine * down, sine * across + cosine * down


def lookup(table: Tensor, index: Tensor, x: Tensor, y: Tensor, reach: float) -> Tensor:
    """Field `index` (N,) of a table (S, R, R) that covers [-reach, reach], read at x, y (N, H, W), bilinearly.

    Beyond the table the value at its border holds.
    """
    kinds, rows, columns = table.shape
    row = ((y / reach).clamp(-1, 1) + 1) * ((rows - 1) / 2) + index.view(-1, 1, 1) * rows
    grid = torch.stack([x / reach, row * (2 / (kinds * rows - 1)) - 1], dim=-1)  # (N, H, W, 2)
    read = functional.grid_sample(
        table.view(1, 1, kinds * rows, columns),
        grid.flatten(0, 1).unsqueeze(0),
        padding_mode="border",
        align_corners=True,
    )
    return read.view(x.shape)


def coverage(distance: Tensor, pixel: float) -> Tensor:
    """Share of a pixel on the inner side of an edge at `distance` from its centre: exact for straight level edges."""
    return (0.5 - distance / pixel).clamp(0, 1)


def texture(kind: Tensor, along: Tensor, over: Tensor, canvas: Canvas) -> Tensor:
    """Share of each pixel that is dark, (N, side, side), for texture `kind` (N,) in turned coordinates."""
    x, y = (along / PERIOD).frac(), (over / PERIOD).frac()
    x, y = (x - (x >= 0.5).float() + (x < -0.5).float()), (y - (y >= 0.5).float() + (y < -0.5).float())
    return coverage(lookup(canvas.textures, kind, x, y, 0.5) * PERIOD, canvas.pixel)


def _textures(device: torch.device, resolution: int = 65) -> Tensor:
    """Signed distances to the edge of what is dark, over one period, (4, R, R)."""
    axis = torch.linspace(-0.5, 0.5, resolution, device=device)
    y, x = axis.view(-1, 1).expand(resolution, resolution), axis.view(1, -1).expand(resolution, resolution)
    across, down = x.abs() - 0.25, y.abs() - 0.25
    checks = torch.maximum(torch.minimum(across, down), -torch.maximum(across, down))
    dots = (x.square() + y.square()).sqrt() - 0.28
    return torch.stack([torch.full_like(x, 10.0), across, checks, dots])


def _backgrounds(x: Tensor, y: Tensor) -> list[Tensor]:
    """The four patterns in [-1, 1], (side, side) each."""
    flat = (0 * (x + y))[0]
    waves = torch.sin(4.5 * (x + 0.6 * y))[0]
    parts = ((2.3, 1.1, 0.4), (-1.3, 3.1, 2.2), (3.9, -2.7, 1.0), (5.1, 4.3, 3.3))
    clouds = torch.stack([torch.sin(a * x + b * y + c)[0] for a, b, c in parts]).sum(0) / 2.5
    return [flat, flat + y[0], waves, clouds]


def rgb(hue: Tensor) -> Tensor:
    """Hues (N,) in degrees as colours (N, 3) in [0, 1], HSV with the shapes' saturation and value (Smith 1978)."""
    offsets = torch.tensor([5.0, 3.0, 1.0], device=hue.device)
    place = torch.remainder(offsets + hue[:, None] / 60, 6)  # (N, 3)
    return VALUE - VALUE * SATURATION * torch.minimum(place, 4 - place).clamp(0, 1)


def colour_names(hue: Tensor) -> list[str]:
    """The nearest named colour of each hue (N,) in degrees."""
    hues = torch.tensor(list(COLOURS.values()), device=hue.device)
    apart = (hue[:, None] - hues).abs() % 360  # (N, colours)
    nearest = torch.minimum(apart, 360 - apart).argmin(1)
    names = tuple(COLOURS)
    return [names[index] for index in nearest.tolist()]


def captions(values: Mapping[str, Tensor]) -> tuple[str, ...]:
    """One sentence per picture: "a striped orange star and two small copies"."""
    found = []
    columns = (values[name].tolist() for name in ("shape", "texture", "count"))
    for colour, shape, texture_, count in zip(colour_names(values["hue"]), *columns, strict=True):
        words = f"{ADJECTIVES[texture_]}{colour} {outlines.SHAPES[shape]}"
        copies = ("", " and a small copy")[count] if count < 2 else f" and {NUMBERS[count]} small copies"
        found.append(f"{'an' if words[0] == 'o' else 'a'} {words}{copies}")
    return tuple(found)
