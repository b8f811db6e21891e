"""Augmentation of whole batches: SimCLR's views and the ten operators its authors studied.

Every picture of a batch gets parameters of its own, drawn from a `torch.Generator`; nothing loops over pictures,
nothing waits for the device. `simclr_views` is what contrastive training calls, `augment` takes any operators in
any order, `trace` also says what was drawn. `OPERATORS` holds the ten of the lecture's figure (Chen et al. 2020,
https://arxiv.org/abs/2002.05709, figure 4) in its order. Pictures of any size, grey (B, 1, H, W) or colour
(B, 3, H, W), float in [0, 1].

Tested picture by picture against torchvision; benchmarks/augment.py compares the speed with its peers.
"""

from collections.abc import Mapping
from types import MappingProxyType

from engine.augment.composing import Step, augment, mean_change, recipe, simclr_views, trace
from engine.augment.crops import CropAndResize, CropResizeFlip
from engine.augment.filters import GaussianBlur, GaussianNoise, SobelFiltering
from engine.augment.geometry import Cutout, Flip, Original, Rotate
from engine.augment.jitter import Drop, Jitter
from engine.augment.operator import Drawn, Operator

OPERATORS: Mapping[str, type[Operator]] = MappingProxyType(
    {
        operator.name: operator
        for operator in (
            Original,
            CropAndResize,
            CropResizeFlip,
            Drop,
            Jitter,
            Rotate,
            Cutout,
            GaussianNoise,
            GaussianBlur,
            SobelFiltering,
        )
    }
)

__all__ = [
    "OPERATORS",
    "CropAndResize",
    "CropResizeFlip",
    "Cutout",
    "Drawn",
    "Drop",
    "Flip",
    "GaussianBlur",
    "GaussianNoise",
    "Jitter",
    "Operator",
    "Original",
    "Rotate",
    "SobelFiltering",
    "Step",
    "augment",
    "mean_change",
    "recipe",
    "simclr_views",
    "trace",
]
