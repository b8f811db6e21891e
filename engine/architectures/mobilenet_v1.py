"""MobileNetV1 (Howard et al. 2017, https://arxiv.org/abs/1704.04861), which torchvision does not have.

Thirteen depthwise-separable blocks after one ordinary convolution, widths as in the paper's Table 1. The
paper gives 4.2 million parameters and 569 million multiply-accumulates; the tests check both.
"""

from __future__ import annotations

from torch import Tensor, nn

# (output channels, stride) of the thirteen blocks
BLOCKS = (
    (64, 1),
    (128, 2),
    (128, 1),
    (256, 2),
    (256, 1),
    (512, 2),
    *[(512, 1)] * 5,
    (1024, 2),
    (1024, 1),
)


class ConvNormActivation(nn.Sequential):
    """Convolution, batch normalisation, ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1, groups: int = 1) -> None:
        conv = nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False)
        super().__init__(conv, nn.BatchNorm2d(outputs), nn.ReLU(inplace=True))


class DepthwiseSeparable(nn.Sequential):
    """A 3 x 3 filter per channel, then a 1 x 1 convolution that mixes the channels."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        depthwise = ConvNormActivation(inputs, inputs, 3, stride, groups=inputs)
        super().__init__(depthwise, ConvNormActivation(inputs, outputs, 1))


class MobileNetV1(nn.Module):
    """Images (B, 3, H, W) to class scores (B, classes)."""

    def __init__(self, classes: int = 1000) -> None:
        super().__init__()
        widths = [32, *(outputs for outputs, _ in BLOCKS)]
        self.features = nn.Sequential(
            ConvNormActivation(3, 32, 3, stride=2),
            *(DepthwiseSeparable(before, *block) for before, block in zip(widths, BLOCKS, strict=False)),
        )
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.classifier = nn.Linear(1024, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.pool(self.features(x)).flatten(1))
