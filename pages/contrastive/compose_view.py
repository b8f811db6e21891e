"""Operators one after another: two views of each picture, and every step on the way for the one that is pinned."""

from __future__ import annotations

from dataclasses import dataclass, replace

import streamlit as st
import torch

from engine.augment import OPERATORS, Operator
from pages.contrastive import augmentations_code as code
from pages.contrastive import batches, drawing, operator_settings
from pages.contrastive.batches import PAGE, Batch
from pages.contrastive.drawing import Changed
from pages.contrastive.operators_view import label
from pages.shared import assets, frame, pictures, presenter
from pages.shared.controls import choice
from pages.shared.frame import Fact
from pages.shared.provenance import Provenance

COMPONENT = f"{PAGE.prefix}pairs"
CHAIN = f"{PAGE.prefix}chain"  # session and address: the operators in their order
PINNED = f"{PAGE.prefix}pair"  # in the address: which pair's steps are shown
PROVENANCE = Provenance(
    "live", "engine.augment drew both views of every picture just now, with the seed shown."
)
OFFERED = tuple(name for name in OPERATORS if name != "original")
SIMCLR = ("crop_flip", "jitter", "drop")
MANY, SIDE = 12, 112


@dataclass(frozen=True, eq=False)
class State:
    """Everything the view shows follows from this. `views` holds the steps of t and of t'."""

    batch: Batch
    chain: tuple[str, ...]
    operators: list[Operator]
    seed: int
    views: list[list[Changed]]


def _known(names: object) -> tuple[str, ...]:
    """Operators that exist, each once, in their order; anything else is dropped."""
    return (
        tuple(dict.fromkeys(name for name in names if name in OFFERED))
        if isinstance(names, list | tuple)
        else ()
    )


def _obey() -> tuple[str, ...]:
    """Take up what was clicked or dragged, before any control is drawn; the operators in their order."""
    chain = st.session_state.get(CHAIN)
    if chain is None:
        linked = st.query_params.get(CHAIN)
        chain = SIMCLR if linked is None else _known(linked[:200].split("~"))
    said = st.session_state.get(COMPONENT) or {}
    if said.get("chain") is not None:
        chain = _known(said["chain"])
    if said.get("chosen") in OFFERED:
        st.session_state[f"{PAGE.prefix}operator"] = said["chosen"]
    if said.get("again"):
        drawing.next_seed()
    chain = _known(chain)
    st.session_state[CHAIN] = chain
    if chain == SIMCLR:
        st.query_params.pop(CHAIN, None)
    else:
        st.query_params[CHAIN] = "~".join(chain)
    return chain


def _pinned(count: int) -> int:
    """The pair whose steps are shown, from the component or, on arrival, from the address."""
    said = st.session_state.get(COMPONENT) or {}
    if said.get("pair") is not None:
        number = int(said["pair"])
        if number:
            st.query_params[PINNED] = str(number)
        else:
            st.query_params.pop(PINNED, None)
    else:
        text = st.query_params.get(PINNED, "")[:4]
        number = int(text) if text.isdecimal() else 0
    return min(number, count - 1)


def _controls(chain: tuple[str, ...]) -> State:
    batch = batches.choose(f"{PAGE.prefix}batch", default=batches.PHOTOGRAPHS, count=MANY, side=SIDE)
    if len(batch.images) == 1:  # one picture, many pairs of it
        many = batch.images.expand(MANY, -1, -1, -1)
        batch = replace(
            batch,
            identity=f"{MANY} x {batch.identity}",
            images=many,
            names=batch.names * MANY,
            code=batch.code + f"images = images.expand({MANY}, -1, -1, -1)\n",
        )
    selected = choice("Operator", OFFERED, key=f"{PAGE.prefix}operator", default="crop_flip", titles=label)
    operator_settings.draw(selected, probability=True, most=2)
    seed = drawing.seed_control()
    operators = [operator_settings.current(name) for name in chain]
    views = drawing.steps(batch.identity, drawing.recipe_of(operators), seed, 2, batch.images)
    return State(batch, chain, operators, seed, views)


@st.cache_data(max_entries=32, show_spinner=False)
def originals(identity: str, _images: torch.Tensor) -> bytes:
    """The pictures themselves as a sheet. `identity` stands for them."""
    del identity
    return batches.sheet_png(_images)


def _figure(state: State) -> None:
    count, _, height, width = state.batch.images.shape
    assets.mount(
        "augmentations",
        {
            "mode": "compose",
            "offered": [
                {"name": name, "letter": OPERATORS[name].letter, "title": OPERATORS[name].title}
                for name in OFFERED
            ],
            "chain": list(state.chain),
            "original": pictures.keep(originals(state.batch.identity, state.batch.images)),
            "views": [[step.payload() for step in view] for view in state.views],
            "count": count,
            "columns": batches.columns_of(count),
            "height": height,
            "width": width,
            "names": list(state.batch.names),
            "pinned": _pinned(count),
            "title": f"{state.batch.title}, {', '.join(OPERATORS[name].title for name in state.chain) or 'nothing'}",
        },
        key=COMPONENT,
        provenance=PROVENANCE,
        states={"pair": None},
        triggers=("chain", "chosen", "again"),
    )


def _mean(values: tuple[float, ...]) -> float:
    return sum(values) / len(values)


def _facts(state: State) -> list[Fact]:
    count = len(state.batch.images)
    facts = [Fact("Pairs", f"{count} pictures, two views each", f"{2 * count} views")]
    whole_chance = 1.0
    for number, operator in enumerate(state.operators, start=1):
        untouched = sum(step[number - 1].words.count("not this time") for step in state.views)
        whole_chance *= operator.probability
        facts.append(
            Fact(
                f"{number}. {label(operator.name)}",
                f"probability {operator.probability:g}",
                f"{2 * count - untouched} of {2 * count}",
            )
        )
    if state.operators:
        shares = " × ".join(f"{operator.probability:g}" for operator in state.operators)
        facts.append(Fact("Views every operator changes", shares, f"{100 * whole_chance:.3g} %"))
        change = [_mean(view[-1].change) for view in state.views]
        facts.append(
            Fact("Change from the original", "mean absolute difference, t and t′", f"{sum(change) / 2:.3f}")
        )
    return facts


def _notice(state: State) -> list[str]:
    names = set(state.chain)
    crop, colour = names & {"crop", "crop_flip"}, names & {"jitter", "drop"}
    if not names:
        alone = (
            "**No operator.** Both views are the picture itself: they agree without any learning, so a network that"
            " is asked to make them agree learns nothing. Add an operator above."
        )
        return [alone]
    if crop and "jitter" in names:
        first = (
            "**Crop and colour.** Together they are the strongest pair the SimCLR paper found: the crop asks what"
            " belongs together, the distortion takes away the answer that colours would give."
        )
    elif crop:
        first = (
            "**Crop without colour distortion.** Look at t and t′ of one picture: the parts differ, the colours do"
            " not. A network can pair them by colour alone (see *Colour shortcut*)."
        )
    elif colour:
        first = (
            "**Colour without a crop.** Every edge stays in its place: comparing outlines pixel by pixel is enough to"
            " pair the views."
        )
    else:
        first = "**Neither crop nor colour.** The views stay so alike that pairing them asks for little."
    second = (
        "Point at a pair to see its two ways step by step; click it to keep them. Every picture draws its own"
        " parameters, twice."
    )
    third = "Drag the operators into another order, or move one with the arrow keys: is the result the same?"
    return [first, second, third]


def draw() -> None:
    """The view: component, controls, numbers, what to notice, code."""
    chain = _obey()
    left, right = st.columns([4, 1], gap="medium")
    with right:
        state = _controls(chain)
    with left:
        _figure(state)
    if presenter.presenting():
        return
    below, beside = st.columns([3, 2], gap="large")
    with below:
        frame.numbers(PAGE, _facts(state), name="composition")
    with beside:
        frame.notice(_notice(state))
    frame.code(code.composition(state.batch, state.operators, state.seed))
