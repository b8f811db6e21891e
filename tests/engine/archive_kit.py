"""Small archives for tests: honest ones and hostile ones, built in memory."""

from __future__ import annotations

import io
import stat
import zipfile

import numpy as np
from PIL import Image


def picture(side=32, colour=(200, 30, 40), kind="PNG", seed=None, mode="RGB"):
    """The bytes of a picture: one colour, or noise from a seed."""
    width, height = side if isinstance(side, tuple) else (side, side)
    if seed is None:
        image = Image.new("RGB", (width, height), colour)
    else:
        image = Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8))
    buffer = io.BytesIO()
    image.convert(mode).save(buffer, kind)
    return buffer.getvalue()


def pack(path, files, *, method=zipfile.ZIP_DEFLATED):
    """A zip of {name: bytes} at `path`."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def unfold(folder, files):
    """The same files as a folder."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def classes(*names, each=5, side=32, kind="JPEG", before="", first=0):
    """{path: bytes} of class folders with pictures that differ."""
    return {
        f"{before}{name}/{number:03d}.{kind.lower()}": picture(
            side, kind=kind, seed=1000 * index + number + first
        )
        for index, name in enumerate(names)
        for number in range(each)
    }


def add_link(path, name, target):
    """Append a symbolic link to a zip."""
    with zipfile.ZipFile(path, "a") as archive:
        entry = zipfile.ZipInfo(name)
        entry.create_system = 3
        entry.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(entry, target)


def patch(path, old, new):
    """Replace bytes in a file, all occurrences."""
    data = path.read_bytes()
    assert old in data
    path.write_bytes(data.replace(old, new))
