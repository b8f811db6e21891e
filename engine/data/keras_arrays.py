"""Arrays as Keras keeps data sets: an .npz with x_train, y_train, x_test and y_test.

Read piece by piece, so that memory stays small and an array that promises much more than it holds costs nothing.
Objects (pickled arrays) are refused: reading one would run code of whoever wrote it. Other common names are
understood: x and y, images and labels, and train_images, train_labels, val_images, ... as MedMNIST has them.
Tested with arrays of every kind that NumPy can write.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import numpy as np
from numpy.lib import format as npy

from engine.data.archives import open_zip
from engine.data.dataset import DataError

MAX_PIXELS = 4 * 2**30  # values of all pictures together
MAX_SIDE = 1024
PIECE = 16 * 2**20  # bytes read at a time
NAMES = {
    "train": (
        ("x_train", "y_train"),
        ("train_images", "train_labels"),
        ("x", "y"),
        ("images", "labels"),
        ("X", "y"),
    ),
    "test": (("x_test", "y_test"), ("test_images", "test_labels")),
}
CLASS_NAMES = ("classes", "class_names", "label_names")
_EXPECTED = "Expected are x_train, y_train and, if there are test pictures, x_test and y_test."


@dataclass(frozen=True)
class Array:
    """An array inside the file: its name, shape and type, before anything of it is read."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype


class Arrays:
    """The arrays of an .npz by name, read in pieces of rows."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = open_zip(path)
            members = {entry.filename.removesuffix(".npy"): entry for entry in self._zip.infolist()}
            self._members = members
            self.arrays = {name: self._header(name) for name in members}
        except (zipfile.BadZipFile, zlib.error, ValueError, EOFError, OSError) as error:
            if isinstance(error, DataError):
                raise
            raise DataError(
                "This .npz file is damaged or cut short: save it again, or copy it again."
            ) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._zip.close()

    @contextmanager
    def _stream(self, name: str) -> Iterator[tuple[IO[bytes], Array]]:
        with self._zip.open(self._members[name]) as stream:
            version = npy.read_magic(stream)
            reader = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, by_column, dtype = reader(stream)
            if dtype.hasobject:
                raise DataError(
                    f"{name} holds pickled objects, which could run code, so it is not read: "
                    "save numbers (dtype uint8 or float32, labels as int64)."
                )
            if by_column and len(shape) > 1:
                raise DataError(f"{name} is stored column by column: save np.ascontiguousarray({name}).")
            yield stream, Array(name, shape, dtype)

    def _header(self, name: str) -> Array:
        with self._stream(name) as (_, array):
            return array

    def pieces(self, name: str) -> Iterator[np.ndarray]:
        """The array, some rows at a time."""
        with self._stream(name) as (stream, array):
            width = int(np.prod(array.shape[1:])) * array.dtype.itemsize
            step, left = max(1, PIECE // max(width, 1)), array.shape[0] if array.shape else 0
            while left:
                rows = min(step, left)
                data = _exactly(stream, rows * width, name)
                yield np.frombuffer(data, array.dtype).reshape(rows, *array.shape[1:])
                left -= rows

    def whole(self, name: str) -> np.ndarray:
        """A small array at once."""
        found = list(self.pieces(name))
        return np.concatenate(found) if found else np.empty(self.arrays[name].shape, self.arrays[name].dtype)


def _exactly(stream: IO[bytes], count: int, name: str) -> bytes:
    try:
        data = stream.read(count)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise DataError(f"{name} is damaged: save the file again, or copy it again.") from error
    if len(data) != count:
        raise DataError(f"{name} is cut short: save the file again, or copy it again.")
    return data


@dataclass(frozen=True)
class Split:
    """Pictures and labels of one split, checked: counts agree and the shapes are those of pictures."""

    pictures: Array
    labels: np.ndarray  # (N,) whole numbers or texts
    channels_first: bool

    @property
    def size(self) -> tuple[int, int, int]:
        """Channels, height, width of the pictures in the file."""
        shape = self.pictures.shape[1:]
        if len(shape) == 2:
            return 1, shape[0], shape[1]
        return (shape[0], shape[1], shape[2]) if self.channels_first else (shape[2], shape[0], shape[1])

    def rows(self, piece: np.ndarray) -> np.ndarray:
        """A piece as the file has it -> (n, C, H, W), still in the file's numbers."""
        if len(self.pictures.shape) == 4 and not self.channels_first:
            return piece.transpose(0, 3, 1, 2)
        return piece.reshape(len(piece), *self.size)


class Scale:
    """Numbers of a file -> uint8. Fractions of 1 or of 255: the first piece decides, the others must agree."""

    def __init__(self, name: str) -> None:
        self._name, self._factor = name, 0.0

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        """Pictures in uint8. Raises DataError where a number lies outside what pictures hold."""
        if rows.dtype == np.uint8:
            return rows
        values = rows.astype(np.float32)
        low, high = float(values.min()), float(values.max())
        if not self._factor:
            self._factor = 255.0 if rows.dtype.kind == "b" or (rows.dtype.kind == "f" and high <= 1) else 1.0
        if not (low >= 0 and high * self._factor <= 255.5):
            raise DataError(
                f"{self._name} holds numbers from {low:g} to {high:g}: expected 0 to 255, or fractions from 0 to 1."
            )
        return np.rint(values * self._factor).clip(0, 255).astype(np.uint8)


def splits(arrays: Arrays) -> dict[str, Split]:
    """The splits in the file: "train", and "test" where there is one.

    Raises:
        DataError: the names, shapes or types are not those of pictures with labels.
    """
    found = {}
    for split, pairs in NAMES.items():
        for pictures, labels in pairs:
            if pictures in arrays.arrays and labels in arrays.arrays:
                found[split] = _checked(arrays, pictures, labels)
                break
    if "train" not in found:
        there = ", ".join(sorted(arrays.arrays)[:8]) or "nothing"
        raise DataError(f"This .npz holds {there}. {_EXPECTED}")
    return found


def _checked(arrays: Arrays, pictures: str, labels: str) -> Split:
    array, table = arrays.arrays[pictures], arrays.arrays[labels]
    shape = array.shape
    colours = len(shape) == 4 and (shape[3] in (1, 3) or shape[1] in (1, 3))
    if not (len(shape) == 3 or colours) or 0 in shape or array.dtype.kind not in "uifb":
        raise DataError(
            f"{pictures} has shape {shape} and type {array.dtype}: expected numbers shaped (N, H, W), "
            "(N, H, W, 1 or 3) or (N, 1 or 3, H, W)."
        )
    first = len(shape) == 4 and shape[3] not in (1, 3)
    split = Split(array, np.empty(0), first)
    _, height, width = split.size
    if max(height, width) > MAX_SIDE or int(np.prod(shape, dtype=np.float64)) > MAX_PIXELS:
        raise DataError(
            f"{pictures} has shape {shape}, which is too large: at most {MAX_SIDE} pixels a side are read."
        )
    if not table.shape or table.shape[0] != shape[0] or int(np.prod(table.shape, dtype=np.float64)) > 10**8:
        raise DataError(f"{pictures} holds {shape[0]:,} pictures, but {labels} has shape {table.shape}.")
    return Split(array, _labels(arrays.whole(labels), labels), first)


def _labels(values: np.ndarray, name: str) -> np.ndarray:
    """Labels (N,) from (N,), (N, 1) or one-hot (N, K), whole numbers or texts."""
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    elif values.ndim == 2:
        if values.dtype.kind not in "uifb" or not (values.sum(1) == 1).all():
            raise DataError(
                f"{name} has shape {values.shape} and is not one-hot: expected one label per picture."
            )
        values = values.argmax(1)
    if values.ndim != 1 or values.dtype.kind not in "uifbUS":
        raise DataError(
            f"{name} has shape {values.shape} and type {values.dtype}: expected one label per picture."
        )
    if values.dtype.kind == "f":
        if not (np.isfinite(values).all() and (values == np.rint(values)).all()):
            raise DataError(f"{name} holds numbers with a fraction: expected whole numbers or names.")
        values = values.astype(np.int64)
    return values


def class_names(arrays: Arrays) -> tuple[str, ...] | None:
    """Names of the classes where the file gives them as texts."""
    for name in CLASS_NAMES:
        array = arrays.arrays.get(name)
        if (
            array is not None
            and array.dtype.kind in "US"
            and len(array.shape) == 1
            and array.shape[0] <= 1000
        ):
            texts = arrays.whole(name)
            return tuple(
                str(text.decode("utf-8", "replace") if isinstance(text, bytes) else text) for text in texts
            )
    return None
