"""The sets that are kept on this machine: downloaded ones, and imported ones with the question who may see them.

An imported set belongs to the machine, or it is private. A private set has a secret at the end of its name
("my pets~k3v9q2..."): nothing lists it, and only who knows the whole name can load it: the visitor who imported it,
the worker that trains on it, and whoever gets the visitor's link. That is the rule for a server that many share:
no session sees another's state, no accounts are needed, and a link still carries everything. Private sets that
nobody has loaded for a week are deleted, and the oldest where all of them outgrow their bound.
"""

from __future__ import annotations

import hashlib
import secrets
import time
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from torch import Tensor

from engine.data import store
from engine.data.dataset import Card, DataError, Factor

MARK = "~"  # between the name and the secret of a private set
UNUSED = 7 * 24 * 3600  # seconds after which a private set that nobody loads is deleted
PRIVATE_BYTES = 8 * 2**30  # all private sets together
_LONGEST = 40
_ALLOWED = " -_.()"


def check_name(name: str, taken: tuple[str, ...]) -> str:
    """A name for an imported set, tidied.

    Raises:
        DataError: it is empty, too long, has signs that are not allowed, or is taken.
    """
    tidy = " ".join(unicodedata.normalize("NFC", name).split())
    if not tidy or len(tidy) > _LONGEST or not any(sign.isalnum() for sign in tidy):
        raise DataError(f"A data set needs a name of 1 to {_LONGEST} characters.")
    strange = [sign for sign in tidy if not (sign.isalnum() or sign in _ALLOWED)]
    if strange:
        raise DataError(
            f"A data set's name has letters, digits, spaces and {_ALLOWED.strip()}, not {strange[0]!r}."
        )
    if tidy.casefold() in {each.casefold() for each in taken}:
        raise DataError(
            f'There is a data set "{tidy}" already: choose another name, or remove that one first.'
        )
    return tidy


def suggest(file: str, taken: tuple[str, ...]) -> str:
    """A name made of a file's: allowed, and free."""
    signs = (
        sign if sign.isalnum() or sign in _ALLOWED else " " for sign in unicodedata.normalize("NFC", file)
    )
    tidy = " ".join("".join(signs).replace("_", " ").split())[: _LONGEST - 4].strip() or "my pictures"
    lower = {each.casefold() for each in taken}
    return next(
        name for n in range(1, 10_000) if (name := tidy if n == 1 else f"{tidy} {n}").casefold() not in lower
    )


def with_secret(name: str) -> str:
    """The full name of a new private set."""
    return f"{name}{MARK}{secrets.token_hex(8)}"


def is_private(name: str) -> bool:
    """Whether it is the full name of a private set."""
    return MARK in name


def folder(name: str, origin: str = "import") -> Path:
    """Where a set is kept. The name itself may not be a file's name everywhere, its digest is."""
    digest = hashlib.blake2b(name.encode(), digest_size=12).hexdigest()
    return store.root() / "sets" / f"{origin}-{name if origin == 'download' else digest}"


def imported() -> tuple[str, ...]:
    """Names of the imported sets everybody on this machine may see, by name."""
    return tuple(
        sorted(
            (meta["name"] for _, meta in _all("import-") if not is_private(meta["name"])), key=str.casefold
        )
    )


def meta(name: str, origin: str = "import") -> dict[str, Any] | None:
    """What is known about a set that is here; None where it is not."""
    found = store.meta(folder(name, origin))
    return found if found is not None and found.get("name") == name else None


def card(found: Mapping[str, Any], **changes: Any) -> Card:  # noqa: ANN401 - the card's own fields
    """The card of a stored set."""
    values = {
        "name": found["name"],
        "title": found["name"].split(MARK)[0],
        "description": found.get("description", ""),
        "source": found.get("source", ""),
        "licence": found.get("licence", ""),
        "counts": found["counts"],
        "classes": tuple(found["classes"]),
        "shape": tuple(found["shape"]),
        "origin": "import",
        "how": "It was imported on this machine.",
        "notes": tuple(found.get("notes", ())),
        "left_out": tuple((str(file), str(why)) for file, why in found.get("left_out", ())),
    }
    return Card(**{**values, **changes})


def tensors(name: str, split: str, origin: str = "import") -> tuple[Tensor, Tensor, dict[str, Factor]]:
    """Pictures, labels and factors of a split, mapped into memory.

    Raises:
        DataError: the set is damaged.
    """
    place = folder(name, origin)
    found = store.meta(place) or {}
    images, labels = store.array(place, f"{split}_images"), store.array(place, f"{split}_labels")
    factors = {}
    if found.get("factors"):
        table = store.array(place, f"{split}_factors").long()  # (N, F)
        for column, (factor, categories) in enumerate(found["factors"].items()):
            factors[factor] = Factor(
                factor, "categorical", table[:, column], tuple(categories), 0.0, len(categories) - 1.0
            )
    with suppress(OSError):
        (place / "used").touch()
    return images, labels, factors


def remove(name: str, origin: str = "import") -> None:
    """Delete a set.

    Raises:
        DataError: it is not here, or the system does not let it go.
    """
    if meta(name, origin) is None:
        raise DataError(f'There is no imported data set "{name.split(MARK)[0][:60]}".')
    store.delete(folder(name, origin))


def tidy() -> None:
    """Delete private sets that nobody uses, and the oldest of those that are too much together."""
    private = sorted(
        ((_used(place), place) for place, found in _all("import-") if is_private(found["name"])), reverse=True
    )
    total = 0
    for used, place in private:
        total += sum(file.stat().st_size for file in place.glob("*.npy"))
        if time.time() - used > UNUSED or total > PRIVATE_BYTES:
            with suppress(DataError):
                store.delete(place)


def _used(place: Path) -> float:
    with suppress(OSError):
        return (place / "used").stat().st_mtime
    with suppress(OSError):
        return place.stat().st_mtime
    return 0.0


def _all(prefix: str) -> Iterator[tuple[Path, dict[str, Any]]]:
    places = store.root() / "sets"
    if places.is_dir():
        for place in sorted(places.glob(f"{prefix}*")):
            found = store.meta(place)
            if found is not None and isinstance(found.get("name"), str):
                yield place, found
