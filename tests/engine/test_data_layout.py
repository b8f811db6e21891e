"""Class and split from paths: literal examples of every form people use."""

import pytest

from engine.data import layout
from engine.data.archives import Item
from engine.data.dataset import DataError


def _arrange(*names):
    return layout.arrange([Item(tuple(name.split("/")), 1, bytes) for name in names])


def _found(*names):
    """{file: (class, split)}"""
    return {place.item.name: (place.label, place.split) for place in _arrange(*names).places}


def test_train_and_test_with_class_folders():
    found = _found("train/cat/1.jpg", "train/dog/1.jpg", "test/cat/1.jpg", "test/dog/2.png")
    assert found["train/dog/1.jpg"] == ("dog", "train")
    assert found["test/dog/2.png"] == ("dog", "test")


@pytest.mark.parametrize("before", ["", "pets/", "download/pets-v2/"])
@pytest.mark.parametrize(
    ("train", "test"), [("train", "test"), ("Training", "Testing"), ("TRAIN_SET", "test_set")]
)
def test_other_spellings_and_folders_around(before, train, test):
    found = _found(*(f"{before}{split}/{name}/1.jpg" for split in (train, test) for name in ("cat", "dog")))
    assert found[f"{before}{train}/cat/1.jpg"] == ("cat", "train")
    assert found[f"{before}{test}/dog/1.jpg"] == ("dog", "test")


def test_class_folders_without_a_split():
    arranged = _arrange("cat/1.jpg", "cat/2.jpg", "dog/1.jpg")
    assert arranged.classes == ("cat", "dog")
    assert {place.split for place in arranged.places} == {""}
    assert "There was no split" in arranged.notes[0]


def test_a_folder_around_class_folders():
    assert _arrange("pets/cat/1.jpg", "pets/dog/1.jpg", "pets/README.txt").classes == ("cat", "dog")


def test_deeper_folders_belong_to_the_class():
    assert _found("cat/tabby/1.jpg", "cat/2.jpg", "dog/1.jpg")["cat/tabby/1.jpg"] == ("cat", "")


def test_one_class():
    arranged = _arrange("faces/1.jpg", "faces/2.jpg")
    assert arranged.classes == ("faces",)
    assert any("one class" in note for note in arranged.notes)


def test_a_single_split_is_split_anew():
    for only in ("train", "test"):
        arranged = _arrange(f"{only}/cat/1.jpg", f"{only}/dog/1.jpg")
        assert arranged.classes == ("cat", "dog")
        assert {place.split for place in arranged.places} == {""}


def test_validation_is_test_where_there_is_no_other_and_training_where_there_is():
    found = _arrange("train/cat/1.jpg", "val/cat/2.jpg")
    assert [place.split for place in found.places] == ["train", "test"]
    assert found.notes == (
        "The validation folder counts as test pictures.",
        "There is one class: good for generators and embeddings, nothing to tell apart.",
    )
    found = _arrange("train/cat/1.jpg", "valid/cat/2.jpg", "test/dog/3.jpg")
    assert [place.split for place in found.places] == ["train", "train", "test"]
    assert found.notes == ("The validation folder counts as training pictures.",)


def test_test_pictures_without_classes_are_left_out():
    found = _arrange("train/cat/1.jpg", "train/dog/1.jpg", "test/1.jpg", "test/2.jpg", "extra/cat/9.jpg")
    assert found.classes == ("cat", "dog")
    assert {place.split for place in found.places} == {""}
    assert found.left_out == tuple(
        (name, "it lies in no class folder") for name in ("test/1.jpg", "test/2.jpg", "extra/cat/9.jpg")
    )


def test_a_class_may_be_called_train():
    assert _arrange("car/1.jpg", "train/1.jpg", "plane/1.jpg").classes == ("car", "plane", "train")


def test_what_systems_leave_behind_is_passed_over_silently():
    found = _arrange(
        "cat/1.jpg", "__MACOSX/cat/._1.jpg", "cat/.DS_Store", ".git/1.jpg", "cat/Thumbs.db", "dog/1.jpg"
    )
    assert found.classes == ("cat", "dog")
    assert found.left_out == ()


def test_other_files_are_named():
    found = _arrange("cat/1.jpg", "dog/1.jpg", "cat/notes.txt", "cat/more.zip", "stray.png")
    assert dict(found.left_out) == {
        "cat/notes.txt": "it is no picture file",
        "cat/more.zip": "an archive inside is not opened",
        "stray.png": "it lies in no class folder",
    }


def test_classes_are_in_the_order_of_numbers_and_letters():
    assert _arrange("10/1.jpg", "2/1.jpg", "b/1.jpg", "a/1.jpg").classes == ("2", "10", "a", "b")


def test_class_names_can_be_shown():
    long, odd = _arrange(f"{'x' * 90}/1.jpg", "ca\x07t\u202e/1.jpg").classes[::-1]
    assert long == "x" * 60
    assert odd == "cat"


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ((), "There is no picture"),
        (("readme.txt", "cat/data.csv"), "There is no picture"),
        (("train.zip", "test.zip"), "only archives inside"),
        (("1.jpg", "2.jpg"), "no class folders"),
        (("train/1.jpg", "test/2.jpg"), "no class folders"),
    ],
)
def test_what_cannot_be_arranged_is_refused_in_words(names, words):
    with pytest.raises(DataError, match=words):
        _arrange(*names)


def test_too_many_classes_are_refused(monkeypatch):
    monkeypatch.setattr(layout, "MAX_CLASSES", 3)
    with pytest.raises(DataError, match="4 class folders"):
        _arrange(*(f"{number}/1.jpg" for number in range(4)))
