"""Live curves: ECharts options from plain numbers, few enough to send several times per second.

`st.echarts_chart` updates a chart in place, keeps its zoom, and takes colours and fonts from the theme.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

from pages.shared import presenter
from pages.shared.controls import choice, switch

USUAL, PROJECTED = 12, 16  # pixels of a chart's words: ECharts' own, and for a class's last row
MOST = 400  # points per curve: more than a screen shows
AXES = {
    "examples": "Examples seen",
    "seconds": "Seconds of training",
    "macs": "Multiply-adds",
    "epoch": "Epochs",
}


@dataclass(frozen=True)
class Curve:
    """One line. `dashed` for what a legend pairs with a solid line, `group` for lines that share a colour."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    dashed: bool = False
    group: int | None = None


@dataclass(frozen=True)
class Marker:
    """A vertical line with a label: where a knob was turned."""

    x: float
    text: str


def curve(
    name: str,
    points: Sequence[Mapping[str, Any]],
    x: str,
    y: str,
    **look: Any,  # noqa: ANN401 - of Curve
) -> Curve:
    """A curve from reports; those without both numbers are left out."""
    pairs = [(point[x], point[y]) for point in points if _number(point.get(x)) and _number(point.get(y))]
    return Curve(name, [pair[0] for pair in pairs], [pair[1] for pair in pairs], **look)


def markers(points: Sequence[Mapping[str, Any]], x: str) -> list[Marker]:
    """Markers from reports with `x` and "text"."""
    return [Marker(point[x], str(point.get("text", ""))) for point in points if _number(point.get(x))]


def axes(prefix: str, offered: Sequence[str], *, log: bool = True) -> tuple[str, bool]:
    """Draw the choice of x axis, one of `AXES`, and of a logarithmic y axis; (x, log). Both are in the link."""
    with st.container(horizontal=True, vertical_alignment="center", gap="medium"):
        x = choice(
            "Horizontal axis",
            list(offered),
            key=f"{prefix}x",
            default=offered[0],
            titles=lambda name: AXES[name].split()[0],
            segmented=True,
            label_hidden=True,
        )
        return x, log and switch("Log scale", key=f"{prefix}log")


def thin(count: int, most: int = MOST) -> list[int]:
    """Which of `count` points to draw: evenly spaced, the first and the last among them."""
    if count <= most:
        return list(range(count))
    return [round(index * (count - 1) / (most - 1)) for index in range(most)]


def option(
    curves: Sequence[Curve],
    *,
    x_title: str,
    y_title: str,
    marked: Sequence[Marker] = (),
    log: bool = False,
    percent: bool = False,
    y_range: tuple[float, float] | None = None,
    end: float | None = None,
    legend: Sequence[str] | None = None,
) -> dict[str, Any]:
    """The ECharts option of one chart.

    Args:
        curves: What to draw; a logarithmic axis leaves out values that are not positive.
        x_title: With its unit.
        y_title: With its unit.
        marked: Turned knobs.
        log: Logarithmic y axis.
        percent: Values are shares, shown as per cent.
        y_range: Fixed limits of the y axis.
        end: Fixed end of the x axis.
        legend: Names of the lines it lists; None lists all.
    """
    series = [_series(line, log=log, percent=percent) for line in curves]
    if marked and series:
        series[0]["markLine"] = _mark_lines(marked)
    axis: dict[str, Any] = {
        "type": "log" if log else "value",
        "name": y_title,
        "nameLocation": "end",
        "nameTextStyle": {"align": "left"},
        "scale": not percent,
    }
    if y_range is not None:
        axis["min"], axis["max"] = y_range
    across: dict[str, Any] = {
        "type": "value",
        "name": x_title,
        "nameLocation": "middle",
        "nameGap": 28,
        "splitNumber": 4,
        "axisLabel": {"alignMaxLabel": "right", "hideOverlap": True},  # the last number ends with the axis
    }
    if end is not None:
        across["max"] = end
    return {
        "animation": False,
        "grid": {"left": 8, "right": 16, "top": 56, "bottom": 34, "containLabel": True},
        "legend": {
            "top": 0,
            "left": 0,
            "type": "scroll",
            **({} if legend is None else {"data": list(legend)}),
        },
        "tooltip": {"trigger": "axis", "valueFormatter": "%.1f %%" if percent else "%.4g"},
        "xAxis": across,
        "yAxis": axis,
        "series": series,
    }


def draw(key: str, spec: Mapping[str, Any], *, alt: str, height: int = 280) -> None:
    """Draw the chart in place of the one with the same key, on a projector with larger words."""
    shown = larger(spec) if presenter.presenting() else dict(spec)
    st.echarts_chart(shown, key=key, height=height, alt=alt)


def larger(spec: Mapping[str, Any]) -> dict[str, Any]:
    """The same chart with `PROJECTED` pixels for its words, and room for them."""
    size = {"fontSize": PROJECTED}
    found = dict(spec)
    for name in ("xAxis", "yAxis"):
        axis = dict(spec[name])
        axis["axisLabel"] = {**axis.get("axisLabel", {}), **size}
        axis["nameTextStyle"] = {**axis.get("nameTextStyle", {}), **size}
        if "nameGap" in axis:
            axis["nameGap"] += PROJECTED - USUAL
        found[name] = axis
    if "legend" in spec:
        found["legend"] = {**spec["legend"], "textStyle": size}
    found["series"] = [
        {**each, "label": {**each["label"], **size}} if "label" in each else each for each in spec["series"]
    ]
    found["grid"] = {**spec["grid"], "bottom": spec["grid"]["bottom"] + PROJECTED - USUAL}
    return found


def _series(line: Curve, *, log: bool, percent: bool) -> dict[str, Any]:
    shown = thin(len(line.x))
    factor = 100.0 if percent else 1.0
    data = [[line.x[index], _short(factor * line.y[index])] for index in shown]
    if log:
        data = [pair for pair in data if pair[1] > 0]
    found: dict[str, Any] = {
        "type": "line",
        "name": line.name,
        "data": data,
        "showSymbol": len(data) < 2,
        "lineStyle": {"width": 2, "type": "dashed" if line.dashed else "solid"},
    }
    if line.group is not None:
        found["colorBy"] = "series"
        colour = _colour(line.group)
        found["itemStyle"] = {"color": colour}
        found["lineStyle"]["color"] = colour
    return found


def _mark_lines(marked: Sequence[Marker]) -> dict[str, Any]:
    return {
        "symbol": "none",
        "silent": False,
        "animation": False,
        "label": {"formatter": "{b}", "position": "insideEndTop", "fontSize": 11},
        "lineStyle": {"type": "dotted", "width": 1.5, "color": "#888888"},
        "data": [{"xAxis": mark.x, "name": mark.text} for mark in marked[-12:]],
    }


def _colour(group: int) -> str:
    """The theme's categorical colour number `group`, light or dark as the reader has it."""
    kind = st.context.theme.type or "light"
    colours = st.get_option(f"theme.{kind}.chartCategoricalColors") or ["#0072B2"]
    return str(colours[group % len(colours)])


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _short(value: float) -> float:
    """Five digits: what a hover shows, in half the bytes."""
    return float(f"{value:.5g}")
