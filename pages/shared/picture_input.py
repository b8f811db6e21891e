"""The picture a page works on: a sample photograph, a small grid of numbers, an upload or the camera.

A link carries the choice; a picture of one's own stays in the session, on every page, and never leaves it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cached_property

import streamlit as st
from torch import Tensor

from engine import decoding, images, number_grids, samples
from pages.registry import PageEntry
from pages.shared import pictures
from pages.shared.controls import choice

OWN = "own"
UPLOAD_MB = 25
_SESSION = "own_picture"
_TYPES = ["png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff"]
log = logging.getLogger("explorer")


@dataclass(frozen=True, eq=False)
class Picture:
    """What was chosen. `image` is (1, 1 or 3, H, W), exact in 8 bits unless it is a grid of numbers."""

    name: str
    title: str
    image: Tensor
    numbers: bool = False
    signed: bool = False

    def source(self, *, grey: bool) -> dict[str, object]:
        """How the browser gets it: photographs by address, numbers in the message."""
        if self.numbers:
            _, _, height, width = self.image.shape
            return {"values": self.image.flatten().tolist(), "height": height, "width": width}
        return {"url": pictures.keep(self._png), "grey": grey}

    @cached_property
    def _png(self) -> bytes:
        return images.encode_png(self.image)


def exact(image: Tensor) -> Tensor:
    """The picture as its 8-bit PNG has it, so that browser and engine compute with the same numbers."""
    return images.to_uint8(image).float() / 255


@st.cache_resource(max_entries=64, show_spinner=False)
def _photograph(name: str, size: int) -> Picture:
    return Picture(name, samples.about(name).title, exact(samples.sample(name, size)))


def _own_picture(size: int) -> Picture:
    """The visitor's picture at most `size` pixels wide; kept beside it, so that a rerun does not decode it again."""
    image, title, fitted = st.session_state[_SESSION]
    if size not in fitted:
        fitted[size] = Picture(OWN, title, exact(images.fit(image, size)))
    return fitted[size]


def choose(
    page: PageEntry, *, size: int = 256, default: str = "cat", numbers: bool = True, label: str = "Picture"
) -> Picture:
    """Draw the chooser, return what is chosen. A bad file is answered in words and changes nothing."""
    offered = [*samples.names(), *(number_grids.GRIDS if numbers else ())]
    if _SESSION in st.session_state:
        offered.insert(0, OWN)
    key = f"{page.prefix}picture"
    name = choice(label, offered, key=key, default=default, titles=_title)
    _own(page, key)
    if name == OWN:
        return _own_picture(size)
    if name in number_grids.GRIDS:
        grid = number_grids.GRIDS[name]
        return Picture(name, grid.title, grid.tensor(), numbers=True, signed=grid.signed)
    return _photograph(name, size)


def give(image: Tensor, title: str, page: PageEntry) -> None:
    """Make a picture (1, 1 or 3, H, W) in 0..1, found on another page, the visitor's own and choose it on `page`."""
    st.session_state[_SESSION] = (image, title, {})
    st.session_state["own_notes"] = ()
    st.session_state[f"{page.prefix}picture"] = OWN


def _title(name: str) -> str:
    if name == OWN:
        return f"Yours: {st.session_state[_SESSION][1]}"
    if name in number_grids.GRIDS:
        return number_grids.GRIDS[name].title
    return samples.about(name).title


def _own(page: PageEntry, key: str) -> None:
    with st.popover("Use your own", icon=":material/upload:", type="tertiary"):
        st.caption("It stays in this session: nobody else sees it, and a link does not carry it.")
        upload_key, camera_key = f"{page.prefix}upload", f"{page.prefix}camera"
        st.file_uploader(
            "A picture file",
            _TYPES,
            key=upload_key,
            max_upload_size=UPLOAD_MB,
            on_change=_take,
            args=(upload_key, key),
        )
        if st.toggle("Use the camera", key=f"{page.prefix}use_camera"):
            st.camera_input("Take a picture", key=camera_key, on_change=_take, args=(camera_key, key))
        for note in st.session_state.get("own_notes", ()):
            st.caption(note)
        if problem := st.session_state.get("own_problem"):  # in here: the open form covers what is below it
            st.warning(problem, icon=":material/broken_image:")


def _take(widget: str, key: str) -> None:
    """Widget callback: decode what was given and choose it, or remember why not."""
    st.session_state.pop("own_problem", None)
    file = st.session_state.get(widget)
    if file is None:
        return
    try:
        decoded = decoding.decode(file.getvalue())
    except images.ImageError as error:
        st.session_state["own_problem"] = f"{error} The picture on the page stays as it was."
        log.info("Refused an upload: %s", error)
        return
    title = "camera" if "camera" in widget else file.name[:40]
    st.session_state[_SESSION] = (decoded.image, title, {})
    st.session_state["own_notes"] = decoded.notes
    st.session_state[key] = OWN
