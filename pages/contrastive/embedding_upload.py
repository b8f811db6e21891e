"""Vectors of one's own: a file is read, kept for this session, and handed to the workers by its token."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import streamlit as st

from engine.embedding import handed_over, uploads
from engine.embedding.uploads import Upload
from engine.embedding.vectors import EmbeddingError
from pages.registry import PageEntry

_SESSION = "own_vectors"
_PROBLEM = "own_vectors_problem"
LIMIT = 25 * 2**20
log = logging.getLogger("explorer")


@dataclass(frozen=True, eq=False)
class Given:
    """A file that was taken."""

    token: str
    name: str
    upload: Upload

    @property
    def about(self) -> str:
        """What it holds, for the line below the menu."""
        rows, columns = self.upload.vectors.shape
        classes = f", {len(self.upload.classes)} classes" if self.upload.classes else ""
        return f"{self.name}: {rows:,} vectors of {columns:,} numbers{classes}"


def choose(page: PageEntry) -> Given | None:
    """Draw the uploader; what was taken in this session."""
    key = f"{page.prefix}table_file"
    with st.popover("Use your own vectors", icon=":material/upload:", type="tertiary"):
        st.caption(
            "A `.npy` file, or CSV with one row per picture. A column called *label* or *class* gives the classes. "
            "It stays in this session."
        )
        st.file_uploader(
            "A table of vectors", ["npy", "csv", "tsv", "txt"], key=key, on_change=_take, args=(page, key)
        )
        if problem := st.session_state.get(_PROBLEM):  # in here: the open form covers what is below it
            st.warning(problem, icon=":material/error:")
    found: Given | None = st.session_state.get(_SESSION)
    return found


def _take(page: PageEntry, key: str) -> None:
    """Widget callback: read the file and choose it, or remember why not."""
    st.session_state.pop(_PROBLEM, None)
    file = st.session_state.get(key)
    if file is None:
        return
    try:
        content = file.getvalue()
        if len(content) > LIMIT:
            raise EmbeddingError(
                f"{file.name[:40]} has more than {LIMIT >> 20} MB: send fewer rows or 16-bit numbers."
            )
        upload = uploads.read(content, file.name)
        token = handed_over.keep(upload.vectors)
    except EmbeddingError as error:
        st.session_state[_PROBLEM] = f"{error} The page stays as it was."
        log.info("Refused a table: %s", error)
        return
    st.session_state[_SESSION] = Given(token, file.name[:40], upload)
    st.session_state[f"{page.prefix}vectors"] = "upload"
