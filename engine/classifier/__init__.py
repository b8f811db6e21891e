"""The classifier lab: plain network against CNN on identical batches, and what they got right and wrong."""

from __future__ import annotations

from engine.classifier.networks import build
from engine.classifier.results import Outcome
from engine.classifier.settings import LANES, Lane, Settings

__all__ = ["LANES", "Lane", "Outcome", "Settings", "build"]
