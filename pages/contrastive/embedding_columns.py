"""What points of the Embedding page can be coloured by: class, factors, what neighbours say, and what a layout lost."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine.data import Dataset, Factor
from engine.embedding.votes import votes
from pages.contrastive.embedding_upload import Given
from pages.shared.scatter import Column, Kind

JUDGED = {"density": "Density", "trust": "Local trustworthiness", "kept": "Neighbours kept"}
KINDS: Mapping[str, Kind] = {"categorical": "category", "continuous": "number", "circular": "angle"}
WRONG = ("right", "wrong")


def titles(dataset: Dataset | None, given: Given | None, *, judged: bool = True) -> dict[str, str]:
    """Name -> title of every colour there can be, before anything was laid out. `judged`: also those of one layout."""
    found: dict[str, str] = {}
    if labels_of(dataset, given)[0] is not None:
        found["class"] = "Class"
    if dataset is not None:
        found |= {f"factor {name}": _words(name) for name in _factors(dataset)}
    if "class" in found:
        found |= {"prediction": "Prediction by neighbours", "error": "Errors of the neighbours"}
    return (found | JUDGED) if judged or not found else found


def columns(
    dataset: Dataset | None, given: Given | None, result: Mapping[str, Any] | None, count: int
) -> list[Column]:
    """The columns; those that need a result only where there is one."""
    found: list[Column] = []
    labels, classes = labels_of(dataset, given)
    if labels is not None:
        labels = labels[:count]
        found.append(Column("class", "Class", labels, names=classes, said=True))
    if dataset is not None:
        found += [_factor(dataset.factors[name]) for name in _factors(dataset)]
    if result is not None:
        found += _judged(result, labels, classes)
    if not found:
        found.append(Column("none", "Points", np.zeros(count, np.int64), names=("all",)))
    return found


def labels_of(
    dataset: Dataset | None, given: Given | None
) -> tuple[NDArray[np.int64] | None, tuple[str, ...]]:
    """Of the file where it has some, else of the pictures."""
    if given is not None and given.upload.labels is not None:
        return given.upload.labels, given.upload.classes
    return (None, ()) if dataset is None else (dataset.labels.numpy(), dataset.classes)


def _judged(
    result: Mapping[str, Any], labels: NDArray[np.int64] | None, classes: tuple[str, ...]
) -> list[Column]:
    found = []
    if labels is not None and len(labels) == len(result["indices"]):
        predicted = votes(labels, result["indices"].astype(np.int64), len(classes))
        wrong = (predicted != labels).astype(np.int64)
        found.append(Column("prediction", "Prediction by neighbours", predicted, names=classes))
        found.append(Column("error", "Errors of the neighbours", wrong, names=WRONG))
    if "trust" in result:
        lowest = low(result["trust"])
        found.append(Column("density", JUDGED["density"], result["density"], "number"))
        found.append(Column("trust", JUDGED["trust"], result["trust"], "number", ends=(lowest, 1.0)))
        found.append(Column("kept", JUDGED["kept"], result["kept_at"], "number", ends=(0.0, 1.0)))
    return found


def _factors(dataset: Dataset) -> list[str]:
    """All factors but the one that is the class."""
    return [name for name, factor in dataset.factors.items() if factor.categories != dataset.classes]


def low(values: NDArray[np.float32]) -> float:
    """Where the scale of trustworthiness begins: the worst hundredth, so that one point does not take all colours."""
    return float(np.floor(np.quantile(values, 0.01) * 20) / 20)


def _factor(factor: Factor) -> Column:
    kind: Kind = "hue" if factor.name == "hue" else KINDS[factor.kind]
    name, title = f"factor {factor.name}", _words(factor.name)
    values = factor.values.numpy()
    if kind == "category":
        return Column(name, title, values, names=factor.categories, said=True)
    ends = (float(factor.low), float(factor.high))
    return Column(name, title, values, kind, ends=ends)


def _words(name: str) -> str:
    return name.replace("_", " ").capitalize()
