"""Which networks are shown first, what they are called in print, and the paper each family comes from.

Order and titles only: everything that is counted or drawn comes from the networks themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase

from engine.architectures.building import known, names
from engine.parameters.formulas import TIMES

# torchvision's name -> the name in print, in the lecture's order, then a few for contrast
LISTED: dict[str, str] = {
    "alexnet": "AlexNet",
    "resnet18": "ResNet-18",
    "resnet34": "ResNet-34",
    "resnet50": "ResNet-50",
    "resnet101": "ResNet-101",
    "resnet152": "ResNet-152",
    "densenet121": "DenseNet-121",
    "densenet161": "DenseNet-161",
    "densenet169": "DenseNet-169",
    "densenet201": "DenseNet-201",
    "mobilenet_v1": "MobileNetV1",
    "mobilenet_v2": "MobileNetV2",
    "mobilenet_v3_large": "MobileNetV3-Large",
    "efficientnet_b0": "EfficientNet-B0",
    "vit_b_16": "ViT-B/16",
    "convnext_tiny": "ConvNeXt-T",
}


@dataclass(frozen=True)
class Family:
    """Networks of one paper. `pattern` as in file names; `idea` is what was new, in one sentence; `attention`:
    whether the networks attend.
    """

    pattern: str
    paper: str
    address: str
    idea: str
    attention: bool = False


FAMILIES: tuple[Family, ...] = (
    Family(
        "alexnet",
        "Krizhevsky 2014, One weird trick",
        "https://arxiv.org/abs/1404.5997",
        "Five convolutions and three dense layers: the network that started it all, in its one-column form.",
    ),
    Family(
        "vgg*",
        "Simonyan and Zisserman 2014, VGG",
        "https://arxiv.org/abs/1409.1556",
        f"Nothing but 3 {TIMES} 3 convolutions and pooling, only deeper.",
    ),
    Family(
        "googlenet",
        "Szegedy et al. 2014, Going deeper",
        "https://arxiv.org/abs/1409.4842",
        "Every Inception block looks at its input through several kernel sizes and joins the answers.",
    ),
    Family(
        "inception_v3",
        "Szegedy et al. 2015, Rethinking Inception",
        "https://arxiv.org/abs/1512.00567",
        "Large kernels are taken apart into rows, columns and stacks of small ones.",
    ),
    Family(
        "wide_resnet*",
        "Zagoruyko and Komodakis 2016, Wide ResNets",
        "https://arxiv.org/abs/1605.07146",
        "The middle of every block is twice as wide as in a ResNet.",
    ),
    Family(
        "resnext*",
        "Xie et al. 2016, ResNeXt",
        "https://arxiv.org/abs/1611.05431",
        f"The 3 {TIMES} 3 convolution of every block works in many separate groups of channels.",
    ),
    Family(
        "resnet*",
        "He et al. 2015, Deep residual learning",
        "https://arxiv.org/abs/1512.03385",
        "Every block adds to its input what is still missing, so gradients reach the first layers.",
    ),
    Family(
        "densenet*",
        "Huang et al. 2016, DenseNet",
        "https://arxiv.org/abs/1608.06993",
        "Nothing is added and nothing lost: every layer's few channels are kept and read by all that follow.",
    ),
    Family(
        "mobilenet_v1",
        "Howard et al. 2017, MobileNets",
        "https://arxiv.org/abs/1704.04861",
        f"A convolution is split in two: one filter per channel, then a 1 {TIMES} 1 convolution that mixes channels.",
    ),
    Family(
        "mobilenet_v2",
        "Sandler et al. 2018, MobileNetV2",
        "https://arxiv.org/abs/1801.04381",
        "Blocks are narrow outside and wide inside, and the skips join the narrow ends.",
    ),
    Family(
        "mobilenet_v3*",
        "Howard et al. 2019, MobileNetV3",
        "https://arxiv.org/abs/1905.02244",
        "MobileNetV2's blocks, chosen by search, with gates that weigh the channels.",
    ),
    Family(
        "mnasnet*",
        "Tan et al. 2018, MnasNet",
        "https://arxiv.org/abs/1807.11626",
        "Inverted residual blocks chosen by a search that measures speed on a phone.",
    ),
    Family(
        "efficientnet_v2*",
        "Tan and Le 2021, EfficientNetV2",
        "https://arxiv.org/abs/2104.00298",
        "Early blocks use an ordinary convolution where a depthwise one would be slow.",
    ),
    Family(
        "efficientnet*",
        "Tan and Le 2019, EfficientNet",
        "https://arxiv.org/abs/1905.11946",
        "Depth, width and picture size grow together from one small network.",
    ),
    Family(
        "regnet*",
        "Radosavovic et al. 2020, Design spaces",
        "https://arxiv.org/abs/2003.13678",
        "The widths of all blocks follow one straight line, rounded to a few values.",
    ),
    Family(
        "squeezenet*",
        "Iandola et al. 2016, SqueezeNet",
        "https://arxiv.org/abs/1602.07360",
        f"A narrow 1 {TIMES} 1 layer before every wide one keeps the parameters few.",
    ),
    Family(
        "shufflenet*",
        "Ma et al. 2018, ShuffleNet V2",
        "https://arxiv.org/abs/1807.11164",
        "Half of the channels pass every block untouched, then the halves are shuffled.",
    ),
    Family(
        "vit*",
        "Dosovitskiy et al. 2020, ViT",
        "https://arxiv.org/abs/2010.11929",
        "The picture becomes a row of patches, and every patch attends to every other from the first block on.",
        attention=True,
    ),
    Family(
        "swin_v2*",
        "Liu et al. 2021, Swin Transformer V2",
        "https://arxiv.org/abs/2111.09883",
        "Swin's windows with normalised attention, so that larger models train.",
        attention=True,
    ),
    Family(
        "swin*",
        "Liu et al. 2021, Swin Transformer",
        "https://arxiv.org/abs/2103.14030",
        "Attention stays inside small windows, which shift from block to block.",
        attention=True,
    ),
    Family(
        "maxvit*",
        "Tu et al. 2022, MaxViT",
        "https://arxiv.org/abs/2204.01697",
        "Each block convolves, attends inside windows and then over a grid of the whole picture.",
        attention=True,
    ),
    Family(
        "convnext*",
        "Liu et al. 2022, A ConvNet for the 2020s",
        "https://arxiv.org/abs/2201.03545",
        "A ResNet rebuilt with what transformers taught: large depthwise kernels, few activations, one norm.",
    ),
)


def title(name: str) -> str:
    """The name in print; torchvision's own for networks that are not listed.

    Raises:
        UnknownNetworkError: there is no such network.
    """
    known(name)
    return LISTED.get(name, name)


def offered() -> tuple[str, ...]:
    """All networks, the listed ones first."""
    return (*LISTED, *(name for name in names() if name not in LISTED))


def family(name: str) -> Family:
    """Where the network comes from.

    Raises:
        UnknownNetworkError: there is no such network.
    """
    known(name)
    return next(item for item in FAMILIES if fnmatchcase(name, item.pattern))
