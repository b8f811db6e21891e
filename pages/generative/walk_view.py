"""The view with the latent pad: a walk between training pictures."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import streamlit as st
import torch
from torch import Tensor

from engine.glo import film, latent, metrics
from engine.glo.codes import project
from pages.generative import model_input, walk_code
from pages.generative.model_input import COLUMNS, Chosen
from pages.registry import PageEntry
from pages.shared import assets, frame, presenter
from pages.shared.controls import ahead, choice, whole
from pages.shared.figure_first import figure_first
from pages.shared.frame import Fact

LINKED_CORNERS, LINKED_PLACE = "lat_corners", "lat_at"
PATHS = {"linear": "Straight", "spherical": "Spherical"}
CORNERS, STEPS = (2, 3, 4), range(5, 25)
MIDDLE = (0.5, 0.5)
FRAMES = 24  # of a path whose smoothness is measured, and of the GIF
SAMPLES = 16  # that can be corners, numbered after the training pictures
START = {"faces": (9, 41, 18, 58), "mnist-5k": (31, 32, 34, 41), "shapes": (4, 9, 17, 30)}


@st.cache_resource(show_spinner=False, max_entries=8, hash_funcs={Chosen: lambda chosen: chosen.name})
def _samples(chosen: Chosen) -> Tensor:
    """Codes drawn from the Gaussian fitted to all codes of the generator, (SAMPLES, d)."""
    codes = chosen.model.codes
    noise = torch.randn(SAMPLES, codes.shape[1], generator=torch.Generator().manual_seed(0))
    return project(latent.fit_gaussian(codes).sample(noise))


def _codes(chosen: Chosen) -> Tensor:
    """What a corner can be: the codes of the training pictures, then those of the samples."""
    return torch.cat([chosen.model.codes, _samples(chosen)])


def _corners(chosen: Chosen, count: int) -> list[int]:
    """Which pictures are the corners: as chosen in the pad, on arrival as linked."""
    total = len(chosen.model.codes) + SAMPLES
    component = st.session_state.get("lat_pad")
    asked: list[int] = []
    if component is not None and component.get("corners"):
        asked = [int(index) for index in component["corners"]]
        st.query_params[LINKED_CORNERS] = ",".join(map(str, asked))
    else:
        parts = st.query_params.get(LINKED_CORNERS, "").split(",")
        if all(part.isdecimal() for part in parts):
            asked = [int(part) for part in parts]
    known = [index for index in asked[:4] if index < total]
    for index in (*START.get(chosen.model.data, ()), *range(total)):
        if len(known) >= 4:
            break
        if index < total and index not in known:
            known.append(index)
    return known[:count]


def _sampled(chosen: Chosen, corners: list[int]) -> bool:
    return any(index >= len(chosen.model.codes) for index in corners)


def _place() -> tuple[float, float]:
    """The point of the pad: as dragged, on arrival as linked."""
    component = st.session_state.get("lat_pad")
    if component is not None and component.get("at") is not None:
        x, y = (float(part) for part in component["at"])
        st.query_params[LINKED_PLACE] = f"{x:g},{y:g}"
        return x, y
    try:
        x, y = (float(part) for part in st.query_params.get(LINKED_PLACE, "").split(","))
    except ValueError:
        return MIDDLE
    return (x, y) if 0 <= x <= 1 and 0 <= y <= 1 else MIDDLE


# Kept, so that a page opened anew sends all its parts at once: what comes later makes the browser begin again.
@st.cache_data(show_spinner=False, max_entries=64, hash_funcs={Chosen: lambda chosen: chosen.name})
def _facts(chosen: Chosen, corners: list[int], place: tuple[float, float], how: str) -> list[Fact]:
    codes = _codes(chosen)[corners]
    a, b = codes[0], codes[1]
    angle = math.degrees(math.acos(float(torch.cosine_similarity(a, b, dim=0).clamp(-1, 1))))
    walked = chosen.model.decode(latent.path(a, b, FRAMES, how))
    point = latent.blend(codes, *place, how)
    decoded = chosen.model.decode(point.unsqueeze(0))
    nearest, index = metrics.nearest_distance(decoded, chosen.images)
    seen = [index for index in corners if index < len(chosen.model.codes)]
    facts = [
        Fact("Code", f"{len(chosen.model.codes):,} training pictures, one code each", f"{len(a)} numbers"),
        Fact("Length of the code at the point", "‖z‖, the ball ends at 1", f"{float(point.norm()):.3f}"),
        Fact("Angle between A and B", "arccos of their cosine", f"{angle:.0f}°"),
        Fact(
            "Nearest training picture to the decoded one",
            f"picture {int(index) + 1}, RMS",
            f"{float(nearest):.3f}",
        ),
        Fact(
            "Turning of the path from A to B", "0 for a cross-fade", f"{float(metrics.roughness(walked)):.2f}"
        ),
        Fact("Longest step over mean step", f"{FRAMES} frames", f"{float(metrics.largest_step(walked)):.2f}"),
    ]
    if seen:
        rebuilt = metrics.psnr(chosen.model.decode(chosen.model.codes[seen]), chosen.images[seen])
        facts.append(
            Fact("Corners rebuilt from their codes", "PSNR over the corners", f"{float(rebuilt):.1f} dB")
        )
    for key, title, how_found in (
        ("psnr_train", "All training pictures", "PSNR of the stored run"),
        ("psnr_heldout", "Held-out pictures", "PSNR, a code optimised for each"),
    ):
        if key in chosen.figures:
            facts.append(Fact(title, how_found, f"{chosen.figures[key]:.1f} dB"))
    return facts


def _notice(how: str, place: tuple[float, float], corners: list[int], sampled: bool) -> list[str]:
    weights = latent.corner_weights(len(corners), *place)
    compare = (
        "**Compare the two pictures.** The cross-fade shows both at once, like two slides in one projector. The"
        " decoded picture stays one picture: strokes move, they do not dissolve."
    )
    said = [compare]
    if sampled:
        said.append(
            "A corner is a sample: a code drawn from the Gaussian fitted to all codes. No picture was ever there, so"
            " the cross-fade blends its decode."
        )
    elif max(weights) > 0.95:
        said.append(
            "The point is at a corner: the decoded picture is the generator's memory of that training picture,"
            " and the nearest one below should be itself."
        )
    else:
        said.append(
            "No training picture is where the point is. If the nearest ones below look different from the decoded"
            " picture, the generator has made something new, not looked it up."
        )
    if how == "spherical":
        said.append(
            "A spherical path keeps the length of the code; the straight one passes closer to the middle of the ball."
            " GLO's codes may lie anywhere in the ball, so for GLO the straight path is the natural one."
        )
    else:
        said.append("A straight path between two codes never leaves the ball the codes were trained in.")
    return said


def _files(page: PageEntry, chosen: Chosen, corners: list[int], how: str) -> None:
    a, b = _codes(chosen)[corners[:2]]

    def walked() -> torch.Tensor:
        return chosen.model.decode(latent.path(a, b, FRAMES, how))

    for label, name, mime, make in (
        ("Film from A to B as GIF", "walk.gif", "image/gif", lambda: film.gif(walked())),
        ("Its frames as one PNG", "frames.png", "image/png", lambda: film.sprite(walked())),
    ):
        st.download_button(
            label,
            make,
            file_name=f"{chosen.name[:12]}-{name}",
            mime=mime,
            key=f"{page.prefix}{name}",
            icon=":material/movie:",
            type="tertiary",
            on_click="ignore",
        )


def _controls() -> None:
    choice("Corners", CORNERS, key="lat_count", default=4, segmented=True)
    choice("Path", list(PATHS), key="lat_path", default="linear", titles=PATHS.__getitem__, segmented=True)
    whole("Steps from A to B", STEPS[0], STEPS[-1], key="lat_steps", default=12)


def _coming() -> tuple[int, str, int]:
    """What the controls say, which are drawn after the figure."""
    return (
        ahead("lat_count", CORNERS, 4),
        ahead("lat_path", list(PATHS), "linear", PATHS.__getitem__),
        ahead("lat_steps", STEPS, 12),
    )


def _figure(chosen: Chosen, corners: list[int], place: tuple[float, float], how: str, steps: int) -> None:
    several = len(chosen.dataset.classes) > 1
    assets.mount(
        "latent",
        {
            "model": chosen.weights,
            "sheet": chosen.sheet,
            "columns": COLUMNS,
            "corners": corners,
            "at": list(place),
            "how": how,
            "steps": steps,
            "samples": pd.DataFrame({"v": _samples(chosen).numpy().astype(np.float32).ravel()}),
            "labels": chosen.dataset.labels.tolist() if several else None,
            "classes": list(chosen.dataset.classes),
            "name": chosen.name[:12],
        },
        key="lat_pad",
        provenance=chosen.provenance,
        states={"at": None, "corners": None},
    )


def draw(page: PageEntry) -> None:
    """Pad, controls and the parts below."""
    left, right = st.columns([4, 1], gap="medium")
    chosen = model_input.coming(page)
    count, how, steps = _coming()
    corners, place = _corners(chosen, count), _place()
    with left, figure_first():
        _figure(chosen, corners, place, how, steps)
    with right:
        same = model_input.choose(page).name == chosen.name
        _controls()
        if not same or _coming() != (count, how, steps):  # the link writes a number in another way: 7.0
            st.rerun()
        _files(page, chosen, corners, how)
    if presenter.presenting():
        return
    below, beside = st.columns([3, 2], gap="large")
    with below:
        frame.numbers(page, _facts(chosen, corners, place, how))
    with beside:
        frame.notice(_notice(how, place, corners, _sampled(chosen, corners)))
    frame.code(walk_code.pytorch(chosen.name, corners, place, how, steps, sampled=_sampled(chosen, corners)))
