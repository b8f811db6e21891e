"""Which encoder looks: one nobody trained, the shipped one, or the one this session has just trained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st

from engine import data
from engine.contrastive.experiment import Settings
from engine.contrastive.explorer import untrained
from engine.contrastive.model import SimCLR, load_weights
from engine.contrastive.portable import WeightsError, read, shipped

RANDOM, SHIPPED, OWN = "random", "shipped", "own"
TITLES = {RANDOM: "Random weights", SHIPPED: "Trained, shipped", OWN: "Trained in this session"}


@dataclass(frozen=True, eq=False)
class Looking:
    """A network in evaluation mode, and what to say of it. `identity` names it for caches and the browser."""

    identity: str
    model: SimCLR
    settings: Settings
    about: str
    manifest: Mapping[str, str]


def offered(name: str, run: Mapping[str, Any] | None) -> list[str]:
    """Which encoders there are for a data set; `run`: what this session's run returned and its settings."""
    found = [RANDOM]
    if shipped(name):
        found.append(SHIPPED)
    if run is not None and _channels(run["settings"]["data"]) == _channels(name):
        found.append(OWN)
    return found


def get(kind: str, name: str, run: Mapping[str, Any] | None) -> Looking:
    """The encoder; random weights where the other is damaged."""
    if kind == OWN and run is not None:
        return _own(run)
    if kind == SHIPPED:
        try:
            return _shipped(name)
        except WeightsError as error:
            st.warning(f"{error} Random weights stand in for it.", icon=":material/memory_alt:")
    return _random(name)


@st.cache_resource(max_entries=8, show_spinner=False)
def _random(name: str) -> Looking:
    about = "random weights; batch norm has seen 256 pictures"
    return Looking(f"random {name}", untrained(name), Settings(), about, {})


@st.cache_resource(max_entries=8, show_spinner=False)
def _shipped(name: str) -> Looking:
    found = read(name)
    manifest = {key: str(value) for key, value in found.about.items()}
    return Looking(f"shipped {name}", found.model, found.settings, "trained, from assets/weights", manifest)


def _own(run: Mapping[str, Any]) -> Looking:
    """Rebuilt from the weights the run sent, and kept beside them."""
    if "looking" not in run["kept"]:
        settings = Settings.from_dict(run["settings"])
        model = SimCLR(settings.encoder, settings.head, _channels(settings.data))
        load_weights(model, run["weights"])
        about = "trained in this session"
        run["kept"]["looking"] = Looking(
            f"own {run['job']}", model.eval().requires_grad_(False), settings, about, {}
        )
    found: Looking = run["kept"]["looking"]
    return found


def _channels(name: str) -> int:
    return data.card(name).shape[0]
