"""Charts of a SimCLR run, live or stored: the same reports, the same pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import streamlit as st

from pages.shared import curves
from pages.shared.curves import Marker

Points = Mapping[str, Sequence[Mapping[str, Any]]]
ACCURACY = (("knn_h", "kNN on h", 0), ("knn_z", "kNN on z", 1), ("probe_h", "Linear probe on h", 2))
SPREAD = (("alignment", "Alignment", 0), ("uniformity", "Uniformity", 1))
RANKS = (("rank_h", "Rank of h", 0), ("rank_z", "Rank of z", 1))
READERS = {"linear": "Linear layer", "neighbours": "Nearest neighbours"}
GREY = 7  # of the chart's colours: what is not ours
NAMES = {"x": "place, x", "y": "place, y"}


@dataclass(frozen=True)
class Bars:
    """One bar per category; None leaves a gap. `group`: its colour."""

    name: str
    values: Sequence[float | None]
    group: int


def _tests(points: Points) -> list[Mapping[str, Any]]:
    return [point for point in points.get("test", ()) if "knn_h" in point]


def _marked(points: Points, x: str) -> list[Marker]:
    return curves.markers(list(points.get("marker", ())), x)


def accuracy(key: str, points: Points, x: str, *, chance: float, height: int = 240) -> None:
    """What labels say of h and z, while it trains."""
    tests = _tests(points)
    lines = [curves.curve(title, tests, x, name, group=group) for name, title, group in ACCURACY]
    if tests:
        ends = [tests[0][x], tests[-1][x]]
        lines.append(curves.Curve("Guessing", ends, [chance, chance], dashed=True, group=7))
    spec = curves.option(
        lines, x_title=curves.AXES[x], y_title="Right (%)", marked=_marked(points, x), percent=True
    )
    last = f", kNN on h now {100 * tests[-1]['knn_h']:.0f} %" if tests else ""
    curves.draw(key, spec, alt=f"Accuracy of neighbours and of a linear probe{last}", height=height)


def loss(key: str, points: Points, x: str, *, guess: float | None, log: bool, height: int = 240) -> None:
    """The loss of the training batches; `guess`: what guessing would cost."""
    train = list(points.get("train", ()))
    lines = [curves.curve("NT-Xent", train, x, "loss", group=3)]
    if train and guess is not None:
        lines.append(curves.Curve("Guessing", [train[0][x], train[-1][x]], [guess] * 2, dashed=True, group=7))
    spec = curves.option(
        lines, x_title=curves.AXES[x], y_title="Loss", marked=_marked(points, x), log=log and _positive(train)
    )
    last = f", now {train[-1]['loss']:.3f}" if train else ""
    curves.draw(key, spec, alt=f"Training loss{last}", height=height)


def _positive(train: Sequence[Mapping[str, Any]]) -> bool:
    return all(point["loss"] > 0 for point in train)


def spread(key: str, points: Points, x: str, *, height: int = 220) -> None:
    """Alignment and uniformity; a run goes down in both."""
    tests = _tests(points)
    lines = [curves.curve(title, tests, x, name, group=group) for name, title, group in SPREAD]
    spec = curves.option(lines, x_title=curves.AXES[x], y_title="less is better", marked=_marked(points, x))
    curves.draw(key, spec, alt="Alignment and uniformity", height=height)


def ranks(key: str, points: Points, x: str, *, height: int = 220) -> None:
    """How many directions h and z use."""
    tests = _tests(points)
    lines = [curves.curve(title, tests, x, name, group=group) for name, title, group in RANKS]
    spec = curves.option(lines, x_title=curves.AXES[x], y_title="Directions", marked=_marked(points, x))
    curves.draw(key, spec, alt="Effective rank of h and z", height=height)


def histograms(key: str, picture: Mapping[str, Any], *, height: int = 220) -> None:
    """Cosines of positive and negative pairs as two outlines over the same bins."""
    series, alt = [], []
    for name, title, group in (("negative", "Negatives", 3), ("positive", "Positives", 0)):
        shares = np.asarray(picture.get(name, ()), np.float64)
        if not len(shares):
            continue
        middle = (np.arange(len(shares)) + 0.5) * 2 / len(shares) - 1
        series.append(
            curves.Curve(title, middle.round(3).tolist(), (100 * shares).round(3).tolist(), group=group)
        )
        alt.append(f"{title.lower()} around {float((shares * middle).sum()):.2f}")
    spec = curves.option(series, x_title="Cosine of two views", y_title="% of pairs")
    spec["xAxis"] |= {"min": -1, "max": 1}
    for line in spec["series"]:
        line |= {"step": "middle", "areaStyle": {"opacity": 0.18}}
    curves.draw(key, spec, alt=f"Similarities: {', '.join(alt) or 'none yet'}", height=height)


def spectrum(key: str, picture: Mapping[str, Any], *, height: int = 220) -> None:
    """Singular values of h and z, the largest 1: one tall bar and nothing else is collapse."""
    lines = []
    for name, title, group in (("spectrum_h", "h", 0), ("spectrum_z", "z", 1)):
        values = np.asarray(picture.get(name, ()), np.float64).round(5)
        lines.append(curves.Curve(title, list(range(1, len(values) + 1)), values.tolist(), group=group))
    spec = curves.option(lines, x_title="Direction, strongest first", y_title="Singular value, largest 1")
    for line in spec["series"]:
        line |= {"step": "middle", "areaStyle": {"opacity": 0.18}}
    curves.draw(key, spec, alt="Singular values of h and z, from the strongest direction", height=height)


def factors(
    key: str, shown: Sequence[tuple[str, Mapping[str, Mapping[str, Any]]]], reader: str, *, height: int = 380
) -> None:
    """What is left of each factor, one bar per run: 0 is what guessing gets, 100 % is all of it.

    Args:
        key: Of the chart.
        shown: (title, factors as `examination` reports them), first on top.
        reader: "linear" or "neighbours".
        height: Pixels.
    """
    names = list(shown[0][1]) if shown else []
    measure = "kept" if reader == "linear" else "kept_neighbours"
    kind = st.context.theme.type or "light"
    colours = st.get_option(f"theme.{kind}.chartCategoricalColors") or ["#0072B2"]
    spec = {
        "animationDurationUpdate": 300,
        "grid": {"left": 8, "right": 24, "top": 40, "bottom": 30, "containLabel": True},
        "legend": {"top": 0, "left": 0},
        "tooltip": {"trigger": "axis", "axisPointer": {"type": "shadow"}, "valueFormatter": "%.0f %%"},
        "xAxis": {
            "type": "value",
            "min": 0,
            "max": 100,
            "name": "% kept",
            "nameLocation": "middle",
            "nameGap": 24,
        },
        "yAxis": {"type": "category", "inverse": True, "data": [NAMES.get(name, name) for name in names]},
        "series": [
            {
                "type": "bar",
                "name": title,
                "barGap": "15%",
                "itemStyle": {"color": colours[index % len(colours)]},
                "data": [round(100 * found.get(name, {}).get(measure, 0.0), 1) for name in names],
            }
            for index, (title, found) in enumerate(shown)
        ],
    }
    parts = [
        f"{title}: "
        + ", ".join(f"{name} {100 * found[name][measure]:.0f} %" for name in names if name in found)
        for title, found in shown
    ]
    curves.draw(key, spec, alt=f"Share of each factor that can be read. {'; '.join(parts)}", height=height)


def bars(
    key: str,
    titles: Sequence[str],
    shown: Sequence[Bars],
    *,
    x_title: str = "",
    level: tuple[str, float] | None = None,
    height: int = 300,
) -> None:
    """Bars side by side per category, in per cent; `level` is a dashed line across. A bar starts at 0."""
    colours = st.get_option(f"theme.{st.context.theme.type or 'light'}.chartCategoricalColors") or ["#0072B2"]
    series: list[dict[str, Any]] = [
        {
            "type": "bar",
            "name": one.name,
            "barGap": "10%",
            "itemStyle": {"color": colours[one.group % len(colours)]},
            "label": {"show": True, "position": "top", "fontSize": 11},
            "data": list(one.values),
        }
        for one in shown
    ]
    if level is not None:
        name, value = level
        series.append(
            {
                "type": "line",
                "name": name,
                "symbol": "none",
                "lineStyle": {"type": "dashed", "color": colours[GREY % len(colours)]},
                "itemStyle": {"color": colours[GREY % len(colours)]},
                "data": [value] * len(titles),
            }
        )
    spec = {
        "animationDurationUpdate": 300,
        "grid": {"left": 8, "right": 12, "top": 56, "bottom": 30, "containLabel": True},
        "legend": {"top": 0, "left": 0},
        "tooltip": {"trigger": "axis", "valueFormatter": "%.1f %%"},
        "xAxis": {
            "type": "category",
            "data": list(titles),
            "name": x_title,
            "nameLocation": "middle",
            "nameGap": 28,
        },
        "yAxis": {"type": "value", "min": 0, "name": "%"},
        "series": series,
    }
    said = "; ".join(
        f"{one.name}: "
        + ", ".join(
            f"{title} {value:.1f} %" for title, value in zip(titles, one.values, strict=True) if value
        )
        for one in shown
    )
    curves.draw(key, spec, alt=f"Bars. {said}", height=height)
