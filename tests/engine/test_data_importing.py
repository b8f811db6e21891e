"""From an archive to a data set: the right pictures under the right labels, or nothing at all."""

import io
import json
import os
import random
import tracemalloc
import zipfile

import numpy as np
import pytest
import torch
from archive_kit import classes, pack, picture, unfold
from PIL import Image

from engine import data
from engine.data import import_pictures, library, store
from engine.data.dataset import DataError
from engine.data.progress import CancelledError


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))


def _left():
    """Everything below the folder of stored sets."""
    places = store.root() / "sets"
    return sorted(each.name for each in places.iterdir()) if places.exists() else []


def _pixels(file):
    return np.asarray(Image.open(io.BytesIO(file)).convert("RGB")).transpose(2, 0, 1)


def _expect(dataset, files, class_of):
    """Every picture of the set is one of the files, under its class, and none is there twice."""
    wanted = {_pixels(content).tobytes(): class_of(name) for name, content in files.items()}
    seen = set()
    for image, label in zip(dataset.images.numpy(), dataset.labels.tolist(), strict=True):
        key = np.broadcast_to(image, (3, *image.shape[1:])).tobytes()
        assert dataset.classes[label] == wanted[key]
        seen.add(key)
    assert len(seen) == len(dataset)
    return len(seen)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("form", [pack, unfold])
def test_train_and_test_folders(tmp_path, kind, form):
    train = classes("cat", "dog", "owl", each=20, kind=kind, before="pets/train/")
    test = classes("cat", "dog", "owl", each=4, kind=kind, before="pets/test/", first=100)
    found = data.import_archive(form(tmp_path / "pets.zip", {**train, **test}), "my pets")
    assert (found.name, found.split, found.classes) == ("my pets", "train", ("cat", "dog", "owl"))
    assert _expect(found, train, lambda name: name.split("/")[2]) == 60
    assert _expect(data.load("my pets", "test"), test, lambda name: name.split("/")[2]) == 12
    assert data.available("my pets")
    assert data.names()[-1] == "my pets"
    card = data.card("my pets")
    assert card.line() == "60 train + 12 test, 3 classes, 32 x 32 colour"
    assert (card.origin, card.notes, card.left_out) == ("import", (), ())
    assert len(found.labels[:12].unique()) == 3, "still sorted by class"


def test_one_level_is_split_the_same_way_every_time(tmp_path):
    files = classes("cat", "dog", each=20)
    path = pack(tmp_path / "a.zip", files)
    first, second = data.import_archive(path, "first"), data.import_archive(path, "second")
    assert torch.equal(first.images, second.images)
    assert first.labels.bincount().tolist() == [16, 16]
    assert data.load("first", "test").labels.bincount().tolist() == [4, 4]
    together = _expect(first, files, lambda name: name.split("/")[0]) + len(data.load("first", "test"))
    assert together == 40
    assert "There was no split" in data.card("first").notes[0]


def test_grey_pictures_stay_grey(tmp_path):
    files = {
        f"{name}/{n}.png": picture(seed=n + 10 * i, mode="L") for i, name in enumerate("ab") for n in range(5)
    }
    found = data.import_archive(pack(tmp_path / "a.zip", files), "grey")
    assert found.images.shape == (8, 1, 32, 32)
    _expect(found, files, lambda name: name.split("/")[0])
    files["b/9.png"] = picture(seed=9)
    assert data.import_archive(pack(tmp_path / "b.zip", files), "colour").images.shape[1] == 3


def test_mixed_sizes_become_one_with_a_note(tmp_path):
    files = {f"{name}/{n}.png": picture((40 + 30 * n, 90), seed=n) for name in "ab" for n in range(5)}
    found = data.import_archive(pack(tmp_path / "a.zip", files), "mixed")
    assert found.images.shape == (8, 3, 64, 64)
    (note,) = (note for note in data.card("mixed").notes if "different sizes" in note)
    assert "40 x 90 to 160 x 90 pixels" in note
    assert data.import_archive(tmp_path / "a.zip", "small", side=16).images.shape == (8, 3, 16, 16)


def test_unreadable_files_are_left_out_and_named(tmp_path):
    files = classes("cat", "dog", each=10)
    files["cat/broken.jpg"] = files["cat/000.jpeg"][:300]
    files["dog/empty.png"] = b""
    files["dog/text.jpg"] = b"not a picture"
    files["dog/notes.txt"] = b"hello"
    found = data.import_archive(pack(tmp_path / "a.zip", files), "some")
    assert len(found) + len(data.load("some", "test")) == 20
    left = dict(data.card("some").left_out)
    assert set(left) == {"cat/broken.jpg", "dog/empty.png", "dog/text.jpg", "dog/notes.txt"}
    assert "damaged" in left["cat/broken.jpg"]
    assert "empty" in left["dog/empty.png"]
    assert data.card("some").notes[-1] == "4 files were left out."
    _expect(found, {k: v for k, v in files.items() if k not in left}, lambda name: name.split("/")[0])


def test_a_class_without_a_readable_picture_is_no_class(tmp_path):
    files = {**classes("cat", "dog", each=5), "ape/1.jpg": b"broken", "ape/2.jpg": b"broken"}
    found = data.import_archive(pack(tmp_path / "a.zip", files), "some")
    assert found.classes == ("cat", "dog")
    _expect(found, {k: v for k, v in files.items() if "ape" not in k}, lambda name: name.split("/")[0])


def test_a_huge_picture_costs_no_huge_memory(tmp_path):
    """A drawing of 36 million pixels in a few kilobytes, and one that is beyond what is read."""
    buffer = io.BytesIO()
    Image.new("1", (9000, 8500), 1).save(buffer, "PNG")  # more than is read
    large = io.BytesIO()
    Image.new("L", (6000, 6000), 200).save(large, "PNG")
    files = {
        **classes("cat", "dog", each=5),
        "cat/beyond.png": buffer.getvalue(),
        "dog/large.png": large.getvalue(),
    }
    data.import_archive(pack(tmp_path / "a.zip", files), "some")
    ((left, reason),) = data.card("some").left_out
    assert left == "cat/beyond.png"
    assert "9000 x 8500 pixels" in reason


def test_memory_does_not_grow_with_the_archive(tmp_path, monkeypatch):
    monkeypatch.setattr(import_pictures, "BATCH_FILES", 4)
    peaks = []
    for count in (100, 500):
        path = pack(tmp_path / f"{count}.zip", {f"a/{n}.png": picture(48, seed=n) for n in range(count)})
        tracemalloc.start()
        data.import_archive(path, f"set {count}")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 2e6, (
        peaks
    )  # the pictures themselves are 2.7 MB more in the file, 2.8 in the set


@pytest.mark.parametrize(
    ("files", "words"),
    [
        (
            {"cat/1.jpg": b"broken", "dog/1.jpg": b""},
            r"None of the pictures can be read. dog/1.jpg: This file is empty",
        ),
        ({"readme.txt": b"hello"}, "There is no picture"),
        ({"1.png": picture(), "2.png": picture()}, "no class folders"),
        ({"inner.zip": b"PK"}, "only archives inside"),
        ({}, "There is no picture"),
    ],
    ids=["all broken", "no picture", "no class", "nested", "empty"],
)
def test_a_broken_archive_changes_nothing(tmp_path, files, words):
    data.import_archive(pack(tmp_path / "good.zip", classes("a", "b")), "good")
    before, names = _left(), data.names()
    with pytest.raises(DataError, match=words):
        data.import_archive(pack(tmp_path / "bad.zip", files), "bad")
    assert (_left(), data.names()) == (before, names)
    assert len(data.load("good")) == 8


def test_a_picture_per_class_trains_and_none_is_left_to_test(tmp_path):
    found = data.import_archive(pack(tmp_path / "a.zip", classes("a", "b", "c", each=1)), "few")
    assert len(found) == 3
    assert data.card("few").counts == {"train": 3, "test": 0}
    assert data.load("few", "test").images.shape == (0, 3, 32, 32)


def test_one_class_is_a_set_with_a_note(tmp_path):
    found = data.import_archive(pack(tmp_path / "a.zip", classes("face", each=10)), "faces of ours")
    assert found.classes == ("face",)
    assert any("one class" in note for note in data.card("faces of ours").notes)


def test_cancel_is_obeyed_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(import_pictures, "BATCH_FILES", 4)
    path = pack(tmp_path / "a.zip", classes("cat", "dog", each=100))
    steps = []
    with pytest.raises(CancelledError, match="nothing of it was kept"):
        data.import_archive(
            path, "gone", report=steps.append, cancel=lambda: bool(steps) and steps[-1].done > 20
        )
    assert 20 < steps[-1].done < 120
    assert _left() == []


def test_progress_counts_up_to_all(tmp_path, monkeypatch):
    monkeypatch.setattr(import_pictures, "BATCH_FILES", 8)
    steps = []
    data.import_archive(pack(tmp_path / "a.zip", classes("cat", "dog", each=30)), "a", report=steps.append)
    reading = [step for step in steps if step.unit == "pictures"]
    assert [step.done for step in reading] == sorted(step.done for step in reading)
    assert (reading[-1].done, reading[-1].total) == (60, 60)
    assert reading[-1].words() == "Reading pictures: 60 of 60 pictures"
    assert steps[0].stage == "Looking into the archive"


@pytest.mark.parametrize("named", ["a.npz", "a.zip", "a"])
def test_keras_arrays_whatever_they_are_called(tmp_path, named):
    generator = np.random.default_rng(0)
    train, test = (generator.integers(0, 256, (n, 28, 28), np.uint8) for n in (50, 20))
    labels = [generator.integers(0, 10, n) for n in (50, 20)]
    with (tmp_path / named).open("wb") as stream:
        np.savez_compressed(stream, x_train=train, y_train=labels[0], x_test=test, y_test=labels[1])
    found, tests = (
        data.import_archive(tmp_path / named, "digits of ours"),
        data.load("digits of ours", "test"),
    )
    for dataset, images, expected in ((found, train, labels[0]), (tests, test, labels[1])):
        wanted = {image.tobytes(): str(label) for image, label in zip(images, expected, strict=True)}
        assert len(dataset) == len(images)
        for image, label in zip(dataset.images.numpy(), dataset.labels.tolist(), strict=True):
            assert wanted[image.tobytes()] == dataset.classes[label]


def test_arrays_without_a_split_and_of_another_size(tmp_path):
    generator = np.random.default_rng(0)
    images = generator.integers(0, 256, (50, 20, 40, 3), np.uint8)
    np.savez(tmp_path / "a.npz", x=images, y=np.arange(50) % 2, class_names=np.array(["even", "odd"]))
    found = data.import_archive(tmp_path / "a.npz", "arrays")
    assert found.images.shape == (40, 3, 32, 32)
    assert found.classes == ("even", "odd")
    assert data.card("arrays").counts == {"train": 40, "test": 10}
    assert [note.split(":")[0] for note in data.card("arrays").notes] == [
        "There was no split",
        "The pictures had 40 x 20 pixels",
    ]


def test_broken_arrays_change_nothing(tmp_path):
    np.savez(tmp_path / "a.npz", x_train=np.zeros((5, 8, 8)) - 1, y_train=np.zeros(5, int))
    with pytest.raises(DataError, match="expected 0 to 255"):
        data.import_archive(tmp_path / "a.npz", "gone")
    assert _left() == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("", "needs a name"),
        ("  ", "needs a name"),
        ("x" * 41, "1 to 40 characters"),
        ("a/b", "not '/'"),
        ("../up", "not '/'"),
        ("a~b", "not '~'"),
        ("...", "needs a name"),
        ("Shapes", 'There is a data set "Shapes" already'),
        ("CIFAR10", "already"),
    ],
)
def test_names_that_are_not_allowed(tmp_path, name, words):
    with pytest.raises(DataError, match=words):
        data.import_archive(pack(tmp_path / "a.zip", classes("a", "b")), name)
    assert _left() == []


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("pets", "pets"),
        ("my_pets-v2", "my pets-v2"),
        ("cifar10", "cifar10 2"),
        ("Shapes", "Shapes 2"),
        ("###", "my pictures"),
        ("", "my pictures"),
        ("Мои звери", "Мои звери"),
        ("x" * 90, "x" * 36),
    ],
)
def test_a_suggested_name_is_allowed_and_free(file, name):
    assert library.suggest(file, data.names()) == name
    assert library.check_name(name, data.names()) == name


def test_names_beyond_ascii_and_two_sets_of_one_name(tmp_path):
    path = pack(tmp_path / "a.zip", classes("Кот", "犬"))
    found = data.import_archive(path, "  Мои  звери 猫 ")
    assert (found.name, found.classes) == ("Мои звери 猫", ("Кот", "犬"))
    with pytest.raises(DataError, match="already"):
        data.import_archive(path, "мои звери 猫")


def test_remove_and_import_again(tmp_path):
    first = data.import_archive(pack(tmp_path / "a.zip", classes("a", "b")), "pets")
    data.remove("pets")
    assert "pets" not in data.names()
    assert _left() == []
    with pytest.raises(DataError, match='no data set "pets"'):
        data.load("pets")
    with pytest.raises(DataError, match="no imported data set"):
        data.remove("pets")
    again = data.import_archive(pack(tmp_path / "b.zip", classes("a", "b", "c", first=50)), "pets")
    assert len(again.classes) == 3
    assert data.load("pets") is again
    assert len(first.images) == 8, "whoever still holds the old pictures keeps them"


def test_another_process_replaced_the_set(tmp_path):
    data.import_archive(pack(tmp_path / "a.zip", classes("a", "b")), "pets")
    before = library.folder("pets")
    store.delete(before)  # as another process would, unseen by this one
    data.import_archive(pack(tmp_path / "b.zip", classes("c", "d", each=10)), "pets")
    assert data.load("pets").classes == ("c", "d")


@pytest.mark.parametrize("name", ["shapes", "digits"])
def test_what_comes_with_the_app_stays(name):
    with pytest.raises(DataError, match="comes with the app"):
        data.remove(name)


def test_a_private_set_is_in_no_list_and_loads_by_its_whole_name(tmp_path):
    path = pack(tmp_path / "a.zip", classes("a", "b"))
    first = data.import_archive(path, "pets", private=True)
    second = data.import_archive(path, "pets", private=True)
    assert first.name.startswith("pets~")
    assert first.name != second.name
    assert "pets" not in " ".join(data.names())
    assert len(data.load(first.name, "test")) == 2
    assert data.card(first.name).title == "pets"
    with pytest.raises(DataError, match="no data set"):
        data.load("pets")
    with pytest.raises(DataError, match="no longer here"):
        data.load("pets~0123456789abcdef")
    data.remove(first.name)
    assert len(data.load(second.name)) == 8


def test_private_sets_that_nobody_uses_are_tidied_away(tmp_path, monkeypatch):
    path = pack(tmp_path / "a.zip", classes("a", "b"))
    old, used = (data.import_archive(path, "pets", private=True).name for _ in range(2))
    public = data.import_archive(path, "everybody").name
    monkeypatch.setattr(library, "UNUSED", -1.0)
    real = library._used
    monkeypatch.setattr(
        library, "_used", lambda place: real(place) + (10 if place == library.folder(used) else 0)
    )
    library.tidy()
    assert data.available(used)
    assert data.available(public)
    with pytest.raises(DataError, match="no longer here"):
        data.available(old)
    monkeypatch.setattr(library, "UNUSED", 1e9)
    monkeypatch.setattr(library, "PRIVATE_BYTES", 10)
    library.tidy()
    with pytest.raises(DataError, match="no longer here"):
        data.available(used)
    assert data.available(public)


def test_no_room_on_the_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "SPARE", 2**60)
    with pytest.raises(DataError, match="are free on the disk"):
        data.import_archive(pack(tmp_path / "a.zip", classes("a", "b")), "pets")
    assert _left() == []


def test_a_folder_that_cannot_be_written(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "file"))
    with pytest.raises(DataError, match="Nothing can be stored"):
        data.import_archive(pack(tmp_path / "a.zip", classes("a", "b")), "pets")


def test_nothing_there(tmp_path):
    with pytest.raises(DataError, match=r"no file or folder missing\.zip"):
        data.import_archive(tmp_path / "missing.zip", "pets")


def test_damaged_stored_sets_are_named_in_words(tmp_path):
    data.import_archive(pack(tmp_path / "a.zip", classes("a", "b")), "pets")
    (library.folder("pets") / "test_images.npy").write_bytes(b"x")
    with pytest.raises(DataError, match="stored data set is damaged"):
        data.load("pets", "test")
    (library.folder("pets") / "meta.json").write_text("{")
    assert "pets" not in data.names()


def test_what_killed_processes_left_is_swept(tmp_path):
    data.import_archive(pack(tmp_path / "a.zip", classes("a", "b")), "pets")
    left, held = (store.root() / "sets" / f".draft-{name}" for name in ("left", "held"))
    for folder in (left, held):
        folder.mkdir()
        (folder / "held").write_bytes(b"")
    with (held / "held").open("wb") as stream:
        store._lock(stream.fileno())
        for folder in (left, held):
            os.utime(folder, (1, 1))
        data.import_archive(tmp_path / "a.zip", "more")
        assert held.exists()
    assert not left.exists()


def test_the_stored_form_is_plain(tmp_path):
    data.import_archive(pack(tmp_path / "a.zip", classes("a", "b")), "pets")
    folder = library.folder("pets")
    known = json.loads((folder / "meta.json").read_text("utf-8"))
    assert known["classes"] == ["a", "b"]
    assert known["counts"] == {"train": 8, "test": 2}
    assert np.load(folder / "train_images.npy", allow_pickle=False).dtype == np.uint8
    assert not any(zipfile.is_zipfile(file) for file in folder.iterdir())


def _damaged(content, chance):
    """A few bytes changed, cut out or put in, or the end missing."""
    content = bytearray(content)
    for _ in range(chance.choice([1, 1, 3, 20])):
        place, what = chance.randrange(len(content)), chance.random()
        if what < 0.7:
            content[place] = chance.randrange(256)
        elif what < 0.8:
            del content[place : place + chance.randrange(1, 50)]
        elif what < 0.9:
            content[place:place] = chance.randbytes(chance.randrange(1, 30))
        else:
            del content[place + 1 :]
    return bytes(content)


@pytest.mark.parametrize("kind", ["zip", "npz"])
def test_archives_damaged_at_random_are_read_in_part_or_refused_and_leave_nothing(tmp_path, kind):
    path, chance, refused = tmp_path / f"a.{kind}", random.Random(5), []
    if kind == "zip":
        pack(path, {**classes("a", "b", each=3), **classes("c", each=3, kind="PNG")})
    else:
        images = np.random.default_rng(0).integers(0, 256, (30, 8, 8), np.uint8)
        np.savez_compressed(
            path, x_train=images, y_train=np.arange(30) % 3, x_test=images[:5], y_test=np.arange(5) % 3
        )
    whole = path.read_bytes()
    for _ in range(40):
        path.write_bytes(_damaged(whole, chance))
        try:
            found = data.import_archive(path, "x")
        except DataError as error:
            refused.append(str(error))
        else:
            assert found.images.dtype == torch.uint8
            data.remove("x")
        assert _left() == []
    assert len(refused) > 8
    assert all(sentence.endswith(".") for sentence in refused)
