"""Run history: every run with its settings, numbers, curves and notes; two side by side; exports that reproduce one."""

from engine.runs.comparing import Comparison, compare, flatten
from engine.runs.exporting import to_csv, to_markdown
from engine.runs.notebook import to_notebook, to_script
from engine.runs.recording import MARKER, figures, turned
from engine.runs.store import HistoryError, NoSuchRun, Run, Runs

__all__ = [
    "MARKER",
    "Comparison",
    "HistoryError",
    "NoSuchRun",
    "Run",
    "Runs",
    "compare",
    "figures",
    "flatten",
    "to_csv",
    "to_markdown",
    "to_notebook",
    "to_script",
    "turned",
]
