"""Grad-CAM: which places of a picture spoke for a class (Selvaraju et al. 2017, https://arxiv.org/abs/1610.02391).

The last feature maps A_k (h, w) are weighted by the mean gradient of the class's logit and added up; what speaks
against the class is cut off, then the map is enlarged to the picture:

    weight_k = mean over places of d logit / d A_k        map = relu(sum over k of weight_k * A_k)

Tested against Zhou et al.'s class activation map, which it equals where a dense layer follows global pooling.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from engine.models.resnet import Block


class NoMapsError(ValueError):
    """A network without feature maps: it keeps no places to point at."""


def split(model: nn.Sequential) -> tuple[nn.Sequential, nn.Sequential]:
    """The network in two: up to its last feature maps, activation included, and the rest.

    Raises NoMapsError where there is no convolution.
    """
    layers = list(model)
    spatial = [place for place, layer in enumerate(layers) if isinstance(layer, nn.Conv2d | Block)]
    if not spatial:
        raise NoMapsError("A plain network flattens the picture first: there are no maps to point at.")
    end = spatial[-1] + 1
    while end < len(layers) and not isinstance(layers[end], nn.Flatten | nn.AdaptiveAvgPool2d):
        end += 1
    return nn.Sequential(*layers[:end]), nn.Sequential(*layers[end:])


def grad_cam(model: nn.Sequential, images: Tensor, classes: Tensor) -> Tensor:
    """(B, C, H, W) pictures and int64 (B,) classes -> (B, H, W), from 0, 1 where the class's evidence is largest.

    A map with no evidence at all stays 0. The model is in evaluation mode and stays as it is.
    """
    front, rest = split(model)
    with torch.enable_grad():
        maps = front(images).detach().requires_grad_()  # (B, K, h, w)
        logits = rest(maps)
        (gradient,) = torch.autograd.grad(logits.gather(1, classes[:, None]).sum(), maps)
    weights = gradient.mean((2, 3), keepdim=True)
    evidence = torch.relu((weights * maps).sum(1, keepdim=True)).detach()  # (B, 1, h, w)
    largest = evidence.amax((2, 3), keepdim=True)
    evidence = evidence / torch.where(largest > 0, largest, 1)
    enlarged = functional.interpolate(evidence, size=images.shape[-2:], mode="bilinear", align_corners=False)
    return enlarged.squeeze(1)
