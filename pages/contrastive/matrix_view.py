"""Every pair of operators, measured: linear-probe accuracy of networks trained with it, from a stored run."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from engine import stored_runs
from engine.augment import OPERATORS, Operator
from engine.stored_runs import StoredRun, StoredRunError
from pages.contrastive import augmentations_code as code
from pages.contrastive import batches, drawing
from pages.contrastive.batches import PAGE, Batch
from pages.contrastive.compose_view import originals
from pages.contrastive.operators_view import label
from pages.shared import assets, frame, pictures, presenter
from pages.shared.frame import Fact
from pages.shared.provenance import Provenance

COMPONENT = f"{PAGE.prefix}matrix"
CELL = f"{PAGE.prefix}cell"  # session and address: row and column of the cell whose examples are shown
RUN = "augmentation-matrix"
MANY, SIDE = 8, 112


@dataclass(frozen=True, eq=False)
class Measured:
    """The stored run: operators in order, accuracy (K, K) of pairs applied in that order, untrained accuracy."""

    run: StoredRun
    names: tuple[str, ...]
    accuracy: np.ndarray
    untrained: float


@st.cache_resource(max_entries=2, show_spinner=False)
def measured(folder: str) -> Measured | None:
    """The stored run, or None where there is none that can be read. `folder` is part of the cache's key."""
    del folder
    try:
        run = stored_runs.load(RUN)
    except StoredRunError:
        return None
    names = tuple(run.manifest["settings"]["operators"])
    accuracy = run.arrays["accuracy"]
    if accuracy.shape != (len(names), len(names)) or not set(names) <= set(OPERATORS):
        return None
    return Measured(run, names, accuracy, float(run.headline["untrained"]))


def present() -> bool:
    """Whether the run is there. Without it the view is not offered: nothing is invented."""
    return measured(str(stored_runs.FOLDER)) is not None


def provenance() -> Provenance:
    """Of the matrix: the stored run with its manifest."""
    found = measured(str(stored_runs.FOLDER))
    assert found is not None  # noqa: S101 - the view is only offered where it is there
    return Provenance(
        "stored",
        "Each cell is a network trained by SimCLR with this pair of operators, then read out by a linear probe."
        " The examples are drawn live.",
        found.run.provenance(),
    )


def _cell(count: int) -> tuple[int, int]:
    """The chosen cell, from the component, this session or the address."""
    said = st.session_state.get(COMPONENT) or {}
    chosen = said.get("cell") or st.session_state.get(CELL) or st.query_params.get(CELL, "")[:9].split(",")
    numbers = [int(part) for part in chosen if str(part).isdecimal()]
    row, column = numbers if len(numbers) == 2 and max(numbers) < count else (0, 0)
    st.session_state[CELL] = (row, column)
    st.query_params[CELL] = f"{row},{column}"
    return row, column


def _operators(found: Measured, cell: tuple[int, int]) -> list[Operator]:
    """The pair of a cell, with the settings it was trained with; one operator alone on the diagonal."""
    names = dict.fromkeys(found.names[at] for at in sorted(cell))
    settings = found.run.manifest["settings"].get("operator_settings", {})
    return [OPERATORS[name].from_dict(settings.get(name, {})) for name in names]


def _figure(
    found: Measured, cell: tuple[int, int], batch: Batch, operators: list[Operator], seed: int
) -> None:
    count, _, height, width = batch.images.shape
    view = drawing.steps(batch.identity, drawing.recipe_of(operators), seed, 1, batch.images)[0]
    assets.mount(
        "augmentations",
        {
            "mode": "matrix",
            "titles": [OPERATORS[name].title for name in found.names],
            "accuracy": pd.DataFrame({"v": found.accuracy.astype(np.float32).ravel()}),
            "untrained": found.untrained,
            "cell": list(cell),
            "original": pictures.keep(originals(batch.identity, batch.images)),
            "steps": [step.payload() for step in view],
            "count": count,
            "columns": batches.columns_of(count),
            "height": height,
            "width": width,
            "names": list(batch.names),
            "title": f"Linear probe, {found.run.manifest['settings']['data']}",
        },
        key=COMPONENT,
        provenance=provenance(),
        triggers=("cell", "again"),
    )


def _facts(found: Measured, cell: tuple[int, int]) -> list[Fact]:
    accuracy = found.accuracy
    alone = np.diag(accuracy)
    pairs = accuracy[~np.eye(len(accuracy), dtype=bool)]
    best = np.unravel_index(accuracy.argmax(), accuracy.shape)
    row, column = cell
    return [
        Fact("This cell", _pair(found, row, column), _percent(accuracy[row, column])),
        Fact("Best", _pair(found, *map(int, best)), _percent(accuracy.max())),
        Fact("One operator alone", "mean of the diagonal", _percent(alone.mean())),
        Fact("Two operators", "mean of all other cells", _percent(pairs.mean())),
        Fact("Before training", "linear probe on the untrained network", _percent(found.untrained)),
    ]


def _pair(found: Measured, row: int, column: int) -> str:
    """A cell in words."""
    first, second = sorted((row, column))
    return (
        f"{_name(found, first)} alone"
        if first == second
        else f"{_name(found, first)}, then {_name(found, second)}"
    )


def _name(found: Measured, at: int) -> str:
    return label(found.names[at])


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _notice(found: Measured) -> list[str]:
    accuracy = found.accuracy
    best = np.unravel_index(accuracy.argmax(), accuracy.shape)
    alone, pairs = np.diag(accuracy).mean(), accuracy[~np.eye(len(accuracy), dtype=bool)].mean()
    first = (
        f"**Ours, on {found.run.manifest['settings']['data']}.** The best cell is"
        f" {_pair(found, *map(int, best))}, with {_percent(accuracy.max())}. One operator alone reaches"
        f" {_percent(alone)} on average, two reach {_percent(pairs)}."
    )
    return [
        first,
        "In the paper (figure 5, a ResNet-50 on ImageNet) the best pair is a crop with colour distortion.",
        "There one view of two is changed and training takes days; here both are changed and a cell takes seconds.",
        "Click a cell to see what its pair does to pictures.",
    ]


def draw() -> None:
    """The view: the matrix with examples, numbers, what to notice, code."""
    found = measured(str(stored_runs.FOLDER))
    assert found is not None  # noqa: S101 - the view is only offered where it is there
    if (st.session_state.get(COMPONENT) or {}).get("again"):
        drawing.next_seed()
    cell = _cell(len(found.names))
    left, right = st.columns([4, 1], gap="medium")
    with right:
        batch = batches.choose(
            f"{PAGE.prefix}examples", default=batches.PHOTOGRAPHS, count=MANY, side=SIDE, with_one=False
        )
        seed = drawing.seed_control()
    operators = _operators(found, cell)
    with left:
        _figure(found, cell, batch, operators, seed)
    if presenter.presenting():
        return
    below, beside = st.columns([3, 2], gap="large")
    with below:
        frame.numbers(PAGE, _facts(found, cell), name="matrix")
    with beside:
        frame.notice(_notice(found))
    frame.code(code.composition(batch, operators, seed))
