"""The kernels a page offers, in the order it offers them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

import torch
from torch import Tensor

from engine.kernels import formulas
from engine.kernels.families import KernelError, KernelFamily, Parameter

ALL = (1, 2, 3, 4, 5, 6, 7)
ODD = (3, 5, 7)
DOWN = -90.0  # degrees: rows are counted downwards, so kernels for y are positive below, as in OpenCV


def _sigma(default: float, most: float = 3.0) -> Parameter:
    return Parameter("sigma", "Sigma", default, 0.3, most, 0.1, "cells")


def _angle(default: float, most: float = 360.0) -> Parameter:
    return Parameter("angle", "Angle", default, 0.0, most, 5.0, "degrees")


def _amount(default: float) -> Parameter:
    return Parameter("amount", "Amount", default, 0.0, 5.0, 0.1)


_MEMBERS = (
    KernelFamily(
        "identity",
        "Identity",
        "Only the middle cell counts, so the picture comes out unchanged: the kernel to start from.",
        "other",
        (1, *ODD),
        formulas.identity,
        "one",
    ),
    KernelFamily(
        "box",
        "Box blur",
        "Every pixel of the window counts the same, so the output is their mean: noise and fine detail go,"
        " edges become soft.",
        "smooth",
        ALL,
        formulas.box,
        "one",
    ),
    KernelFamily(
        "gaussian",
        "Gaussian blur",
        "Near pixels count more than far ones, which smooths without the square artefacts of the box;"
        " sigma says how far it reaches.",
        "smooth",
        ALL,
        formulas.gaussian,
        "one",
        (_sigma(1.0),),
    ),
    KernelFamily(
        "motion_blur",
        "Motion blur",
        "Averages along a line only, as if the camera had moved that way while the shutter was open.",
        "smooth",
        ALL[1:],
        formulas.motion_blur,
        "one",
        (_angle(0.0, 180.0),),
    ),
    KernelFamily(
        "sharpen",
        "Sharpen",
        "Takes the four neighbours away from a strengthened middle, so every difference between a pixel and"
        " its surroundings grows.",
        "sharpen",
        (3,),
        formulas.sharpen,
        "one",
        (_amount(1.0),),
    ),
    KernelFamily(
        "unsharp",
        "Unsharp mask",
        "Adds back what a Gaussian blur would remove: details up to the size of sigma become stronger.",
        "sharpen",
        ODD,
        formulas.unsharp,
        "one",
        (_sigma(1.0), _amount(1.0)),
    ),
    KernelFamily(
        "emboss",
        "Emboss",
        "Reads brightness as height and lights it from one side: slopes that face the light become brighter.",
        "sharpen",
        ODD,
        formulas.emboss,
        "one",
        (_angle(135.0),),
    ),
    KernelFamily(
        "lecture_edge",
        "The lecture's filter",
        "The row above minus the row below: large where the picture is brighter above, negative where it is"
        " brighter below, zero where nothing changes.",
        "edges",
        (3,),
        formulas.lecture_edge,
        "zero",
    ),
    KernelFamily(
        "sobel_x",
        "Sobel x",
        "Right side minus left side, with the middle row counting more: finds vertical edges and forgives"
        " some noise.",
        "edges",
        ODD,
        partial(formulas.sobel, angle=0.0),
        "zero",
    ),
    KernelFamily(
        "sobel_y",
        "Sobel y",
        "Below minus above, with the middle column counting more: finds horizontal edges.",
        "edges",
        ODD,
        partial(formulas.sobel, angle=DOWN),
        "zero",
    ),
    KernelFamily(
        "sobel_angle",
        "Sobel at an angle",
        "A mixture of Sobel x and Sobel y that finds edges facing any angle: brightness rising along it gives"
        " positive values.",
        "edges",
        ODD,
        formulas.sobel,
        "zero",
        (_angle(45.0),),
    ),
    KernelFamily(
        "prewitt_x",
        "Prewitt x",
        "Right side minus left side, every row counting the same: the plain slope of the brightness.",
        "edges",
        ODD,
        partial(formulas.prewitt, angle=0.0),
        "zero",
    ),
    KernelFamily(
        "prewitt_y",
        "Prewitt y",
        "Below minus above, every column counting the same.",
        "edges",
        ODD,
        partial(formulas.prewitt, angle=DOWN),
        "zero",
    ),
    KernelFamily(
        "scharr_x",
        "Scharr x",
        "Sobel x with weights tuned so that slanted edges answer as strongly as straight ones.",
        "edges",
        (3,),
        partial(formulas.scharr, angle=0.0),
        "zero",
    ),
    KernelFamily(
        "scharr_y",
        "Scharr y",
        "Sobel y with weights tuned so that slanted edges answer as strongly as straight ones.",
        "edges",
        (3,),
        partial(formulas.scharr, angle=DOWN),
        "zero",
    ),
    KernelFamily(
        "laplacian",
        "Laplacian",
        "The neighbours minus the middle: zero on flat areas and even slopes, strong at thin lines, dots and"
        " both sides of an edge.",
        "edges",
        (3,),
        formulas.laplacian,
        "zero",
        (Parameter("neighbours", "Neighbours", 4, 4, 8, 4, whole=True),),
    ),
    KernelFamily(
        "log",
        "Laplacian of Gaussian",
        "Smooths first and then takes the Laplacian, in one kernel: finds spots of about the size of sigma.",
        "edges",
        ODD,
        formulas.laplacian_of_gaussian,
        "zero",
        (_sigma(1.0, 2.0),),
    ),
    KernelFamily(
        "gabor",
        "Gabor",
        "A small piece of a wave: answers to stripes of one spacing and direction, as cells in the visual"
        " cortex and first layers of trained networks do.",
        "texture",
        ODD,
        formulas.gabor,
        "zero",
        (
            _angle(0.0, 180.0),
            Parameter("wavelength", "Wavelength", 4.0, 2.0, 10.0, 0.5, "cells"),
            _sigma(1.5),
        ),
    ),
    KernelFamily(
        "random",
        "Random",
        "Drawn by chance, as in a network before its first training step; another seed, another kernel.",
        "other",
        ALL,
        formulas.random,
        "any",
        (Parameter("seed", "Seed", 0, 0, 9999, 1, whole=True),),
    ),
)
FAMILIES: Mapping[str, KernelFamily] = MappingProxyType({family.name: family for family in _MEMBERS})


def build(name: str, size: int, *, device: torch.device | None = None, **parameters: float) -> Tensor:
    """The kernel `name` (size, size), float32; parameters not given take their defaults.

    Raises KernelError for a name, size or parameter that does not exist, or a value out of range.
    """
    if name not in FAMILIES:
        raise KernelError(f'There is no kernel "{name}"; there are: {", ".join(FAMILIES)}.')
    return FAMILIES[name].build(size, device=device, **parameters)
