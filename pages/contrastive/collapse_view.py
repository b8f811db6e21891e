"""Collapse: ways to make SimCLR fail, each one switch away, and the measures that notice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from engine.contrastive.experiment import Settings
from engine.contrastive.verdict import verdict
from pages.contrastive import con_code, con_controls, run_charts, stored
from pages.contrastive.con_names import PAGE
from pages.contrastive.session_run import LIVE
from pages.contrastive.train_view import facts
from pages.shared import frame, presenter
from pages.shared.progress import Run
from pages.shared.provenance import Provenance, chip

PREFIX = PAGE.prefix
PROVENANCE = Provenance(
    "live", "Rank, uniformity and similarities are measured on the running network with held-out pictures."
)
WAYS: Mapping[str, tuple[str, str, Mapping[str, Any]]] = {
    "healthy": (
        "Nothing broken",
        "The settings of the Train view.",
        {"crop": True, "colour": True, "negatives": True, "temperature": 0.2, "batch": 256},
    ),
    "no-negatives": (
        "No negatives",
        "Only the pull is left: the answer that costs nothing is one point for everything.",
        {"crop": True, "colour": True, "negatives": False, "temperature": 0.2, "batch": 256},
    ),
    "no-crop": (
        "No augmentation",
        "Both views are the same picture: the question answers itself, and the encoder need not learn anything.",
        {"crop": False, "colour": False, "negatives": True, "temperature": 0.2, "batch": 256, "flip": False},
    ),
    "hot": (
        "Temperature 10",
        "The softmax is flat: near and far negatives push alike, and hardly at all.",
        {"crop": True, "colour": True, "negatives": True, "temperature": 10.0, "batch": 256},
    ),
    "tiny-batch": (
        "Batch of 4",
        "Six negatives in each batch: the question is too easy to teach much, and the gradient is mostly noise.",
        {"crop": True, "colour": True, "negatives": True, "temperature": 0.2, "batch": 4},
    ),
}
WORDS = {
    "point": ":red[**Collapsed to a point.**] All pictures have nearly the same z.",
    "narrow": ":red[**Collapsed to a few directions.**] z uses a small part of its space.",
    "useless": ":orange[**No collapse, and nothing learned.**] z is spread out, but neighbours are no better than"
    " with random weights.",
    "early": "**Too early to tell.**",
    "healthy": ":green[**Healthy.**] z is spread out, and the neighbours of a picture are of its kind.",
}


def _break(way: str) -> None:
    """Button callback: turn the knobs; a run that is on takes them over with its next batch."""
    for name, value in WAYS[way][2].items():
        st.session_state[f"{PREFIX}{name}"] = value
    if "flip" not in WAYS[way][2] and f"{PREFIX}flip" in st.session_state:
        st.session_state[f"{PREFIX}flip"] = True


def way_of(state: Mapping[Any, object]) -> str:
    """Which way the controls are set: the first one whose settings that are not the healthy ones all hold."""
    healthy = WAYS["healthy"][2]
    for way, (_, _, settings) in WAYS.items():
        broken = {name: value for name, value in settings.items() if value != healthy.get(name, value)}
        if broken and all(state.get(f"{PREFIX}{name}") == value for name, value in broken.items()):
            return way
    return "healthy"


def draw() -> None:
    """Buttons, controls, the run, numbers, what to notice and code."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown("Break it:")
        for way, (title, sentence, _) in WAYS.items():
            st.button(
                title, key=f"{PREFIX}way_{way}", on_click=_break, args=(way,), help=sentence, type="secondary"
            )
    left, right = st.columns([3, 1], gap="medium")
    with right:
        settings = con_controls.settings()
    way = way_of(st.session_state)
    with left:
        LIVE.show(settings, lambda run: _picture(run, settings, way))
    if presenter.presenting():
        return
    points = LIVE.run.points or _stored_points(settings, way)
    below, beside = st.columns([3, 2], gap="large")
    with below:
        frame.numbers(PAGE, facts(settings, points), name="collapse")
    with beside:
        frame.notice(_notice(settings, points, way))
    frame.code(con_code.training(settings))


def _stored_points(settings: Settings, way: str) -> Mapping[str, Sequence[Mapping[str, Any]]]:
    found = stored.load(stored.name_of(settings.data, "" if way == "healthy" else way))
    return found.points if found else {}


def _picture(run: Run, settings: Settings, way: str) -> None:
    live = bool(run.points)
    if live:
        points: Mapping[str, Any] = run.points
        picture, outputs = run.latest.get("picture", {}), int(run.settings["head"]["outputs"])
    else:
        found = stored.load(stored.name_of(settings.data, "" if way == "healthy" else way))
        if found is None:
            st.caption(f"{WAYS[way][1]} Press Train and watch rank and uniformity.")
            return
        points, picture = found.points, found.picture
        outputs = int(found.run.manifest["settings"]["head"]["outputs"])
        with st.container(horizontal=True, vertical_alignment="center"):
            chip(found.provenance)
            st.caption(f"{WAYS[way][0]}: a run from before, until you press Train.")
    _say(points, outputs)
    one, two = st.columns(2, gap="small")
    with one:
        run_charts.spectrum(f"{PREFIX}chart_spectrum", picture, height=230)
        run_charts.histograms(f"{PREFIX}chart_histogram", picture, height=230)
    with two:
        run_charts.ranks(f"{PREFIX}chart_ranks", points, "epoch", height=230)
        run_charts.spread(f"{PREFIX}chart_spread", points, "epoch", height=230)


def _say(points: Mapping[str, Any], outputs: int) -> None:
    tests = [point for point in points.get("test", ()) if "knn_h" in point]
    if len(tests) > 1:
        st.markdown(WORDS[verdict(tests[-1], tests[0], outputs)])


def _notice(settings: Settings, points: Mapping[str, Sequence[Mapping[str, Any]]], way: str) -> list[str]:
    said = [f"**{WAYS[way][0]}.** {WAYS[way][1]}"]
    tests = [point for point in points.get("test", ()) if "knn_h" in point]
    if tests and not settings.negatives:
        said.append(
            f"Positives have cosine {tests[-1]['positive']:.2f}, and so have all other pairs"
            f" ({tests[-1]['negative']:.2f}). The loss is as low as it can be: a low loss alone says nothing."
        )
    elif tests:
        said.append(
            f"z uses {tests[-1]['rank_z']:.0f} of its {settings.head.outputs} directions. Rank and uniformity need no"
            " labels, so they can be watched where there are none."
        )
    said.append(
        "Methods without negatives exist (BYOL, SimSiam, VICReg): each puts something else in the way of the single"
        " point, a slow second network, a stopped gradient, or a term for the spread."
    )
    return said
