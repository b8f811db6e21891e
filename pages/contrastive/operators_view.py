"""The ten operators of the lecture's figure, drawn on any picture; a click draws one of them afresh."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from engine.augment import OPERATORS, Operator
from pages.contrastive import augmentations_code as code
from pages.contrastive import batches, drawing, operator_settings
from pages.contrastive.batches import PAGE, Batch
from pages.contrastive.drawing import MOST_DRAWS, Changed
from pages.shared import assets, frame, presenter
from pages.shared.controls import choice
from pages.shared.frame import Fact
from pages.shared.provenance import Provenance

COMPONENT = f"{PAGE.prefix}tiles"
DRAWS = f"{PAGE.prefix}draws"  # session and address: how often each tile was drawn again
PROVENANCE = Provenance(
    "live", "engine.augment drew and applied every operator just now, with the seed shown."
)
MANY = 9  # pictures of a data set on one tile
NAMES = tuple(OPERATORS)


@dataclass(frozen=True, eq=False)
class State:
    """Everything the view shows follows from this."""

    batch: Batch
    selected: str
    seed: int
    draws: tuple[int, ...]
    fresh: str | None  # the tile that was clicked just now
    operators: dict[str, Operator]
    tiles: dict[str, Changed]


def label(name: str) -> str:
    """As under the lecture's figure."""
    return f"({OPERATORS[name].letter}) {OPERATORS[name].title}"


def _draws() -> tuple[int, ...]:
    """How often each tile was drawn again, from this session or the address."""
    known = st.session_state.get(DRAWS)
    if known is None:
        parts = st.query_params.get(DRAWS, "")[:80].split(",")
        known = tuple(min(int(part), MOST_DRAWS) if part.isdecimal() else 0 for part in parts)
    known = tuple(known)[: len(NAMES)]
    return known + (0,) * (len(NAMES) - len(known))


def _obey() -> tuple[tuple[int, ...], str | None]:
    """Take up what was clicked, before any control is drawn; how often each tile was drawn, and which one just now."""
    draws, name = _draws(), None
    said = st.session_state.get(COMPONENT) or {}
    if said.get("again"):
        drawing.next_seed()
        draws = (0,) * len(NAMES)
    elif (name := said.get("draw")) in OPERATORS:
        place = NAMES.index(name)
        draws = tuple((n + 1) % (MOST_DRAWS + 1) if at == place else n for at, n in enumerate(draws))
        st.session_state[f"{PAGE.prefix}operator"] = name
    st.session_state[DRAWS] = draws
    if any(draws):
        st.query_params[DRAWS] = ",".join(map(str, draws))
    else:
        st.query_params.pop(DRAWS, None)
    return draws, name


def _controls(draws: tuple[int, ...], fresh: str | None) -> State:
    batch = batches.choose(f"{PAGE.prefix}source", default=batches.ONE, count=MANY)
    selected = choice("Operator", NAMES, key=f"{PAGE.prefix}operator", default="crop", titles=label)
    operator_settings.draw(selected, probability=False)
    seed = drawing.seed_control()
    operators = {name: operator_settings.current(name, always=True) for name in NAMES}
    tiles = {}
    for place, (name, operator) in enumerate(operators.items()):
        number = drawing.seed_of(seed, place, draws[place])
        recipe = drawing.recipe_of([operator])
        tiles[name] = drawing.steps(batch.identity, recipe, number, 1, batch.images)[0][0]
    return State(batch, selected, seed, draws, fresh, operators, tiles)


def _figure(state: State) -> None:
    count, _, height, width = state.batch.images.shape
    assets.mount(
        "augmentations",
        {
            "mode": "tiles",
            "tiles": [
                {
                    "name": name,
                    "letter": OPERATORS[name].letter,
                    "title": OPERATORS[name].title,
                    **state.tiles[name].payload(fresh=name == state.fresh),
                }
                for name in NAMES
            ],
            "count": count,
            "columns": batches.columns_of(count),
            "height": height,
            "width": width,
            "names": list(state.batch.names),
            "selected": state.selected,
            "title": state.batch.title,
        },
        key=COMPONENT,
        provenance=PROVENANCE,
        triggers=("draw", "again"),
    )


def _facts(state: State) -> list[Fact]:
    return [
        Fact(label(name), state.tiles[name].words[0], f"{_mean(state.tiles[name].change):.3f}")
        for name in NAMES
    ]


def _mean(values: tuple[float, ...]) -> float:
    return sum(values) / len(values)


def _notice(state: State) -> list[str]:
    operator = state.operators[state.selected]
    said = [f"**{label(state.selected)}.** {operator.what}", _about(operator)]
    most = max(NAMES, key=lambda name: _mean(state.tiles[name].change))
    said.append(
        f"Pixel by pixel, {label(most)} changed most just now, by {_mean(state.tiles[most].change):.3f} of full"
        " brightness. You still know what is in it: that is what the network is to learn."
    )
    return [sentence for sentence in said if sentence]


def _about(operator: Operator) -> str:
    """One sentence with the operator's numbers as they stand."""
    value = operator.to_dict()
    if operator.name in ("crop", "crop_flip"):
        return (
            f"The box covers {100 * value['smallest']:.0f} to {100 * value['largest']:.0f} % of the picture, every"
            " share as likely; the dashed frame on the original is the box that was drawn."
        )
    if operator.name == "jitter":
        reach = value["strength"] * value["brightness"]
        return (
            f"With s = {value['strength']:g} brightness is multiplied by {max(0, 1 - reach):.2f} to {1 + reach:.2f}"
            f" and the hue turns by up to {360 * value['strength'] * value['hue']:.0f}°; the four steps come in an"
            " order drawn for each picture, and each is clipped before the next."
        )
    return {
        "drop": "In SimCLR one view in five loses its colours.",
        "rotate": "One of three turns, each as likely; a picture that is not square is squeezed into its old size.",
        "cutout": "The square's centre may be anywhere, so part of it may hang over the edge.",
        "noise": "Every picture draws how strong its noise is, and then one number for every value.",
        "blur": "SimCLR leaves blur out on 32 × 32 pictures: there is little fine detail to take away.",
        "sobel": "1 is a straight edge from black to white; a flat area is 0.",
    }.get(operator.name, "")


def draw() -> None:
    """The view: component, controls, numbers, what to notice, code."""
    draws, fresh = _obey()
    left, right = st.columns([4, 1], gap="medium")
    with right:
        state = _controls(draws, fresh)
    with left:
        _figure(state)
    if presenter.presenting():
        return
    below, beside = st.columns([3, 2], gap="large")
    with below:
        frame.numbers(PAGE, _facts(state), name="operators")
        st.caption(
            "Value: mean absolute difference from the original, where 1 is all of the range. How: what was drawn for"
            " the first picture; places are (column, row) from the top left."
        )
    with beside:
        frame.notice(_notice(state))
    place = NAMES.index(state.selected)
    seed = drawing.seed_of(state.seed, place, state.draws[place])
    frame.code(code.one_operator(state.batch, state.operators[state.selected], seed))
