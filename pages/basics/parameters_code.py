"""The code panel of the Parameters page for known networks, and the lecture's slides as states of the page."""

from __future__ import annotations

from engine.architectures import building
from engine.parameters.link import encode
from engine.parameters.presets import PRESETS
from pages.shared.lessons import Step

_LECTURE = encode(PRESETS["lecture_15120"].stack)
_CNN = encode(PRESETS["lecture_cnn"].stack)
_POOLED = _LECTURE.replace("_f_", "_g_")  # global pooling instead of flatten

STEPS = (
    Step(
        "A small network",
        "Two convolutions, flatten, one dense layer. How many numbers does it learn?",
        {"net": _LECTURE, "guess": True},
    ),
    Step(
        "First convolution: 490",
        "A filter is 4 × 4 on 3 colours, plus a bias. There are 10 of them: (4 × 4 × 3 + 1) × 10.",
        {"net": _LECTURE, "row": "1"},
    ),
    Step(
        "Second convolution: 1,820",
        "It reads 10 channels, not 3: (3 × 3 × 10 + 1) × 20. The picture's size does not matter.",
        {"net": _LECTURE, "row": "2"},
    ),
    Step(
        "Flatten: 0",
        "8 × 8 places of 20 channels become 1,280 values in a row. Nothing is learned.",
        {"net": _LECTURE, "row": "3"},
    ),
    Step(
        "Dense: 12,810",
        "Every one of 1,280 values has its own weight for each of 10 classes, and each class a bias.",
        {"net": _LECTURE, "row": "4"},
    ),
    Step(
        "15,120 in all",
        "490 + 1,820 + 0 + 12,810. Look at the areas: the last layer holds nearly all of it.",
        {"net": _LECTURE},
    ),
    Step(
        "Where the work is",
        "Multiplications tell the opposite story: small kernels are used again at every place.",
        {"net": _LECTURE, "measure": "macs"},
    ),
    Step(
        "What if: global pooling",
        "One value for each channel instead of flatten, against the pinned network: 12,600 fewer.",
        {"net": _POOLED, "pin": _LECTURE},
    ),
    Step(
        "The vanilla network",
        "No convolution at all: 646,260 numbers, nearly all in the first dense layer.",
        {"net": encode(PRESETS["lecture_plain"].stack)},
    ),
    Step(
        "The lecture's CNN",
        "591,914 numbers, no more than the vanilla network, and a far better classifier.",
        {"net": _CNN},
    ),
    Step(
        "A deep one: VGG-16",
        "138 million, three quarters of them in one dense layer. Click an area to look inside.",
        {"view": "known", "model": "vgg16"},
    ),
    Step(
        "And without: ResNet-50",
        "One small dense layer behind global pooling: 25.6 million, and deeper.",
        {"view": "known", "model": "resnet50"},
    ),
)


def known(name: str) -> str:
    """PyTorch that counts a known network: plain for the total, `engine` for every layer."""
    own = name in building.OWN
    shape = ", ".join(map(str, building.input_shape(name)))
    plain = (
        ""
        if own
        else (
            "from torchvision.models import get_model\n\n"
            f"model = get_model({name!r}, weights=None{_options(name)})  # random weights, nothing is downloaded\n"
            "print(sum(parameter.numel() for parameter in model.parameters()))\n\n"
        )
    )
    return plain + (
        "from engine import architectures, parameters\n\n"
        f"network = architectures.build({name!r})  # shapes only, no memory\n"
        f"counted = parameters.breakdown(network, ({shape}))\n"
        "for row in counted.rows:\n"
        '    print(f"{row.name:44} {row.formula:>44} {row.macs:>16,}")\n'
        'print(f"{counted.parameters:,} parameters, {counted.macs:,} multiply-adds")'
    )


def _options(name: str) -> str:
    """As the published weights need it: GoogLeNet without its two training heads."""
    return ", aux_logits=False, init_weights=False" if name == "googlenet" else ""
