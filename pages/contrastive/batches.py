"""The pictures the Augmentations page works on: one of the reader's choice, the photographs, or a data set."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import streamlit as st
import torch
from torch import Tensor

from engine import data, images, samples
from pages.registry import BY_SLUG
from pages.shared import picture_input
from pages.shared.controls import choice

PAGE = BY_SLUG["augmentations"]
ONE, PHOTOGRAPHS = "one", "photographs"
SAMPLES, DATA = ("from engine import samples",), ("from engine import data",)
SIDE = 160  # pixels of a photograph: enough for a projector, small enough to be changed in a blink


@dataclass(frozen=True, eq=False)
class Batch:
    """Pictures (N, C, H, W), exact in 8 bits, with what the page says about them.

    `identity` names the pictures for caches; `imports` and `code` are Python lines that load them as `images`.
    """

    identity: str
    title: str
    images: Tensor
    names: tuple[str, ...]
    imports: tuple[str, ...]
    code: str


def one(side: int = SIDE) -> Batch:
    """One picture, chosen or uploaded."""
    chosen = picture_input.choose(PAGE, size=side, numbers=False)
    if chosen.name == picture_input.OWN:
        digest = hashlib.blake2b(chosen.image.numpy().tobytes(), digest_size=12).hexdigest()
        height, width = chosen.image.shape[-2:]
        imports = (
            "from PIL import Image",
            "from torchvision.transforms.functional import to_tensor",
        )
        code = (
            f'picture = Image.open({chosen.title!r}).convert("RGB")  # your file\n'
            f"images = to_tensor(picture.resize(({width}, {height}))).unsqueeze(0)  # (1, 3, H, W), 0 to 1\n"
        )
        return Batch(f"own {digest}", chosen.title, chosen.image, (chosen.title,), imports, code)
    code = (
        f'images = samples.sample("{chosen.name}", {side})  # (1, 3, {side}, {side}), 0 to 1\n'
        "images = (images * 255).round() / 255  # as in its PNG file\n"
    )
    return Batch(f"{chosen.name} {side}", chosen.title, chosen.image, (chosen.title,), SAMPLES, code)


def sources(*, with_one: bool) -> list[str]:
    """What a menu of batches offers: the photographs, every data set that is here, and perhaps one picture."""
    sets = [name for name in data.names() if data.available(name)]
    return [*([ONE] if with_one else []), PHOTOGRAPHS, *sets]


def title(source: str) -> str:
    """As the menu has it."""
    if source == ONE:
        return "One picture"
    return "Photographs" if source == PHOTOGRAPHS else data.card(source).title


def choose(key: str, *, default: str, count: int, side: int = SIDE, with_one: bool = True) -> Batch:
    """Draw the menu and, for one picture, its chooser; `count` pictures of a data set."""
    source = choice("Pictures", sources(with_one=with_one), key=key, default=default, titles=title)
    if source == ONE:
        return one(side)
    return _several(source, count, side)


def _several(source: str, count: int, side: int) -> Batch:
    if source == PHOTOGRAPHS:
        names = samples.names()
        code = (
            f"images = torch.cat([samples.sample(name, {side}) for name in samples.names()])\n"
            "images = (images * 255).round() / 255  # as in their PNG files\n"
        )
        titles = tuple(samples.about(name).title for name in names)
        return Batch(f"photographs {side}", "Photographs", _photographs(side), titles, SAMPLES, code)
    try:
        found = data.load(source, "test", count)
    except data.DataError as error:
        st.warning(f"{error} The photographs stand in for it.", icon=":material/database_off:")
        return _several(PHOTOGRAPHS, count, side)
    code = f'images = data.load("{source}", "test", {count}).images / 255  # (N, C, H, W), 0 to 1\n'
    names = tuple(found.classes[label] for label in found.labels.tolist())
    return Batch(f"{source} {count}", found.card.title, found.images.float() / 255, names, DATA, code)


@st.cache_resource(max_entries=4, show_spinner=False)
def _photographs(side: int) -> Tensor:
    return picture_input.exact(torch.cat([samples.sample(name, side) for name in samples.names()]))


def columns_of(count: int) -> int:
    """How many pictures stand side by side on a sheet of `count`: as square as it goes."""
    return max(1, round(count**0.5 + 0.49))


def sheet_png(pictures: Tensor) -> bytes:
    """(N, C, H, W) as one PNG, `columns_of(N)` side by side."""
    return images.encode_png(images.sheet(pictures, columns_of(len(pictures))))
