"""What the neighbours of a point say its class is: the majority among them, the nearest deciding a draw.

A question to the space of the vectors that needs no training: where the neighbours are wrong, the encoder has put
a picture among strangers. Tested against scikit-learn's KNeighborsClassifier.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def votes(labels: NDArray[np.int64], indices: NDArray[np.integer], classes: int) -> NDArray[np.int64]:
    """Labels (N,) and neighbours (N, k), nearest first and without the point itself -> the class they choose, (N,)."""
    chosen = labels[indices]  # (N, k)
    rows, k = chosen.shape
    counts = np.zeros((rows, classes))
    nearness = 1 + (k - np.arange(k)) * 1e-6  # decides draws for the nearer ones
    np.add.at(counts, (np.repeat(np.arange(rows), k), chosen.ravel()), np.tile(nearness, rows))
    return counts.argmax(axis=1)
