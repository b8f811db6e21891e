"""Our own trained classifiers (`engine.classifier.shipped`) as networks to look into.

Whatever the classifier's study ships is here at once. Tested with a network shipped to a folder of the test's own.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from torch import Tensor

from engine.classifier import networks, shipped
from engine.feature_maps.weights import Network
from engine.images import grey, resize


@cache
def own(folder: Path = shipped.FOLDER) -> dict[str, str]:
    """The networks with maps that are there: name -> what to call it. Looked up once."""
    lanes = {name: shipped.load(name, folder).lane for name in shipped.names(folder)}
    return {
        name: f"Our own {networks.title(lane)} ({name})"
        for name, lane in lanes.items()
        if lane.kind != "plain"  # dense layers alone have no maps
    }


def own_network(name: str, folder: Path = shipped.FOLDER) -> Network:
    """One of them, ready to run; pictures are made as small, and as grey, as those it was trained on.

    Raises:
        WeightsError: there is no such classifier, or its file is damaged.
    """
    trained = shipped.load(name, folder)
    channels, height, width = trained.shape

    def entrance(image: Tensor) -> tuple[Tensor, Tensor]:
        coloured = grey(image) if channels == 1 else image
        return trained.prepare(coloured), resize(coloured, height, width).clamp(0, 1)

    return Network(name, trained.model, "trained by us", trained.classes, entrance)
