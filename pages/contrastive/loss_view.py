"""Loss: a small batch through views, h and z to every term of NT-Xent; the temperature answers in the browser."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st
import torch
from torch import Tensor

from engine import data, images
from engine.contrastive.explorer import Explored, explore, pick
from engine.contrastive.spread import alignment, uniformity
from engine.contrastive.terms import Terms, positives, terms
from engine.contrastive.views import Views, identical, without_colour
from pages.contrastive import con_code, encoders, session_run
from pages.contrastive.con_names import PAGE
from pages.contrastive.encoders import Looking
from pages.shared import assets, data_input, frame, pictures, presenter, visitors
from pages.shared.controls import choice, whole
from pages.shared.frame import Fact
from pages.shared.provenance import Provenance

PREFIX = f"{PAGE.prefix}l_"
COMPONENT = f"{PREFIX}explorer"
TAU, ROW, CELLS = f"{PREFIX}tau", f"{PREFIX}row", f"{PREFIX}cells"  # in the address
FREE = (TAU, ROW, CELLS)
PROVENANCE = Provenance(
    "live",
    "torch computed h and z of these views just now; the browser computes the loss from z, as torch does.",
)
COLDEST, WARMEST, USUAL = 0.02, 2.0, 0.2
MODES = ("similarity", "probability", "force")
VIEWS: Mapping[str, tuple[str, Views]] = {
    "simclr": ("Crop, flip, colours", Views()),
    "plain": ("Without colour distortion", without_colour()),
    "same": ("The same picture twice", identical()),
}


@dataclass(frozen=True, eq=False)
class State:
    """Everything the view shows follows from this."""

    name: str
    pairs: int
    seed: int
    family: str
    looking: Looking
    temperature: float
    row: int | None
    cells: str
    explored: Explored

    @property
    def shape(self) -> str:
        """Changes when the browser has to take new vectors."""
        return f"{self.name} {self.pairs} {self.seed} {self.family} {self.looking.identity}"


def _controls(temperature: float, row: int | None, cells: str) -> State:
    offered = [
        name
        for name in visitors.offered(st.query_params.get(f"{PREFIX}data"))
        if data.available(name) and len(data.card(name).classes) > 1 and max(data.card(name).shape[1:]) <= 96
    ]
    name = choice(
        "Pictures",
        offered,
        key=f"{PREFIX}data",
        default="shapes-plain",
        titles=data_input.title,
    )
    run = session_run.finished()
    kinds = encoders.offered(name, run)
    default = encoders.SHIPPED if encoders.SHIPPED in kinds else encoders.RANDOM
    kind = choice(
        "Encoder and head",
        kinds,
        key=f"{PREFIX}encoder",
        default=default,
        titles=encoders.TITLES.__getitem__,
        help="Compare random weights with trained ones: the same pictures, the same views.",
    )
    family = choice(
        "Views", list(VIEWS), key=f"{PREFIX}views", default="simclr", titles=lambda each: VIEWS[each][0]
    )
    pairs = whole("Pairs N", 2, 12, key=f"{PREFIX}pairs", default=6, help="The matrix has 2N rows.")
    seed = whole(
        "Seed", 0, 99, key=f"{PREFIX}seed", default=0, help="Another seed, other pictures and views."
    )
    looking = encoders.get(kind, name, run)
    explored = _explored(looking.identity, name, family, pairs, seed, looking)
    pairs = len(explored.z) // 2
    return State(
        name,
        pairs,
        seed,
        family,
        looking,
        temperature,
        row if row is not None and row < 2 * pairs else None,
        cells,
        explored,
    )


@st.cache_resource(max_entries=32, show_spinner=False)
def _explored(identity: str, name: str, family: str, pairs: int, seed: int, _looking: Looking) -> Explored:
    """`identity` stands for the network."""
    del identity
    dataset = data.load(name, "test")
    start = start_of(len(dataset), pairs, seed)
    chosen = dataset.images[pick(dataset, pairs, start)]
    return explore(_looking.model, chosen, VIEWS[family][1], torch.Generator().manual_seed(seed))


def start_of(count: int, pairs: int, seed: int) -> int:
    """The place in a set of `count` pictures from which a seed takes its own."""
    return (seed * pairs) % max(1, count - 40 * pairs)


def _linked() -> tuple[float, int | None, str]:
    """Temperature, pinned row, and what the cells show."""
    said = st.session_state.get(COMPONENT) or {}
    if said.get("temperature") is not None:
        tau, row, cells = said["temperature"], said.get("row"), said.get("mode") or MODES[0]
    else:
        tau = _number(st.query_params.get(TAU, ""), USUAL)
        text = st.query_params.get(ROW, "")
        row = int(text) if text.isdecimal() and len(text) < 4 else None
        cells = st.query_params.get(CELLS, MODES[0])
    wanted = st.session_state.pop(f"{PREFIX}wanted", None)  # a lesson's step
    if wanted is not None:
        tau, row, cells = wanted
    tau = min(max(float(tau), COLDEST), WARMEST)
    cells = cells if cells in MODES else MODES[0]
    _publish(TAU, f"{tau:g}", f"{USUAL:g}")
    _publish(ROW, "" if row is None else str(int(row)), "")
    _publish(CELLS, cells, MODES[0])
    return tau, None if row is None else int(row), cells


def _publish(name: str, text: str, usual: str) -> None:
    if text == usual:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != text:
        st.query_params[name] = text


def _number(text: str, otherwise: float) -> float:
    try:
        value = float(text[:12])
    except ValueError:
        return otherwise
    return value if math.isfinite(value) else otherwise


def _table(values: Tensor) -> pd.DataFrame:
    return pd.DataFrame({"v": values.numpy().astype(np.float32).ravel()})


def _figure(state: State) -> None:
    found, looking = state.explored, state.looking
    sheet = images.sheet(found.views, len(found.views))[0]
    head = looking.settings.head
    kinds = {"none": "no head", "linear": "after a linear head", "nonlinear": "after the head g"}
    assets.mount(
        "contrastive",
        {
            "atlas": pictures.url(sheet),
            "tile": found.views.shape[-1],
            "pairs": state.pairs,
            "h": _table(found.h),
            "features": found.h.shape[1],
            "z": _table(found.z),
            "width": found.z.shape[1],
            "encoder": looking.about,
            "head": kinds[head.kind],
            "temperature": state.temperature,
            "row": state.row,
            "mode": state.cells,
            "shape": state.shape,
            "title": f"NT-Xent of {state.pairs} pairs, {data.card(state.name).title}",
        },
        key=COMPONENT,
        provenance=PROVENANCE,
        states={"temperature": None, "row": state.row, "mode": state.cells},
    )


def _facts(state: State, found: Terms) -> list[Fact]:
    rows = 2 * state.pairs
    partner = positives(state.pairs)
    everybody = torch.arange(rows)
    positive = found.similarity[everybody, partner]
    others = found.similarity.clone()
    others[everybody, everybody] = others[everybody, partner] = -torch.inf
    negative = others[others.isfinite()]
    right = (positive > others.amax(1)).sum().item() if state.pairs > 1 else rows
    pushes = found.force.clamp_min(0).sum().item() / 2
    first, second = state.explored.z.chunk(2)
    facts = [
        Fact("NT-Xent", "mean of the losses of all 2N rows", f"{found.loss.item():.3f}"),
        Fact("A guess among all others", f"log(2 · {state.pairs} − 1)", f"{math.log(rows - 1):.3f}"),
        Fact("Rows that find their partner", "it is the most similar of all", f"{right} of {rows}"),
        Fact("Cosine of the positives", "mean over N pairs", f"{positive.mean().item():.3f}"),
    ]
    if state.pairs > 1:
        facts += [
            Fact("Cosine of the negatives", "mean", f"{negative.mean().item():.3f}"),
            Fact("Hardest negative", "largest cosine of different pictures", f"{negative.max().item():.3f}"),
        ]
    hardest = (found.force.clamp_min(0).amax(1) / found.force.clamp_min(0).sum(1).clamp_min(1e-12)).mean()
    return [
        *facts,
        Fact("Push on all pairs", "sum; the pulls are as strong together", f"{pushes:.3f}"),
        Fact(
            "Share of the hardest negative",
            "of the push on a row, mean",
            f"{100 * hardest.item():.0f} %",
        ),
        Fact("Alignment", "mean squared distance of positives", f"{alignment(first, second).item():.3f}"),
        Fact("Uniformity", "log mean exp(−2 distance²)", f"{uniformity(state.explored.z).item():.3f}"),
    ]


def _notice(state: State, found: Terms) -> list[str]:
    guess, loss = math.log(2 * state.pairs - 1), found.loss.item()
    partner = positives(state.pairs)
    positive = found.similarity[torch.arange(2 * state.pairs), partner].mean().item()
    mean = (found.similarity.sum() - len(partner)).item() / (len(partner) * (len(partner) - 1))
    said = []
    if state.family == "same":
        said.append(
            "**The same picture twice.** Every positive has cosine 1 before anything was learned: there is no"
            " question left to answer, so nothing useful can be learned. This is why the views must differ."
        )
    elif "random" in state.looking.identity:
        said.append(
            f"**Random weights.** All views lie in a narrow cone (mean cosine {mean:.2f}), so the loss of"
            f" {loss:.2f} is close to a guess, {guess:.2f}. Switch to the trained encoder: the same pictures, apart."
        )
    else:
        said.append(
            f"**Trained.** Positives have cosine {positive:.2f}, all pairs on average {mean:.2f}: the views of a"
            f" picture were pulled together, different pictures pushed apart. A guess would cost {guess:.2f}."
        )
    if state.temperature <= 0.07:
        said.append(
            "**A small temperature** looks at the nearest negative only: nearly all of the push goes to it. Right"
            " for telling twins apart, wrong when the twin shows the same thing."
        )
    elif state.temperature >= 0.7:
        said.append(
            "**A large temperature** makes the softmax flat: every negative is pushed alike, near or far, and even"
            " a perfect answer costs something."
        )
    else:
        said.append(
            "**Temperature.** Slide it down: the push gathers on the nearest negatives. Slide it up: everybody is"
            " pushed alike. The paper finds the best in between."
        )
    said.append(
        "*Let z move* follows these very arrows with no network behind them: pairs meet, pictures spread over the"
        " sphere. A network must do the same for all pictures at once, through one set of weights."
    )
    return said


def draw() -> None:
    """Component, controls, numbers, what to notice and code."""
    temperature, row, cells = _linked()
    left, right = st.columns([4, 1], gap="medium")
    with right:
        state = _controls(temperature, row, cells)
    first, second = state.explored.z.chunk(2)
    found = terms(first, second, state.temperature)
    with left:
        _figure(state)
    if presenter.presenting():
        return
    below, beside = st.columns([3, 2], gap="large")
    with below:
        frame.numbers(PAGE, _facts(state, found), name="loss")
    with beside:
        frame.notice(_notice(state, found))
    dataset = data.load(state.name, "test")
    places = pick(dataset, state.pairs, start_of(len(dataset), state.pairs, state.seed))
    frame.code(
        con_code.loss(
            state.name,
            places,
            VIEWS[state.family][1],
            state.looking.identity.split()[0],
            state.seed,
            state.temperature,
        )
    )
