"""Tables of vectors the tests of `engine.embedding` share."""

from __future__ import annotations

import numpy as np
from sklearn.datasets import load_digits


def clusters(count: int = 400, columns: int = 20, classes: int = 6, seed: int = 0):
    """Gaussian clusters of a few directions each, with their class: (vectors float32, labels)."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, classes, count)
    centres = generator.normal(size=(classes, columns)) * 2
    bases = generator.normal(size=(classes, 4, columns)) * 0.6
    inner = generator.normal(size=(count, 4))
    noise = generator.normal(size=(count, columns)) * 0.2
    return (centres[labels] + np.einsum("nk,nkd->nd", inner, bases[labels]) + noise).astype(
        np.float32
    ), labels


def digits(count: int = 600):
    """The first of scikit-learn's handwritten digits: (vectors float32, labels)."""
    data = load_digits()
    return data.data[:count].astype(np.float32), data.target[:count]
