"""What was kept: every generating factor read back from h, with and without colour distortion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from engine import data
from engine.contrastive.experiment import Settings
from pages.contrastive import con_code, con_controls, run_charts, stored
from pages.contrastive.con_names import PAGE
from pages.contrastive.session_run import LIVE
from pages.contrastive.stored import Shown
from pages.shared import frame, presenter
from pages.shared.controls import choice
from pages.shared.frame import Fact
from pages.shared.progress import Run
from pages.shared.provenance import Provenance, chip

PREFIX = PAGE.prefix
PROVENANCE = Provenance(
    "live", "A linear layer, or the nearest neighbours, read each factor from h of held-out pictures."
)
VARIANTS = {"": "With colour distortion", "no-colour": "Without colour distortion"}
Factors = Mapping[str, Mapping[str, Any]]


def draw() -> None:
    """Controls, bars, numbers, what to notice and code."""
    left, right = st.columns([3, 1], gap="medium")
    with right:
        reader = choice(
            "Read by",
            list(run_charts.READERS),
            key=f"{PREFIX}reader",
            default="linear",
            titles=run_charts.READERS.__getitem__,
            help="A linear layer asks whether a factor is there; neighbours ask whether it decides what is near.",
        )
        settings = con_controls.settings()
    runs = {kind: stored.load(stored.name_of(settings.data, kind)) for kind in VARIANTS}
    with left:
        LIVE.show(settings, lambda run: _picture(run, settings, runs, reader))
    if presenter.presenting():
        return
    shown = _shown(LIVE.run, settings, runs)
    below, beside = st.columns([3, 2], gap="large")
    with below:
        frame.numbers(PAGE, _facts(shown, reader), name="factors")
    with beside:
        frame.notice(_notice(shown))
    frame.code(con_code.kept(settings))


def _shown(run: Run, settings: Settings, runs: Mapping[str, Shown | None]) -> list[tuple[str, Factors]]:
    """(title, factors): the run of this session first, then the stored ones."""
    found: list[tuple[str, Factors]] = []
    if run.latest.get("picture", {}).get("factors") and run.settings["data"] == settings.data:
        found.append(("Your run", run.latest["picture"]["factors"]))
    for kind, title in VARIANTS.items():
        one = runs[kind]
        if one is not None and one.picture["factors"]:
            found.append((title, one.picture["factors"]))
    return found


def _picture(run: Run, settings: Settings, runs: Mapping[str, Shown | None], reader: str) -> None:
    shown = _shown(run, settings, runs)
    if not shown:
        if data.card(settings.data).name.startswith(("shapes", "scenes")):
            st.caption("Press Train: the bars appear with the first look at the network.")
        else:
            st.caption(
                "These pictures were not rendered, so nobody knows what they were made of. Choose one of the sets of"
                " shapes: their factors are known."
            )
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        for kind in VARIANTS:
            one = runs[kind]
            if one is not None:
                chip(one.provenance)
                st.caption(f"{VARIANTS[kind]}: {one.run.manifest['settings']['plan']['epochs']} epochs")
    run_charts.factors(f"{PREFIX}chart_factors", shown, reader, height=460)


def _facts(shown: list[tuple[str, Factors]], reader: str) -> list[Fact]:
    measure = "linear" if reader == "linear" else "neighbours"
    if not shown:
        return [Fact("Factors", "known for rendered pictures only", "none")]
    facts = []
    for name, first in shown[0][1].items():
        how = "accuracy, or R² of what is continuous"
        if "measure" in first:
            how = f"{first['measure']}; guessing gets {100 * first['chance']:.0f} %"
        values = " / ".join(
            f"{100 * factors[name][measure]:.0f} %" for _, factors in shown if name in factors
        )
        facts.append(Fact(name.capitalize(), how, values))
    titles = " / ".join(title for title, _ in shown)
    return [Fact("Columns", "in this order", titles), *facts]


def _notice(shown: list[tuple[str, Factors]]) -> list[str]:
    by_title = dict(shown)
    said = []
    pair = [by_title.get(title) for title in VARIANTS.values()]
    if all(pair):
        with_colour, without = pair[0] or {}, pair[1] or {}
        shape = [100 * factors["shape"]["neighbours"] for factors in (with_colour, without)]
        hue = [100 * factors["hue"]["neighbours"] for factors in (with_colour, without)]
        said.append(
            f"**The paper's finding, in one picture.** Without colour distortion the neighbours share the hue"
            f" ({hue[1]:.0f} %) and hardly the shape ({shape[1]:.0f} %): colour was enough to find the other crop."
            f" With it, shape rises to {shape[0]:.0f} %, and hue falls to {hue[0]:.0f} %."
        )
    said.append(
        "**What the views disagree about is thrown away, what they share is kept.** The list of augmentations is a"
        " list of what should not matter. Switch one on or off and train: the bars move."
    )
    said.append(
        "The rotation of a square or a circle cannot be told, so its bar never fills. Size and place survive as far"
        " as the crops let them."
    )
    return said
