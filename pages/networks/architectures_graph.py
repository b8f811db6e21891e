"""One network: its drawing, its numbers, what to notice, the code that counts the same."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from engine.architectures import Graph, Node, Summary, family, graph, most, summary, training
from pages.networks import architectures_code, architectures_figure
from pages.networks.architectures_state import Chips, network
from pages.registry import PageEntry
from pages.shared import frame, presenter
from pages.shared.frame import Fact

MEBI, GIBI = 2**20, 2**30
BATCH = 32


def short(value: int) -> str:
    """A large count in three digits: 490, 12.8 k, 25.6 M, 4.09 G."""
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if value >= 0.9995 * size:
            scaled = value / size
            return f"{scaled:.{2 if scaled < 9.995 else 1 if scaled < 99.95 else 0}f} {unit}"
    return str(value)


def where(node: Node) -> str:
    """A part by its title, and its name in the code where that says more."""
    return node.title if node.title.lower() == node.name else f"{node.title} ({node.name})"


def _card(found: Summary) -> None:
    """The figures everybody asks for."""
    st.metric("Parameters", short(found.parameters))
    st.metric(
        "Multiply-accumulates",
        short(found.macs),
        help="For one picture of the size the network was made for.",
    )
    st.metric("Depth", found.depth, help="Layers with weights on the longest way through.")
    if found.published is None:
        st.caption("Not in torchvision: built here from the paper, without published weights.")
        return
    st.metric("Top-1 on ImageNet", f"{found.published.top1:.1f} %")
    st.caption(f"torchvision weights {found.published.weights}")


def facts(found: Summary, drawn: Graph) -> list[Fact]:
    """The numbers with their formulas."""
    step = training(found.name, BATCH)
    parts = [node for node in drawn.root.children if node.parameters]
    heavy, busy = most(drawn, "parameters"), most(drawn, "macs")
    idle = sum(node.parameters for node in drawn.idle)
    summands = [f"{node.parameters:,}" for node in parts] + ([f"{idle:,} (training only)"] if idle else [])
    lines = [
        Fact("Parameters", " + ".join(summands), f"{found.parameters:,}"),
        Fact(
            "Multiply-accumulates",
            " + ".join(short(node.macs) for node in parts if node.macs),
            f"{found.macs:,}",
        ),
        Fact("Depth", "layers with weights on the longest way through", str(found.depth)),
        Fact("Most parameters", where(heavy.node), f"{100 * heavy.share:.1f} %"),
        Fact("Most work", where(busy.node), f"{100 * busy.share:.1f} %"),
        Fact("Weights", f"4 bytes × {found.parameters:,}", f"{found.weight_bytes / MEBI:.1f} MiB"),
        Fact(
            "Activations, one picture",
            f"4 bytes × {found.activations:,} values put out by all layers",
            f"{found.activation_bytes / MEBI:.1f} MiB",
        ),
        Fact(
            f"Training, batch {BATCH}",
            f"weights, gradients, Adam: 4 × {step.weights / MEBI:.0f} MiB;"
            f" kept for the backward pass: {step.activations / MEBI:,.0f} MiB",
            f"{step.total / GIBI:.2f} GiB",
        ),
    ]
    if (official := found.published) is not None:
        lines += [
            Fact(
                "Accuracy, top-1 / top-5",
                f"{official.weights}, {official.side} × {official.side}",
                f"{official.top1:.2f} % / {official.top5:.2f} %",
            ),
            Fact(
                "Published cost",
                "torchvision's metadata: parameters, billions of MACs",
                f"{official.parameters:,} / {official.gmacs:.3f}",
            ),
        ]
    return lines


def _notice(found: Summary, drawn: Graph) -> list[str]:
    heavy, busy = most(drawn, "parameters"), most(drawn, "macs")
    said = [f"**{found.title}.** {family(found.name).idea}"]
    if heavy.node.id == busy.node.id:
        said.append(
            f"*{where(heavy.node)}* has both most of the parameters ({100 * heavy.share:.0f} %)"
            f" and most of the work ({100 * busy.share:.0f} %)."
        )
    else:
        said.append(
            f"Parameters and work sit in different places: *{where(heavy.node)}* holds"
            f" {100 * heavy.share:.0f} % of the parameters, *{where(busy.node)}* does"
            f" {100 * busy.share:.0f} % of the multiplications. A weight of a convolution is used once per"
            " position, a weight of a dense layer once."
        )
    sums = sum(node.kind == "add" and not node.children for node in drawn.root.walk())
    joins = sum(node.kind == "cat" for node in drawn.root.walk())
    if joins > sums:
        said.append(
            f"{joins} concatenations and {sums} additions: the arcs show which tensors are joined. Point at a"
            " layer to see what it reads."
        )
    elif sums:
        said.append(f"{sums} skip connections, drawn as arcs: open a block down to its layers to see one.")
    else:
        said.append("No skip connection anywhere: every gradient has to pass every layer.")
    return said


def _table(drawn: Graph) -> pd.DataFrame:
    """One row per layer."""
    return pd.DataFrame(
        [
            (
                node.id,
                node.kind,
                node.detail,
                "x".join(map(str, node.output_shape)),
                node.parameters,
                node.formula,
                node.macs,
            )
            for node in drawn.root.walk()
            if not node.children
        ],
        columns=["Layer", "Kind", "Settings", "Output", "Parameters", "Formula", "MACs"],
    )


def chips(_page: PageEntry) -> Chips:
    """What stands under the title."""
    return Chips(architectures_figure.PROVENANCE, "no device needed", "no data needed")


def draw(page: PageEntry) -> None:
    """The view."""
    left, right = st.columns([3, 1], gap="medium")
    with right:
        name = network("Network", f"{page.prefix}network", "resnet50")
        found, drawn = summary(name), graph(name)
        _card(found)
    with left:
        architectures_figure.draw((name,), f"{page.prefix}graph")
    if presenter.presenting():
        return
    below, beside = st.columns([3, 2], gap="large")
    with below:
        frame.numbers(page, facts(found, drawn))
        frame.csv_button(page, _table(drawn), f"layers-{name}", "All layers as CSV")
    with beside:
        frame.notice(_notice(found, drawn))
    frame.code(architectures_code.counting(name))
    source = family(name)
    frame.deeper({source.paper: source.address}, "Foundational Models in Vision", None)
