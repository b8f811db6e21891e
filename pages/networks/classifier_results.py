"""The Results view: confusion matrix and pictures, precision, recall and F1 per class, and the reliability diagram."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import streamlit as st

from engine.classifier import Outcome
from engine.data import browsing
from pages.networks.classifier_shown import Shown
from pages.networks.classifier_train import markdown
from pages.registry import PageEntry
from pages.shared import assets, atlas, curves, frame
from pages.shared.controls import choice

MISSING = (
    "The pictures themselves are not here: CIFAR-10 does not come with the app. Download or import it on the Data"
    " page, and they appear."
)
LINKED = "clf_cell"  # the chosen cell in the address


def lane(page: PageEntry, shown: Shown) -> str:
    """Which network's results are shown."""
    lanes = list(shown.lanes)
    return choice(
        "Network",
        lanes,
        key=f"{page.prefix}of",
        default=lanes[-1],
        titles=lambda name: str(shown.lanes[name]["title"]) if name in shown.lanes else name,
        segmented=True,
        label_hidden=True,
    )


def draw(page: PageEntry, shown: Shown, name: str) -> None:
    """Everything the test pictures say about one network."""
    outcome = shown.outcome(name)
    if outcome is None:
        st.caption("The first results come at the end of the first epoch.")
        return
    _figure(page, shown, outcome, str(shown.lanes[name]["title"]))
    left, right = st.columns([3, 2], gap="large")
    with left:
        table = scores(outcome)
        st.markdown("**Precision, recall and F1 per class**")
        st.markdown(markdown(table))
        st.caption(_worst(outcome))
        frame.csv_button(page, table, "scores", "Scores as CSV")
    with right:
        _reliability(page, outcome)


def _figure(page: PageEntry, shown: Shown, outcome: Outcome, title: str) -> None:
    pictures = shown.pictures()
    side = pictures.images.shape[-1] if pictures is not None else 32
    sheets = None
    if pictures is not None:
        sheets = {
            "base": f"atlas/{atlas.stamp(pictures)}",
            "query": f"set={pictures.name}&split=test&only=&by=",
            "page": browsing.PAGE,
            "columns": browsing.COLUMNS,
        }
    surest = outcome.confidence.argsort(descending=True, stable=True)
    assets.mount(
        "results",
        {
            "title": title,
            "classes": list(outcome.classes),
            "confusion": outcome.confusion.tolist(),
            "probabilities": _column(
                (outcome.probabilities * 255).round().clamp(0, 255).numpy().astype(np.uint8)
            ),
            "labels": _column(outcome.labels.numpy().astype(np.int32)),
            "predicted": _column(outcome.predicted.numpy().astype(np.int32)),
            "order": _column(surest.numpy().astype(np.int32)),
            "sheets": sheets,
            "side": side,
            "missing": MISSING,
            "view": _view(len(outcome.classes)),
        },
        key=f"{page.prefix}results",
        provenance=shown.provenance,
        states={"view": None},
    )


def _column(values: np.ndarray) -> pd.DataFrame:
    return pd.DataFrame({"v": values.ravel()})


def _view(classes: int) -> dict[str, object]:
    """What is open: from the component, or on arrival from the address."""
    component = st.session_state.get("clf_results")
    view = component.get("view") if component is not None and "view" in component else None
    if isinstance(view, dict):
        cell = view.get("cell") if view.get("mode") == "cell" else None
        linked = (
            f"{int(cell[0])}-{int(cell[1])}"
            if cell
            else ("mistakes" if view.get("mode") == "mistakes" else "")
        )
        if linked:
            st.query_params[LINKED] = linked
        else:
            st.query_params.pop(LINKED, None)
    linked = st.query_params.get(LINKED, "")
    first, _, second = linked.partition("-")
    if first.isdecimal() and second.isdecimal() and max(int(first), int(second)) < classes:
        return {"mode": "cell", "cell": [int(first), int(second)]}
    return {"mode": "mistakes"} if linked == "mistakes" else {}


def scores(outcome: Outcome) -> pd.DataFrame:
    """Per class, and the means over all classes."""
    found = outcome.scores
    rows: list[tuple[str, ...]] = [
        (name, f"{p:.3f}", f"{r:.3f}", f"{f:.3f}", f"{n:,}")
        for name, p, r, f, n in zip(
            outcome.classes,
            found.precision.tolist(),
            found.recall.tolist(),
            found.f1.tolist(),
            found.support.tolist(),
            strict=True,
        )
    ]
    means = (float(each.mean()) for each in (found.precision, found.recall, found.f1))
    rows.append(("Mean of the classes", *(f"{mean:.3f}" for mean in means), f"{int(found.support.sum()):,}"))
    return pd.DataFrame(rows, columns=["Class", "Precision", "Recall", "F1", "Pictures"])


def _worst(outcome: Outcome) -> str:
    place = int(outcome.scores.f1.argmin())
    return f"Scores per class; the lowest F1 is that of {outcome.classes[place]}."


def _reliability(page: PageEntry, outcome: Outcome) -> None:
    found = outcome.reliability
    edges = [round(100 * edge) for edge in found.edges.tolist()]
    names = [f"{low}–{high}" for low, high in pairwise(edges)]
    right = [
        round(100 * share, 1) if count else None
        for share, count in zip(found.accuracy.tolist(), found.count.tolist(), strict=True)
    ]
    middles = [(low + high) / 2 for low, high in pairwise(edges)]
    st.markdown("**Can its probabilities be believed?**")
    grey = {"color": "#888888"}
    curves.draw(
        f"{page.prefix}reliability",
        {
            "animation": False,
            "grid": {"left": 8, "right": 12, "top": 30, "bottom": 30, "containLabel": True},
            "tooltip": {"trigger": "axis"},
            "xAxis": {
                "type": "category",
                "data": names,
                "name": "Confidence, %",
                "nameLocation": "middle",
                "nameGap": 28,
            },
            "yAxis": {
                "type": "value",
                "min": 0,
                "max": 100,
                "name": "Right, %",
                "nameTextStyle": {"align": "left"},
            },
            "series": [
                {"type": "bar", "name": "right", "data": right, "barCategoryGap": "12%"},
                {
                    "type": "line",
                    "name": "believable",
                    "data": middles,
                    "showSymbol": False,
                    "lineStyle": {"type": "dashed", **grey},
                    "itemStyle": grey,
                },
            ],
        },
        height=280,
        alt=f"Reliability diagram; the expected calibration error is {100 * found.error:.1f} per cent.",
    )
    st.caption(
        f"Expected calibration error {100 * found.error:.1f} %: the mean distance between how sure it is and how often"
        " it is right (Guo et al. 2017)."
    )
