"""What the scatter sends to the browser, decoded again; and what comes back from it, hostile things too."""

import base64
import io

import numpy as np
import pytest
import torch
from PIL import Image

from engine.embedding.quantised import unpack
from pages.shared import pictures, scatter
from pages.shared.scatter import Column, Neighbours, Pane, make_atlas


def _held(url, dtype):
    return np.frombuffer(pictures.STORE.get(url.removeprefix("pictures/")), dtype)


@pytest.mark.parametrize("shape", [(7, 1, 28, 28), (130, 3, 32, 32), (9, 3, 20, 31), (50, 3, 96, 96)])
def test_every_picture_is_at_its_place_in_the_atlas(shape):
    flat = torch.arange(shape[0]) * 37 % 256  # one shade per picture
    images = flat.view(-1, 1, 1, 1).expand(shape).to(torch.uint8)
    atlas = make_atlas(images)
    sheet = np.asarray(Image.open(io.BytesIO(atlas.file)).convert("RGB")).astype(int)
    middle = atlas.side // 2
    for n, shade in enumerate(flat.tolist()):
        row, column = divmod(n, atlas.columns)
        pixel = sheet[row * atlas.side + middle, column * atlas.side + middle]
        assert np.abs(pixel - shade).max() <= 4, n


def test_twenty_thousand_pictures_fit_the_smallest_graphics_memory():
    atlas = make_atlas(torch.zeros(20_000, 1, 32, 32, dtype=torch.uint8))
    assert max(Image.open(io.BytesIO(atlas.file)).size) <= scatter.WIDEST


def test_layouts_arrive_with_their_shape():
    layouts = np.random.default_rng(0).normal(size=(3, 50, 2)).astype(np.float32) * [9, 2] + 4
    data = Pane("t", layouts, together=True).data()["layout"]
    assert (data["frames"], data["dims"]) == (3, 2)
    got = unpack(_held(data["url"], "<u2").reshape(3, 50, 2))
    factor = np.ptp(layouts[..., 0]) / np.ptp(got[..., 0])  # one for both axes and all frames
    np.testing.assert_allclose((got - got[0, 0]) * factor, layouts - layouts[0, 0], atol=2e-3)


def test_columns_keep_classes_numbers_and_what_is_not_known():
    classes = Column("a", "A", np.array([2, 0, -1]), names=("x", "y", "z")).data()
    assert _held(classes["url"], "<u2").tolist() == [2, 0, 65535]
    numbers = Column("b", "B", np.array([1.0, 3.0, np.nan, 2.0]), "number").data()
    assert (numbers["low"], numbers["high"]) == (1, 3)
    assert _held(numbers["url"], "<u2").tolist() == [0, 65534, 65535, 32767]
    same = Column("c", "C", np.full(3, 7.0), "number").data()
    assert _held(same["url"], "<u2").tolist() == [0, 0, 0]
    assert Column("d", "D", np.full(3, np.nan), "number").data()["high"] == 1


def test_neighbours_arrive_as_they_are():
    near = Neighbours(np.array([[1, 2], [0, 2], [0, 1]]), np.eye(3, 2, dtype=np.float32), "cosine").data()
    assert near["k"] == 2
    assert _held(near["indices"], "<u4").tolist() == [1, 2, 0, 2, 0, 1]


@pytest.mark.parametrize("count", [1, 8, 13, 2001])
def test_a_selection_comes_back(count):
    mask = np.random.default_rng(count).random(count) < 0.4
    text = base64.b64encode(np.packbits(mask).tobytes()).decode()
    touch = scatter._touch(
        {"selected": text, "chosen": count - 1, "frame": ["epochs", 3]}, count, "epochs", 0
    )
    np.testing.assert_array_equal(touch.selected, np.flatnonzero(mask))
    assert (touch.chosen, touch.frame) == (count - 1, 3)


@pytest.mark.parametrize("hostile", [None, 5, "", "not base64!", "AAAA" * 999, {"x": 1}, [1]])
def test_what_is_no_selection_selects_nothing(hostile):
    touch = scatter._touch({"selected": hostile, "chosen": hostile, "frame": hostile}, 10, "epochs", 5)
    assert touch.selected.size == 0
    assert touch.chosen in (None, 5)
    assert touch.frame == 5
    assert scatter._touch({"frame": ["settings", 3]}, 10, "epochs", 5).frame == 5


def test_store_keeps_kinds_apart():
    names = {pictures.keep(b"same", suffix) for suffix in pictures.TYPES}
    assert len(names) == len(pictures.TYPES)
