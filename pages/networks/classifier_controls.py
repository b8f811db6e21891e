"""The settings of a race from the page's widgets: data, networks, how they learn, what is done to the pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import streamlit as st

from engine import data
from engine.classifier import LANES, Lane, Settings
from engine.models import CNN, MLP, ResNet
from engine.models.parts import ACTIVATIONS
from engine.settings import SettingError
from engine.training import Optimisation, Plan
from engine.training.optimisers import NAMES as OPTIMISERS
from engine.training.schedules import NAMES as SCHEDULES
from engine.training.supervised import Changes
from pages.registry import PageEntry
from pages.shared import data_input
from pages.shared.controls import choice, level, real, switch, text, whole

KINDS = {"plain": "Plain network", "cnn": "CNN", "resnet": "ResNet", "none": "None"}
PLACES = {"first": "1", "second": "2", "third": "3", "fourth": "4"}
START = {"first": "plain", "second": "cnn", "third": "none", "fourth": "none"}
FUNCTIONS = {
    "relu": "ReLU",
    "leaky_relu": "Leaky ReLU",
    "gelu": "GELU",
    "silu": "SiLU",
    "tanh": "tanh",
    "sigmoid": "Sigmoid",
    "none": "None",
}
METHODS = {"sgd": "SGD", "momentum": "Momentum", "nesterov": "Nesterov", "adamw": "AdamW", "lars": "LARS"}
PLANS = {"constant": "Constant", "linear": "Linear", "cosine": "Cosine", "one_cycle": "One cycle"}
RATES = (1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 2e-3, 3e-3, 5e-3, 1e-2, 2e-2, 3e-2, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0)
FACTORS = (0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
BATCHES = (16, 32, 64, 128, 256, 512, 1024)
DECAYS = (0.0, 1e-4, 1e-3, 0.01, 0.03, 0.1, 0.3)
SHARED = "as below"


def _numbers(label: str, key: str, default: tuple[int, ...], help_text: str) -> tuple[int, ...]:
    """A list of whole numbers typed with commas; what is none is said, and the default stays."""
    typed = text(label, key=key, default=", ".join(map(str, default)), most=80, help=help_text)
    parts = typed.replace(",", " ").split()
    if all(part.isascii() and part.isdecimal() and len(part) < 6 for part in parts):
        return tuple(int(part) for part in parts)
    st.warning(f"{label} are whole numbers with commas between, such as {', '.join(map(str, default))}.")
    return default


def _plain(key: str) -> MLP:
    return MLP(
        widths=_numbers(
            "Hidden layers", f"{key}_widths", MLP().widths, "Units of each hidden layer; nothing: none."
        ),
        activation=choice(
            "Activation", ACTIVATIONS, key=f"{key}_act", default="relu", titles=FUNCTIONS.__getitem__
        ),
        batch_norm=switch("Batch norm", key=f"{key}_norm"),
        dropout=real("Dropout", 0.0, 0.9, 0.1, key=f"{key}_drop", default=0.0),
    )


def _cnn(key: str) -> CNN:
    channels = _numbers(
        "Filters", f"{key}_channels", CNN().channels, "Filters of each convolution, first to last."
    )
    every = whole(
        "Stride 2 in every",
        1,
        4,
        key=f"{key}_every",
        default=2,
        help="Which convolutions halve the picture: every n-th.",
    )
    return CNN(
        channels=channels,
        strides=tuple(2 if (place + 1) % every == 0 else 1 for place in range(len(channels))),
        kernel=choice("Kernel", (3, 5, 7), key=f"{key}_kernel", default=3, titles=lambda n: f"{n} × {n}"),
        hidden=choice("Dense layer", (0, 32, 64, 128, 256, 512), key=f"{key}_hidden", default=128),
        activation=choice(
            "Activation", ACTIVATIONS, key=f"{key}_act", default="leaky_relu", titles=FUNCTIONS.__getitem__
        ),
        batch_norm=switch("Batch norm", key=f"{key}_norm", default=True),
        dropout=real("Dropout", 0.0, 0.9, 0.1, key=f"{key}_drop", default=CNN().dropout),
    )


def _resnet(key: str) -> ResNet:
    return ResNet(
        widths=_numbers(
            "Stages",
            f"{key}_widths",
            ResNet().widths,
            "Filters of each stage; each after the first halves the picture.",
        ),
        blocks=whole("Blocks per stage", 1, 5, key=f"{key}_blocks", default=1),
        skip=switch(
            "Skip connections", key=f"{key}_skip", default=True, help="f(x) = C(x) + x; without: f(x) = C(x)."
        ),
        activation=choice(
            "Activation", ACTIVATIONS[:5], key=f"{key}_act", default="relu", titles=FUNCTIONS.__getitem__
        ),
        batch_norm=switch("Batch norm", key=f"{key}_norm", default=True),
    )


NETWORKS: dict[str, Callable[[str], MLP | CNN | ResNet]] = {"plain": _plain, "cnn": _cnn, "resnet": _resnet}


def _lane(page: PageEntry, name: str, learning: Optimisation) -> Lane:
    """One network: its kind, its layers, and how its learning differs from the shared settings."""
    key = f"{page.prefix}{PLACES[name]}"
    kinds = ("plain", "cnn", "resnet") if name == "first" else ("plain", "cnn", "resnet", "none")
    kind = choice("Network", kinds, key=f"{key}_kind", default=START[name], titles=KINDS.__getitem__)
    if kind == "none":
        return Lane()
    try:
        network: dict[str, Any] = {kind: NETWORKS[kind](f"{key}_{kind}")}
    except SettingError as error:
        st.warning(f"{error} The usual network stands in for it.")
        network = {}
    method = choice(
        "Optimiser",
        (SHARED, *OPTIMISERS),
        key=f"{key}_method",
        default=SHARED,
        titles=lambda n: METHODS.get(n, n),
    )
    factor = level("Learning rate times", FACTORS, key=f"{key}_factor", default=1.0)
    own = learning if method == SHARED else learning.change("optimiser", method)
    own = own.change("learning_rate", min(100.0, own.learning_rate * factor))
    return Lane(kind, optimisation=own, **network)


def space(page: PageEntry) -> dict[str, Any]:
    """The two switches about places: shuffle all pixels, and move the test pictures."""
    return {
        "shuffle_pixels": switch(
            "Shuffle all pixels",
            key=f"{page.prefix}shuffle",
            help="Every pixel of every picture to another place, by one fixed permutation. Takes a new start.",
        ),
        "shift_test": whole(
            "Move the test pictures (pixels)",
            0,
            8,
            key=f"{page.prefix}moved",
            default=0,
            help="Right and down; takes effect with the next test.",
        ),
    }


def draw(page: PageEntry, *, places: bool) -> Settings:
    """All controls, and what they say. `places`: with the two switches about places, which one view draws itself."""
    name = data_input.choose(page, suits=lambda card: len(card.classes) > 1)
    card = data.card(name)
    slots = st.container()
    rate = level(
        "Learning rate", RATES, key=f"{page.prefix}rate", default=2e-3, help="Takes effect on the next batch."
    )
    batch = choice("Batch size", BATCHES, key=f"{page.prefix}batch", default=128)
    epochs = whole("Epochs", 1, 50, key=f"{page.prefix}epochs", default=10)
    with st.expander("More", icon=":material/tune:"):
        learning = Optimisation(
            optimiser=choice(
                "Optimiser",
                OPTIMISERS,
                key=f"{page.prefix}method",
                default="adamw",
                titles=METHODS.__getitem__,
            ),
            learning_rate=rate,
            momentum=real("Momentum", 0.0, 0.99, 0.01, key=f"{page.prefix}momentum", default=0.9),
            weight_decay=level("Weight decay", DECAYS, key=f"{page.prefix}decay", default=0.01),
            schedule=choice(
                "Schedule",
                SCHEDULES,
                key=f"{page.prefix}schedule",
                default="one_cycle",
                titles=PLANS.__getitem__,
            ),
            warm_up=real("Warm-up (epochs)", 0.0, 5.0, 0.5, key=f"{page.prefix}warm", default=0.0),
        )
        upright = card.classes == tuple("0123456789")
        changes = Changes(
            shift=whole(
                "Shift by up to (pixels)",
                0,
                4,
                key=f"{page.prefix}shift",
                default=0 if card.shape[1] < 16 else 2,
            ),
            flip=switch(
                "Flip half of them",
                key=f"{page.prefix}flip",
                default=not upright,
                help="Off for digits: a mirrored 3 is none.",
            ),
            label_noise=real(
                "Wrong labels",
                0.0,
                1.0,
                0.05,
                key=f"{page.prefix}noise",
                default=0.0,
                help="Share of the training labels.",
            ),
            smoothing=real("Label smoothing", 0.0, 0.4, 0.05, key=f"{page.prefix}smooth", default=0.0),
        )
        total = card.counts.get("train", 0)
        limits = [count for count in (200, 500, 1000, 2000, 5000, 10_000, 20_000) if count < total]
        limit = choice(
            "Training pictures",
            (0, *limits),
            key=f"{page.prefix}limit",
            default=0,
            titles=lambda n: f"{n:,}" if n else "All",
        )
        seed = whole("Seed", 0, 20, key=f"{page.prefix}seed", default=0)
        about_places: dict[str, Any] = space(page) if places else {}
    lanes: dict[str, Any] = {}
    with slots:
        for place in LANES:
            taken = KINDS[str(st.session_state.get(f"{page.prefix}{PLACES[place]}_kind", START[place]))]
            with st.popover(f"Network {PLACES[place]}: {taken}", icon=":material/hub:", width="stretch"):
                lanes[place] = _lane(page, place, learning)
            if place != "first" and lanes[place].kind == "none":
                break
    settings = Settings(
        data=name,
        limit=limit,
        plan=Plan(epochs=epochs, batch_size=batch, seed=seed),
        changes=changes,
        **about_places,
    )
    return replace(settings, **lanes)
