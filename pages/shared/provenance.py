"""Where a number or picture comes from, said on the page.

One dataclass carries it, one function draws it. Three kinds:

- `live`: this session has just computed it;
- `stored`: read from a run kept in `assets/runs`, with the command that makes it again;
- `analytic`: it follows from a formula, nothing was run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import streamlit as st

Kind = Literal["live", "stored", "analytic"]

_LOOK: Mapping[Kind, tuple[str, str, Literal["green", "blue", "violet"]]] = {
    "live": ("live", ":material/bolt:", "green"),
    "stored": ("stored run", ":material/inventory_2:", "blue"),
    "analytic": ("analytic", ":material/function:", "violet"),
}


@dataclass(frozen=True)
class Provenance:
    """What computed a figure.

    Attributes:
        kind: live, stored or analytic.
        how: One sentence for the reader: what was computed, by which function.
        manifest: For a stored run: command, seed, date, commit, versions, as in its `manifest.json`.
    """

    kind: Kind
    how: str
    manifest: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.kind not in _LOOK:
            raise ValueError(f"Provenance is live, stored or analytic, not {self.kind!r}.")
        if not self.how.strip():
            raise ValueError("Provenance needs a sentence that says how the figure was computed.")
        if self.kind == "stored" and not self.manifest.get("command"):
            raise ValueError("A stored run names the command that makes it again.")

    def line(self) -> str:
        """One line for captions and exported files."""
        label = _LOOK[self.kind][0]
        command = self.manifest.get("command")
        return f"{label}: {self.how}" + (f" ({command})" if command else "")


def chip(provenance: Provenance) -> None:
    """Draw the chip: hover says how, a stored run opens to its manifest."""
    label, icon, colour = _LOOK[provenance.kind]
    if provenance.kind != "stored":
        st.badge(label, icon=icon, color=colour, help=provenance.how)
        return
    with st.popover(label, icon=icon, type="tertiary"):
        st.markdown(f"**{label}.** {provenance.how}")
        st.table({"": list(provenance.manifest.keys()), "value": list(provenance.manifest.values())})
