"""The page's one live run. All its views look at the same one; the Loss view may look through its encoder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.contrastive.con_names import PAGE
from pages.shared.live import Live

EXPERIMENT = "engine.contrastive.experiment"


def _title(settings: Mapping[str, Any]) -> str:
    """What a run is called in the history."""
    return f"SimCLR on {settings['data']}, temperature {settings['temperature']:g}"


LIVE = Live(PAGE, EXPERIMENT, title=_title)
_KEPT = "contrastive kept"  # session: job -> what was made of its weights


def finished() -> Mapping[str, Any] | None:
    """Settings, weights, job and a place for what is made of them, once the run of this session is done."""
    run = LIVE.run
    if run.result is None or run.job is None or "weights" not in run.result:
        return None
    kept: dict[str, dict[str, Any]] = st.session_state.setdefault(_KEPT, {})
    if run.job not in kept:
        kept.clear()
        kept[run.job] = {}
    return {
        "settings": run.settings,
        "weights": run.result["weights"],
        "job": run.job,
        "kept": kept[run.job],
    }
