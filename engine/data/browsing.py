"""Looking through a data set: which pictures, in which order, and a sheet of them.

    chosen = choose(dataset, only=("shape", 3), by="hue")      stars, along the colour wheel
    page(dataset, chosen, 0)                                    the first 256 of them as one picture

Tested by the definition: every chosen picture fits, none is missing, the values only rise.
"""

from __future__ import annotations

import torch
from torch import Tensor

from engine.data.dataset import DataError, Dataset
from engine.images import sheet

COLUMNS, PAGE = 16, 256  # pictures of a sheet: a row, all
CLASS = "class"


def choose(dataset: Dataset, *, only: tuple[str, int] | None = None, by: str = "") -> Tensor:
    """Indices of the pictures to look at, (n,) int64.

    Args:
        dataset: the split.
        only: ("class", index), or the name of a factor with choices and the index of one.
        by: a factor to sort by; "" keeps the mixed order of the set.

    Raises:
        DataError: no such class, factor or choice.
    """
    chosen = torch.arange(len(dataset))
    if only is not None:
        name, index = only
        values = dataset.labels if name == CLASS else _factor(dataset, name)
        choices = len(dataset.classes) if name == CLASS else len(dataset.factors[name].categories)
        if not 0 <= index < choices:
            raise DataError(
                f"{dataset.card.title} has {choices} choices of {name}, not one with number {index}."
            )
        chosen = (values == index).nonzero()[:, 0]
    if by:
        chosen = chosen[_factor(dataset, by)[chosen].argsort(stable=True)]
    return chosen


def page(dataset: Dataset, chosen: Tensor, number: int) -> Tensor:
    """Sheet `number` of the chosen pictures: (C, rows * H, 16 * W) float in [0, 1], row by row; the last is shorter.

    Raises:
        DataError: there is no such sheet.
    """
    indices = chosen[number * PAGE : (number + 1) * PAGE] if number >= 0 else chosen[:0]
    if not len(indices):
        raise DataError(f"There are {len(chosen):,} pictures, so there is no page {number}.")
    return sheet(dataset.images[indices].float() / 255, COLUMNS)[0]


def _factor(dataset: Dataset, name: str) -> Tensor:
    if name not in dataset.factors:
        raise DataError(f"{dataset.card.title} has no factor {name[:40]}.")
    return dataset.factors[name].values
