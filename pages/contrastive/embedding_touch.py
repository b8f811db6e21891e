"""What follows from touching the scatter: the selected pictures, their classes, their way out of the page; and a
picture of one's own among the others."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
import torch

from engine import decoding, images
from engine.data import Dataset
from engine.embedding import handed_over, putting_in, sources
from engine.embedding.quantised import same_square
from engine.embedding.vectors import EmbeddingError
from pages.contrastive import embedding_results
from pages.contrastive.embedding_results import Found
from pages.contrastive.embedding_state import State
from pages.registry import BY_SLUG
from pages.shared import picture_input, pictures
from pages.shared.scatter import Own, Touch

GALLERY = 96  # pictures shown
ACROSS = 24
EXPERIMENT = "engine.embedding.putting_in"
_OWN = "own_in_embedding"  # in the session: (token, name)
_PROBLEM = "own_in_embedding_problem"  # session: why a worker could not put it in
_REFUSED = "own_in_embedding_refused"  # session: why it was not taken
log = logging.getLogger("explorer")


def selection(state: State, touch: Touch) -> None:
    """The selected pictures, the classes among them, and three ways on."""
    chosen = touch.selected
    if not len(chosen):
        return
    st.markdown(f"**{len(chosen):,} of {state.table.count:,} selected**")
    dataset = state.dataset
    if dataset is not None:
        gallery, classes = st.columns([3, 2], gap="medium")
        with gallery:
            shown = chosen[:GALLERY]
            st.image(_sheet(dataset, shown), width="stretch", output_format="PNG")
            if len(chosen) > GALLERY:
                st.caption(f"The first {GALLERY} of {len(chosen):,}.")
        with classes:
            _histogram(dataset, chosen)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.download_button(
            "Indices as CSV",
            _table(dataset, chosen).to_csv(index=False).encode("utf-8-sig"),
            file_name="embedding-selection.csv",
            mime="text/csv",
            key="emb_export",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
        )
        if dataset is not None:
            _ways_on(dataset, int(chosen[0]) if touch.chosen is None else touch.chosen)


def _ways_on(dataset: Dataset, n: int) -> None:
    """The chosen picture, or the first selected one, taken to another page."""
    said = f"picture {n:,}"
    for slug in ("convolution", "data"):
        entry = BY_SLUG[slug]
        if not st.button(
            f"Take {said} to {entry.title}", key=f"emb_send_{slug}", icon=entry.icon, type="tertiary"
        ):
            continue
        if slug == "data":
            st.session_state["data_set"], st.session_state["data_split"] = dataset.name, dataset.split
            st.switch_page(entry.file, query_params={"data_at": str(n)})
        picture_input.give(dataset.images[n : n + 1].float() / 255, f"{dataset.card.title}, {said}", entry)
        st.switch_page(entry.file, query_params={})


def _sheet(dataset: Dataset, chosen: np.ndarray) -> np.ndarray:
    """Pictures side by side, (H, W, 3) uint8, enlarged in whole steps."""
    part = dataset.images[torch.from_numpy(chosen)]
    if part.shape[1] == 1:
        part = part.expand(-1, 3, -1, -1)
    height, width = part.shape[-2:]
    across = min(ACROSS, max(len(chosen), 8))
    rows = -(-len(chosen) // across)
    sheet = np.full((rows * across, height + 2, width + 2, 3), 127, np.uint8)
    sheet[: len(chosen), 1:-1, 1:-1] = part.permute(0, 2, 3, 1).numpy()
    sheet[len(chosen) :] = 0 if rows > 1 else 127
    whole = sheet.reshape(rows, across, height + 2, width + 2, 3).swapaxes(1, 2)
    scale = max(1, round(800 / (across * (width + 2))))
    flat = whole.reshape(rows * (height + 2), across * (width + 2), 3)
    return flat.repeat(scale, 0).repeat(scale, 1)


def _histogram(dataset: Dataset, chosen: np.ndarray) -> None:
    """How many of each class, the most frequent first."""
    counts = np.bincount(dataset.labels.numpy()[chosen], minlength=len(dataset.classes))
    order = [int(n) for n in counts.argsort(kind="stable")[::-1] if counts[n]][:15]
    lines = ["| Class | Pictures | Share |", "|:--|--:|--:|"]
    for n in order:
        share = counts[n] / len(chosen)
        lines.append(
            f"| {dataset.classes[n]} | {counts[n]:,} | {'█' * max(1, round(12 * share))} {100 * share:.0f} % |"
        )
    st.markdown("\n".join(lines))


def _table(dataset: Dataset | None, chosen: np.ndarray) -> pd.DataFrame:
    table = pd.DataFrame({"index": chosen})
    if dataset is not None:
        table["class"] = [dataset.classes[n] for n in dataset.labels.numpy()[chosen]]
    return table


def own_picture(state: State) -> None:
    """The way in for a picture of one's own."""
    with st.popover("Put a picture in", icon=":material/add_photo_alternate:", type="tertiary"):
        st.caption("Your picture goes through the same encoder; UMAP's transform puts it among the others.")
        st.file_uploader(
            "A picture",
            ["png", "jpg", "jpeg", "webp", "gif", "bmp"],
            key="emb_own",
            on_change=_take,
            args=("emb_own",),
        )
        if st.toggle("Use the camera", key="emb_use_camera"):
            st.camera_input("Take a picture", key="emb_camera", on_change=_take, args=("emb_camera",))
        if _OWN in st.session_state:
            st.button("Take it out again", key="emb_own_out", on_click=_forget)
        if refused := st.session_state.get(_REFUSED):  # in here: the open form covers what is below it
            st.warning(refused, icon=":material/broken_image:")
    if problem := st.session_state.get(_PROBLEM):
        st.warning(problem, icon=":material/broken_image:")
    if _OWN in st.session_state and not can_put_in(state):
        st.caption("Your picture can be put into one layout in the plane, of vectors an encoder made.")


def can_put_in(state: State) -> bool:
    """Whether new pictures can be put among these points."""
    source = sources.found().get(state.table.source)
    return state.view == "map" and source is not None and source.encodes and state.dataset is not None


def placed(state: State, result: Mapping[str, Any] | None) -> Own | None:
    """The own picture in the layout, once both are there. Says so while it is on its way."""
    if _OWN not in st.session_state or result is None or not can_put_in(state):
        embedding_results.drop("own")
        return None
    layout = np.asarray(result["layout"], np.float32)
    settings = putting_in.Settings(
        table=state.table,
        layout=handed_over.keep(layout),
        picture=st.session_state[_OWN][0],
        n_neighbors=state.common.get("n_neighbors", 15),
        min_dist=state.common.get("min_dist", 0.1),
    )
    found = embedding_results.pursue("own", EXPERIMENT, settings, "A worker put your picture in.")
    if not isinstance(found, Found):
        if found.state == "failed":
            st.session_state[_PROBLEM] = found.sentence
        return None
    seen = torch.from_numpy(np.array(found.result["picture"])).float() / 255
    place = same_square(layout, np.asarray(found.result["place"])[None])[0]
    return Own(place, list(found.result["indices"]), pictures.url(seen))


def waiting_for_own() -> bool:
    """Whether the own picture is on its way."""
    return embedding_results.active("own")


def _take(widget: str) -> None:
    """Widget callback: decode what was given, or remember why not."""
    _forget_problems()
    file = st.session_state.get(widget)
    if file is None:
        return
    try:
        image = images.fit(decoding.decode(file.getvalue()).image, 256)
        token = handed_over.keep(images.to_uint8(image)[0].numpy())
    except (images.ImageError, EmbeddingError) as error:
        st.session_state[_REFUSED] = f"{error} The layout stays as it was."
        log.info("Refused a picture: %s", error)
        return
    st.session_state[_OWN] = (token, getattr(file, "name", "camera")[:40])


def _forget() -> None:
    """Widget callback: take the picture out."""
    st.session_state.pop(_OWN, None)
    _forget_problems()
    embedding_results.drop("own")


def _forget_problems() -> None:
    for problem in (_PROBLEM, _REFUSED):
        st.session_state.pop(problem, None)
