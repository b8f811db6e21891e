"""Data sets: one function loads them all, a card says what each is, factors say how the rendered ones were made."""

from engine.data.dataset import Card, DataError, Dataset, Factor
from engine.data.registry import available, card, load, names

__all__ = ["Card", "DataError", "Dataset", "Factor", "available", "card", "load", "names"]
