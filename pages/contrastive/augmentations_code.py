"""The code panels of the Augmentations page: our engine, and torchvision one picture after another. Runs as pasted."""

from __future__ import annotations

from collections.abc import Sequence
from textwrap import indent

from engine.augment import CropAndResize, GaussianBlur, Operator
from engine.augment.filters import blur_radius
from pages.contrastive.batches import Batch

_DRAWN_BOX = 'F.resized_crop(image, value["top"], value["left"], value["height"], value["width"], size)'
_SOBEL = """\
grey = F.rgb_to_grayscale(image) if len(image) == 3 else image
across = torch.tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]])
kernels = torch.stack([across, across.T]).unsqueeze(1)  # (2, 1, 3, 3)
padded = torch.nn.functional.pad(grey.unsqueeze(0), (1, 1, 1, 1), mode="replicate")
gradient = torch.nn.functional.conv2d(padded, kernels)[0]  # (2, H, W)
image = (gradient.square().sum(0).sqrt() / 4).clamp(0, 1).expand_as(image)
"""
_STEPS = {  # what torchvision does to one `image` with the `value`s that were drawn
    "original": "",
    "crop": f"image = {_DRAWN_BOX}\n",
    "crop_flip": f'image = {_DRAWN_BOX}\nif value["mirrored"]:\n    image = F.horizontal_flip(image)\n',
    "drop": "image = F.rgb_to_grayscale(image, len(image))\n",
    "jitter": (
        "adjust = [F.adjust_brightness, F.adjust_contrast, F.adjust_saturation, F.adjust_hue]\n"
        'factors = [value[name] for name in ("brightness", "contrast", "saturation", "hue")]\n'
        'for step in value["order"]:\n'
        "    image = adjust[step](image, factors[step])\n"
    ),
    "rotate": 'image = F.resize(F.rotate(image, 90 * value["quarters"], expand=True), size)\n',
    "noise": 'image = (image + value["sigma"] * drawn["noise"][number]).clamp(0, 1)\n',
    "sobel": _SOBEL,
}


def _step(operator: Operator, side: int) -> str:
    """The lines of one operator for pictures whose shorter side is `side`."""
    if isinstance(operator, GaussianBlur):
        kernel = 2 * blur_radius(side, operator.kernel) + 1
        return f'image = F.gaussian_blur(image, [{kernel}, {kernel}], [value["sigma"]] * 2)\n'
    if operator.name == "cutout":
        box = 'value["top"], value["left"], value["height"], value["width"]'
        return f"image = F.erase(image, {box}, torch.tensor({operator.to_dict()['fill']:g}))\n"
    return _STEPS[operator.name]


def _head(batch: Batch, *lines: str) -> str:
    """The imports: torch and its like first, then ours, each once, and the lines that load the pictures."""
    all_lines = {"import torch", *lines, *batch.imports}
    ours = sorted(line for line in all_lines if line.startswith("from engine"))
    others = sorted((line for line in all_lines if line not in ours), key=lambda line: (line[0] == "f", line))
    return "\n".join([*others, "", *ours, "", batch.code])


def call(operator: Operator) -> str:
    """The operator as one writes it: what differs from its defaults."""
    usual = type(operator)().to_dict()
    given = [f"{name}={value!r}" for name, value in operator.to_dict().items() if value != usual[name]]
    return f"{type(operator).__name__}({', '.join(given)})"


def one_operator(batch: Batch, operator: Operator, seed: int) -> str:
    """Text that computes the tile's pictures as `views`, and the same with torchvision as `same`."""
    height, width = batch.images.shape[-2:]
    head = _head(
        batch,
        "from torchvision.transforms.v2 import functional as F",
        f"from engine.augment import {type(operator).__name__}",
    )
    body = (
        f"\noperator = {call(operator)}\n"
        f"drawn = operator.draw(tuple(images.shape), torch.Generator().manual_seed({seed}))\n"
        "views = operator.apply(images, drawn)  # all pictures at once\n\n"
        "# The same numbers through torchvision, one picture after another.\n"
        f"size = [{height}, {width}]\n"
        "same = []\n"
        "for number, image in enumerate(images):\n"
        '    value = {name: each[number].tolist() for name, each in drawn.items() if name != "noise"}\n'
    )
    loop = indent(_step(operator, min(height, width)), "    ") + "    same.append(image)\n"
    return head + body + loop + "print((views - torch.stack(same)).abs().max().item())"


def _probable(text: str, operator: Operator) -> str:
    return text if operator.probability >= 1 else f"v2.RandomApply([{text}], p={operator.probability:g})"


def _v2(operator: Operator, height: int, width: int) -> list[str]:
    """The lines of torchvision's own random transform that come nearest."""
    value = operator.to_dict()
    if isinstance(operator, CropAndResize):
        area, aspect = (value["smallest"], value["largest"]), (value["narrowest"], value["widest"])
        crop = (
            f"v2.RandomResizedCrop(({height}, {width}), scale=({area[0]:g}, {area[1]:g}),"
            f" ratio=({aspect[0]:.4g}, {aspect[1]:.4g}))"
        )
        lines = [_probable(crop, operator)]
        return [*lines, f"v2.RandomHorizontalFlip({value['flip']:g})"] if "flip" in value else lines
    text = {
        "original": "v2.Identity()",
        "drop": f"v2.RandomGrayscale({operator.probability:g})",
        "rotate": "v2.RandomChoice([v2.RandomRotation((turn, turn)) for turn in (90, 180, 270)])",
        "sobel": "v2.Lambda(sobel)",
    }.get(operator.name)
    if operator.name == "jitter":
        reach = [value["strength"] * value[name] for name in ("brightness", "contrast", "saturation", "hue")]
        text = "v2.ColorJitter(" + ", ".join(f"{each:g}" for each in reach) + ")"
    if operator.name == "cutout":
        share = value["side"] ** 2 * min(height, width) ** 2 / (height * width)
        text = (
            f"v2.RandomErasing(1.0, scale=({share:.4g}, {share:.4g}), ratio=(1, 1), value={value['fill']:g})"
        )
    if operator.name == "noise":
        text = f"v2.GaussianNoise(sigma={(value['smallest'] + value['largest']) / 2:.4g})"
    if isinstance(operator, GaussianBlur):
        kernel = 2 * blur_radius(min(height, width), operator.kernel) + 1
        text = f"v2.GaussianBlur({kernel}, sigma=({value['smallest']:g}, {value['largest']:g}))"
    return [str(text) if operator.name == "drop" else _probable(str(text), operator)]


def composition(batch: Batch, operators: Sequence[Operator], seed: int) -> str:
    """Text that computes both views of every picture as `first` and `second`, and torchvision's usual way."""
    height, width = batch.images.shape[-2:]
    names = sorted({type(operator).__name__ for operator in operators})
    calls = "".join(f"    {call(operator)},\n" for operator in operators)
    lines = [line for operator in operators for line in _v2(operator, height, width)]
    sobel = ""
    if any(operator.name == "sobel" for operator in operators):
        sobel = "def sobel(image):\n" + indent(_SOBEL, "    ") + "    return image\n\n\n"
    functional = ["from torchvision.transforms.v2 import functional as F"] if sobel else []
    pipeline = "".join(f"    {line},\n" for line in lines) or "    v2.Identity(),\n"
    head = _head(
        batch,
        "from torchvision.transforms import v2",
        *functional,
        f"from engine.augment import {', '.join([*names, 'augment'])}",
    )
    return head + (
        f"\noperators = [\n{calls}]\n"
        f"generator = torch.Generator().manual_seed({seed})\n"
        "first = augment(images, operators, generator)  # view t of every picture, each with its own parameters\n"
        "second = augment(images, operators, generator)  # view t'\n\n"
        "# The usual way with torchvision, one picture after another, with chance of its own.\n"
        f"{sobel}pipeline = v2.Compose([\n{pipeline}])\n"
        f"torch.manual_seed({seed})\n"
        "one_by_one = torch.stack([pipeline(image) for image in images])\n"
        "print(first.shape, (first - second).abs().mean().item(), one_by_one.shape)"
    )


def crops(batch: Batch, operator: CropAndResize, seed: int, pairs: int) -> str:
    """Text that draws the pairs of boxes, sorts them by how they lie, and cuts the first pair out."""
    value = operator.to_dict()
    area = f"({value['smallest']:g}, {value['largest']:g})"
    aspect = f"({value['narrowest']!r}, {value['widest']!r})"
    head = _head(
        batch,
        "from engine.augment.crops import draw_boxes, resized_crop",
        "from engine.augment.relations import RELATIONS, relation, shares",
    )
    return head + (
        f"\ngenerator = torch.Generator().manual_seed({seed})\n"
        f"many = ({pairs}, *images.shape[1:])\n"
        f"one = draw_boxes(many, generator, areas={area}, aspects={aspect})\n"
        f"other = draw_boxes(many, generator, areas={area}, aspects={aspect})\n"
        "found = shares(one, other)\n"
        'adjacent = (relation(one, other) == RELATIONS.index("adjacent")).nonzero().flatten()\n'
        "print(found, len(adjacent))\n\n"
        "# The first two boxes drawn, as torchvision's resized_crop would cut them out.\n"
        "views = [resized_crop(images, {name: side[:1] for name, side in each.items()}) for each in (one, other)]"
    )


def shortcut(batch: Batch, crop: Operator, jitter: Operator, seed: int) -> str:
    """Text that computes how often a crop's partner is found by its colours, without and with distortion."""
    head = _head(
        batch,
        f"from engine.augment import {type(crop).__name__}, {type(jitter).__name__}, augment",
        "from engine.augment.shortcut import histograms, partner_found, similarities",
    )
    return head + (
        f"\ngenerator = torch.Generator().manual_seed({seed})\n"
        f"crops = [augment(images, [{call(crop)}], generator) for _ in range(2)]\n"
        f"distorted = [augment(each, [{call(jitter)}], generator) for each in crops]\n"
        "found = {}\n"
        'for name, (a, b) in {"without": crops, "with": distorted}.items():\n'
        "    found[name] = partner_found(similarities(histograms(a), histograms(b)))\n"
        "print(found)"
    )
