"""Homework: each of the course's three notebooks raced against its correction, on the same batches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from engine import data, stored_runs
from engine.contrastive import homework_record
from engine.contrastive.homework import ARMS, NOTEBOOKS, Settings
from engine.stored_runs import StoredRunError
from engine.training import Plan
from pages.contrastive import con_code
from pages.contrastive.con_names import PAGE
from pages.contrastive.homework_words import ARM_TITLES, WORDS
from pages.shared import curves, data_input, frame, presenter, run_picture, scatter, visitors
from pages.shared.controls import choice, whole
from pages.shared.frame import Fact
from pages.shared.live import Live
from pages.shared.progress import Run
from pages.shared.provenance import Provenance, chip
from pages.shared.scatter import Pane

PREFIX = f"{PAGE.prefix}hw_"
LIVE = Live(PAGE, "engine.contrastive.homework", name="homework", start="Run side by side")
PROVENANCE = Provenance(
    "live", "Notebook and correction train in one worker, from the same weights, on the same batches."
)
Points = Mapping[str, Sequence[Mapping[str, Any]]]


@dataclass(frozen=True, eq=False)
class Race:
    """What there is of a race: its reports, the planes of h, and where they come from."""

    points: Points
    layouts: Mapping[str, np.ndarray]
    data: str
    name: str
    provenance: Provenance


@st.cache_resource(max_entries=8, show_spinner=False)
def _stored(notebook: str) -> Race | None:
    name, arms = f"homework-{notebook}", ARMS[notebook]
    if not stored_runs.exists(name):
        return None
    try:
        run = stored_runs.load(name)
    except StoredRunError:
        return None
    how = "Raced by engine.contrastive.homework, its reports kept."
    return Race(
        homework_record.points(run.arrays, arms),
        homework_record.layouts(run.arrays, arms),
        run.manifest["settings"]["data"],
        name,
        Provenance("stored", how, run.provenance()),
    )


def _live(run: Run) -> Race | None:
    """The session's run, once it has reported anything."""
    notebook = str(run.settings.get("notebook"))
    if notebook not in ARMS or not any(kind.startswith("test ") for kind in run.points):
        return None
    found = {
        arm: np.asarray(run.latest[f"picture {arm}"]["layout"], np.float32)
        for arm in ARMS[notebook]
        if f"picture {arm}" in run.latest
    }
    return Race(run.points, found, run.settings["data"], str(run.job), PROVENANCE)


def _settings() -> Settings:
    notebook = choice(
        "Notebook",
        list(NOTEBOOKS),
        key=f"{PREFIX}notebook",
        default="simple",
        titles=lambda name: WORDS[name].title,
    )
    offered = [
        name
        for name in visitors.offered(st.query_params.get(f"{PREFIX}data"))
        if data.available(name) and len(data.card(name).classes) > 1 and max(data.card(name).shape[1:]) <= 96
    ]
    name = choice("Data", offered, key=f"{PREFIX}data", default="photo-crops", titles=data_input.title)
    epochs = whole("Epochs", 1, 50, key=f"{PREFIX}epochs", default=10)
    batch = choice("Batch size", (32, 64, 128, 256, 512), key=f"{PREFIX}batch", default=256)
    seed = whole("Seed", 0, 99, key=f"{PREFIX}seed", default=0, help="Of the weights, too: try a few.")
    return Settings(notebook=notebook, data=name, plan=Plan(epochs=epochs, batch_size=batch, seed=seed))


def draw() -> None:
    """What the notebook does, the race, numbers, what to notice and the mended code."""
    left, right = st.columns([3, 1], gap="medium")
    with right:
        settings = _settings()
    words = WORDS[settings.notebook]
    with left:
        st.markdown(words.does)
        LIVE.show(settings, lambda run: _picture(run, settings), steps=False)
    if presenter.presenting():
        return
    race = _shown(LIVE.run, settings)
    below, beside = st.columns([3, 2], gap="large")
    with below:
        frame.numbers(PAGE, _facts(race, settings.notebook), name="homework")
    with beside:
        frame.notice(_notice(race, settings.notebook))
    frame.code(con_code.homework(settings))


def _shown(run: Run, settings: Settings) -> Race | None:
    """The live race of this notebook, else the stored one."""
    live = _live(run)
    if live is not None and run.settings["notebook"] == settings.notebook:
        return live
    return _stored(settings.notebook)


def _picture(run: Run, settings: Settings) -> None:
    race, arms = _shown(run, settings), ARMS[settings.notebook]
    if race is None:
        st.caption("Press the button: notebook and correction start from the same weights.")
        return
    chip(race.provenance)
    ends = [arm for arm in (arms[0], arms[-1]) if arm in race.layouts]
    if ends:
        count = len(race.layouts[ends[0]])
        scatter.mount(
            f"{PREFIX}scatter",
            race.provenance,
            points=f"{race.data} {count} {len(ends)}",
            panes=[Pane(ARM_TITLES[arm], race.layouts[arm]) for arm in ends],
            columns=run_picture.columns(race.data, count),
            atlas=run_picture.atlas(race.data, count),
            height=330,
            title=f"h of {data.card(race.data).title}",
        )
    one, two = st.columns(2, gap="small")
    with one:
        _chart("knn", race, arms, "Right (%)", "kNN accuracy on h", percent=True)
    with two:
        _chart("loss", race, arms, "Loss", "Loss, each its own")


def _chart(
    name: str, race: Race, arms: Sequence[str], y_title: str, title: str, *, percent: bool = False
) -> None:
    kind = "train" if name == "loss" else "test"
    rows = {arm: [point for point in race.points.get(f"{kind} {arm}", ()) if name in point] for arm in arms}
    lines = [
        curves.curve(
            ARM_TITLES[arm], found, "epoch", name, group=(1, 2, 0)[index if len(arms) > 2 else 2 * index]
        )
        for index, (arm, found) in enumerate(rows.items())
    ]
    spec = curves.option(lines, x_title="Epochs", y_title=y_title, percent=percent)
    factor, unit = (100, " %") if percent else (1, "")
    last = ", ".join(
        f"{ARM_TITLES[arm].lower()} now {factor * found[-1][name]:.3g}{unit}"
        for arm, found in rows.items()
        if found
    )
    st.caption(title)
    curves.draw(f"{PREFIX}chart_{name}", spec, alt=f"{title}: {last}", height=230)


def _ends(race: Race | None, arm: str, kind: str, name: str) -> tuple[float, float] | None:
    """First and last value a run reported."""
    rows = [point for point in race.points.get(f"{kind} {arm}", ()) if name in point] if race else []
    return (float(rows[0][name]), float(rows[-1][name])) if rows else None


def _facts(race: Race | None, notebook: str) -> list[Fact]:
    facts = []
    for arm in ARMS[notebook]:
        title = ARM_TITLES[arm]
        for kind, name, what, factor, digits in (
            ("test", "knn", "kNN accuracy on h (%)", 100, 1),
            ("test", "probe", "linear probe on h (%)", 100, 1),
            ("test", "rank", "effective rank of h", 1, 1),
            ("train", "loss", "loss", 1, 3),
        ):
            ends = _ends(race, arm, kind, name)
            if ends is not None:
                before, after = (f"{factor * value:.{digits}f}" for value in ends)
                facts.append(Fact(f"{title}: {what}", f"at the start {before}", after))
    return facts or [Fact("Runs", "press the button", "none yet")]


def _notice(race: Race | None, notebook: str) -> list[str]:
    words, arms = WORDS[notebook], ARMS[notebook]
    said = [words.happens]
    written, mended = (_ends(race, arm, "test", "knn") for arm in (arms[0], arms[-1]))
    if written is not None and mended is not None:
        said.append(
            f"**Measured here.** As written, the neighbours of a picture are right in {100 * written[0]:.0f} % of the"
            f" cases before training and in {100 * written[1]:.0f} % after it; corrected, {100 * mended[1]:.0f} %."
        )
    said += [f"**The correction.** {words.mend}", f"**Keep.** {words.good}"]
    return said
