"""What a page sees of a GLO run while it goes on: the last batch in its four steps, and moments through time."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from engine.embedding.follow import QUALITY, Follow
from engine.experiment import Control, Pace, Progress
from engine.glo.learning import Batch, Glo, GloStep, Sight, as_floats
from engine.images import to_uint8
from engine.training import Learner, Loop

SHOWN = 8  # pictures of a batch
FIXED = 10  # pictures followed through time
FOLLOWED = 500  # codes followed through time
SPREAD = 1.35  # from one layout of the codes to the next, in epochs: a dozen in a run of thirty
GROWTH = 1.13  # from one moment to the next, in examples: as many moments early as late, about 60 in a run
BATCH_PACE, MODEL_PACE = 0.4, 5.0  # seconds
NORM_BINS, MOST_NORM = 26, 1.3  # of the histogram; longer codes count in the last bin


class Watcher:
    """A control that looks at the run before it passes the switch on: everything it reports lies between two batches.

    Args:
        loop: The run.
        learners: "glo" and, where it is there, "autoencoder".
        step: GLO's.
        images: (N, C, H, W) training pictures.
        labels: (N,).
        progress: Where reports go.
        control: The hand on the switch.
        file: Writes the model.
    """

    def __init__(
        self,
        loop: Loop[Any, Batch],
        learners: Mapping[str, Learner[Batch]],
        step: GloStep,
        images: Tensor,
        labels: Tensor,
        progress: Progress,
        control: Control,
        *,
        file: Callable[[], bytes],
    ) -> None:
        self.loop, self.learners, self.step, self.images = loop, learners, step, images
        self.progress, self.control, self.file = progress, control, file
        self.fixed = fixed_rows(labels, FIXED).to(images.device)
        self._next, self._count = 0.0, 0
        self._next_layout, self._layouts, self._follow = 0.5, 0, Follow("euclidean")
        self._seen: Tensor | None = None
        self._batches, self._models = Pace(BATCH_PACE), Pace(MODEL_PACE)
        self._models.due()

    def before_batch(self, *, new_epoch: bool = False) -> Mapping[str, Any]:
        """Look, report, then do as the control says."""
        self.look()
        return self.control.before_batch(new_epoch=new_epoch)

    def look(self) -> None:
        """Report what is due."""
        sight, examples = self.step.sight, self.loop.examples
        if examples >= self._next:
            self.moment()
            self._next = max(examples * GROWTH, examples + 1)
        if self._axes()["epoch"] >= self._next_layout:
            self.layout()
        if sight is not None and self._batches.due():
            self.progress("batch", {**batch_view(sight, self.step.model), **self._axes()})
        if sight is not None and self._models.due():
            self._model()

    def finish(self) -> None:
        """The end of the run as its last moment."""
        self.moment()
        self.layout()
        if self.step.sight is not None:
            self.progress("batch", {**batch_view(self.step.sight, self.step.model), **self._axes()})
        self._model()

    def moment(self) -> None:
        """Report the run as it stands."""
        views: dict[str, Any] = {}
        pictures = as_floats(self.images[self.fixed])
        codes = self.step.model.codes.values
        for name, learner in self.learners.items():
            with torch.inference_mode(), learner.precision.autocast():
                made = learner.model(codes[self.fixed] if learner.model is self.step.model else pictures)
            views[f"made_{name}"] = to_uint8(made).cpu().numpy()
        norms = codes.norm(dim=1).clamp(max=MOST_NORM - 1e-6)
        counts = torch.histc(norms.float().cpu(), NORM_BINS, 0, MOST_NORM)
        self.progress(
            f"moment {self._count:03d}",
            {
                **views,
                "pictures": to_uint8(pictures).cpu().numpy(),
                "codes": codes[:FOLLOWED].half().cpu().numpy(),
                "norms": counts.to(torch.int32).numpy(),
                **self._axes(),
            },
        )
        self._count += 1

    def layout(self) -> None:
        """Report the codes as UMAP sees them, starting from the last layout.

        Nothing where all codes are one, or where they have not moved, as with frozen codes.
        """
        place = self._axes()
        codes = self.step.model.codes.values[:FOLLOWED].detach()
        if self._seen is None or not torch.equal(codes, self._seen):
            self._seen = codes.clone()
            found = self._follow(codes, place["epoch"])
            if found:
                kept = {name: found[name] for name in ("layout", *QUALITY)}
                self.progress(f"layout {self._layouts:03d}", {**kept, **place})
                self._layouts += 1
        self._next_layout = place["epoch"] * SPREAD

    def _model(self) -> None:
        self.progress("model", {"file": np.frombuffer(self.file(), np.uint8), **self._axes()})

    def _axes(self) -> dict[str, float]:
        return self.loop.axes(self.learners["glo"])


def fixed_rows(labels: Tensor, count: int) -> Tensor:
    """Pictures to follow: the first of each class, then the first ones that are left; int64 (min(count, N),)."""
    classes = labels.unique(sorted=True)
    first = [int((labels == label).nonzero()[0, 0]) for label in classes[:count]]
    rest = [row for row in range(min(len(labels), 2 * count)) if row not in first]
    return torch.tensor((first + rest)[: min(count, len(labels))])


def batch_view(sight: Sight, model: Glo) -> dict[str, Any]:
    """The first pictures of a batch in the four steps, and the gradient of every layer, as plain data.

    "pictures" and "generated" are bytes (B, C, H, W), "codes", "gradient" and "moved" (B, d), "each" (B,) losses,
    "layers" and "layer_norms" the generator's layers and the norms of their gradients.
    """
    few = slice(0, SHOWN)
    names, norms = layer_gradients(model.generator)
    return {
        "rows": sight.rows[few].int().cpu().numpy(),
        "pictures": to_uint8(sight.pictures[few]).cpu().numpy(),
        "generated": to_uint8(sight.generated[few]).cpu().numpy(),
        "codes": sight.codes[few].float().cpu().numpy(),
        "gradient": sight.gradient[few].float().cpu().numpy(),
        "moved": sight.moved[few].float().cpu().numpy(),
        "each": sight.each[few].float().cpu().numpy(),
        "layers": names,
        "layer_norms": norms.float().cpu().numpy(),
    }


def layer_gradients(generator: nn.Module) -> tuple[list[str], Tensor]:
    """Name and gradient norm of every layer that has weights, from the code to the picture."""
    names: list[str] = []
    norms: list[Tensor] = []
    for module in generator.children():
        gradients = [weight.grad for weight in module.parameters() if weight.grad is not None]
        if gradients:
            names.append("dense" if isinstance(module, nn.Linear) else f"doubling {len(names)}")
            norms.append(torch.stack([gradient.float().norm() for gradient in gradients]).norm())
    return names, torch.stack(norms) if norms else torch.zeros(0)
