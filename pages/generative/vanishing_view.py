"""The view with the vanishing gradient: generators frozen at three moments, discriminators trained on."""

from __future__ import annotations

import streamlit as st

from engine import stored_runs
from engine.glo.vanishing import Settings, fall
from pages.generative import story, vanishing_code
from pages.registry import PageEntry
from pages.shared import curves, frame, presenter
from pages.shared.controls import choice, whole
from pages.shared.frame import Fact
from pages.shared.live import Live
from pages.shared.progress import Run
from pages.shared.provenance import Provenance

STORED = "glo-vanishing"
LIVE = Provenance("live", "A worker of this server trains and measures now: engine.glo.vanishing.")
LOSSES = {"minimax": "log(1 − D), the game's own", "practical": "−log D, used instead"}
MOMENTS = {
    "1, 5 and 20 epochs": (1, 5, 20),
    "0, 1 and 2 epochs": (0, 1, 2),
    "1, 10 and 25 epochs": (1, 10, 25),
}


def provenance(run: Run | None) -> Provenance:
    """Of what the view shows."""
    if (run is not None and run.state is not None) or not stored_runs.exists(STORED):
        return LIVE
    text = "A stored run; press Measure for one of your own."
    return Provenance("stored", text, stored_runs.provenance(STORED))


def live(page: PageEntry) -> Live:
    """The run of this view."""
    return Live(page, "engine.glo.vanishing", name="vanishing", start="Measure")


def draw(page: PageEntry) -> None:
    """The curves, controls and the parts below."""
    left, right = st.columns([4, 1], gap="medium")
    with right:
        loss = choice(
            "Loss of the generator",
            list(LOSSES),
            key="sad_loss",
            default="minimax",
            titles=LOSSES.__getitem__,
        )
        moments = choice("Frozen after", list(MOMENTS), key="sad_moments", default="1, 5 and 20 epochs")
        updates = whole("Further updates", 100, 3000, key="sad_iterations", default=1500)
        seed = whole("Seed", 0, 20, key="sad_seed_v", default=0)
    settings = Settings(freeze_after=MOMENTS[moments], iterations=updates, seed=seed)
    kept = story.stored(STORED) if stored_runs.exists(STORED) else None
    running = live(page)

    def figure(run: Run) -> None:
        shown = run if run.state is not None else kept
        if shown is None:
            st.info(
                "Press Measure: it trains a GAN and freezes its generator three times.",
                icon=":material/play_arrow:",
            )
            return
        lines = _lines(shown, loss)
        if not lines:
            st.caption("The GAN is training up to the first moment.")
            return
        title = f"Norm of the generator's gradient, loss {LOSSES[loss].split(',')[0]}"
        spec = curves.option(lines, x_title="Updates of the fresh discriminator", y_title=title, log=True)
        curves.draw("sad_curve_norms", spec, alt=title, height=430)

    with left:
        running.show(settings, figure, steps=False)
    if presenter.presenting():
        return
    shown = running.run if running.run.state is not None else kept
    below, beside = st.columns([3, 2], gap="large")
    with below:
        frame.numbers(page, _facts(shown), name="vanishing")
    with beside:
        frame.notice(_notice(shown, loss))
    frame.code(vanishing_code.pytorch(settings))


def _moments(run: Run | None) -> list[str]:
    kinds = [kind for kind in run.points if kind.startswith("norm ")] if run is not None else []
    return sorted(kinds, key=lambda kind: int(kind.split()[1]))


def _when(kind: str) -> str:
    epochs = kind.split()[1]
    return f"after {epochs} epoch{'' if epochs == '1' else 's'}"


def _lines(run: Run, loss: str) -> list[curves.Curve]:
    return [
        curves.curve(_when(kind), run.points[kind], "iteration", loss, group=(3, 0, 2)[index % 3])
        for index, kind in enumerate(_moments(run))
    ]


def _facts(run: Run | None) -> list[Fact]:
    facts: list[Fact] = []
    for kind in _moments(run):
        points = run.points[kind] if run is not None else []
        for loss, title in LOSSES.items():
            norms = [float(point[loss]) for point in points]
            facts.append(
                Fact(
                    f"Frozen {_when(kind)}: {title.split(',')[0]}",
                    f"largest norm {max(norms):.2g}, last {norms[-1]:.2g}",
                    f"1 / {max(norms) / norms[-1]:.3g}" if norms[-1] else "0",
                )
            )
    return facts or [Fact("Moments", "none measured yet", "0")]


def _notice(run: Run | None, loss: str) -> list[str]:
    said = []
    said.append(
        "**A better judge teaches less.** The generator is frozen, a fresh discriminator learns on. The surer"
        " it gets, the flatter log(1 − D) is where the generated pictures are, and the less the generator is told."
    )
    kinds = _moments(run)
    if run is not None and kinds and loss == "minimax":
        falls = {kind: fall([float(point["minimax"]) for point in run.points[kind]]) for kind in kinds}
        kind = max(kinds, key=falls.__getitem__)
        updates = run.points[kind][-1]["iteration"]
        said.append(
            f"Within {updates:,.0f} updates the gradient of the generator frozen {_when(kind)} falls to"
            f" 1/{10 ** falls[kind]:.3g} of its largest. It is small at the very first update too: a discriminator that"
            " has seen nothing has no slope. It must be good, but not too good: that balance is the art."
        )
    if loss == "practical":
        said.append(
            "The loss −log D does not vanish: where the discriminator is sure, its slope is largest. It is no"
            " longer the same game, and its gradient is noisy."
        )
    said.append(
        "The figure follows Arjovsky and Bottou 2017 (figure 2 and 3), which the lecture shows; the numbers here are"
        " ours, on MNIST digits. GLO has no judge: its gradient is that of the pictures' own error."
    )
    return said
