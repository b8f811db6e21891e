"""Two networks side by side on one scale, their figures, and where they stand among all of torchvision's."""

from __future__ import annotations

import streamlit as st

from engine.architectures import (
    Summary,
    all_published,
    family,
    frontier,
    names,
    summary,
    title,
    training,
    versions,
)
from pages.networks import architectures_code, architectures_figure
from pages.networks.architectures_graph import BATCH, GIBI, MEBI
from pages.networks.architectures_state import NETWORKS, Chips, network
from pages.registry import PageEntry
from pages.shared import assets, frame, presenter
from pages.shared.provenance import Provenance

PUBLISHED = Provenance(
    "analytic",
    "Accuracies, parameters and MACs as published in torchvision's weight metadata; nothing was run.",
)
NONE = "not published"


def _take_bubble(key: str) -> None:
    """A bubble that was clicked becomes the second network, before its control is drawn."""
    chosen = (st.session_state.get(key) or {}).get("chosen")
    if chosen in names():
        st.session_state[NETWORKS[1]] = chosen


def _ratio(one: float, other: float) -> str:
    """How many times the larger one is the smaller one, said of the second."""
    if one == other:
        return "the same"
    large, small = max(one, other), min(one, other)
    return f"{large / small:.2g} × {'less' if other < one else 'more'}" if small else "–"


def _accuracy(found: Summary) -> str:
    if found.published is None:
        return NONE
    return f"{found.published.top1:.2f} % ({found.published.weights})"


def _all_weights(found: Summary) -> str:
    return ", ".join(f"{item.weights} {item.top1:.2f} %" for item in versions(found.name)) or NONE


def rows(one: Summary, other: Summary) -> list[tuple[str, str, str, str]]:
    """Quantity, first network, second network, the second against the first."""

    def line(what: str, values: tuple[float, float], form: str, unit: str = "") -> tuple[str, str, str, str]:
        first, second = (f"{value:{form}}{unit}" for value in values)
        return what, first, second, _ratio(*values)

    def each(get: str) -> tuple[int, int]:
        return getattr(one, get), getattr(other, get)

    steps = (training(one.name, BATCH), training(other.name, BATCH))
    points = ""
    if one.published and other.published:
        points = f"{other.published.top1 - one.published.top1:+.2f} points".replace("-", "−")
    return [
        line("Depth (layers with weights)", each("depth"), "d"),
        line("Parameters", each("parameters"), ",d"),
        line("Multiply-accumulates", each("macs"), ",d"),
        line(
            "Times each parameter is used", (one.macs / one.parameters, other.macs / other.parameters), ",.0f"
        ),
        line("Weights", tuple(size / MEBI for size in each("weight_bytes")), ",.1f", " MiB"),  # type: ignore[arg-type]  # two of two
        line(
            "Activations, one picture",
            tuple(size / MEBI for size in each("activation_bytes")),  # type: ignore[arg-type]  # two of two
            ",.1f",
            " MiB",
        ),
        line(
            f"Training, batch {BATCH}, Adam", (steps[0].total / GIBI, steps[1].total / GIBI), ",.2f", " GiB"
        ),
        (
            "Input",
            " × ".join(map(str, one.input_shape)),
            " × ".join(map(str, other.input_shape)),
            "",
        ),
        ("Top-1 on ImageNet, published", _accuracy(one), _accuracy(other), points),
        ("All published weights", _all_weights(one), _all_weights(other), ""),
    ]


def _notice(one: Summary, other: Summary) -> list[str]:
    if one.name == other.name:
        return [
            f"Both sides show {one.title}: open a block on one of them and keep the overview on the other."
        ]
    parameters, macs = _ratio(one.parameters, other.parameters), _ratio(one.macs, other.macs)
    first = f"**{other.title} against {one.title}:** {parameters} parameters, {macs} multiplications."
    if one.published and other.published:
        change = other.published.top1 - one.published.top1
        moves = "gains" if change > 0 else "loses"
        first += f" It {moves} {abs(change):.1f} points of top-1 accuracy."
    said = [first]
    used = one.macs / one.parameters, other.macs / other.parameters
    said.append(
        f"Each parameter is used {used[0]:,.0f} times in {one.title} and {used[1]:,.0f} times in {other.title}:"
        " weights of convolutions work at every position, weights of dense layers once. That is why size and"
        " speed are different questions."
    )
    trained = [found for found in (one, other) if len(versions(found.name)) > 1]
    if trained:
        tops = [item.top1 for item in versions(trained[0].name)]
        said.append(
            f"The same {trained[0].title} has published weights from {min(tops):.1f} to {max(tops):.1f} %:"
            " how a network was trained, and at which picture size, moves accuracy as much as how it is built."
        )
    return said


def _bubbles(key: str, chosen: tuple[str, str]) -> None:
    points = all_published()
    assets.mount(
        "bubbles",
        {
            "points": [
                {
                    "name": item.network,
                    "title": title(item.network),
                    "gmacs": item.gmacs,
                    "top1": item.top1,
                    "parameters": item.parameters,
                    "weights": item.weights,
                    "side": item.side,
                    "attention": family(item.network).attention,
                }
                for item in points
            ],
            "frontier": [item.network for item in frontier(points)],
            "chosen": list(chosen),
        },
        key=key,
        provenance=PUBLISHED,
        triggers=("chosen",),
    )


def chips(_page: PageEntry) -> Chips:
    """What stands under the title."""
    return Chips(architectures_figure.PROVENANCE, "no device needed", "no data needed")


def draw(page: PageEntry) -> None:
    """The view."""
    bubbles = f"{page.prefix}bubbles"
    _take_bubble(bubbles)
    left, right = st.columns(2, gap="medium")
    with left:
        first = network("First network", NETWORKS[0], "resnet50")
    with right:
        second = network("Second network", NETWORKS[1], "mobilenet_v2")
    architectures_figure.draw((first, second), f"{page.prefix}pair")
    _bubbles(bubbles, (first, second))
    if presenter.presenting():
        return
    one, other = summary(first), summary(second)
    below, beside = st.columns([3, 2], gap="large")
    with below:
        headings = ("Quantity", one.title, other.title, "Second against first")
        frame.numbers_table(page, headings, rows(one, other), align="lrrr", name=f"{first}-{second}")
    with beside:
        frame.notice(_notice(one, other))
    frame.code(architectures_code.comparing(first, second))
    frame.deeper(
        {family(name).paper: family(name).address for name in (first, second)},
        "Foundational Models in Vision; Need for Pretrained Models",
        None,
    )
