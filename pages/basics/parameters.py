"""Parameters: how many numbers a network learns, and where they live."""

from __future__ import annotations

from typing import TypedDict

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from engine import architectures
from engine.parameters.analysis import Analysis, analyse
from engine.parameters.comparison import compare
from engine.parameters.memory import PRECISIONS, STATES, Memory, training_memory
from engine.parameters.presets import PRESETS
from engine.parameters.saved import of_stack
from engine.parameters.stack import Stack
from pages.basics import (
    parameters_built,
    parameters_code,
    parameters_figure,
    parameters_known,
    parameters_session,
    parameters_transfer,
)
from pages.basics.parameters_session import Kept
from pages.registry import BY_SLUG
from pages.shared import assets, frame, presenter
from pages.shared.controls import ahead, choice, switch
from pages.shared.provenance import Provenance

PAGE = BY_SLUG["parameters"]
PROVENANCE = Provenance(
    "analytic",
    "Counted by formula in engine.parameters; tests build every layer in PyTorch and find the same numbers.",
)
VIEWS = {"build": "Build", "known": "Known"}
BATCHES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
PRECISION = {"fp32": "float32", "bf16": "bfloat16"}
OPTIMISER = {"sgd": "SGD", "momentum": "SGD, momentum", "adam": "Adam"}
OWN = "own"


class Training(TypedDict):
    """What the memory estimate is for."""

    batch: int
    precision: str
    optimiser: str


def _places() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Where picture and controls go: side by side, in presenter mode one above the other."""
    if presenter.presenting():
        return st.container(), st.container(horizontal=True, vertical_alignment="bottom")
    left, right = st.columns([4, 1], gap="medium")
    return left, right


def _view() -> None:
    choice("Network", list(VIEWS), key="par_view", default="build", titles=VIEWS.__getitem__, segmented=True)


def _training() -> Training:
    return {
        "batch": choice("Batch", BATCHES, key="par_batch", default=32, help="Pictures in one training step."),
        "precision": choice(
            "Precision",
            list(PRECISIONS),
            key="par_precision",
            default="fp32",
            titles=PRECISION.__getitem__,
            segmented=True,
            help="bfloat16: mixed precision, with weights and optimiser kept in float32.",
        ),
        "optimiser": choice(
            "Optimiser", list(STATES), key="par_optimiser", default="adam", titles=OPTIMISER.__getitem__
        ),
    }


def _title(training: Training) -> str:
    return (
        f"batch {training['batch']}, {PRECISION[training['precision']]}, {OPTIMISER[training['optimiser']]}"
    )


def _preset(state: Kept) -> None:
    """The menu of networks to start from; it names the one on the page, as long as it is one of them."""
    names = [name for name, preset in PRESETS.items() if preset.stack == state.document.stack]
    st.session_state["par_start"] = names[0] if names else OWN
    st.selectbox(
        "Start from",
        [*PRESETS, *([] if names else [OWN])],
        key="par_start",
        format_func=lambda name: "Your own" if name == OWN else PRESETS[name].title,
        on_change=_take_preset,
        args=(state,),
    )


def _take_preset(state: Kept) -> None:
    name = st.session_state["par_start"]
    if name in PRESETS:
        parameters_session.show(state, PRESETS[name].stack)


def _component(state: Kept, data: dict[str, object], provenance: Provenance) -> None:
    assets.mount(
        "network",
        {
            **data,
            "answered": state.answered,
            "measure": parameters_session.measure(),
            "problem": state.problem,
        },
        key="par_network",
        provenance=provenance,
        triggers=("edit",),
    )


def _messages(state: Kept) -> None:
    """What the component asked for since the last run."""
    component = st.session_state.get("par_network")
    message = None if component is None else component.get("edit")
    if isinstance(message, dict):
        parameters_session.obey(state, message)


def _training_of(stack: Analysis, training: Training) -> Memory:
    return training_memory(stack.parameters, of_stack(stack), **training)


def _build(state: Kept) -> None:
    left, right = _places()
    with right:
        _view()
        _preset(state)
        guessing = switch("Guess first", key="par_guess", help="Type your counts, then see where you differ.")
        training = _training()
    stack = state.document.stack
    analysis = analyse(stack)
    pinned: Stack | None = parameters_session.pinned()
    before = None if pinned is None else analyse(pinned)
    memory = _training_of(analysis, training)
    verdicts = parameters_figure.judged(analysis, state.document, state.guesses) if state.revealed else {}
    drawn = parameters_figure.figure(
        state.document,
        analysis,
        opened=parameters_session.opened(state),
        training=memory,
        comparison=None if before is None else compare(before, analysis),
        pinned_training=None if before is None else _training_of(before, training),
    )
    guess = {"revealed": state.revealed, "verdicts": verdicts} if guessing else None
    with right:
        parameters_transfer.draw(state, analysis)
    fits = parameters_session.mirror(state, builder=True)
    with left:
        if state.problem:
            st.warning(state.problem, icon=":material/undo:")
        extra = {"mode": "stack", "guess": guess, "undo": len(state.past), "redo": len(state.future)}
        _component(state, {**drawn, **extra, "training_title": _title(training)}, PROVENANCE)
        if not fits:
            st.caption("This network is too long for a link: to share it, export the JSON.")
    secret = guessing and not state.revealed
    parameters_built.below(PAGE, analysis, memory, secret=secret, verdicts=verdicts, before=before)


def _known(state: Kept) -> None:
    left, right = _places()
    with right:
        _view()
        name = choice("Name", architectures.names(), key="par_model", default=parameters_known.START)
        training = _training()
    known = parameters_known.count(name)
    memory = parameters_known.memory(known, **training)
    parameters_session.mirror(state, builder=False)
    with left:
        drawn = parameters_known.figure(known, memory)
        title = _title(training)
        _component(state, {**drawn, "mode": "model", "training_title": title}, parameters_known.PROVENANCE)
    parameters_known.below(PAGE, known, memory)


def draw() -> None:
    """The page."""
    state = parameters_session.kept()
    _messages(state)
    building = ahead("par_view", list(VIEWS), "build", VIEWS.__getitem__) == "build"
    frame.header(
        PAGE,
        PROVENANCE if building else parameters_known.PROVENANCE,
        device="no device needed" if building else "meta",
        data="no data needed",
        steps=parameters_code.STEPS,
        parameters=parameters_session.LINKED,
    )
    if building:
        _build(state)
    else:
        _known(state)
    following = "architectures" if "architectures" in BY_SLUG else None
    frame.deeper(
        {
            "LeCun et al. 1998: LeNet-5": "https://doi.org/10.1109/5.726791",
            "Lin et al. 2014: global average pooling": "https://arxiv.org/abs/1312.4400",
            "Araujo et al. 2019: receptive fields": "https://distill.pub/2019/computing-receptive-fields",
            "Micikevicius et al. 2018: mixed precision": "https://arxiv.org/abs/1710.03740",
        },
        "Parameters; Calculating Learnable Parameters; Key Takeaways",
        following,
    )


draw()
