"""Training: one loop for every experiment, and what it is made of."""

from engine.training.batches import Batches
from engine.training.checkpoint import CheckpointError
from engine.training.learner import Learner
from engine.training.loop import Diverged, Loop, Plan
from engine.training.optimisers import Optimisation
from engine.training.precision import Precision

__all__ = ["Batches", "CheckpointError", "Diverged", "Learner", "Loop", "Optimisation", "Plan", "Precision"]
