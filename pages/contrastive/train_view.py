"""Train: SimCLR live in a worker, or the stored run until somebody presses Train."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from engine import data
from engine.contrastive.experiment import Settings
from engine.contrastive.rates import formula
from pages.contrastive import con_code, con_controls, run_charts, stored
from pages.contrastive.con_names import PAGE
from pages.contrastive.session_run import LIVE
from pages.contrastive.stored import Shown
from pages.shared import curves, frame, presenter, run_picture
from pages.shared.frame import Fact
from pages.shared.progress import Run
from pages.shared.provenance import Provenance, chip

PREFIX = PAGE.prefix
PROVENANCE = Provenance(
    "live", "SimCLR trains in a process beside the page; every number is measured on the running network."
)
CHARTS = 225


def guess_of(settings: Mapping[str, Any]) -> float | None:
    """What a loss that cannot tell pictures apart would be: log(2N - 1); none without negatives."""
    if not settings.get("negatives", True):
        return None
    return math.log(max(2 * int(settings["plan"]["batch_size"]) - 1, 1))


def draw() -> None:
    """Controls, the run, numbers, what to notice and code."""
    left, right = st.columns([3, 1], gap="medium")
    with right:
        settings = con_controls.settings()
    with left:
        x, log = curves.axes(PREFIX, ["epoch", "examples", "seconds"])
        shown = stored.load(stored.name_of(settings.data))
        LIVE.show(settings, lambda run: _picture(run, settings, shown, x, log))
    if presenter.presenting():
        return
    run = LIVE.run
    points: Mapping[str, Sequence[Mapping[str, Any]]] = run.points or (shown.points if shown else {})
    below, beside = st.columns([3, 2], gap="large")
    with below:
        frame.numbers(PAGE, facts(settings, points), name="training")
        if run.points:
            frame.csv_button(PAGE, run.table(), "curves", "Curves as CSV")
    with beside:
        frame.notice(_notice(settings, points))
    frame.code(con_code.training(settings))


def _picture(run: Run, settings: Settings, shown: Shown | None, x: str, log: bool) -> None:
    """The picture of the run, or of the stored one; called several times per second."""
    live = bool(run.points)
    if not live and shown is None:
        st.caption("Press Train: the first numbers come within seconds, from the network as it is then.")
        return
    points = run.points if live else shown.points  # type: ignore[union-attr]  # one of the two is there
    picture = run.latest.get("picture", {}) if live else shown.picture  # type: ignore[union-attr]
    used = run.settings if live else shown.run.manifest["settings"]  # type: ignore[union-attr]
    name = str(used.get("data", settings.data))
    if not live:
        assert shown is not None  # noqa: S101 - tells mypy what the line above says
        with st.container(horizontal=True, vertical_alignment="center"):
            chip(shown.provenance)
            st.caption("A run from before, until you press Train.")
    _scatter(run, shown, picture, name, live)
    first, second = st.columns(2, gap="small")
    with first:
        chance = 1 / len(data.card(name).classes)
        run_charts.accuracy(f"{PREFIX}chart_accuracy", points, x, chance=chance, height=CHARTS)
    with second:
        run_charts.loss(f"{PREFIX}chart_loss", points, x, guess=guess_of(used), log=log, height=CHARTS)
    one, two, three = st.columns(3, gap="small")
    with one:
        run_charts.histograms(f"{PREFIX}chart_histogram", picture)
    with two:
        run_charts.spread(f"{PREFIX}chart_spread", points, x)
    with three:
        run_charts.ranks(f"{PREFIX}chart_ranks", points, x)


def _scatter(run: Run, shown: Shown | None, picture: Mapping[str, Any], name: str, live: bool) -> None:
    key = f"{PREFIX}scatter"
    if live:
        layout = run_picture.live_layout(picture)
        if layout is None:
            st.caption("The first picture of h is being laid out.")
            return
        note = f"h after {picture.get('epoch', 0):.1f} epochs"
        run_picture.draw(key, name, layout, PROVENANCE, points=f"{run.job}", note=note)
    elif shown is not None and "embedding_layouts" in shown.run.arrays:
        labels = [f"epoch {epoch:g}" for epoch in shown.run.arrays["embedding_epochs"]]
        layouts = shown.run.arrays["embedding_layouts"]
        run_picture.draw(
            key,
            name,
            layouts,
            shown.provenance,
            points=shown.run.name,
            labels=labels,
            note="h, epoch by epoch",
        )


def facts(settings: Settings, points: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Fact]:
    """Where the run stands, from the first look to the last."""
    tests = [point for point in points.get("test", ()) if "knn_h" in point]
    rate = formula(settings.training.learning_rate, settings.plan.batch_size, settings.scaling)  # type: ignore[arg-type]
    found = [
        Fact("Learning rate", rate, rate.split("= ")[-1]),
        Fact(
            "Negatives per view",
            f"2 · {settings.plan.batch_size} − 2" if settings.negatives else "switched off",
            f"{2 * settings.plan.batch_size - 2 if settings.negatives else 0:,}",
        ),
    ]
    if not tests:
        return found
    first, last = tests[0], tests[-1]
    for name, title, digits in (
        ("knn_h", "kNN accuracy on h (%)", 1),
        ("knn_z", "kNN accuracy on z (%)", 1),
        ("probe_h", "Linear probe on h (%)", 1),
    ):
        before, after = 100 * first[name], 100 * last[name]
        found.append(Fact(title, f"before training {before:.{digits}f}", f"{after:.{digits}f}"))
    for name, title in (
        ("positive", "Cosine of the positives"),
        ("negative", "Cosine of the negatives"),
        ("alignment", "Alignment"),
        ("uniformity", "Uniformity"),
        ("rank_h", "Effective rank of h"),
        ("rank_z", "Effective rank of z"),
    ):
        found.append(Fact(title, f"before training {first[name]:.2f}", f"{last[name]:.2f}"))
    train = points.get("train", ())
    if train and "examples_per_second" in train[-1]:
        speed = train[-1]["examples_per_second"]
        found.append(Fact("Speed", "pictures per second, two views each", f"{speed:,.0f}"))
    return found


def _notice(settings: Settings, points: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[str]:
    tests = [point for point in points.get("test", ()) if "knn_h" in point]
    said = []
    if len(tests) > 1:
        first, last = tests[0], tests[-1]
        gained = 100 * (last["knn_h"] - first["knn_h"])
        said.append(
            f"**No label was used.** After {last['epoch']:.1f} epochs the neighbours of a picture are of its class"
            f" {gained:+.0f} points more often than with random weights ({100 * last['knn_h']:.0f} %). Labels only"
            " measure."
        )
        better = "h" if last["knn_h"] >= last["knn_z"] else "z"
        said.append(
            "**h against z.** "
            + (
                "h, before the head, knows more than z, which the loss sees: the head may throw away what the views"
                " disagree about. So the head is thrown away after training."
                if better == "h"
                else "Here z is ahead of h: colour and place, on which the views disagree, say nothing about this"
                " label, and the head throws them away. h still holds them: see *What was kept*."
            )
        )
    if settings.views.colourless:
        said.append(
            "**Colours are untouched**, so two crops of one picture can be matched by colour alone. Look under *What"
            " was kept*."
        )
    elif not settings.views.crop:
        said.append(
            "**Without the crop** the two views differ in colour only: the question is easy, and little is learned."
        )
    said.append(
        "Everything but the network and the data set can be changed while it trains; the curves mark where."
    )
    return said
