"""The view with a picture of one's own: draw it, take it from a file, and look for its code."""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st
from torch import Tensor

from engine import data, images, stored_runs
from engine.glo import reaching
from engine.settings import SettingError
from pages.generative import model_input, own_code, story
from pages.generative.model_input import Chosen
from pages.registry import PageEntry
from pages.shared import assets, frame, picture_input, presenter
from pages.shared.controls import choice, whole
from pages.shared.frame import Fact
from pages.shared.live import Live
from pages.shared.progress import Run
from pages.shared.provenance import Provenance

DRAW, UNSEEN, FILE = "Draw", "Held-out picture", "File or photograph"
LIVE = Provenance("live", "A worker of this server optimises the code now: engine.glo.reaching.")
DRAWN = Provenance("live", "Drawn by you in this browser.")
EXPERIMENT = "engine.glo.reaching"
UNSEEN_KEY = "lat_unseen"
FIRST_UNSEEN = {"faces": 3, "mnist-5k": 7, "shapes": 2}


def draw(page: PageEntry) -> None:
    """Picture, search and the parts below."""
    left, right = st.columns([4, 1], gap="medium")
    with right:
        chosen = model_input.choose(page)
        source = choice("Your picture", (DRAW, UNSEEN, FILE), key="lat_source", default=DRAW)
        picture = _given(page, chosen, source)
        starts = whole(
            "Starts", 1, 10, key="lat_starts", default=5, help="Codes that set out; the best counts."
        )
        steps = whole("Steps", 20, 500, key="lat_search", default=200)
    with left:
        picture = _sketch(chosen) if source == DRAW else picture
        settings = reaching.Settings(
            model=chosen.name,
            picture="" if picture is None else reaching.encode(picture),
            starts=starts,
            steps=steps,
        )
        live = Live(page, EXPERIMENT, name="search", start="Find its code")

        def figure(run: Run) -> None:
            _figure(run, chosen, picture)

        live.show(settings, figure, steps=False, disabled="Draw something first." if picture is None else "")
    if presenter.presenting():
        return
    run = live.run
    below, beside = st.columns([3, 2], gap="large")
    with below:
        frame.numbers(page, _facts(run, chosen), name="search")
    with beside:
        frame.notice(_notice(run, chosen))
    frame.code(own_code.pytorch(chosen.name, source, _unseen(chosen), starts, steps))


def _given(page: PageEntry, chosen: Chosen, source: str) -> Tensor | None:
    """The picture (C, H, W) for the sources that need no drawing."""
    channels, height, width = chosen.model.shape
    if source == UNSEEN:
        unseen = data.load(chosen.model.data, "test")
        most = min(len(unseen), 200)
        first = FIRST_UNSEEN.get(chosen.model.data, 0) + 1
        number = whole("Which", 1, most, key=UNSEEN_KEY, default=first, help="Never seen in training.")
        return unseen.images[number - 1].float() / 255
    if source == FILE:
        picture = picture_input.choose(page, size=128, numbers=False)
        square = images.square(picture.image, max(height, width))
        square = images.resize(images.grey(square) if channels == 1 else square, height, width)
        return square[0].clamp(0, 1)
    return None


def _unseen(chosen: Chosen) -> int:
    """Which held-out picture is chosen, or would be."""
    return int(st.session_state.get(UNSEEN_KEY, FIRST_UNSEEN.get(chosen.model.data, 0) + 1)) - 1


def _sketch(chosen: Chosen) -> Tensor | None:
    """The drawing, (C, H, W), or None while the paper is empty."""
    dark = float(chosen.images.mean()) < 0.5
    key = f"lat_sketch_{chosen.model.data}"
    component = st.session_state.get(key)
    text = component.get("picture") if component is not None else None
    assets.mount(
        "sketch",
        {"shape": list(chosen.model.shape), "id": chosen.name, "paper": 0 if dark else 255, "picture": text},
        key=key,
        provenance=DRAWN,
        states={"picture": None},
    )
    if not text:
        return None
    try:
        return reaching.decode(text, chosen.model.shape)[0]
    except SettingError:
        return None


def _figure(run: Run, chosen: Chosen, picture: Tensor | None) -> None:
    found = story.moments(run)
    if not found:
        if picture is not None:
            _film(
                run,
                chosen,
                [story.fixed_lane(_bytes(picture)[None], "Your picture", 1)],
                ["not yet searched"],
                None,
            )
        return
    target = reaching.decode(str(run.settings["picture"]), _shape(found))
    starts = len(found[-1]["made"])
    lanes = [
        story.fixed_lane(_bytes(target[0])[None], "Your picture", 1),
        story.lane(run, "made", "What each code makes", starts, "the first starts at the mean code"),
    ]
    series = [
        {
            "name": f"code {start + 1}",
            "group": start,
            "values": [float(moment["psnr"][start]) for moment in found],
        }
        for start in range(starts)
    ]
    chart = {
        "series": series,
        "x": [float(moment["step"]) for moment in found],
        "xTitle": "steps (PSNR in dB)",
        "log": False,
    }
    frames = [f"step {moment['step']:.0f}, best {float(np.max(moment['psnr'])):.1f} dB" for moment in found]
    _film(run, chosen, lanes, frames, chart)


def _film(
    run: Run, chosen: Chosen, lanes: list[dict[str, Any]], frames: list[str], chart: dict[str, Any] | None
) -> None:
    assets.mount(
        "film",
        {
            "id": f"{run.job} {chosen.name}",
            "name": "search",
            "frames": frames,
            "lanes": lanes,
            "tile": list(chosen.model.shape[1:]),
            "columns": 5,
            "largest": 4 if chart is not None else 8,
            **({"chart": chart} if chart is not None else {"quiet": True}),
        },
        key="lat_search_film",
        provenance=LIVE,
    )


def _bytes(picture: Tensor) -> np.ndarray:
    return images.to_uint8(picture).numpy()


def _shape(found: list[Any]) -> tuple[int, int, int]:
    channels, height, width = found[-1]["made"].shape[1:]
    return channels, height, width


def _each(chosen: Chosen) -> np.ndarray | None:
    """PSNR of every held-out picture in the stored comparison."""
    name = f"glo-{chosen.model.data}"
    if not stored_runs.exists(name):
        return None
    arrays = stored_runs.load(name).arrays
    found = arrays.get("examples/glo_each")
    return None if found is None else found[0]


def _facts(run: Run, chosen: Chosen) -> list[Fact]:
    facts = []
    if run.result is not None:
        figures = run.result["figures"]
        facts += [
            Fact("Best picture", "PSNR to yours", f"{figures['psnr']:.2f} dB"),
            Fact("Structural similarity", "SSIM, 1 is equal", f"{figures['ssim']:.3f}"),
            Fact("Length of its code", "‖z‖, the ball ends at 1", f"{figures['norm']:.3f}"),
            Fact("Nearest training code", "‖z − z of a training picture‖", f"{figures['code_distance']:.3f}"),
            Fact(
                "Best without searching",
                f"training picture {figures['nearest_index'] + 1:.0f}, PSNR to yours",
                f"{figures['nearest']:.2f} dB",
            ),
        ]
        each = _each(chosen)
        if each is not None:
            share = 100 * float((each < figures["psnr"]).mean())
            facts.append(
                Fact("Held-out pictures it beats", f"of {len(each):,} in the stored run", f"{share:.0f} %")
            )
    for key, title in (("psnr_train", "Training pictures"), ("psnr_heldout", "Held-out pictures")):
        if key in chosen.figures:
            facts.append(Fact(title, "PSNR of all, stored run", f"{chosen.figures[key]:.1f} dB"))
    return facts or [Fact("Code", "to be found", f"{chosen.model.codes.shape[1]} numbers")]


def _notice(run: Run, chosen: Chosen) -> list[str]:
    said = []
    if run.result is None:
        said.append(
            "GLO has no encoder. To find the code of a new picture the generator is frozen and gradient descent moves"
            " the code alone, by the same loss as in training."
        )
        said.append(
            "Draw something the generator knows, then something it cannot know: a letter, a star, a face."
        )
        return said
    figures = run.result["figures"]
    usual = chosen.figures.get("psnr_heldout")
    if usual is not None and figures["psnr"] < usual - 4:
        said.append(
            f"**Out of reach.** {figures['psnr']:.1f} dB is far below the {usual:.1f} dB of held-out pictures:"
            " whatever the code, the generator only draws what resembles its training pictures."
        )
    elif usual is not None:
        said.append(
            f"**Within reach.** {figures['psnr']:.1f} dB; held-out pictures have {usual:.1f} dB together."
        )
    if figures["norm"] > 0.995:
        said.append(
            "The code ended at the edge of the ball: the loss would pull it further, the projection holds it."
        )
    if run.points.get("step"):
        starts = story.moments(run)[-1]["psnr"]
        if len(starts) > 1:
            said.append(
                f"The starts ended between {float(np.min(starts)):.1f} and {float(np.max(starts)):.1f} dB: the"
                " loss has valleys, and where one ends depends on where one begins."
            )
    return said
