"""Vectors from a visitor's file: .npy or CSV, read without trusting it, refused in words.

A .npy file may hold pickled objects, lie about its shape or promise more than it contains: the header is read
first and compared with the size of the file, and nothing is unpickled. A CSV may have a header, a column of class
names, semicolons and decimal commas. Tested on every kind of broken file.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from engine.embedding.vectors import FEWEST, EmbeddingError

MOST_ROWS, MOST_COLUMNS = 20_000, 8_192
_CLASS_NAMES = ("label", "class", "target", "y", "category")
_MOST_CLASSES = 1_000


@dataclass(frozen=True, eq=False)
class Upload:
    """What a file held: vectors (N, D) float32; class numbers (N,) and names where it has them, else none."""

    vectors: NDArray[np.float32]
    labels: NDArray[np.int64] | None = None
    classes: tuple[str, ...] = ()


def read(data: bytes, name: str) -> Upload:
    """The table in a file called `name`.

    Raises:
        EmbeddingError: The file is of another kind, damaged, too large, or holds no table of numbers.
    """
    if not data:
        raise EmbeddingError(f"{_short(name)} is empty.")
    if data.startswith(npy.MAGIC_PREFIX):
        return _checked(Upload(_npy(data, name)), name)
    ending = name.lower().rsplit(".", 1)[-1]
    if ending in ("csv", "tsv", "txt"):
        return _checked(_csv(data, name), name)
    raise EmbeddingError(
        f'{_short(name)} is no table this page can read: save the vectors with numpy.save("vectors.npy", array) or as '
        "CSV, one row per picture."
    )


def _npy(data: bytes, name: str) -> NDArray[np.float32]:
    stream = io.BytesIO(data)
    try:
        version = npy.read_magic(stream)
        header = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, _, dtype = header(stream)
    except ValueError as error:
        raise EmbeddingError(f"{_short(name)} begins like a .npy file and is damaged.") from error
    if dtype.hasobject:
        raise EmbeddingError(
            f"{_short(name)} holds Python objects, which could run code here: save plain numbers instead, "
            "numpy.asarray(vectors, dtype=numpy.float32)."
        )
    if dtype.kind not in "fiub" or dtype.itemsize > 8:
        raise EmbeddingError(f"{_short(name)} holds {dtype}; vectors are real numbers of at most 64 bits.")
    if len(shape) != 2:
        raise EmbeddingError(f"{_short(name)} has shape {shape}; a table has one row per picture: (N, D).")
    _check_size(shape, name)
    if shape[0] * shape[1] * dtype.itemsize != len(data) - stream.tell():
        raise EmbeddingError(f"{_short(name)} promises {shape[0]:,} x {shape[1]:,} numbers and holds others.")
    table = np.load(io.BytesIO(data), allow_pickle=False)
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(table, dtype=np.float32)


def _csv(data: bytes, name: str) -> Upload:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise EmbeddingError(f"{_short(name)} is no text in UTF-8.") from error
    first = text[: text.find("\n") + 1 or len(text)]
    separator = max(";\t,", key=first.count)
    rows: list[list[str]] = []
    try:
        for row in csv.reader(io.StringIO(text), delimiter=separator):
            if row and any(cell.strip() for cell in row):
                rows.append([cell.strip() for cell in row])
            if len(rows) > MOST_ROWS + 1:
                raise EmbeddingError(f"{_short(name)} has more than {MOST_ROWS:,} rows: send fewer.")
    except csv.Error as error:
        raise EmbeddingError(f"{_short(name)} is no CSV file.") from error
    if not rows:
        raise EmbeddingError(f"{_short(name)} holds no rows.")
    header = [cell.lower() for cell in rows[0]] if _is_header(rows) else []
    body = rows[1:] if header else rows
    if not body:
        raise EmbeddingError(f"{_short(name)} holds a header and no rows.")
    return _table(body, header, name)


def _table(rows: list[list[str]], header: list[str], name: str) -> Upload:
    width = len(rows[0])
    for number, row in enumerate(rows):
        if len(row) != width:
            raise EmbeddingError(
                f"Row {number + 1} of {_short(name)} has {len(row)} values, the first has {width}."
            )
    _check_size((len(rows), width), name)
    place = next((header.index(word) for word in _CLASS_NAMES if word in header), None)
    if place is None and width > 1:
        texts = [column for column in (0, width - 1) if not _number(rows[0][column])]
        place = texts[0] if len(texts) == 1 else None
    labels, classes = _classes([row[place] for row in rows], name) if place is not None else (None, ())
    kept = [column for column in range(width) if column != place]
    vectors = np.empty((len(rows), len(kept)), np.float32)
    for number, row in enumerate(rows):
        for target, column in enumerate(kept):
            value = _number(row[column])
            if value is None:
                raise EmbeddingError(
                    f'"{row[column][:20]}" in row {number + 1}, column {column + 1} of {_short(name)} is no number.'
                )
            vectors[number, target] = value
    return Upload(vectors, labels, classes)


def _is_header(rows: list[list[str]]) -> bool:
    """Whether the first row names the columns: words above numbers, or words alone."""
    words = [_number(cell) is None for cell in rows[0]]
    below = rows[1] if len(rows) > 1 else []
    return all(words) or any(
        word and _number(cell) is not None for word, cell in zip(words, below, strict=False)
    )


def _number(text: str) -> float | None:
    """1.5, 1,5, -2e3, nan; None for anything else."""
    try:
        return float(text.replace(",", ".") if text.count(",") == 1 and "." not in text else text)
    except ValueError:
        return None


def _classes(texts: list[str], name: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    numeric = all(text.lstrip("+-").isdecimal() for text in texts)
    classes = tuple(sorted(set(texts), key=int if numeric else str))
    if len(classes) > _MOST_CLASSES:
        raise EmbeddingError(f"The class column of {_short(name)} has {len(classes):,} different values.")
    number = {text: index for index, text in enumerate(classes)}
    return np.array([number[text] for text in texts], np.int64), tuple(text[:40] for text in classes)


def _check_size(shape: tuple[int, ...], name: str) -> None:
    rows, columns = shape
    if not FEWEST <= rows <= MOST_ROWS or not 1 <= columns <= MOST_COLUMNS:
        raise EmbeddingError(
            f"{_short(name)} holds {rows:,} x {columns:,} numbers; this page takes {FEWEST} to {MOST_ROWS:,} rows of "
            f"1 to {MOST_COLUMNS:,}."
        )


def _checked(upload: Upload, name: str) -> Upload:
    broken = np.logical_not(np.isfinite(upload.vectors).all(axis=1))
    if broken.any():
        raise EmbeddingError(
            f"{int(broken.sum()):,} of {len(upload.vectors):,} rows of {_short(name)} hold values that are no "
            f"numbers, the first in row {int(broken.argmax()) + 1:,}: remove or repair them."
        )
    return upload


def _short(name: str) -> str:
    return name if len(name) <= 40 else f"{name[:37]}..."
