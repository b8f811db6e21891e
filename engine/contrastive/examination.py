"""All that is asked of an encoder while it trains: neighbours, probes, alignment, rank, histograms, a picture of h.

It looks at pictures the encoder does not train on (the test split), un-augmented but for the pairs of views, and
reads the labels only to measure. The same pictures and the same views every time, so that curves compare.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.augment import augment
from engine.contrastive import factor_probe
from engine.contrastive.factor_probe import Kept
from engine.contrastive.histograms import mean_similarities, similarity_histograms
from engine.contrastive.linear_probe import ridge_accuracy
from engine.contrastive.model import SimCLR, represent
from engine.contrastive.neighbours import knn_accuracy
from engine.contrastive.spread import alignment, effective_rank, spread, uniformity
from engine.contrastive.views import Views, operators
from engine.data import Dataset, Factor
from engine.training import Precision

KNOWN, ASKED, PAIRS = 2000, 1000, 256  # pictures: labelled ones to learn from, test pictures, pairs of views
SPECTRUM = 64  # singular values reported
SEED = 1234  # of the views, always the same


@dataclass(frozen=True, eq=False)
class Findings:
    """What one examination found.

    Attributes:
        numbers: Name -> number, for curves.
        arrays: Name -> array, for pictures: `positive`, `negative` (histograms), `spectrum_h`, `spectrum_z`
            (singular values, largest 1), `h` (uint8, see `quantise`) with `h_low` and `h_step`.
        linear: Factors read by a linear layer.
        neighbours: Factors read by the nearest neighbours.
    """

    numbers: dict[str, float]
    arrays: dict[str, np.ndarray | float]
    linear: list[Kept] = field(default_factory=list)
    neighbours: list[Kept] = field(default_factory=list)

    def factors(self) -> dict[str, dict[str, float | str]]:
        """Name -> measure, value by either reader and chance: plain data."""
        pairs = zip(self.linear, self.neighbours, strict=True)
        return {
            one.name: {
                "measure": one.measure,
                "chance": round(one.chance, 4),
                "linear": round(one.value, 4),
                "neighbours": round(other.value, 4),
                "kept": round(one.kept, 4),
                "kept_neighbours": round(other.kept, 4),
            }
            for one, other in pairs
        }


class Examiner:
    """Holds the pictures of one data set that encoders are examined with, on a device."""

    def __init__(
        self,
        train: Dataset,
        test: Dataset,
        device: torch.device,
        *,
        known: int = KNOWN,
        asked: int = ASKED,
        pairs: int = PAIRS,
    ) -> None:
        self.train, self.test = train.first(known), test.first(asked)
        self.known, self.labels = self.train.images.to(device), self.train.labels.to(device)
        self.asked, self.test_labels = self.test.images.to(device), self.test.labels.to(device)
        self.pairs = pairs
        self.device = device

    def examine(self, model: SimCLR, views: Views, precision: Precision) -> Findings:
        """Everything; the model comes back in the mode it was in."""
        h_known, z_known = represent(model, self.known, precision)
        h, z = represent(model, self.asked, precision)
        labelled = self.labels, self.test_labels
        z_a, z_b = self.views(model, views, precision)
        positive, negative = mean_similarities(z_a, z_b)
        numbers = {
            "knn_h": knn_accuracy(h_known, labelled[0], h, labelled[1]),
            "knn_z": knn_accuracy(z_known, labelled[0], z, labelled[1]),
            "probe_h": ridge_accuracy(h_known, labelled[0], h, labelled[1]),
            "probe_z": ridge_accuracy(z_known, labelled[0], z, labelled[1]),
            "alignment": alignment(z_a, z_b),
            "uniformity": uniformity(z),
            "rank_h": effective_rank(h),
            "rank_z": effective_rank(z),
            "spread": spread(z),
            "positive": positive,
            "negative": negative,
        }
        names, values = list(numbers), torch.stack([value.float() for value in numbers.values()]).tolist()
        shares = similarity_histograms(z_a, z_b)
        arrays: dict[str, Any] = dict(
            zip(("positive", "negative"), (share.cpu().numpy() for share in shares), strict=True)
        )
        arrays |= {"spectrum_h": spectrum(h), "spectrum_z": spectrum(z), **quantise(h)}
        return Findings(
            {name: round(value, 5) for name, value in zip(names, values, strict=True)},
            arrays,
            *self._factors(h_known, h),
        )

    @torch.inference_mode()
    def views(self, model: SimCLR, views: Views, precision: Precision) -> tuple[Tensor, Tensor]:
        """z of two views of the first test pictures, (pairs, d) each; the same views every time."""
        images = self.asked[: self.pairs].float() / 255
        generator = torch.Generator().manual_seed(SEED)
        both = [augment(images, operators(views), generator, exact=False) for _ in range(2)]
        training = model.training
        model.eval()
        with precision.autocast():
            z = model(precision.arrange(torch.cat(both))).float()
        model.train(training)
        first, second = z.chunk(2)
        return first, second

    def _factors(self, known: Tensor, h: Tensor) -> tuple[list[Kept], list[Kept]]:
        def read(reader: factor_probe.Reader) -> list[Kept]:
            here: Mapping[str, Factor] = self.train.factors
            return factor_probe.probe(known, here, h, self.test.factors, reader)

        return (read("linear"), read("neighbours")) if self.train.factors else ([], [])


def spectrum(vectors: Tensor) -> np.ndarray:
    """The largest singular values of (N, d), the first 1: one tall bar and nothing else is collapse."""
    values = torch.linalg.svdvals(vectors.float())[:SPECTRUM]
    share: np.ndarray = (values / values[:1].clamp_min(1e-12)).cpu().numpy()
    return share


def quantise(h: Tensor) -> dict[str, np.ndarray | float]:
    """h (N, d) in 8 bits: `h` uint8, to be read as h_low + h * h_step."""
    low, high = (value.item() for value in torch.aminmax(h))
    step = max(high - low, 1e-12) / 255
    levels = ((h - low) / step).round_().clamp_(0, 255).to(torch.uint8)
    return {"h": levels.cpu().numpy(), "h_low": low, "h_step": step}


def restore(arrays: Mapping[str, Any]) -> np.ndarray:
    """What `quantise` wrote, float32."""
    levels = np.asarray(arrays["h"], dtype=np.float32)
    return float(arrays["h_low"]) + levels * np.float32(arrays["h_step"])
