"""Where did they go: parameters, multiply-accumulates and activations per family of layers.

The same families for a stack of ours and for any `nn.Module`, so that the two can be compared: what slides
over a picture, what connects everything with everything, what normalises, what attends, and the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from engine.parameters.analysis import BYTES, LayerRow
from engine.parameters.counting import Row

FAMILIES = {
    "convolution": "Convolution",
    "dense": "Dense",
    "normalisation": "Normalisation",
    "attention": "Attention",
    "other": "Other",
}
_OF_KIND = {
    **dict.fromkeys(("conv", "depthwise", "transposed"), "convolution"),
    "dense": "dense",
    "batch_norm": "normalisation",
}


@dataclass(frozen=True)
class Share:
    """What one family holds: numbers learned, multiply-accumulates and bytes of activations of one image."""

    family: str
    parameters: int
    macs: int
    activation_bytes: int


def family(row: LayerRow | Row) -> str:
    """The family of a layer, a key of FAMILIES."""
    if isinstance(row, LayerRow):
        return _OF_KIND.get(row.layer.kind, "other")
    kind = row.kind.lower()
    for word, name in (("attention", "attention"), ("norm", "normalisation"), ("conv", "convolution")):
        if word in kind:
            return name
    return "dense" if "linear" in kind else "other"


def shares(rows: Iterable[LayerRow | Row]) -> tuple[Share, ...]:
    """What every family holds, in the order of FAMILIES; families without any layer are left out."""
    totals: dict[str, list[int]] = {}
    for row in rows:
        held = totals.setdefault(family(row), [0, 0, 0])
        held[0] += row.parameters
        held[1] += row.macs
        held[2] += row.activation_bytes if isinstance(row, LayerRow) else row.activations * BYTES
    return tuple(Share(name, *totals[name]) for name in FAMILIES if name in totals)
