"""Contrastive learning: the loss of SimCLR, its training, and what one can ask a representation afterwards."""

from engine.contrastive.factor_probe import Kept, probe
from engine.contrastive.linear_probe import logistic_accuracy, ridge_accuracy
from engine.contrastive.neighbours import knn_accuracy
from engine.contrastive.nt_xent import attraction, nt_xent
from engine.contrastive.rates import scaled_rate
from engine.contrastive.spread import alignment, effective_rank, spread, uniformity
from engine.contrastive.terms import Terms, pull_and_push, terms

__all__ = [
    "Kept",
    "Terms",
    "alignment",
    "attraction",
    "effective_rank",
    "knn_accuracy",
    "logistic_accuracy",
    "nt_xent",
    "probe",
    "pull_and_push",
    "ridge_accuracy",
    "scaled_rate",
    "spread",
    "terms",
    "uniformity",
]
