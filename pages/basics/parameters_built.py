"""Numbers, what to notice and the code for the network being built."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pandas as pd
import streamlit as st

from engine.parameters.analysis import Analysis, LayerRow, analyse
from engine.parameters.code import to_keras, to_pytorch
from engine.parameters.families import FAMILIES, shares
from engine.parameters.formulas import number, sum_equation
from engine.parameters.layers import Dense, Flatten, GlobalPool
from engine.parameters.link import encode
from engine.parameters.memory import Memory
from pages.basics.parameters_words import byte_text, large, settings_text, shape
from pages.registry import PageEntry
from pages.shared import frame, presenter
from pages.shared.frame import Fact

MOST_WRITTEN = 60  # layers whose code is written out; more would be slow to show and nobody would read it


def below(
    page: PageEntry,
    analysis: Analysis,
    memory: Memory,
    *,
    secret: bool,
    verdicts: Mapping[str, Mapping[str, Any]],
    before: Analysis | None,
) -> None:
    """Everything under the picture. `secret`: counts are still to be guessed; `before`: the pinned network."""
    if presenter.presenting():
        return
    left, right = st.columns([3, 2], gap="large")
    with left:
        frame.numbers(page, _hidden(analysis) if secret else _facts(analysis, memory))
        if not secret:
            _layers(page, analysis)
    with right:
        frame.notice(_notice(analysis, memory, secret=secret, verdicts=verdicts, before=before))
    _code(analysis)


def _facts(analysis: Analysis, memory: Memory) -> list[Fact]:
    rows = [row for row in analysis.rows if row.state == "ok"]
    counts = [number(row.parameters) for row in rows]
    total = (
        sum_equation(counts, analysis.parameters).split(" = ")[0] if len(rows) < 15 else f"{len(rows)} layers"
    )
    facts = [
        Fact("Parameters", total, number(analysis.parameters)),
        Fact("Multiply-adds", "one picture", number(analysis.macs)),
        Fact("Outputs of all layers", "one picture, 4 bytes a value", byte_text(analysis.activation_bytes)),
        Fact("Weights file", f"{number(analysis.parameters)} × 4 bytes", byte_text(4 * analysis.parameters)),
    ]
    if rows:
        facts.append(
            Fact("A value at the end sees", "pixels of the picture", shape(rows[-1].receptive_field))
        )
    facts += [
        Fact("Training: weights", memory.assumptions[0], byte_text(memory.weights)),
        Fact("Training: gradients", "one for each parameter", byte_text(memory.gradients)),
        Fact("Training: optimiser", memory.assumptions[1], byte_text(memory.optimiser)),
        Fact("Training: activations", "what autograd keeps for the way back", byte_text(memory.activations)),
        Fact("Memory to train", memory.assumptions[-1], byte_text(memory.total)),
    ]
    return facts


def _hidden(analysis: Analysis) -> list[Fact]:
    """What may be known before the guess."""
    return [
        Fact("Layers", "in the list", number(len(analysis.rows))),
        Fact("Input", "channels, rows, columns", shape(analysis.stack.input)),
        Fact("Output", "what the last layer gives", shape(analysis.output_shape)),
        Fact("Parameters", "type your count, then reveal", "?"),
    ]


def _layers(page: PageEntry, analysis: Analysis) -> None:
    """Every layer with every number, as a table and as CSV."""
    columns = {
        "Layer": [row.name for row in analysis.rows],
        "Settings": [settings_text(row.layer) for row in analysis.rows],
        "Output": [shape(row.output_shape) for row in analysis.rows],
        "Parameters, how": [row.formula for row in analysis.rows],
        "Parameters": [row.parameters for row in analysis.rows],
        "Multiply-adds": [row.macs for row in analysis.rows],
        "Bytes": [row.activation_bytes for row in analysis.rows],
        "Sees": [shape(row.receptive_field) for row in analysis.rows],
    }
    frame.csv_button(page, pd.DataFrame(columns), "layers", "All layers as CSV")


def _notice(
    analysis: Analysis,
    memory: Memory,
    *,
    secret: bool,
    verdicts: Mapping[str, Mapping[str, Any]],
    before: Analysis | None,
) -> list[str]:
    if analysis.problem is not None:
        return _broken(analysis.problem)
    if secret:
        return [
            (
                "**Count before you look.** A filter has a weight for each row, column and channel it reads, and one"
                " bias; a layer has as many filters as it puts out channels."
            ),
            (
                "A dense layer has a weight for every pair of input and unit, and a bias for each unit. Pooling,"
                " flatten and activations learn nothing."
            ),
        ]
    said = _judged(verdicts)
    if before is not None and before.stack != analysis.stack:
        said.append(_against(before, analysis))
    if not analysis.parameters:
        return [*said, "**Nothing to learn yet.** Add a convolution or a dense layer."]
    largest = max(analysis.rows, key=lambda row: row.parameters)
    said.append(_largest(largest, analysis))
    said += _families(analysis) + _pooled(analysis)
    if len(said) < 4 and memory.activations > memory.total / 2:
        part = 100 * memory.activations / memory.total
        said.append(
            f"In training {part:.0f} % of the memory holds activations, and they grow with the batch."
        )
    return said[:4]


def _broken(row: LayerRow) -> list[str]:
    return [
        f"**It breaks at {row.name}.** {row.reason}",
        "The layers above it are counted, the ones below wait. One click on a way out mends it; undo brings all back.",
    ]


def _judged(verdicts: Mapping[str, Mapping[str, Any]]) -> list[str]:
    if not verdicts:
        return []
    right = sum(verdict["right"] for verdict in verdicts.values())
    wrong = next((verdict for verdict in verdicts.values() if not verdict["right"]), None)
    end = (
        "All of them." if wrong is None else f"One to look at: {number(wrong['guess'])}. {wrong['sentence']}"
    )
    return [f"**{right} of {len(verdicts)} guesses right.** {end}"]


def _against(before: Analysis, after: Analysis) -> str:
    more = after.parameters - before.parameters
    work = after.macs - before.macs
    if not more and not work:
        return "**Another network, the same counts** as the pinned one."
    parameters = (
        f"{number(abs(more))} {'more' if more > 0 else 'fewer'} parameters" if more else "as many parameters"
    )
    macs = f"{large(abs(work))} {'more' if work > 0 else 'fewer'} multiply-adds" if work else "as much work"
    return f"**Against the pinned network:** {parameters}, {macs}."


def _largest(row: LayerRow, analysis: Analysis) -> str:
    part = 100 * row.parameters / analysis.parameters
    return f"**{row.name} holds {part:.1f} %** of all parameters: {row.formula}."


def _families(analysis: Analysis) -> list[str]:
    parts = [part for part in shares(analysis.rows) if part.parameters or part.macs]
    if len(parts) < 2 or not analysis.macs:
        return []
    most = max(parts, key=lambda part: part.parameters)
    work = max(parts, key=lambda part: part.macs)
    if most.family == work.family:
        return [f"{FAMILIES[most.family]} layers hold most of the parameters and do most of the work here."]
    return [
        (
            f"Parameters and work live in different places: {FAMILIES[most.family].lower()} layers hold"
            f" {100 * most.parameters / analysis.parameters:.0f} % of the parameters,"
            f" {FAMILIES[work.family].lower()} layers do {100 * work.macs / analysis.macs:.0f} % of the work,"
            " because a small kernel is used again at every place."
        )
    ]


def _pooled(analysis: Analysis) -> list[str]:
    """What global pooling instead of the flatten before a dense layer would save."""
    layers = analysis.stack.layers
    flat = next(
        (row for row in analysis.rows if isinstance(row.layer, Flatten) and len(row.input_shape) == 3), None
    )
    if flat is None or flat.index == 1 or not any(isinstance(layer, Dense) for layer in layers[flat.index :]):
        return []
    changed = (*layers[: flat.index - 1], GlobalPool(), *layers[flat.index :])
    other = analyse(replace(analysis.stack, layers=changed))
    saved = analysis.parameters - other.parameters
    if other.problem is not None or saved <= 0:
        return []
    return [
        f"Global pooling in place of the flatten would leave {number(other.parameters)}: {number(saved)} fewer."
    ]


def _code(analysis: Analysis) -> None:
    if analysis.problem is None and len(analysis.rows) <= MOST_WRITTEN:
        frame.code(to_pytorch(analysis.stack), to_keras(analysis.stack))
        return
    start = f"from engine.parameters.link import decode\n\nstack = decode({encode(analysis.stack)!r})\n"
    if analysis.problem is None:
        frame.code(
            "from engine.parameters.building import build\n"
            f"{start}model = build(stack)  # {len(analysis.rows)} layers; Export writes all of them\n"
            "print(sum(parameter.numel() for parameter in model.parameters()))"
        )
        return
    frame.code(
        f"from engine.parameters import analyse\n{start}problem = analyse(stack).problem\n"
        "print(problem.name, problem.reason)"
    )
