"""The two numbers of UMAP's layout curve, 1 / (1 + a d^2b), for a wanted smallest distance between points.

The curve is fitted to a target that is 1 up to `min_dist` and then falls as exp(-(d - min_dist) / spread)
(McInnes, Healy, Melville 2018, definition 11). Tested against umap-learn's `find_ab_params`.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy.optimize import curve_fit

from engine.embedding.vectors import EmbeddingError


@lru_cache(maxsize=64)
def curve(min_dist: float, spread: float = 1.0) -> tuple[float, float]:
    """a and b. Raises EmbeddingError unless 0 <= min_dist <= spread."""
    if not 0 <= min_dist <= spread:
        raise EmbeddingError(f"min_dist lies between 0 and {spread:g}, not {min_dist:g}.")
    distance = np.linspace(0, spread * 3, 300)
    target = np.where(distance < min_dist, 1.0, np.exp(-(distance - min_dist) / spread))
    (a, b), _ = curve_fit(lambda d, a, b: 1 / (1 + a * d ** (2 * b)), distance, target)
    return float(a), float(b)
