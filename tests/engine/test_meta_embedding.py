"""Encoders and comparisons of vectors run on `meta`: nothing moves data to a processor by itself."""

import pytest
import torch

from engine.embedding import trust
from engine.embedding.neighbours import nearest_neighbours, squared_distances
from engine.embedding.sources import forward
from engine.models.encoder import Encoder, encoder

META = torch.device("meta")


def table(columns=20):
    return torch.zeros(300, columns, device=META)


OPERATIONS = {
    "squared distances": lambda: squared_distances(table(), table(), torch.zeros(300, device=META)),
    "neighbours": lambda: nearest_neighbours(table(), 7)[1],
    "neighbours by the cosine": lambda: nearest_neighbours(table(), 7, "cosine")[1],
    "neighbours of queries": lambda: nearest_neighbours(table(), 7, queries=table())[1],
    "ranks": lambda: trust._ranks_beyond(table(), torch.zeros(300, 5, dtype=torch.int64, device=META), 5),
    "encoder": lambda: forward(
        encoder(Encoder(), 3), torch.zeros(300, 3, 32, 32, dtype=torch.uint8, device=META), META
    ),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_it_runs_on_meta(name):
    assert OPERATIONS[name]().device == META
