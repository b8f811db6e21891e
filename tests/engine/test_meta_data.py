"""Drawing pictures runs on the `meta` device: no value is read on the way."""

import torch

from engine.data import outlines, scenes, shapes

META = torch.device("meta")


def test_shapes_are_drawn_on_meta():
    values = shapes.draw(300, torch.Generator().manual_seed(0))
    pictures = shapes.render({name: value.to(META) for name, value in values.items()}, side=24)
    assert pictures.is_meta
    assert pictures.shape == (300, 3, 24, 24)
    assert pictures.dtype == torch.float32


def test_fields_are_built_on_meta():
    assert outlines.fields(META).is_meta


def test_scenes_are_drawn_on_meta():
    values = scenes.draw(200, torch.Generator().manual_seed(0))
    pictures = scenes.render({name: value.to(META) for name, value in values.items()})
    assert pictures.is_meta
    assert pictures.shape == (200, 3, 32, 32)
