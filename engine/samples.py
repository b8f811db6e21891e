"""Sample photographs: real pictures that are on disk wherever the project is installed, no network needed.

They lie inside the wheels of scikit-image and scikit-learn. The files are opened directly, without importing
those packages (about a second) and so without their downloader. Colours are taken to sRGB where the file
carries another profile, as for every other picture (`decoding`).

Tested against `skimage.data` and `sklearn.datasets.load_sample_image`, with the network switched off.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path

from torch import Tensor

from engine.decoding import decode
from engine.images import ImageError, square

LARGEST = 512  # most of the photographs have no more pixels than this along an edge


def _bundled(package: str, distribution: str, file: str) -> bytes:
    """The bytes of a data file inside an installed package, found without importing the package."""
    spec = find_spec(package)
    folders = list(spec.submodule_search_locations or []) if spec else []
    for folder in folders:
        if (Path(folder) / file).is_file():
            return (Path(folder) / file).read_bytes()
    raise ImageError(
        f"The photograph {Path(file).name} comes with {distribution}, which {_state(distribution)}; "
        f"install the versions in requirements.txt."
    )


def _state(distribution: str) -> str:
    try:
        return f"is installed without it (version {version(distribution)})"
    except PackageNotFoundError:
        return "is not installed"


def _skimage(file: str) -> Callable[[], bytes]:
    return partial(_bundled, "skimage", "scikit-image", f"data/{file}")


def _sklearn(file: str) -> Callable[[], bytes]:
    return partial(_bundled, "sklearn", "scikit-learn", f"datasets/images/{file}")


@dataclass(frozen=True)
class Sample:
    """One photograph: `loader` reads its file's bytes, `focus` is where its subject is (x, y in 0..1)."""

    name: str
    title: str
    credit: str
    licence: str
    loader: Callable[[], bytes]
    focus: tuple[float, float] = (0.5, 0.5)


_PUBLIC, _FREE = "Public domain", "No known copyright restrictions"
_CC0, _CC_BY = "CC0 1.0", "CC BY 2.0"

_SAMPLES = (
    Sample("cat", "Chelsea the cat", "Stefan van der Walt", _CC0, _skimage("chelsea.png"), (0.53, 0.5)),
    Sample("astronaut", "Astronaut Eileen Collins", "NASA", _PUBLIC, _skimage("astronaut.png")),
    Sample("coffee", "Cup of coffee", "Rachel Michetti", _CC0, _skimage("coffee.png"), (0.45, 0.5)),
    Sample("pagoda", "Pagoda in China", "danielbuechele, Flickr", _CC_BY, _sklearn("china.jpg"), (0.42, 0.5)),
    Sample("dahlia", "Dahlia", "vultilion, Flickr", _CC_BY, _sklearn("flower.jpg")),
    Sample("photographer", "Photographer", "Lav Varshney", _CC0, _skimage("camera.png")),
    Sample("rocket", "Falcon 9 before its launch", "SpaceX", _PUBLIC, _skimage("rocket.jpg")),
    Sample("coins", "Greek coins from Pompeii", "Brooklyn Museum", _FREE, _skimage("coins.png"), (0.39, 0.5)),
    Sample("bricks", "Brick wall", "CC0Textures", _CC0, _skimage("brick.png")),
    Sample("galaxies", "Hubble deep field", "NASA", _PUBLIC, _skimage("hubble_deep_field.jpg")),
    Sample("retina", "Retina of a left eye", "Mikael Häggström", _CC0, _skimage("retina.jpg")),
)
_BY_NAME = {entry.name: entry for entry in _SAMPLES}


def names() -> tuple[str, ...]:
    """Names of the photographs, in the order a menu shows them."""
    return tuple(_BY_NAME)


def about(name: str) -> Sample:
    """Title, credit and licence of a photograph. Raises ImageError for a name that is not in `names()`."""
    if name not in _BY_NAME:
        raise ImageError(f'There is no sample photograph "{name}"; choose one of {", ".join(_BY_NAME)}.')
    return _BY_NAME[name]


def sample(name: str, size: int = 256) -> Tensor:
    """The photograph as a square (1, 3, size, size), float32 in [0, 1]; each call returns its own copy.

    Grey photographs have three equal channels.
    Raises ImageError for an unknown name or a size outside 1..512.
    """
    about(name)
    if not 1 <= size <= LARGEST:
        raise ImageError(f"Sample photographs come in sizes 1 to {LARGEST}, not {size}.")
    return _square(name, size).clone()


@lru_cache(maxsize=32)  # at most 32 x 3 MB
def _square(name: str, size: int) -> Tensor:
    entry = about(name)
    return square(decode(entry.loader(), max_side=2048).image, size, focus=entry.focus)
