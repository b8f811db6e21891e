"""The Contrastive page and its views by name."""

from __future__ import annotations

from pages.registry import BY_SLUG

PAGE = BY_SLUG["contrastive"]
LOSS, TRAIN, KEPT, COLLAPSE, FINDINGS, HOMEWORK = (
    "Loss",
    "Train",
    "What was kept",
    "Collapse",
    "Findings",
    "Homework",
)
