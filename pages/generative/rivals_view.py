"""The view with a GAN and GLO beside each other: losses, samples through time, seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from engine import stored_runs
from engine.glo.beside import Settings
from engine.glo.gan import GanSettings
from engine.training import Plan
from pages.generative import rivals_code, story
from pages.registry import PageEntry
from pages.shared import assets, curves, frame, presenter
from pages.shared.controls import choice, whole
from pages.shared.frame import Fact
from pages.shared.live import Live
from pages.shared.progress import Run
from pages.shared.provenance import Provenance

STORED = "glo-beside"
LIVE = Provenance("live", "A worker of this server trains both on the same batches now: engine.glo.beside.")
RATES = (0.0002, 0.0005, 0.001, 0.002, 0.005)
PENALTIES = (0.0, 0.1, 1.0, 10.0)
ACROSS = 8


def provenance(run: Run | None) -> Provenance:
    """Of what the view shows."""
    if (run is not None and run.state is not None) or not stored_runs.exists(STORED):
        return LIVE
    text = "A stored run, from several seeds; press Train for one of your own."
    return Provenance("stored", text, stored_runs.provenance(STORED))


def live(page: PageEntry) -> Live:
    """The run of this view."""
    return Live(page, "engine.glo.beside", name="rivals", title=_title)


def _title(started: Mapping[str, Any]) -> str:
    """What a run is called in the history."""
    return f"GAN beside GLO on {started['data']}, seed {started['plan']['seed']}"


def draw(page: PageEntry) -> None:
    """Samples, losses, seeds, controls and the parts below."""
    left, right = st.columns([4, 1], gap="medium")
    with right:
        generator = choice("Rate of the generator", RATES, key="sad_rate_g", default=0.001, titles=_number)
        discriminator = choice(
            "Rate of the discriminator", RATES, key="sad_rate_d", default=0.001, titles=_number
        )
        penalty = choice("Gradient penalty", PENALTIES, key="sad_penalty", default=0.0, titles=_number)
        epochs = whole("Epochs", 1, 60, key="sad_epochs", default=20)
        seed = whole("Seed", 0, 20, key="sad_seed", default=0)
        st.caption("These set the run you start. GLO trains on the same batches with its own rates.")
    settings = Settings(
        gan=GanSettings(rate_generator=generator, rate_discriminator=discriminator, penalty=penalty),
        plan=Plan(epochs=epochs, batch_size=64, seed=seed),
    )
    kept = story.stored(STORED) if stored_runs.exists(STORED) else None
    running = live(page)

    def figure(run: Run) -> None:
        shown = run if run.state is not None else kept
        if shown is None:
            st.info("Press Train: both start on the digits, side by side.", icon=":material/play_arrow:")
            return
        _film(shown, provenance(run))
        if not presenter.presenting():
            _curves(shown, kept)

    with left:
        running.show(settings, figure)
    if presenter.presenting():
        return
    shown = running.run if running.run.state is not None else kept
    below, beside_ = st.columns([3, 2], gap="large")
    with below:
        frame.numbers(page, _facts(shown, kept), name="rivals")
    with beside_:
        frame.notice(_notice(shown, kept))
    frame.code(rivals_code.pytorch(settings))


def _number(value: float) -> str:
    return f"{value:g}"


def _film(run: Run, where: Provenance) -> None:
    found = story.moments(run)
    if not found:
        story.nothing_yet(run, "samples")
        return
    lanes = [
        story.lane(run, "gan", "GAN", ACROSS, "samples from its noise"),
        story.lane(run, "glo", "GLO", ACROSS, "samples from a Gaussian fitted to its codes"),
    ]
    assets.mount(
        "film",
        {
            "id": run.job,
            "name": "rivals",
            "frames": [story.label(moment) for moment in found],
            "lanes": lanes,
            "tile": list(found[0]["glo"].shape[-2:]),
            "columns": ACROSS,
            "largest": 2,
        },
        key="sad_film",
        provenance=where,
    )


def _curves(run: Run, kept: Run | None) -> None:
    points = run.points.get("step", [])
    left, right = st.columns(2)
    with left:
        lines = [
            curves.curve("GAN: generator", points, "epoch", "generator", group=3),
            curves.curve("GAN: discriminator", points, "epoch", "discriminator", group=0),
        ]
        spec = curves.option(lines, x_title="Epochs", y_title="Losses of the GAN")
        curves.draw("sad_curve_gan", spec, alt="Both losses of the GAN over the epochs")
    with right:
        lines = [curves.curve("GLO", points, "epoch", "glo", group=4)]
        spec = curves.option(lines, x_title="Epochs", y_title="Loss of GLO")
        curves.draw("sad_curve_glo", spec, alt="The loss of GLO over the epochs")
    lines = [
        curves.curve(title, run.points.get("quality", []), "epoch", name, group=group)
        for name, title, group in (("gan", "GAN", 3), ("glo", "GLO", 4))
    ]
    if kept is not None:
        lines += _seed_lines(str(kept.job).removeprefix("stored "))
    title = "Distance of samples to real pictures, one line per seed"
    spec = curves.option(lines, x_title="Epochs", y_title=title, log=True)
    curves.draw("sad_curve_seeds", spec, alt="Sliced Wasserstein distance of samples to held-out pictures")


@st.cache_resource(show_spinner=False, max_entries=2)
def _seed_lines(name: str) -> list[curves.Curve]:
    """The other seeds of the stored run, dashed."""
    arrays = stored_runs.load(name).arrays
    found = []
    for seed in range(1, 20):
        x = arrays.get(f"seed {seed} quality/epoch")
        if x is None:
            break
        for key, title, group in (("gan", "GAN", 3), ("glo", "GLO", 4)):
            y = arrays[f"seed {seed} quality/{key}"]
            found.append(
                curves.Curve(
                    f"{title}, seed {seed} (stored)", x.tolist(), y.tolist(), dashed=True, group=group
                )
            )
    return found


def swing(values: Sequence[float]) -> float:
    """How much a loss goes up: the sum of its rises over the sum of all its moves."""
    moves = np.diff(np.asarray(values, np.float64))
    total = float(np.abs(moves).sum())
    return float(moves[moves > 0].sum()) / total if total else 0.0


def _facts(run: Run | None, kept: Run | None) -> list[Fact]:
    facts: list[Fact] = []
    if run is not None and (points := run.points.get("step")):
        for name, title in (
            ("generator", "GAN: generator"),
            ("discriminator", "GAN: discriminator"),
            ("glo", "GLO"),
        ):
            share = 100 * swing([float(point[name]) for point in points])
            facts.append(
                Fact(f"{title}: moves of the loss that go up", "rises / all moves", f"{share:.0f} %")
            )
        facts.append(Fact("D on real pictures, now", "0.5: undecided", f"{points[-1]['real']:.2f}"))
        facts.append(Fact("D on generated pictures, now", "0.5: undecided", f"{points[-1]['fake']:.2f}"))
    if kept is not None and kept.result is not None:
        facts += _seed_facts(kept.result["figures"])
    return facts or [Fact("Runs", "none yet", "0")]


def _seed_facts(figures: Mapping[str, Any]) -> list[Fact]:
    seeds = len(figures["gan"])
    facts = [
        Fact(
            f"{title}: distance to real pictures, stored",
            f"mean of {seeds} seeds, least to most",
            f"{np.mean(figures[name]):.4f} ({min(figures[name]):.4f} to {max(figures[name]):.4f})",
        )
        for name, title in (("gan", "GAN"), ("glo", "GLO"))
    ]
    facts.append(
        Fact("A perfect generator", "training to held-out pictures", f"{np.mean(figures['floor']):.4f}")
    )
    ratio = np.mean(figures["seconds_gan"]) / np.mean(figures["seconds_glo"])
    facts.append(Fact("Time of a GAN update over one of GLO", "same generator, same batch", f"{ratio:.1f}"))
    return facts


def _notice(run: Run | None, kept: Run | None) -> list[str]:
    said = []
    said.append(
        "**Two losses that fight, one loss that falls.** The discriminator's gain is the generator's loss, so neither"
        " curve tells whether the pictures get better. GLO's loss falls, and says how far the pictures are off."
    )
    if kept is not None and kept.result is not None:
        figures = kept.result["figures"]
        spread = {name: max(figures[name]) - min(figures[name]) for name in ("gan", "glo")}
        wider = "the GAN" if spread["gan"] > spread["glo"] else "GLO"
        said.append(
            f"Over {len(figures['gan'])} seeds the final distance to real pictures spreads by"
            f" {spread['gan']:.4f} for the GAN and by {spread['glo']:.4f} for GLO: {wider} depends more on its"
            " first weights here."
        )
    if run is not None and (quality := run.points.get("quality")):
        better = "GLO" if quality[-1]["glo"] < quality[-1]["gan"] else "the GAN"
        said.append(
            f"At the end the samples of {better} are nearer to real pictures as a set. Look at single ones too:"
            " a GAN's are sharp but may repeat, GLO's vary but may be no digit at all."
        )
    return said
