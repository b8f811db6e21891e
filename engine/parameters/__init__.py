"""Counting parameters, multiply-accumulates and memory: of a stack of layers, and of any `nn.Module`."""

from __future__ import annotations

from engine.parameters.analysis import Analysis, LayerRow, analyse
from engine.parameters.counting import Breakdown, Row, breakdown
from engine.parameters.memory import Memory, training_memory
from engine.parameters.stack import Stack
from engine.parameters.tracing import CountingError
from engine.settings import SettingError

__all__ = [
    "Analysis",
    "Breakdown",
    "CountingError",
    "LayerRow",
    "Memory",
    "Row",
    "SettingError",
    "Stack",
    "analyse",
    "breakdown",
    "training_memory",
]
