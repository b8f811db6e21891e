"""What the component of the Parameters page draws: the rows of a stack, what is open, pinned and guessed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from engine.parameters.analysis import Analysis, LayerRow
from engine.parameters.comparison import Comparison
from engine.parameters.counting import Row
from engine.parameters.explanation import explain
from engine.parameters.families import FAMILIES, family, shares
from engine.parameters.formulas import number, sum_equation
from engine.parameters.guesses import Verdict, judge, judge_total
from engine.parameters.memory import Memory
from engine.parameters.possible import choices
from engine.parameters.repairs import repairs
from pages.basics.parameters_document import Document
from pages.basics.parameters_words import byte_text, catalogue, large, settings_text, shape

NO_BREAK = "\N{NO-BREAK SPACE}"
MOST_TERMS = 14  # of the sum under the list


def figure(
    document: Document,
    analysis: Analysis,
    *,
    opened: int | None,
    training: Memory,
    comparison: Comparison | None,
    pinned_training: Memory | None,
) -> dict[str, Any]:
    """Everything about the stack that is drawn, besides the page's own state."""
    differences = {} if comparison is None else _differences(comparison)
    ways = [way.text for way in repairs(analysis)]
    return {
        "kinds": catalogue(),
        "families": FAMILIES,
        "input": list(analysis.stack.input),
        "rows": [
            {"id": identity, **_row(row, ways), **differences.get(row.index, {})}
            for identity, row in zip(document.ids, analysis.rows, strict=True)
        ],
        "totals": _totals(analysis),
        "shares": share_list(analysis.rows),
        "open": None if opened is None else _open(document, analysis, opened),
        "training": memory_parts(training),
        "pinned": None if comparison is None else _pinned(comparison, training, pinned_training),
    }


def _row(row: LayerRow, ways: Sequence[str]) -> dict[str, Any]:
    drawn: dict[str, Any] = {
        "kind": row.layer.kind,
        "layer": vars(row.layer),
        "name": row.name,
        "settings": settings_text(row.layer),
        "family": family(row),
        "state": row.state,
    }
    if row.state == "impossible":
        return drawn | {"reason": row.reason, "ways": list(ways)}
    if row.state == "ok":
        drawn |= {
            "output": shape(row.output_shape),
            "parameters": row.parameters,
            "formula": row.formula,
            "macs": row.macs,
            "macs_formula": row.macs_formula,
            "memory": row.activation_bytes,
            "sees": shape(row.receptive_field),
        }
    return drawn


def _totals(analysis: Analysis) -> dict[str, Any]:
    values = [row.parameters for row in analysis.rows if row.state == "ok"]
    short = 1 < len(values) <= MOST_TERMS
    return {
        "parameters": analysis.parameters,
        "macs": analysis.macs,
        "memory": analysis.activation_bytes,
        "sum": sum_equation(map(number, values), analysis.parameters) if short else "",
        "output": shape(analysis.output_shape),
    }


def share_list(rows: Sequence[LayerRow | Row]) -> list[dict[str, Any]]:
    """What each family of layers holds, for the bars."""
    return [
        {
            "family": part.family,
            "parameters": part.parameters,
            "macs": part.macs,
            "memory": part.activation_bytes,
        }
        for part in shares(rows)
    ]


def _open(document: Document, analysis: Analysis, opened: int) -> dict[str, Any]:
    row = analysis.rows[opened - 1]
    possible = {}
    if row.state != "unreachable":
        found = choices(row.layer, analysis.shapes[:opened])
        possible = {name: asdict(choice) for name, choice in found.items()}
    return {
        "id": document.ids[opened - 1],
        "choices": possible,
        "explained": asdict(explain(analysis, opened)),
    }


def memory_parts(memory: Memory) -> dict[str, Any]:
    """The parts of the training memory, in words and bytes."""
    names = ("weights", "gradients", "optimiser", "activations")
    titles = ("Weights", "Gradients", "Optimiser", "Activations")
    parts = [
        {
            "name": name,
            "title": title,
            "bytes": getattr(memory, name),
            "text": byte_text(getattr(memory, name)),
        }
        for name, title in zip(names, titles, strict=True)
    ]
    return {"parts": parts, "bytes": memory.total, "text": byte_text(memory.total)}


def _differences(comparison: Comparison) -> dict[int, dict[str, Any]]:
    """Per row of the stack on the page, what it has more than the pinned one; nothing where all is the same."""
    found: dict[int, dict[str, Any]] = {}
    for pair in comparison.pairs:
        if pair.after is None:
            continue
        measured = {
            "parameters": pair.difference("parameters"),
            "macs": pair.difference("macs"),
            "memory": pair.difference("activation_bytes"),
        }
        if pair.changed or any(measured.values()):
            news = "new" if pair.before is None else "changed" if pair.changed else "felt"
            found[pair.after.index] = {"news": news, "more": measured}
    return found


def _pinned(comparison: Comparison, training: Memory, before: Memory | None) -> dict[str, Any]:
    old, new = comparison.before, comparison.after
    lines = [
        ("Parameters", old.parameters, new.parameters, number),
        ("Multiply-adds", old.macs, new.macs, large),
        ("Activations", old.activation_bytes, new.activation_bytes, byte_text),
    ]
    if before is not None:
        lines.append(("Training", before.total, training.total, byte_text))
    return {
        "lines": [
            {"title": title, "before": say(a), "after": say(b), "more": b - a, "change": _change(a, b, say)}
            for title, a, b, say in lines
        ],
        "gone": [f"{row.name} ({number(row.parameters)})" for row in comparison.gone],
        "same": old.stack == new.stack,
    }


def _change(before: int, after: int, say: Any) -> str:  # noqa: ANN401 - one of three ways to say a count
    if before == after:
        return "the same"
    sign = "+" if after > before else "\N{MINUS SIGN}"
    text = f"{sign}{say(abs(after - before))}"
    if not before:
        return text
    ratio = after / before
    percent = abs(100 * (ratio - 1))
    part = f"{ratio:.3g} ×" if ratio >= 2 else f"{sign}{percent:.1f} %" if percent >= 0.1 else "under 0.1 %"
    return f"{text} ({part.replace(' ', NO_BREAK)})"


def judged(analysis: Analysis, document: Document, guesses: dict[str, int]) -> dict[str, Any]:
    """Every guess with its verdict, by the number of its layer, and the one about the total."""
    rows = dict(zip(map(str, document.ids), analysis.rows, strict=True))
    found = {name: judge(rows[name], guess) for name, guess in guesses.items() if name in rows}
    if "total" in guesses:
        found["total"] = judge_total(analysis, guesses["total"])
    return {name: _verdict(verdict) for name, verdict in found.items()}


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {"guess": verdict.guess, "right": verdict.right, "sentence": verdict.sentence}
