"""Plain data: what may travel between an experiment and a page.

None, booleans, numbers, texts, lists, dictionaries with text keys, and NumPy arrays of numbers. No tensors: a page
does not hold a processor's memory, and a worker's tensor would tie the two processes together.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

DEEPEST = 12


class NotPlain(TypeError):  # noqa: N818 - names the fault
    """A value that may not travel; the message says where it is and what it is."""


def plain(value: object, where: str = "it", depth: int = 0) -> Any:  # noqa: ANN401 - any plain value
    """The same value with NumPy scalars as Python numbers and tuples as lists. Raises NotPlain."""
    if depth > DEEPEST:
        raise NotPlain(f"{where} is nested more than {DEEPEST} levels deep.")
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, np.generic) and value.dtype.kind in "biuf":
        return value.item()
    if isinstance(value, np.ndarray):
        if value.dtype.kind not in "biuf":
            raise NotPlain(f"{where} is an array of {value.dtype}, not of numbers.")
        return np.ascontiguousarray(value).reshape(value.shape)
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str):
                raise NotPlain(f"{where} has the key {key!r}, which is no text.")
        return {key: plain(item, f"{where}[{key!r}]", depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item, f"{where}[{index}]", depth + 1) for index, item in enumerate(value)]
    raise NotPlain(f"{where} is a {type(value).__name__}: report numbers, texts, lists and NumPy arrays.")


def size(value: object) -> int:
    """About how many bytes a plain value takes."""
    if isinstance(value, np.ndarray):
        return value.nbytes + 100
    if isinstance(value, str):
        return len(value) + 50
    if isinstance(value, dict):
        return 60 + sum(size(key) + size(item) for key, item in value.items())
    if isinstance(value, list):
        return 60 + sum(size(item) for item in value)
    return 30


def has_array(value: object) -> bool:
    """Whether there is an array in it."""
    if isinstance(value, dict):
        return any(has_array(item) for item in value.values())
    if isinstance(value, list):
        return any(has_array(item) for item in value)
    return isinstance(value, np.ndarray)


def freeze(value: object) -> None:
    """Make every array in it read-only: what is shown to one reader stays as it was reported."""
    if isinstance(value, np.ndarray):
        value.setflags(write=False)
    elif isinstance(value, dict):
        for item in value.values():
            freeze(item)
    elif isinstance(value, list):
        for item in value:
            freeze(item)
