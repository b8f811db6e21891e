"""The files that CIFAR-10, MNIST, SVHN, STL-10 and CelebA are published in -> arrays.

Each function reads one published format and nothing else: a pickle is opened by a reader that knows NumPy arrays
only, an archive is never unpacked by the names in it. Tested with tiny files written in the real formats, and
against torchvision's own readers of the same files.
"""

from __future__ import annotations

import gzip
import io
import pickle
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from engine.data import reading
from engine.data.dataset import DataError
from engine.images import square, to_uint8

_DAMAGED = (
    OSError,
    EOFError,
    ValueError,
    KeyError,
    IndexError,
    zlib.error,
    tarfile.TarError,
    zipfile.BadZipFile,
    pickle.UnpicklingError,
    RuntimeError,
    StopIteration,
)


@contextmanager
def explained(file: Path) -> Iterator[None]:
    """Whatever goes wrong while reading `file` becomes one sentence."""
    try:
        yield
    except DataError:
        raise
    except _DAMAGED as error:
        raise DataError(f"{file.name} is not in the format it should have: download it again.") from error


def idx(file: Path) -> np.ndarray:
    """A gzipped IDX file, as MNIST's: a magic number with type and dimensions, the sizes, the bytes.

    Format: http://yann.lecun.com/exdb/mnist
    """
    with explained(file), gzip.open(file) as stream:
        data = stream.read()
        zeros, kind, dimensions = int.from_bytes(data[:2], "big"), data[2], data[3]
        if zeros or kind != 8 or dimensions not in (1, 3):
            raise ValueError("not an IDX file of bytes")
        shape = [int.from_bytes(data[4 + 4 * i : 8 + 4 * i], "big") for i in range(dimensions)]
        return np.frombuffer(data, np.uint8, offset=4 + 4 * dimensions).reshape(shape)


_OF_ARRAYS = {
    ("numpy.core.multiarray", "_reconstruct"): np.array(0).__reduce__()[0],
    ("numpy", "ndarray"): np.ndarray,
    ("numpy", "dtype"): np.dtype,
}


class _ArraysOnly(pickle.Unpickler):
    """A reader of pickles that makes NumPy arrays and plain values, and refuses everything else."""

    def find_class(self, module: str, name: str) -> object:
        """Called for every name in the pickle."""
        if (module, name) not in _OF_ARRAYS:
            raise pickle.UnpicklingError(f"{module}.{name} is no part of an array")
        return _OF_ARRAYS[module, name]


def cifar(file: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """CIFAR-10's Python archive: split -> pictures (N, 3, 32, 32) uint8 and labels (N,).

    Format: https://www.cs.toronto.edu/~kriz/cifar.html
    """
    names = {"train": [f"data_batch_{number}" for number in range(1, 6)], "test": ["test_batch"]}
    batches: dict[str, dict[bytes, object]] = {}
    with explained(file), tarfile.open(file) as archive:
        for member in archive:
            name = member.name.rsplit("/", 1)[-1]
            if name.endswith("_batch") or name.startswith("data_batch_"):
                stream = archive.extractfile(member)
                if stream is not None:
                    batches[name] = _ArraysOnly(io.BytesIO(stream.read()), encoding="bytes").load()
        found = {}
        for split, wanted in names.items():
            pictures = np.concatenate([np.asarray(batches[name][b"data"], np.uint8) for name in wanted])
            labels = np.concatenate([np.asarray(batches[name][b"labels"], np.int64) for name in wanted])
            found[split] = pictures.reshape(-1, 3, 32, 32), labels
        return found


def svhn(file: Path) -> tuple[np.ndarray, np.ndarray]:
    """SVHN's MATLAB file: pictures (N, 3, 32, 32) uint8 and labels (N,); its label 10 is the digit 0.

    Format: http://ufldl.stanford.edu/housenumbers
    """
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    with explained(file):
        try:
            table = loadmat(file, variable_names=["X", "y"])
        except (MatReadError, NotImplementedError, TypeError) as error:
            raise ValueError("not a MATLAB file") from error
        labels = table["y"].astype(np.int64).reshape(-1)
        labels[labels == 10] = 0
        return np.ascontiguousarray(table["X"].transpose(3, 2, 0, 1)), labels


def stl(file: Path) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """STL-10's binary archive without its unlabelled pictures: split -> (N, 3, 96, 96) uint8 and labels (N,).

    Pictures are stored column by column, labels count from 1. Format: https://cs.stanford.edu/~acoates/stl10
    """
    wanted = {f"{split}_{part}.bin": (split, part) for split in ("train", "test") for part in "Xy"}
    parts: dict[tuple[str, str], np.ndarray] = {}
    with explained(file), tarfile.open(file) as archive:
        for member in archive:
            key = wanted.get(member.name.rsplit("/", 1)[-1])
            stream = archive.extractfile(member) if key else None
            if key and stream is not None:
                parts[key] = np.frombuffer(stream.read(), np.uint8)
            if len(parts) == len(wanted):
                break  # what follows are 2.6 GB without labels
        return {
            split: (
                np.ascontiguousarray(parts[split, "X"].reshape(-1, 3, 96, 96).transpose(0, 1, 3, 2)),
                parts[split, "y"].astype(np.int64) - 1,
            )
            for split in ("train", "test")
        }


def attributes(file: Path) -> tuple[list[str], dict[str, list[int]]]:
    """CelebA's table of attributes: their names, and per picture 1 where it has one and 0 where not."""
    with explained(file), file.open(encoding="ascii") as lines:
        count = int(next(lines))
        names = next(lines).split()
        table = {}
        for line in lines:
            name, *values = line.split()
            if len(values) != len(names):
                raise ValueError("a row of another length")
            table[name] = [int(value == "1") for value in values]
        if len(table) != count:
            raise ValueError("another number of rows than it says")
        return names, table


def partition(file: Path) -> dict[str, int]:
    """CelebA's table of splits: picture -> 0 train, 1 validation, 2 test."""
    with explained(file), file.open(encoding="ascii") as lines:
        return {name: int(number) for name, number in (line.split() for line in lines)}


@contextmanager
def jpegs(file: Path) -> Iterator[Callable[[str], bytes]]:
    """The pictures of CelebA's zip by their name in the tables."""
    with explained(file), zipfile.ZipFile(file) as archive:
        yield lambda name: archive.read(f"img_align_celeba/{name}")


def middle(data: bytes, cut: int, side: int) -> np.ndarray:
    """The middle `cut` x `cut` pixels of a JPEG scaled to (3, side, side) uint8."""
    picture = reading.jpeg(data)  # (3, H, W)
    if picture is None:
        raise ValueError("not a JPEG")
    top, left = (picture.shape[1] - cut) // 2, (picture.shape[2] - cut) // 2
    cropped = picture[None, :, top : top + cut, left : left + cut].float() / 255
    return to_uint8(square(cropped, side))[0].numpy()
