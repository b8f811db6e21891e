"""Loading by name: every card tells the truth, splits are fixed and apart, memory is shared, bounded and guarded."""

import threading

import numpy as np
import pytest
import torch

from engine import data
from engine.data import crops, registry, shapes
from engine.data.recipes import SPLITS, Recipe
from engine.images import to_uint8

EMBEDDED = ("shapes", "shapes-plain", "scenes", "photo-crops", "mnist-5k", "faces", "digits")


@pytest.fixture(autouse=True)
def _fresh(monkeypatch):
    monkeypatch.setattr(registry, "_loaded", registry._Loaded())


@pytest.mark.parametrize("name", EMBEDDED)
def test_a_card_tells_the_truth(name):
    card = data.card(name)
    assert data.available(name)
    assert card.origin == "here"
    for split in SPLITS:
        found = data.load(name, split)
        assert (found.name, found.split, found.classes) == (name, split, card.classes)
        assert len(found) == card.counts[split]
        assert tuple(found.images.shape[1:]) == card.shape
        assert found.images.dtype == torch.uint8
        assert set(found.labels.tolist()) == set(range(len(card.classes)))
        assert found.images.float().std() > 20, "the pictures are blank"
    for text in (card.title, card.description, card.source, card.licence, card.how):
        assert text


@pytest.mark.parametrize("name", EMBEDDED)
def test_train_and_test_share_no_picture(name):
    train, test = (data.load(name, split) for split in SPLITS)
    seen = {picture.tobytes() for picture in train.images.numpy()}
    shared = sum(picture.tobytes() in seen and picture.std() > 4 for picture in test.images.numpy())
    assert shared == 0


@pytest.mark.parametrize("name", EMBEDDED)
def test_the_first_pictures_are_a_fair_sample(name):
    whole, few = data.load(name), data.load(name, limit=60)
    assert len(few) == min(60, len(whole))
    assert torch.equal(few.images, whole.images[:60])
    assert torch.equal(few.labels, whole.labels[:60])
    assert all(len(factor.values) == 60 for factor in few.factors.values())
    if len(whole.classes) > 1:
        assert len(few.labels.unique()) > len(whole.classes) / 2


def test_the_same_tensors_for_every_caller_and_one_build_for_many_threads(monkeypatch):
    built = []
    recipe = registry.RECIPES["digits"]

    def build(split):
        built.append(split)
        return recipe.build(split)

    monkeypatch.setitem(registry.RECIPES, "digits", Recipe(recipe.card, build))
    found = []
    threads = [threading.Thread(target=lambda: found.append(data.load("digits"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert built == ["train"]
    assert len({each.images.data_ptr() for each in found}) == 1


def test_a_set_that_somebody_wrote_into_is_loaded_afresh():
    first = data.load("digits")
    clean = first.images.clone()
    first.images[0] = 7
    assert torch.equal(data.load("digits").images, clean)


def test_memory_is_bounded_and_the_least_recently_used_goes_first(monkeypatch):
    monkeypatch.setattr(registry, "CAPACITY", 200_000)
    digits, faces = data.load("digits"), data.load("faces")  # 92 and 50 kB
    assert data.load("digits") is digits
    data.load("faces", "test")
    data.load("digits", "test")  # together 178 kB
    assert data.load("faces") is faces
    data.load("mnist-5k", "test")  # 784 kB: alone over the bound
    assert list(registry._loaded._items) == [("mnist-5k", "test")]


def test_what_is_built_slowly_is_read_from_disk_the_next_time(monkeypatch):
    first = data.load("photo-crops", "test")
    monkeypatch.setattr(registry, "_loaded", registry._Loaded())
    monkeypatch.setattr(crops, "pictures", lambda split: pytest.fail("built again"))
    assert torch.equal(data.load("photo-crops", "test").images, first.images)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("nothing",),
            'There is no data set "nothing"; there are: shapes, shapes-plain, scenes, photo-crops',
        ),
        (("digits", "validation"), "train and test"),
        (("digits", "train", 0), "At least one picture"),
    ],
)
def test_what_cannot_be_loaded_is_refused_in_words(arguments, words):
    with pytest.raises(data.DataError, match=words):
        data.load(*arguments)


def test_tensors_of_the_wrong_kind_make_no_data_set():
    digits = data.load("digits")
    with pytest.raises(data.DataError, match="uint8"):
        data.Dataset("x", digits.images.float(), digits.labels, ("0",), "train", digits.card)
    with pytest.raises(data.DataError, match="int64 labels"):
        data.Dataset("x", digits.images, digits.labels[:-1], ("0",), "train", digits.card)


def test_a_factor_says_its_value_in_words():
    factors = data.load("shapes", "test", limit=3).factors
    shape, hue, size = factors["shape"], factors["hue"], factors["size"]
    assert shape.describe(0) == shape.categories[int(shape.values[0])]
    assert hue.describe(1) == f"{float(hue.values[1]):.0f}°"
    assert size.describe(2) == f"{float(size.values[2]):.2f}"


def test_the_line_of_a_card():
    assert data.card("shapes").line() == "10,000 train + 2,000 test, 12 classes, 32 x 32 colour"
    assert data.card("faces").line() == "80 train + 20 test, 1 class, 25 x 25 grey"


def test_labels_of_shapes_are_the_shape_factor():
    shapes = data.load("shapes", limit=50)
    assert torch.equal(shapes.labels, shapes.factors["shape"].values)
    assert np.array_equal(shapes.classes, shapes.factors["shape"].categories)


def test_plain_shapes_are_the_shapes_with_some_factors_held_still():
    plain, full = data.load("shapes-plain", "test", limit=60), data.load("shapes", "test", limit=60)
    assert set(plain.factors) == set(full.factors) - set(shapes.PLAIN)
    for name, factor in plain.factors.items():
        assert torch.equal(factor.values, full.factors[name].values)
    held = {name: factor.values for name, factor in full.factors.items()} | {
        name: torch.full_like(full.factors[name].values, value) for name, value in shapes.PLAIN.items()
    }
    assert torch.equal(plain.images, to_uint8(shapes.render(held)))
    corners = plain.images[:, :, ::31, ::31]
    assert (corners == corners[0, 0, 0, 0]).all()  # nothing around the shape
