"""The figures of the GLO page: one batch in four steps, the run through time, its curves and numbers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
import torch

from engine import data, stored_runs
from engine.data import Dataset
from engine.glo.learning import shape_of
from engine.glo.training import Settings
from engine.glo.watching import SHOWN
from engine.images import encode_png, sheet
from engine.models.generator import multiply_adds, parameters
from pages.generative import glo_codes, story
from pages.generative.glo_controls import LOSSES
from pages.registry import PageEntry
from pages.shared import assets, curves, pictures, presenter
from pages.shared.controls import choice
from pages.shared.frame import Fact
from pages.shared.progress import Run
from pages.shared.provenance import Provenance

LANES = {"made_glo": "GLO", "made_autoencoder": "Autoencoder"}
TABLES = ("codes", "gradient", "moved", "each", "layer_norms")
COLUMNS = 10
CONTROL_DATA = "mnist-5k"
FROZEN, LEARNED = "glo-frozen", "glo-sphere"  # the control experiment: random codes that stay, and that learn


def draw(page: PageEntry, run: Run, provenance: Provenance, settings: Settings) -> None:
    """Everything that changes while a run is on."""
    view = choice(
        "Show",
        ("One batch", "Through time", "Map of codes"),
        key="glo_show",
        default="One batch",
        segmented=True,
        label_hidden=True,
    )
    if view == "One batch":
        _batch(run, provenance)
    elif view == "Through time":
        _time(run, provenance)
    else:
        glo_codes.draw(page, run, provenance)
    if not presenter.presenting():
        _curves(page, run, settings)


def _batches(run: Run) -> list[Mapping[str, Any]]:
    """The batches that can be looked at: of a stored run several, of a live one the last."""
    if str(run.job).startswith("stored"):
        return story.stored_batches(str(run.job).removeprefix("stored "))
    return [run.latest["batch"]] if "batch" in run.latest else []


def _batch(run: Run, provenance: Provenance) -> None:
    views = _batches(run)
    if not views:
        story.nothing_yet(run, "batch")
        return
    inner, first = run.settings, views[0]
    tiles = np.concatenate([np.concatenate([view["pictures"], view["generated"]]) for view in views])
    height, width = tiles.shape[-2:]
    count, dimension = first["codes"].shape
    drawn = encode_png(sheet(torch.from_numpy(np.ascontiguousarray(tiles)).float() / 255, 2 * SHOWN))
    norms = np.stack([view["layer_norms"] for view in views])
    assets.mount(
        "glo",
        {
            "id": run.job,
            "sheet": pictures.keep(drawn),
            "tile": [height, width],
            "count": count,
            "dimension": dimension,
            **{
                name: _table(np.stack([view[source] for view in views]))
                for name, source in (
                    ("codes", "codes"),
                    ("gradient", "gradient"),
                    ("moved", "moved"),
                    ("each", "each"),
                )
            },
            "norms": _table(norms),
            "layers": ["dense", *(f"doubling {number}" for number in range(1, norms.shape[1]))],
            "after": [f"after {view['examples']:,.0f} pictures" for view in views],
            "show": min(2, len(views) - 1),
            "learn": bool(inner["codes"]["learn"]),
            "loss": f"loss: {LOSSES[inner['loss']['name']]}",
            "rate": "gradient descent"
            if inner["codes"]["method"] == "sgd"
            else f"Adam, rate {inner['codes']['rate']:g}",
        },
        key="glo_figure_batch",
        provenance=provenance,
    )


def _table(values: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"v": values.astype(np.float32).ravel()})


def _time(run: Run, provenance: Provenance) -> None:
    found = story.moments(run)
    if not found:
        story.nothing_yet(run, "moment")
        return
    images = found[0]["pictures"]
    lanes = [story.fixed_lane(images, "Training pictures", COLUMNS)]
    lanes += [story.lane(run, name, title, COLUMNS) for name, title in LANES.items() if name in found[-1]]
    counts, look = story.norms(found)
    labels, classes = _labels(run, len(found[-1]["codes"]))
    assets.mount(
        "film",
        {
            "id": run.job,
            "name": "glo",
            "frames": [story.label(moment) for moment in found],
            "lanes": lanes,
            "tile": list(images.shape[-2:]),
            "columns": COLUMNS,
            "largest": 3,
            "points": story.places(run, found),
            "cloud": {
                "labels": labels,
                "classes": classes,
                "title": f"Codes of {len(labels)} pictures, in the plane of most variance",
            },
            "norms": counts,
            "histogram": look,
        },
        key="glo_figure_film",
        provenance=provenance,
    )


def _labels(run: Run, count: int) -> tuple[list[int], list[str]]:
    dataset = data.load(str(run.settings["data"]), "train", int(run.settings["limit"]))
    return dataset.labels[:count].tolist(), list(dataset.classes)


def _curves(page: PageEntry, run: Run, settings: Settings) -> None:
    x, log = curves.axes(page.prefix, ("examples", "seconds", "epoch"))
    lines = [
        curves.curve(title, run.points.get(f"test {name.removeprefix('made_')}", []), x, "psnr", group=group)
        for group, (name, title) in enumerate(LANES.items())
    ]
    for title, control in _controls(run, settings).items():
        points = control.points["test glo"]
        lines.append(curves.curve(title, points, x, "psnr", group=3, dashed=True))
    marked = curves.markers(run.markers, x)
    axis = curves.AXES[x]
    left, right = st.columns(2)
    with left:
        spec = curves.option(
            [line for line in lines if line.x],
            x_title=axis,
            y_title="PSNR of training pictures, dB",
            marked=marked,
        )
        curves.draw(
            "glo_curve_psnr",
            spec,
            alt="Peak signal to noise ratio of reconstructed training pictures over the run",
        )
    with right:
        losses = [
            curves.curve(
                title, run.points.get(f"train {name.removeprefix('made_')}", []), x, "loss", group=group
            )
            for group, (name, title) in enumerate(LANES.items())
        ]
        spec = curves.option(
            [line for line in losses if line.x], x_title=axis, y_title="Loss", marked=marked, log=log
        )
        curves.draw("glo_curve_loss", spec, alt="Training loss over the run")


def _controls(run: Run, settings: Settings) -> dict[str, Run]:
    """The other arm of the control experiment, for a run on its digits."""
    frozen = run.settings.get("codes", {}).get("learn") is False
    name, title = (
        (LEARNED, "Random codes that learn (stored)") if frozen else (FROZEN, "Random codes, frozen (stored)")
    )
    if settings.data != CONTROL_DATA or not stored_runs.exists(name):
        return {}
    return {title: story.stored(name)}


def last(run: Run | None, kind: str, name: str) -> float | None:
    """The newest value of a curve."""
    points = run.points.get(kind, []) if run is not None else []
    return float(points[-1][name]) if points and name in points[-1] else None


def facts(run: Run | None, settings: Settings, dataset: Dataset) -> list[Fact]:
    """The numbers of the page."""
    shape = shape_of(dataset.images)
    weights = parameters(settings.generator, shape)
    count, latent = len(dataset), settings.generator.latent
    pixels = count * dataset.images[0].numel()
    found = [
        Fact("Weights of the generator", f"width {settings.generator.width}", f"{weights:,}"),
        Fact("Numbers in the codes", f"{count:,} pictures × {latent}", f"{count * latent:,}"),
        Fact("Numbers in the pictures", "pictures × colours × height × width", f"{pixels:,}"),
        Fact(
            "What is learned, per pixel",
            "(weights + codes) / pixels",
            f"{(weights + count * latent) / pixels:.2f}",
        ),
        Fact(
            "Multiply-adds of one picture",
            "dense layer and doublings",
            f"{multiply_adds(settings.generator, shape):,}",
        ),
    ]
    for kind, title in (("test glo", "GLO"), ("test autoencoder", "Autoencoder")):
        value = last(run, kind, "psnr")
        if value is not None:
            found.append(Fact(f"{title}: training pictures", "PSNR of the first 1,000", f"{value:.2f} dB"))
    found += _result_facts(run)
    speed = last(run, "train glo", "examples_per_second")
    if speed is not None:
        found.append(Fact("Speed", "training alone", f"{speed:,.0f} pictures/s"))
    return found


def _result_facts(run: Run | None) -> list[Fact]:
    if run is None or run.result is None:
        return []
    figures = run.result["figures"]
    titles = {
        "psnr_heldout_glo": ("GLO: held-out pictures", "PSNR, a code optimised for each"),
        "psnr_heldout_autoencoder": ("Autoencoder: held-out pictures", "PSNR, encoded"),
    }
    if "glo" in figures:  # a stored comparison
        figures = {f"psnr_heldout_{name}": figures[name]["psnr"] for name in ("glo", "autoencoder")}
    return [Fact(*titles[key], f"{value:.2f} dB") for key, value in figures.items() if key in titles]


def _bought() -> str:
    """What the stored control experiment measured."""
    if not (stored_runs.exists(FROZEN) and stored_runs.exists(LEARNED)):
        return ""
    frozen, learned = (float(story.stored(name).points["test glo"][-1]["psnr"]) for name in (FROZEN, LEARNED))
    return (
        f" Stored, on MNIST 5k, from the same random codes: {frozen:.1f} dB where they stay, {learned:.1f} dB"
        " where they learn. That is what optimising z buys."
    )


def notice(run: Run | None, settings: Settings) -> list[str]:
    """Two or three sentences about what is on screen."""
    said = []
    if not settings.codes.learn:
        said.append(
            "**Random codes that never learn.** The generator must memorise which random vector belongs to which"
            " picture, with nothing alike about the codes of alike pictures. Its reconstructions stay blurred."
            f"{_bought()}"
        )
    elif settings.codes.start == "sphere":
        said.append(
            "**From random codes.** At first the generator can only draw the mean picture, the same for all. As the"
            " codes move, alike pictures find each other, and only then details appear."
        )
    else:
        said.append(
            "**From principal components.** Alike pictures start with alike codes, so the generator draws"
            " shapes within the first epoch. Choose random first codes and see how much longer the same takes."
        )
    glo, rival = last(run, "test glo", "psnr"), last(run, "test autoencoder", "psnr")
    if glo is not None and rival is not None:
        ahead = "ahead of" if glo > rival else "behind"
        said.append(
            "The autoencoder has the same decoder, but must compute each code with an encoder that serves all"
            f" pictures. GLO looks its code up and is {abs(glo - rival):.1f} dB {ahead} it on the training pictures."
        )
    else:
        said.append(
            "There is no encoder and no discriminator: one loss, two gradients. The code of a picture moves only when"
            " the picture is in the batch."
        )
    said.append(
        "The paper's claim, as the lecture has it: on MNIST, SVHN and CelebA this gives what GANs are celebrated for,"
        " without the game; on LSUN it is worse than GANs. Ours are the numbers on this page."
    )
    return said
