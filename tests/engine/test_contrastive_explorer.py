"""A batch taken through views, h and z."""

import torch

from engine import data
from engine.contrastive.explorer import explore, pick
from engine.contrastive.model import build
from engine.contrastive.views import Views, identical
from engine.models import Encoder, Head


def test_pictures_of_different_classes_come_first():
    dataset = data.load("digits", "test")
    chosen = pick(dataset, 10)
    assert sorted(dataset.labels[chosen].tolist()) == list(range(10))
    more = pick(dataset, 14)
    assert len(set(more)) == 14
    assert set(dataset.labels[more].tolist()) == set(range(10))
    assert pick(data.load("digits", "test", 3), 8) == [0, 1, 2]


def test_it_keeps_everything_and_the_seed_decides():
    images = data.load("digits", "test", 4).images
    model = build(Encoder(depth=2, width=4), Head(outputs=6), 1, 0, torch.device("cpu"))
    first, again = (explore(model, images, Views(), torch.Generator().manual_seed(3)) for _ in range(2))
    assert first.views.shape == (8, 1, 8, 8)
    assert (first.h.shape, first.z.shape) == ((8, 8), (8, 6))
    assert torch.equal(first.z, again.z)
    torch.testing.assert_close(first.z, model.eval()(first.views))
    same = explore(model, images, identical(), torch.Generator())
    torch.testing.assert_close(same.z[:4], same.z[4:])
