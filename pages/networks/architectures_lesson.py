"""The lecture's slides on famous networks as states of the page."""

from __future__ import annotations

from pages.shared.lessons import Step

_MOBILE = "features.2..features.3"

STEPS = (
    Step(
        "AlexNet",
        "Three stages of convolution and pooling, then the head: three dense layers with 96 % of the parameters.",
        {"network": "alexnet"},
    ),
    Step(
        "Deeper and smaller",
        "Convolutions change the number of channels, 3 × 3 pooling with stride 2 shrinks height and width.",
        {"network": "alexnet", "open": ":stage 1,:stage 2"},
    ),
    Step(
        "The classification head",
        "The last feature map is flattened to 9,216 numbers and goes through three dense layers.",
        {"network": "alexnet", "open": ":head"},
    ),
    Step(
        "Very deep",
        "Fifty layers one behind the other: without help, little of the gradient reaches the first ones.",
        {"network": "resnet50"},
    ),
    Step(
        "A skip connection",
        "The arc carries x past the convolutions; the sum is f(x) = C(x) + x, so C(x) learns a difference.",
        {"network": "resnet50", "open": "layer1,layer1.1"},
    ),
    Step(
        "Where the shape changes",
        "Both summands need one shape: here the skip passes a 1 × 1 convolution with stride 2.",
        {"network": "resnet50", "open": "layer2,layer2.0"},
    ),
    Step(
        "Deeper by repeating",
        "ResNet-18 and ResNet-152: the same four stages, with more blocks in each.",
        {"view": "compare", "network": "resnet18", "other": "resnet152"},
    ),
    Step(
        "DenseNet",
        "Every layer reads all outputs before it, joined, and adds 32 channels. Point at a layer to see what it reads.",
        {"network": "densenet121", "open": "features.denseblock1"},
    ),
    Step(
        "Transitions halve",
        "Between the blocks a 1 × 1 convolution halves the channels and pooling halves the sides.",
        {"network": "densenet121", "open": "features.transition1"},
    ),
    Step(
        "MobileNetV2",
        "Inverted residual blocks, repeated 1, 2, 3, 4, 3, 3 and 1 times, as in the slide's centre column.",
        {"network": "mobilenet_v2"},
    ),
    Step(
        "Narrow, wide, narrow",
        "Expand by 1 × 1, filter every channel by itself, project back: the skip joins the narrow ends.",
        {"network": "mobilenet_v2", "open": f"{_MOBILE},features.3"},
    ),
    Step(
        "Small against large",
        "A thirteenth of the multiplications costs less than nine points of accuracy.",
        {"view": "compare", "network": "resnet50", "other": "mobilenet_v2"},
    ),
    Step(
        "What the layers put out",
        "From edges to parts: maps get smaller, more, and harder to name.",
        {"view": "maps", "network": "resnet50"},
    ),
)
