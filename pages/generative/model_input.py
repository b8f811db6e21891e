"""The generator a page walks with: a stored one, or the one this visitor has just trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st
import torch
from torch import Tensor

from engine import data, stored_runs
from engine.data import Dataset
from engine.glo import shelf
from engine.glo.portable import ModelError, Portable
from engine.images import encode_png, sheet
from engine.stored_runs import StoredRunError
from pages.registry import PageEntry
from pages.shared import pictures
from pages.shared.controls import ahead, choice
from pages.shared.provenance import Provenance

OWN = (
    "glo_own_models"  # session: name -> title, newest last; the key has no page's prefix that a lesson clears
)
COLUMNS = 64  # of the sheet of training pictures
TITLES = {"faces": "Faces", "mnist-5k": "MNIST digits", "shapes": "Shapes", "photo-crops": "Photo crops"}
ORDER = ("faces", "mnist-5k", "shapes")


@dataclass(frozen=True, eq=False)
class Chosen:
    """A generator with its training pictures.

    Attributes:
        name: On the shelf.
        title: As in the menu.
        model: The generator and its codes.
        dataset: The training pictures, one for each code.
        weights: Address of the model's file.
        sheet: Address of the training pictures, `COLUMNS` in a row.
        provenance: Where the weights come from.
    """

    name: str
    title: str
    model: Portable
    dataset: Dataset
    weights: str
    sheet: str
    provenance: Provenance

    @property
    def images(self) -> Tensor:
        """The training pictures, (N, C, H, W) float in [0, 1]."""
        return self.dataset.images.float() / 255

    @property
    def figures(self) -> Mapping[str, Any]:
        """What the file says of itself."""
        return self.model.about


def remember(name: str, title: str) -> None:
    """A model was trained: offer it on every page of this session."""
    own: dict[str, str] = st.session_state.setdefault(OWN, {})
    own.pop(name, None)
    own[name] = title


def offered() -> dict[str, str]:
    """Name -> title of every model this visitor can choose."""
    stored = [name for name in shelf.names() if "frozen" not in name]
    stored.sort(key=lambda name: ORDER.index(name) if name in ORDER else len(ORDER))
    own: dict[str, str] = st.session_state.get(OWN, {})
    return {name: TITLES.get(name, name) for name in stored} | dict(reversed(own.items()))


def choose(page: PageEntry) -> Chosen:
    """Draw the menu; the chosen generator. Raises ModelError where there is none at all."""
    titles = _titles()
    key, first = f"{page.prefix}model", next(iter(titles))
    name = choice("Generator", list(titles), key=key, default=first, titles=titles.__getitem__)
    return load(name, titles[name])


def coming(page: PageEntry) -> Chosen:
    """The generator that `choose` will return further down. Raises ModelError where there is none at all."""
    titles = _titles()
    name = ahead(f"{page.prefix}model", list(titles), next(iter(titles)), titles.__getitem__)
    return load(name, titles[name])


def _titles() -> dict[str, str]:
    titles = offered()
    if not titles:
        raise ModelError("No generator is stored here; `python -m engine.studies.glo faces` makes one.")
    return titles


def load(name: str, title: str) -> Chosen:
    """A generator by its name. Raises ModelError."""
    content, model, dataset, drawn = _read(name)
    if name.startswith("own-"):
        provenance = Provenance(
            "live", f"Trained in this session on {dataset.card.title}; decoded in your browser."
        )
    else:
        provenance = Provenance(
            "stored",
            "The weights come from a stored run; your browser decodes with them, live.",
            _manifest(name),
        )
    return Chosen(
        name,
        title,
        model,
        dataset,
        pictures.keep(content, "safetensors"),
        pictures.keep(drawn),
        provenance,
    )


def _manifest(name: str) -> dict[str, str]:
    try:
        return stored_runs.provenance(f"glo-{name}")
    except StoredRunError:
        return {"command": f"python -m engine.studies.glo {name}"}


@st.cache_resource(show_spinner=False, max_entries=8)
def _read(name: str) -> tuple[bytes, Portable, Dataset, bytes]:
    """File, model, training pictures, and their sheet as PNG."""
    model = shelf.load(name, torch.device("cpu"))
    content = shelf.path_of(name).read_bytes()
    dataset = data.load(model.data, "train", len(model.codes))
    return content, model, dataset, encode_png(sheet(dataset.images.float() / 255, COLUMNS))
