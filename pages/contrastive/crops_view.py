"""Global to local, and adjacent: really drawn crops of a picture as the lecture's figure draws them."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st
import torch
from torch import Tensor

from engine import device as devices
from engine.augment import CropAndResize
from engine.augment.crops import draw_boxes, resized_crop
from engine.augment.relations import ADJACENT, GLOBAL_LOCAL, RELATIONS, area, relation, shared, shares
from pages.contrastive import augmentations_code as code
from pages.contrastive import batches, drawing, operator_settings
from pages.contrastive.batches import PAGE, Batch
from pages.shared import assets, frame, pictures, presenter
from pages.shared.frame import Fact
from pages.shared.provenance import Provenance

COMPONENT = f"{PAGE.prefix}boxes"
NTH = f"{PAGE.prefix}nth"  # session and address: which of the fitting pairs each panel shows
PROVENANCE = Provenance("live", "engine.augment drew 2,000 pairs of crops just now, with the seed shown.")
PAIRS = 2000
SIDE = 224
MOST_NTH = 999
PANELS = {
    GLOBAL_LOCAL: ("Global and local views", ("A", "B"), "from the whole to a part: B → A"),
    ADJACENT: ("Adjacent views", ("C", "D"), "from one part to its neighbour: D → C"),
}
TITLES = {GLOBAL_LOCAL: "One inside the other", ADJACENT: "Apart", "overlapping": "Overlapping"}


@dataclass(frozen=True, eq=False)
class State:
    """Everything the view shows follows from this."""

    batch: Batch
    operator: CropAndResize
    seed: int
    one: dict[str, Tensor]
    other: dict[str, Tensor]
    nth: tuple[int, ...]

    def pair(self, kind: str, number: int) -> int | None:
        """Which pair the panel shows: the `number`th that lies so, round and round; None where none does."""
        fitting = (relation(self.one, self.other) == RELATIONS.index(kind)).nonzero().flatten()
        return int(fitting[number % len(fitting)]) if len(fitting) else None


def _obey() -> tuple[int, ...]:
    """Take up what was clicked, before any control is drawn."""
    known = st.session_state.get(NTH)
    if known is None:
        parts = st.query_params.get(NTH, "")[:20].split(",")
        known = tuple(min(int(part), MOST_NTH) if part.isdecimal() else 0 for part in parts)
    nth = (tuple(known) + (0,) * len(PANELS))[: len(PANELS)]
    said = st.session_state.get(COMPONENT) or {}
    if said.get("again"):
        drawing.next_seed()
        nth = (0,) * len(PANELS)
    elif said.get("draw") in PANELS:
        place = list(PANELS).index(said["draw"])
        nth = tuple((n + 1) % (MOST_NTH + 1) if at == place else n for at, n in enumerate(nth))
    st.session_state[NTH] = nth
    if any(nth):
        st.query_params[NTH] = ",".join(map(str, nth))
    else:
        st.query_params.pop(NTH, None)
    return nth


def _controls(nth: tuple[int, ...]) -> State:
    batch = batches.one(SIDE)
    operator_settings.draw("crop", probability=False)
    seed = drawing.seed_control()
    operator = operator_settings.current("crop")
    assert isinstance(operator, CropAndResize)  # noqa: S101 - its name says so; tells mypy
    source, shape = drawing.generator(seed), (PAIRS, *batch.images.shape[1:])
    areas, aspects = (operator.smallest, operator.largest), (operator.narrowest, operator.widest)
    one, other = (draw_boxes(shape, source, areas=areas, aspects=aspects) for _ in range(2))
    return State(batch, operator, seed, one, other, nth)


def _panel(state: State, kind: str, number: int) -> dict[str, object]:
    title, letters, question = PANELS[kind]
    panel: dict[str, object] = {"kind": kind, "title": title, "letters": letters, "question": question}
    at = state.pair(kind, number)
    if at is None:
        hint = "lower the smallest area" if kind == GLOBAL_LOCAL else "lower the largest area"
        return panel | {"missing": f"Not one of {PAIRS:,} drawn pairs lies like this: {hint}."}
    pair = [{name: value[at : at + 1] for name, value in boxes.items()} for boxes in (state.one, state.other)]
    pair.sort(key=lambda box: int(area(box)))  # A, C: the smaller
    device = devices.pick()
    picture = state.batch.images.to(device)
    with torch.inference_mode():
        views = [
            resized_crop(picture, {name: value.to(device) for name, value in box.items()}).cpu()
            for box in pair
        ]
    total = picture.shape[-2] * picture.shape[-1]
    return panel | {
        "pair": at + 1,
        "boxes": [[int(box[name]) for name in ("top", "left", "height", "width")] for box in pair],
        "urls": [pictures.url(view[0]) for view in views],
        "words": [
            f"{int(area(box)) / total:.2f} of the area at ({int(box['left'])}, {int(box['top'])}),"
            f" aspect {int(box['width']) / int(box['height']):.2f}"
            for box in pair
        ],
    }


def _figure(state: State, found: dict[str, float]) -> None:
    height, width = state.batch.images.shape[-2:]
    assets.mount(
        "augmentations",
        {
            "mode": "crops",
            "url": pictures.url(state.batch.images[0]),
            "height": height,
            "width": width,
            "panels": [_panel(state, kind, number) for kind, number in zip(PANELS, state.nth, strict=True)],
            "shares": [{"title": TITLES[kind], "share": found[kind]} for kind in RELATIONS],
            "pairs": PAIRS,
            "title": state.batch.title,
        },
        key=COMPONENT,
        provenance=PROVENANCE,
        triggers=("draw", "again"),
    )


def _facts(state: State, found: dict[str, float]) -> list[Fact]:
    total = state.batch.images.shape[-2] * state.batch.images.shape[-1]
    areas = torch.cat([area(state.one), area(state.other)]).float() / total
    aspects = torch.cat([each["width"] / each["height"] for each in (state.one, state.other)])
    both = shared(state.one, state.other).float()
    union = area(state.one) + area(state.other) - both
    rules = {
        GLOBAL_LOCAL: "95 % of the smaller box in one at least twice as large",
        ADJACENT: "no pixel in common",
        "overlapping": "all others",
    }
    facts = [Fact(TITLES[kind], rules[kind], f"{100 * found[kind]:.1f} %") for kind in RELATIONS]
    return [
        *facts,
        Fact(
            "Area of a crop",
            f"even in [{state.operator.smallest:g}, {state.operator.largest:g}] of the picture",
            f"mean {areas.mean().item():.3f}",
        ),
        Fact(
            "Aspect of a crop",
            f"width / height, its logarithm even in [{state.operator.narrowest:.3g}, {state.operator.widest:.3g}]",
            f"median {aspects.median().item():.2f}",
        ),
        Fact(
            "Common part of two crops",
            f"common pixels / pixels of either, mean of {PAIRS:,} pairs",
            f"{(both / union).mean().item():.3f}",
        ),
    ]


def _notice(state: State, found: dict[str, float]) -> list[str]:
    first = (
        "**Two questions from one operator.** Where one crop holds the other, the network is asked what the part"
        " looks like inside the whole. Where they lie apart, it is asked what is next to it. Nobody labelled anything."
    )
    said = [first]
    if found[ADJACENT] < 0.005:
        said.append(
            "With these areas the crops nearly always share pixels: the network can match what they have in common,"
            " and need not know what belongs together."
        )
    else:
        said.append(
            f"Of {PAIRS:,} pairs drawn now, {100 * found[GLOBAL_LOCAL]:.1f} % hold one another and"
            f" {100 * found[ADJACENT]:.1f} % are apart. Lower the largest area and watch the shares move."
        )
    if state.operator.largest < 0.5:
        said.append("Small crops only: the whole is never seen.")
    return said


def draw() -> None:
    """The view: component, controls, numbers, what to notice, code."""
    nth = _obey()
    left, right = st.columns([4, 1], gap="medium")
    with right:
        state = _controls(nth)
    found = shares(state.one, state.other)
    with left:
        _figure(state, found)
    if presenter.presenting():
        return
    below, beside = st.columns([3, 2], gap="large")
    with below:
        frame.numbers(PAGE, _facts(state, found), name="crops")
    with beside:
        frame.notice(_notice(state, found))
    frame.code(code.crops(state.batch, state.operator, state.seed, PAIRS))
