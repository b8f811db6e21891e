"""GLO: one code per picture, learned together with the generator."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from engine import data, stored_runs
from engine import device as devices
from engine.data import DataError
from engine.glo import shelf, training
from engine.glo.portable import ModelError
from pages.generative import glo_code, glo_figure, model_input, story
from pages.generative.glo_controls import EXPERIMENT, controls
from pages.generative.glo_lesson import STEPS
from pages.registry import BY_SLUG
from pages.shared import frame, presenter
from pages.shared.live import Live
from pages.shared.progress import Run
from pages.shared.provenance import Provenance

PAGE = BY_SLUG["glo"]
READ = {
    "Bojanowski et al. 2018, Optimizing the latent space of generative networks": "https://arxiv.org/abs/"
    "1707.05776",
    "Burt and Adelson 1983, The Laplacian pyramid": "https://doi.org/10.1109/TCOM.1983.1095851",
}
LIVE = Provenance(
    "live", "Trained in a worker of this server just now; engine.glo.training reports what is drawn."
)


def _stored(settings: training.Settings) -> Run | None:
    """The stored run for the chosen data, where there is one."""
    name = f"glo-{settings.data}"
    if settings.data == glo_figure.CONTROL_DATA and not settings.codes.learn:
        name = glo_figure.FROZEN
    elif settings.data == glo_figure.CONTROL_DATA and settings.codes.start == "sphere":
        name = glo_figure.LEARNED
    return story.stored(name) if stored_runs.exists(name) else None


def _provenance(run: Run, kept: Run | None) -> Provenance:
    if run.state is not None or kept is None:
        return LIVE
    name = str(kept.job).removeprefix("stored ")
    return Provenance(
        "stored",
        "A stored run; press Train for one of your own.",
        stored_runs.provenance(name),
    )


def _walk(run: Run) -> None:
    """Offer the model of a live run to the Interpolate page."""
    report = run.latest.get("model")
    if report is None or run.state is None:
        return
    if st.button("Walk among its codes", key="glo_walk", icon=":material/blur_on:", type="tertiary"):
        try:
            name = shelf.keep(report["file"].tobytes())
        except ModelError as error:
            st.warning(str(error), icon=":material/error:")
            return
        model_input.remember(
            name, f"Mine: {data.card(str(run.settings['data'])).title}, {report['examples']:,.0f} seen"
        )
        st.session_state["lat_model"] = name
        st.switch_page(BY_SLUG["interpolate"].file, query_params={})


def _title(settings: Mapping[str, Any]) -> str:
    """What a run is called in the history."""
    return f"GLO on {settings['data']}, codes of {settings['generator']['latent']}"


def draw() -> None:
    """The page."""
    live = Live(PAGE, EXPERIMENT, title=_title)
    header = st.container()
    left, right = st.columns([4, 1], gap="medium")
    with right:
        settings = controls(PAGE)
    kept = _stored(settings)
    with header:
        frame.header(
            PAGE,
            _provenance(live.run, kept),
            device=str(devices.pick()),
            data=data.card(settings.data).title,
            steps=STEPS,
        )

    def figure(run: Run) -> None:
        shown = run if run.state is not None else kept
        if shown is None:
            st.info("Press Train: the first pictures appear within seconds.", icon=":material/play_arrow:")
            return
        glo_figure.draw(PAGE, shown, LIVE if shown is run else _provenance(run, kept), settings)
        _walk(run)

    with left:
        live.show(settings, figure)
    if presenter.presenting():
        return
    shown = live.run if live.run.state is not None else kept
    try:
        dataset = data.load(settings.data, "train", settings.limit)
    except DataError as error:
        st.warning(str(error), icon=":material/broken_image:")
        return
    below, beside = st.columns([3, 2], gap="large")
    with below:
        frame.numbers(PAGE, glo_figure.facts(shown, settings, dataset))
    with beside:
        frame.notice(glo_figure.notice(shown, settings))
    frame.code(glo_code.pytorch(settings))
    frame.deeper(READ, "Optimizing the latent space of generative networks: how it works", "interpolate")


draw()
