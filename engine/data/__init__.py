"""Data sets: one function loads them all, a card says what each is, factors say how the rendered ones were made."""

from engine.data.dataset import Card, DataError, Dataset, Factor
from engine.data.fetching import fetch
from engine.data.progress import CancelledError, Step
from engine.data.registry import available, card, import_archive, load, names, remove, stamp

__all__ = [
    "CancelledError",
    "Card",
    "DataError",
    "Dataset",
    "Factor",
    "Step",
    "available",
    "card",
    "fetch",
    "import_archive",
    "load",
    "names",
    "remove",
    "stamp",
]
