"""Makes the stored embeddings through training: two SimCLR runs that differ in one augmentation.

    python -m engine.studies.embedding_history

`assets/runs/history-colours-change` and `history-colours-stay`: h of 2,000 held-out pictures of plain shapes before
training and after each of 14 epochs, laid out by `engine.embedding.history`. With colour distortion the map comes to
order shapes, without it hues. About five minutes on two cores, 0.6 MB.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from engine import data, stored_runs
from engine import device as devices
from engine.contrastive.experiment import Run, Settings
from engine.contrastive.model import represent
from engine.contrastive.views import Views
from engine.embedding.history import BITS, History
from engine.embedding.votes import votes
from engine.experiment import FreeRun, ignore
from engine.training import Plan

COMMAND = "python -m engine.studies.embedding_history"
EPOCHS, PICTURES, SEED = 14, 2_000, 0
RUNS: Mapping[str, tuple[str, Views]] = {
    "history-colours-change": ("SimCLR, views differ in colour", Views()),
    "history-colours-stay": ("SimCLR, views keep their colours", Views(jitter=False, grey=0.0)),
}


class EveryEpoch(FreeRun):
    """A control that never interferes, and looks at the encoder before every epoch."""

    def __init__(self, session: Run, history: History) -> None:
        super().__init__()
        self.session, self.history = session, history

    def before_batch(self, *, new_epoch: bool = False) -> Mapping[str, Any]:
        """Nothing was changed."""
        if new_epoch:
            self.look()
        return super().before_batch(new_epoch=new_epoch)

    def look(self) -> None:
        """Lay out h of the held-out pictures."""
        images = self.session.examiner.test.images[:PICTURES].to(self.session.device)
        h, _ = represent(self.session.model, images, self.session.learner.precision)
        self.history.add(len(self.history.frames), h)


def main() -> None:
    """Train both and store their histories."""
    for name, (title, views) in RUNS.items():
        settings = Settings(views=views, plan=Plan(epochs=EPOCHS, batch_size=256, seed=SEED))
        train, test = data.load(settings.data, "train"), data.load(settings.data, "test")
        session = Run(settings, train, test, devices.pick(), ignore)
        session.examiner.test = test
        history = History(metric="cosine", seed=SEED)
        control = EveryEpoch(session, history)
        session.loop.run(control, ignore)
        control.look()
        assert history.near is not None  # noqa: S101 - frames were added
        shown = test.first(PICTURES)
        shape = (
            votes(shown.labels.numpy(), history.near.indices[:, 1:], len(test.classes))
            == shown.labels.numpy()
        )
        last = history.frames[-1]
        stored_runs.write(
            name,
            history.arrays(np.arange(PICTURES)),
            command=COMMAND,
            settings=settings.to_dict() | {"split": "test", "metric": "Cosine"},
            seed=SEED,
            headline={
                "title": title,
                "shape by 14 neighbours": round(float(shape.mean()), 4),
                "trustworthiness": round(last.trustworthiness, 4),
            },
            bits=BITS,
            packages=("torch", "numpy", "numba"),
        )


if __name__ == "__main__":
    main()
