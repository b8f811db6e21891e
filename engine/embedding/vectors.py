"""What every function of this folder takes: a table of vectors, checked once, and errors in words.

A table is (N, D): one row per picture, float32, every value finite. NumPy arrays and tensors on any device are
taken; what comes back has the kind that went in. Tested on every table that must be refused.
"""

from __future__ import annotations

from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

Vectors = TypeVar("Vectors", np.ndarray, Tensor)

FEWEST = 3  # two points always lie on a line: nothing to lay out


class EmbeddingError(ValueError):
    """Vectors that cannot be laid out or compared as asked; the message says why and what to do."""


def checked(vectors: np.ndarray | Tensor) -> Tensor:
    """The table as a float32 tensor (N, D) on its own device, detached.

    Raises:
        EmbeddingError: Not a table of real numbers, fewer than 3 rows, no columns, or a value that is not finite.
    """
    table = torch.from_numpy(_numeric(vectors)) if isinstance(vectors, np.ndarray) else vectors
    if not isinstance(table, Tensor) or table.is_complex():
        raise EmbeddingError("Vectors are a table of real numbers, one row per picture.")
    if table.ndim != 2:
        raise EmbeddingError(
            f"Vectors are a table with one row per picture, (N, D); this one has shape {tuple(table.shape)}."
        )
    rows, columns = table.shape
    if rows < FEWEST or columns < 1:
        raise EmbeddingError(f"At least {FEWEST} vectors of one number are needed, got {rows} of {columns}.")
    table = table.detach().float()
    if table.device.type != "meta":
        _check_finite(table)
    return table


def back(result: Tensor, original: Vectors) -> Vectors:
    """`result` as the kind `original` has: NumPy for NumPy, else a tensor on the same device."""
    if isinstance(original, np.ndarray):
        return result.cpu().numpy()
    return result.to(original.device)


def check_not_constant(table: Tensor) -> None:
    """Raises EmbeddingError where all rows are the same vector."""
    if bool((table == table[:1]).all()):
        raise EmbeddingError(
            f"All {len(table):,} vectors are the same, so there is nothing to lay out. A network that gives every "
            "picture the same vector has collapsed, or the wrong file was read."
        )


def duplicates(vectors: np.ndarray | Tensor) -> int:
    """How many rows repeat an earlier row exactly."""
    table = checked(vectors)
    return len(table) - len(torch.unique(table, dim=0))


def _numeric(vectors: np.ndarray) -> np.ndarray:
    if vectors.dtype.kind not in "fiub":
        raise EmbeddingError(f"Vectors are a table of real numbers; this array holds {vectors.dtype}.")
    with np.errstate(over="ignore"):  # what is too large becomes infinite and is reported as such
        return np.ascontiguousarray(vectors, dtype=np.float32)


def _check_finite(table: Tensor) -> None:
    broken = ~torch.isfinite(table).all(dim=1)  # (N,)
    if bool(broken.any()):
        count, first = int(broken.sum()), int(broken.nonzero()[0, 0])
        raise EmbeddingError(
            f"{count:,} of {len(table):,} vectors hold values that are no numbers (the first in row {first:,}): "
            "infinite, missing, or too large for 32 bits. A run whose loss became NaN gives such vectors; take an "
            "earlier epoch, or remove these rows."
        )
