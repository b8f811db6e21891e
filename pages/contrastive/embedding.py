"""Embedding: vectors of pictures as a map, and how far the map can be believed."""

from __future__ import annotations

import streamlit as st

from engine import device as devices
from pages.contrastive import (
    embedding_code,
    embedding_lesson,
    embedding_touch,
    embedding_views,
    embedding_words,
)
from pages.contrastive.embedding_results import stop
from pages.contrastive.embedding_state import PAGE, State, choose_view, controls
from pages.contrastive.embedding_views import KEY, Picture
from pages.registry import PAGES
from pages.shared import frame, presenter, scatter
from pages.shared.scatter import Touch

LINKED_POINT, LINKED_FRAME = "emb_at", "emb_frame"  # the chosen point and the frame, in the address
SECONDS = 0.3  # between two looks at a run


def _linked(name: str) -> int | None:
    text = st.query_params.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 7 else None


def _touched(state: State, count: int, first: int) -> tuple[int | None, int]:
    """Chosen point and frame: as touched, on arrival as linked; the address follows."""
    if KEY not in st.session_state:
        linked, shown = _linked(LINKED_POINT), _linked(LINKED_FRAME)
        return (linked if linked is not None and linked < count else None), (
            first if shown is None else shown
        )
    seen = scatter.seen(KEY, count, state.sequence, first)
    for name, value, default in ((LINKED_POINT, seen.chosen, None), (LINKED_FRAME, seen.frame, first)):
        if value is None or value == default:
            st.query_params.pop(name, None)
        else:
            st.query_params[name] = str(value)
    return seen.chosen, seen.frame


def _figure(state: State, picture: Picture) -> Touch | None:
    """The scatter and what is said while it is on its way."""
    count = picture.panes[0].layouts.shape[-2] if picture.panes else state.table.count
    chosen, shown = _touched(state, count, picture.first_frame)
    result = picture.results[0] if picture.results else None
    own = embedding_touch.placed(state, result) if state.view == "map" else None
    with st.container():  # what is said comes and goes; the picture below stays where it is
        _said(state, picture)
    touch = embedding_views.draw(state, picture, chosen=chosen, frame=shown, own=own)
    if touch is None and not picture.failures:
        with st.container(height=420, border=True):
            st.caption("The layout is on its way." if picture.active else "There is no run to watch yet.")
    return touch


def _said(state: State, picture: Picture) -> None:
    """What goes on, and what went wrong."""
    if state.trouble:
        st.caption(f":material/link_off: {state.trouble}")
    for place, run in picture.waiting.items():
        if run.state == "failed" or (run.state == "stopped" and run.sentence):
            st.warning(run.sentence or "The layout could not be computed.", icon=":material/error:")
        elif run.active and place == "follow":
            said = "follows the last" if picture.epochs else "is laid out, the first after an epoch"
            st.caption(f":material/play_arrow: Your SimCLR run goes on; each new look at its vectors {said}.")
        elif run.active:
            _progress(place, picture)


def _progress(place: str, picture: Picture) -> None:
    """How far a run is, and the button that stops it."""
    run = picture.waiting[place]
    with st.container(horizontal=True, vertical_alignment="center"):
        if run.state == "queued":
            st.caption(
                f":material/hourglass_empty: Waiting, place {run.place or 1} of {max(run.waiting, 1)} in the queue"
            )
        elif "grid" in run.latest:
            done, total = run.latest["grid"]["done"], run.latest["grid"]["total"]
            st.progress(done / total, text=f"Layout {done} of {total}")
        elif "frame" in run.latest:
            epoch, epochs = run.latest["frame"]["epoch"], run.latest["frame"]["epochs"]
            st.progress(epoch / epochs, text=f"Epoch {epoch} of {epochs}")
        else:
            st.caption(f":material/play_arrow: Computing, {run.seconds:.0f} s")
        st.button(
            "Stop",
            key=f"emb_stop_{place}",
            icon=":material/stop:",
            on_click=stop,
            args=(place,),
            type="tertiary",
        )


def _watched(state: State, picture: Picture) -> Touch | None:
    """The figure, and what was touched. While something is on its way it asks the workers for news by itself.

    It is a fragment also when nothing is: in and out of one the scatter would be another, and lose its zoom and
    selection the moment a layout is done. What is touched runs the page again, and so does the end of what was on its
    way, and each new look at a run that is watched through training.
    """
    busy = picture.active or embedding_touch.waiting_for_own()
    epochs = 0 if state.dataset is None else picture.epochs
    before = _touch_as_kept()
    drawn: list[Touch | None] = []

    @st.fragment(run_every=SECONDS if busy else None)
    def panel() -> None:
        now = embedding_views.build(state) if drawn else picture
        if drawn and (
            _touch_as_kept() != before
            or now.epochs != epochs
            or (busy and not now.active and not embedding_touch.waiting_for_own())
        ):
            st.rerun()
        drawn[:] = [_figure(state, now)]

    panel()
    return drawn[0]


def _touch_as_kept() -> tuple[object, ...]:
    kept = st.session_state.get(KEY) or {}
    return tuple(kept.get(name) for name in ("selected", "chosen", "frame"))


def draw() -> None:
    """The page."""
    top = st.container()
    left, right = st.columns([3, 1], gap="medium")
    with left:
        view = choose_view()
    with right:
        state = controls(view)
        if view == "map":
            embedding_touch.own_picture(state)
    picture = embedding_views.build(state)
    with top:
        frame.header(
            PAGE,
            picture.provenance,
            device=str(devices.pick()),
            data=f"{state.table.count:,} pictures",
            steps=embedding_lesson.STEPS,
            parameters=(LINKED_POINT, LINKED_FRAME),
        )
    with left:
        touch = _watched(state, picture)
        if touch is not None:
            embedding_touch.selection(state, touch)
    if presenter.presenting():
        return
    shown = touch.frame if touch is not None and KEY in st.session_state else picture.first_frame
    below, beside = st.columns([3, 2], gap="large")
    with below:
        frame.numbers(PAGE, embedding_words.facts(state, picture, shown))
    with beside:
        frame.notice(embedding_words.notice(state, picture, touch, shown))
    frame.code(embedding_code.pytorch(state))
    frame.deeper(
        {
            "McInnes, Healy, Melville 2018: UMAP": "https://arxiv.org/abs/1802.03426",
            "van der Maaten, Hinton 2008: t-SNE": "https://jmlr.org/papers/v9/vandermaaten08a.html",
            "Coenen, Pearce: understanding UMAP": "https://pair-code.github.io/understanding-umap/",
            "Venna, Kaski 2001: trustworthiness": "https://doi.org/10.1007/3-540-44668-0_68",
        },
        "Contrastive Learning, Homework",
        PAGES[(PAGES.index(PAGE) + 1) % len(PAGES)].slug,
    )


draw()
