"""The Parameters page for a known network: torchvision's models by name, counted on the meta device."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from engine import architectures
from engine.parameters import Breakdown, breakdown
from engine.parameters.families import FAMILIES, family, shares
from engine.parameters.formulas import number
from engine.parameters.memory import Memory, training_memory
from engine.parameters.model_fields import View, views
from engine.parameters.saved import Saved, of_module
from engine.parameters.tree import Group, tree
from pages.basics import parameters_code
from pages.basics.parameters_figure import memory_parts, share_list
from pages.basics.parameters_words import byte_text, large, shape
from pages.registry import PageEntry
from pages.shared import frame, presenter
from pages.shared.frame import Fact
from pages.shared.provenance import Provenance

PROVENANCE = Provenance(
    "live",
    "The model ran once on torch's meta device, with shapes and no values; engine.parameters.breakdown counted it.",
)
START = "resnet50"


@dataclass(frozen=True)
class Known:
    """A counted network, the same for every session."""

    name: str
    counted: Breakdown
    tree: dict[str, Any]
    saved: Saved


@st.cache_resource(max_entries=96, show_spinner="Counting")
def count(name: str) -> Known:
    """Builds, runs and counts a network without memory."""
    model, size = architectures.build(name), architectures.input_shape(name)
    counted = breakdown(model, size)
    drawn = _node(tree(counted.rows, name), views(model, size))
    return Known(name, counted, drawn, of_module(model, size))


def _node(group: Group, seen: Mapping[str, View]) -> dict[str, Any]:
    view = seen.get(group.path.removesuffix("."))
    drawn: dict[str, Any] = {
        "id": group.path,
        "name": group.name,
        "layers": group.layers,
        "parameters": group.parameters,
        "macs": group.macs,
        "memory": group.activation_bytes,
        "output": shape(view.output_shape if view else group.row.output_shape if group.row else ()),
        "sees": shape(view.sees or () if view else ()),
    }
    if group.row is not None:
        row = group.row
        return drawn | {
            "kind": row.kind,
            "family": family(row),
            "formula": row.formula,
            "macs_formula": row.macs_formula,
            "note": row.note,
        }
    parts = [_node(part, seen) for part in group.parts]
    largest = max(parts, key=lambda part: part["parameters"]) if parts else None
    return drawn | {
        "kind": "",
        "family": largest["family"] if largest else "other",
        "formula": "",
        "macs_formula": "",
        "note": "",
        "parts": parts,
    }


def figure(known: Known, training: Memory) -> dict[str, Any]:
    """What the component draws."""
    return {
        "name": known.name,
        "tree": known.tree,
        "families": FAMILIES,
        "shares": share_list(known.counted.rows),
        "training": memory_parts(training),
        "output": shape(known.counted.output_shape),
        "totals": f"one picture of {shape(known.counted.input_shape)}",
    }


def memory(known: Known, **settings: Any) -> Memory:  # noqa: ANN401 - batch, precision, optimiser
    """What training takes."""
    return training_memory(known.counted.parameters, known.saved, **settings)


def _facts(known: Known, training: Memory) -> list[Fact]:
    counted, published = known.counted, architectures.published(known.name)
    facts = [
        Fact("Parameters", f"sum of {len(counted.rows)} layers", number(counted.parameters)),
        Fact("Multiply-adds", f"one picture of {shape(counted.input_shape)}", number(counted.macs)),
        Fact("Values put out", "all layers, one picture", f"{number(counted.activations)}"),
        Fact("Weights file", f"{number(counted.parameters)} × 4 bytes", byte_text(4 * counted.parameters)),
        Fact("Running statistics", "measured, not learned", number(counted.buffers)),
        Fact("Memory to train", "; ".join(training.assumptions[:2]), byte_text(training.total)),
    ]
    if published is not None:
        off = counted.macs / 1e9 - published.gmacs
        facts += [
            Fact("Published parameters", f"torchvision, {published.weights}", number(published.parameters)),
            Fact(
                "Published multiply-adds",
                f"in billions; ours less theirs: {off:+.4f}",
                f"{published.gmacs:g}",
            ),
            Fact("Published accuracy", f"ImageNet top-1, {published.weights}", f"{published.top1:.1f} %"),
        ]
    return facts


def _notice(known: Known, training: Memory) -> list[str]:
    counted = known.counted
    largest = max(counted.rows, key=lambda row: row.parameters)
    busiest = max(counted.rows, key=lambda row: row.macs)
    parts = {part.family: part for part in shares(counted.rows)}
    alike = sum(row.parameters == largest.parameters for row in counted.rows)
    said = [
        (
            f"**{largest.name} is {'the largest layer' if alike == 1 else f'one of {alike} largest layers'}:**"
            f" {largest.formula}, {100 * largest.parameters / counted.parameters:.1f} % of {large(counted.parameters)}."
        ),
        f"The most work is in {busiest.name}: {large(busiest.macs)} multiply-adds of {large(counted.macs)}.",
    ]
    if "dense" in parts and "convolution" in parts:
        dense = parts["dense"]
        said.append(
            f"Dense layers hold {100 * dense.parameters / counted.parameters:.1f} % of the parameters and do "
            f"{100 * dense.macs / counted.macs:.1f} % of the work."
        )
    if training.activations > training.total / 2:
        said.append("Most of the memory of training is not weights but activations, kept for the way back.")
    return said


def table(known: Known) -> pd.DataFrame:
    """Every layer as a row, for the file."""
    return pd.DataFrame(
        [
            (
                row.name,
                row.kind,
                shape(row.output_shape),
                row.formula,
                row.parameters,
                row.macs_formula,
                row.macs,
            )
            for row in known.counted.rows
        ],
        columns=[
            "Layer",
            "Kind",
            "Output",
            "Parameters, how",
            "Parameters",
            "Multiply-adds, how",
            "Multiply-adds",
        ],
    )


def below(page: PageEntry, known: Known, training: Memory) -> None:
    """Numbers, what to notice and the code."""
    if presenter.presenting():
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        frame.numbers(page, _facts(known, training))
        frame.csv_button(page, table(known), known.name, "All layers as CSV")
    with right:
        frame.notice(_notice(known, training))
    frame.code(parameters_code.known(known.name))
