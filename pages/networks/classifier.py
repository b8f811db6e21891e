"""Classifier lab: a plain network and a CNN learn from identical batches, in front of the class."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import streamlit as st

from engine import data
from engine import device as devices
from engine.classifier import Settings
from engine.classifier.networks import size, titles
from pages.networks import (
    classifier_code,
    classifier_controls,
    classifier_results,
    classifier_shown,
    classifier_slow,
    classifier_space,
    classifier_train,
    classifier_try,
)
from pages.networks.classifier_lesson import STEPS
from pages.networks.classifier_shown import Shown
from pages.registry import BY_SLUG
from pages.shared import curves, frame, presenter
from pages.shared.controls import choice
from pages.shared.frame import Fact
from pages.shared.live import Live
from pages.shared.progress import Run
from pages.shared.provenance import Provenance

PAGE = BY_SLUG["classifier"]
VIEWS = {
    "Train": "Train",
    "Results": "Results",
    "Space": "Why the CNN wins",
    "Slow": "Slow motion",
    "Try": "Try a picture",
}
YOURS, STORED = "yours", "stored"
NOTHING = Provenance("live", "Nothing has run yet: press Train.")


def _title(settings: Mapping[str, Any]) -> str:
    """What a run is called in the history."""
    chosen = Settings.from_dict(settings)
    return f"{', '.join(titles(chosen.lanes).values())} on {data.card(chosen.data).title}"


def _source(live: Live) -> str:
    """Whose run is shown: the session's own, or the stored one until there is one."""
    stored = classifier_shown.of_stored() is not None
    if live.run.state is None:
        return STORED if stored else YOURS
    if not stored:
        return YOURS
    names = {YOURS: "Your run", STORED: "CIFAR-10, stored"}
    return choice(
        "Run",
        (YOURS, STORED),
        key="clf_run",
        default=YOURS,
        titles=names.__getitem__,
        segmented=True,
        label_hidden=True,
    )


def _shown(run: Run, source: str) -> Shown | None:
    return classifier_shown.of_stored() if source == STORED else classifier_shown.of_run(run)


def _costs(lanes: Mapping[str, Mapping[str, Any]], batch: int, what: str = "") -> list[Fact]:
    """Two lines per network: what is learned, and what one update takes."""
    facts = []
    for about in lanes.values():
        name, macs = f"{what}{about['title']}", int(about["macs"])
        facts += [
            Fact(f"{name}: parameters", "weights and biases that are learned", f"{about['parameters']:,}"),
            Fact(
                f"{name}: one update",
                f"3 × {macs:,} × {batch} MACs, forward and backward",
                f"{3 * macs * batch:,}",
            ),
        ]
    return facts


def _facts(settings: Settings, shown: Shown | None) -> list[Fact]:
    """What the shown run's networks cost and found, and what those of the widgets would cost where they differ."""
    facts: list[Fact] = []
    if shown is not None:
        facts += _costs(shown.lanes, shown.settings.plan.batch_size)
        for lane, about in shown.lanes.items():
            found = shown.last(lane, "accuracy")
            if found is not None:
                value = f"{100 * found:.2f} %"
                facts.append(Fact(f"{about['title']}: test accuracy", "share of the test pictures", value))
        guess = len(shown.classes)
        facts.append(Fact("Guessing", f"1 / {guess} classes", f"{100 / guess:.1f} %"))
    if shown is None or shown.settings.lanes != settings.lanes:
        card, names, batch = data.card(settings.data), titles(settings.lanes), settings.plan.batch_size
        counted = {
            lane: {"title": names[lane], **vars(size(about, card.shape, len(card.classes)))}
            for lane, about in settings.lanes.items()
        }
        facts += _costs(counted, batch, "" if shown is None else "Next run, ")
        pictures = min(settings.limit or card.counts["train"], card.counts["train"])
        updates = f"{max(pictures // batch, 1):,}"
        facts.append(Fact("Updates per epoch", f"⌊{pictures:,} / {batch}⌋", updates))
    return facts


def _moved(shown: Shown | None) -> list[str]:
    """What each network of a run loses when the test pictures are moved as far as was measured."""
    measured = {} if shown is None else {lane: list(found) for lane, found in shown.robustness.items()}
    losses = [
        f"{shown.lanes[lane]['title']} {100 * found[0]:.0f} % to {100 * found[-1]:.0f} %"
        for lane, found in measured.items()
        if shown is not None and found
    ]
    if not losses:
        return []
    far = len(next(iter(measured.values()))) - 1
    told = f"Moved by {far} pixels: {', '.join(losses)}."
    return [f"{told} Dense layers tie what they learn to a place, also behind convolutions."]


def _notice(settings: Settings, shown: Shown | None, view: str) -> list[str]:
    said = []
    if shown is not None:
        best = {lane: shown.last(lane, "accuracy") for lane in shown.lanes}
        known = {lane: value for lane, value in best.items() if value is not None}
        if len(known) > 1:
            first, *_, last = sorted(known, key=lambda lane: -(known[lane] or 0))
            said.append(
                f"**{shown.lanes[first]['title']} {100 * known[first]:.1f} %, {shown.lanes[last]['title']}"
                f" {100 * known[last]:.1f} %** on the same batches in the same order."
            )
        if shown.settings.shuffle_pixels:
            said.append(
                "All pixels were shuffled by one fixed permutation. A plain network has no idea which pixels are"
                " neighbours, so nothing changes for it; a convolution looks at neighbours only."
            )
    if view == "Results":
        said.append(
            "Precision asks: of what it calls a class, how much is one? Recall asks: of the class, how much did it"
            " find? F1 is their harmonic mean, low as soon as one of them is."
        )
    elif view == "Space":
        said.append(
            "A filter of the CNN is the same everywhere, so an object that moves moves its responses; the plain network"
            " has to learn every place anew. Training on shifted pictures (More) teaches it some of that."
        )
        said += _moved(shown)
    elif view == "Slow":
        said.append(
            "Where a gradient is much smaller than the layer's weights, that layer hardly learns in this step."
        )
    elif view == "Try":
        said.append(
            "The overlay is bright where the last feature maps spoke for the class; click another class to ask for it."
        )
    else:
        said.append(
            "The dashed line is the loss on what it learns from, the solid one on what it has never seen: where they"
            " part, it is learning by heart."
        )
    if settings.changes.label_noise > 0:
        said.append(
            f"{100 * settings.changes.label_noise:.0f} % of the training labels are wrong: watch how late that shows."
        )
    return said


def _draw_view(view: str, shown: Shown | None, axis: str, log: bool) -> None:
    """The picture of one view; called several times per second while a run is on."""
    if view == "Try":
        return
    if shown is None:
        st.caption("Press *Train*: the first numbers come within a second.")
    elif view == "Train":
        classifier_train.draw(PAGE, shown, axis, log)
    elif view == "Space":
        classifier_space.draw(PAGE, shown)
    else:
        lane = classifier_results.lane(PAGE, shown)
        view_of = {"Slow": classifier_slow.draw, "Results": classifier_results.draw}[view]
        view_of(PAGE, shown, lane if lane in shown.lanes else list(shown.lanes)[-1])


def _picture(live: Live, settings: Settings, view: str) -> tuple[Settings, Shown | None]:
    """The switch of the run and the view's picture; the settings with what the view adds, and what is shown."""
    if view == "Space":
        with st.container(horizontal=True, vertical_alignment="bottom", gap="large"):
            settings = replace(settings, **classifier_controls.space(PAGE))
    settings = replace(settings, slow_motion=view == "Slow")
    source = _source(live)
    known = _shown(live.run, source)
    axis, log = curves.axes("clf_", ("examples", "seconds", "macs")) if view == "Train" else ("", False)

    def picture(run: Run) -> None:
        shown = _shown(run, source)
        if shown is not None or not run.active:  # else the line above says what it waits for
            _draw_view(view, shown, axis, log)

    live.show(settings, picture)
    if view == "Try" and known is not None:
        classifier_try.draw(PAGE, known)
    elif view == "Try":
        st.caption("Train first: there is no network to ask yet.")
    return settings, known


def _words(settings: Settings, known: Shown | None, view: str) -> None:
    """Numbers, what to notice, code and further reading."""
    below, beside = st.columns([3, 2], gap="large")
    with below:
        frame.numbers(PAGE, _facts(settings, known))
        if known is not None:
            classifier_train.export(PAGE, known)
    with beside:
        frame.notice(_notice(settings, known, view))
    card = data.card(settings.data)
    last = list(settings.lanes.values())[-1]
    frame.code(
        classifier_code.pytorch(settings, last, card.shape, len(card.classes)),
        classifier_code.keras(last, card.shape, len(card.classes)),
    )
    frame.deeper(
        {
            "Foster, Generative Deep Learning, chapter 2": "https://www.oreilly.com/library/view/"
            "generative-deep-learning/9781098134174/",
            "Krizhevsky, Learning multiple layers of features": "https://www.cs.toronto.edu/~kriz/"
            "learning-features-2009-TR.pdf",
            "Selvaraju et al., Grad-CAM": "https://arxiv.org/abs/1610.02391",
        },
        "CIFAR 10. A vanilla neural network. CIFAR 10, CNN. Evaluation metrics",
        "augmentations",
    )


def draw() -> None:
    """The page."""
    live = Live(PAGE, "engine.classifier.experiment", title=_title)
    first = _shown(live.run, STORED if live.run.state is None else YOURS)
    frame.header(
        PAGE,
        first.provenance if first is not None else NOTHING,
        device=str(devices.pick()),
        data=first.about if first is not None else str(live.run.settings.get("data", "choose below")),
        steps=STEPS,
        parameters=(classifier_results.LINKED,),
    )
    view = choice(
        "View",
        list(VIEWS),
        key="clf_view",
        default="Train",
        titles=VIEWS.__getitem__,
        segmented=True,
        label_hidden=True,
    )
    left, right = st.columns([3, 1], gap="medium")
    with right:
        settings = classifier_controls.draw(PAGE, places=view != "Space")
    with left:
        settings, known = _picture(live, settings, view)
    if not presenter.presenting():
        _words(settings, known, view)


draw()
