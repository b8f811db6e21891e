"""Data sets that can be downloaded: torchvision's own sources, our readers, one stored form.

Addresses and checksums are torchvision's; they are read from it when a download starts. What arrives is checked
(`engine.download`), turned into the arrays of a stored set, and deleted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.data import formats, store
from engine.data.dataset import Card
from engine.data.progress import Cancel, Report, Step, obey
from engine.download import RemoteFile

Fill = Callable[
    [Path, store.Draft, Report, Cancel], Mapping[str, Any]
]  # folder with the files -> more of `meta.json`
CELEBA_COUNTS = {"train": 20_000, "test": 2_000}  # of 162,770 and 19,962: what fits a small computer's memory
CELEBA_CUT, CELEBA_SIDE = 148, 64  # the middle of 178 x 218 pixels, as in most papers with generators
CELEBA_LABEL = "Smiling"
DRIVE = "https://drive.usercontent.google.com/download?id={}&export=download&confirm=t"


@dataclass(frozen=True)
class Source:
    """One set: its card, the files with all their addresses, and how they become arrays."""

    card: Card
    files: Callable[[], Sequence[Sequence[RemoteFile]]]  # per file its mirrors
    fill: Fill


def _card(
    name: str,
    title: str,
    description: str,
    source: str,
    licence: str,
    counts: tuple[int, int],
    classes: tuple[str, ...],
    shape: tuple[int, int, int],
    megabytes: float,
) -> Card:
    splits = dict(zip(("train", "test"), counts, strict=True))
    how = f"Download {megabytes:,.0f} MB on the Data page, or run: python -m engine.data fetch {name}"
    return Card(name, title, description, source, licence, splits, classes, shape, "download", how, megabytes)


def _save(draft: store.Draft, split: str, images: np.ndarray, labels: np.ndarray) -> None:
    draft.save(f"{split}_images", images)
    draft.save(f"{split}_labels", labels.astype(np.int64))


def _cifar_files() -> list[list[RemoteFile]]:
    from torchvision.datasets import CIFAR10

    return [[RemoteFile(CIFAR10.url, CIFAR10.tgz_md5, 163, "md5")]]


def _fill_cifar(folder: Path, draft: store.Draft, report: Report, cancel: Cancel) -> Mapping[str, Any]:
    report(Step("Unpacking"))
    for split, (images, labels) in formats.cifar(folder / "cifar-10-python.tar.gz").items():
        obey(cancel, "download")
        _save(draft, split, images, labels)
    return {}


_IDX = {"train": "train", "test": "t10k"}
_IDX_MEGABYTES = {"mnist": (9.5, 0.1, 1.6, 0.1), "fashion-mnist": (25.2, 0.1, 4.3, 0.1)}


def _idx_files(name: str) -> list[list[RemoteFile]]:
    from torchvision.datasets import MNIST, FashionMNIST

    owner = MNIST if name == "mnist" else FashionMNIST
    return [
        [RemoteFile(mirror + file, checksum, size, "md5") for mirror in owner.mirrors]
        for (file, checksum), size in zip(owner.resources, _IDX_MEGABYTES[name], strict=True)
    ]


def _fill_idx(folder: Path, draft: store.Draft, report: Report, cancel: Cancel) -> Mapping[str, Any]:
    report(Step("Unpacking"))
    for split, prefix in _IDX.items():
        obey(cancel, "download")
        images = formats.idx(folder / f"{prefix}-images-idx3-ubyte.gz")
        _save(draft, split, images[:, None], formats.idx(folder / f"{prefix}-labels-idx1-ubyte.gz"))
    return {}


def _svhn_files() -> list[list[RemoteFile]]:
    from torchvision.datasets import SVHN

    sizes = {"train": 173.7, "test": 61.3}
    return [[RemoteFile(SVHN.split_list[s][0], SVHN.split_list[s][2], sizes[s], "md5")] for s in sizes]


def _fill_svhn(folder: Path, draft: store.Draft, report: Report, cancel: Cancel) -> Mapping[str, Any]:
    for split in ("train", "test"):
        obey(cancel, "download")
        report(Step(f"Unpacking {split}_32x32.mat"))
        _save(draft, split, *formats.svhn(folder / f"{split}_32x32.mat"))
    return {}


def _stl_files() -> list[list[RemoteFile]]:
    from torchvision.datasets import STL10

    return [[RemoteFile(STL10.url, STL10.tgz_md5, 2518.1, "md5")]]


def _fill_stl(folder: Path, draft: store.Draft, report: Report, cancel: Cancel) -> Mapping[str, Any]:
    report(Step("Unpacking"))
    for split, (images, labels) in formats.stl(folder / "stl10_binary.tar.gz").items():
        obey(cancel, "download")
        _save(draft, split, images, labels)
    return {}


def _celeba_files() -> list[list[RemoteFile]]:
    from torchvision.datasets import CelebA

    sizes = {"img_align_celeba.zip": 1376.6, "list_attr_celeba.txt": 25.5, "list_eval_partition.txt": 2.7}
    advice = "Google Drive limits how often a file may be fetched in a day: try again tomorrow."
    return [
        [RemoteFile(DRIVE.format(key), checksum, sizes[file], "md5", file, advice)]
        for key, checksum, file in CelebA.file_list
        if file in sizes
    ]


def _fill_celeba(folder: Path, draft: store.Draft, report: Report, cancel: Cancel) -> Mapping[str, Any]:
    names, table = formats.attributes(folder / "list_attr_celeba.txt")
    splits = formats.partition(folder / "list_eval_partition.txt")
    label = names.index(CELEBA_LABEL)
    chosen = {
        split: [name for name, number in splits.items() if number == wanted][: CELEBA_COUNTS[split]]
        for split, wanted in (("train", 0), ("test", 2))
    }
    done, total = 0, sum(map(len, chosen.values()))
    with formats.jpegs(folder / "img_align_celeba.zip") as picture:
        for split, files in chosen.items():
            images = draft.array(f"{split}_images", (len(files), 3, CELEBA_SIDE, CELEBA_SIDE))
            for row, file in enumerate(files):
                images[row] = formats.middle(picture(file), CELEBA_CUT, CELEBA_SIDE)
                done += 1
                if done % 200 == 0:
                    obey(cancel, "download")
                    report(Step("Reading pictures", done, total, "pictures"))
            rows = np.array([table[file] for file in files], np.uint8)  # (N, 40)
            draft.save(f"{split}_labels", rows[:, label].astype(np.int64))
            draft.save(f"{split}_factors", rows)
    counts = {split: len(files) for split, files in chosen.items()}
    return {"counts": counts, "factors": {name.replace("_", " "): ["no", "yes"] for name in names}}


_TEN = tuple(str(digit) for digit in range(10))
_CIFAR = ("airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck")
_FASHION = (
    "T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot",
)  # fmt: skip
_STL = ("airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck")

_ALL = (
    Source(
        _card(
            "cifar10",
            "CIFAR-10",
            "60,000 small photographs of ten kinds of things: the lecture's data set.",
            "Krizhevsky 2009, https://www.cs.toronto.edu/~kriz/cifar.html",
            "None stated; for research and teaching",
            (50_000, 10_000),
            _CIFAR,
            (3, 32, 32),
            163,
        ),
        _cifar_files,
        _fill_cifar,
    ),
    Source(
        _card(
            "mnist",
            "MNIST",
            "70,000 handwritten digits.",
            "LeCun, Cortes and Burges, https://yann.lecun.com/exdb/mnist",
            "CC BY-SA 3.0",
            (60_000, 10_000),
            _TEN,
            (1, 28, 28),
            11,
        ),
        lambda: _idx_files("mnist"),
        _fill_idx,
    ),
    Source(
        _card(
            "fashion-mnist",
            "Fashion-MNIST",
            "70,000 pieces of clothing in the form of MNIST, and harder.",
            "Xiao, Rasul and Vollgraf 2017, https://github.com/zalandoresearch/fashion-mnist",
            "MIT",
            (60_000, 10_000),
            _FASHION,
            (1, 28, 28),
            30,
        ),
        lambda: _idx_files("fashion-mnist"),
        _fill_idx,
    ),
    Source(
        _card(
            "svhn",
            "SVHN",
            "99,289 digits cut from photographs of house numbers, with neighbours at the edges.",
            "Netzer et al. 2011, http://ufldl.stanford.edu/housenumbers",
            "For non-commercial use only",
            (73_257, 26_032),
            _TEN,
            (3, 32, 32),
            235,
        ),
        _svhn_files,
        _fill_svhn,
    ),
    Source(
        _card(
            "stl10",
            "STL-10",
            "13,000 photographs of ten kinds of things, nine times as many pixels as CIFAR-10. Its 100,000 "
            "pictures without labels travel in the same file and are not kept.",
            "Coates, Ng and Lee 2011, https://cs.stanford.edu/~acoates/stl10",
            "None stated; pictures from ImageNet, for research and teaching",
            (5_000, 8_000),
            _STL,
            (3, 96, 96),
            2518,
        ),
        _stl_files,
        _fill_stl,
    ),
    Source(
        _card(
            "celeba",
            "CelebA",
            "22,000 of the 202,599 faces of celebrities, their middle, with forty attributes as factors. "
            "The class is whether they smile.",
            "Liu et al. 2015, https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html",
            "For non-commercial research only",
            (CELEBA_COUNTS["train"], CELEBA_COUNTS["test"]),
            ("not smiling", "smiling"),
            (3, CELEBA_SIDE, CELEBA_SIDE),
            1405,
        ),
        _celeba_files,
        _fill_celeba,
    ),
)
SOURCES: dict[str, Source] = {source.card.name: source for source in _ALL}
