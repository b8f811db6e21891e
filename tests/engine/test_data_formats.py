"""Tiny files in the published formats: what was put in comes out, torchvision reads the same, damage is told."""

import pickle
import zipfile

import numpy as np
import published_files as published
import pytest
import torchvision

from engine.data import formats
from engine.data.dataset import DataError


def _write(folder, name, data):
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    return folder / name


def test_cifar(tmp_path):
    data, truth = published.cifar()
    found = formats.cifar(_write(tmp_path, "cifar-10-python.tar.gz", data))
    for split, (images, labels) in truth.items():
        assert np.array_equal(found[split][0], images)
        assert np.array_equal(found[split][1], labels)


class Hostile:
    """Unpickling it would leave a trace."""

    def __reduce__(self):
        return (pytest.fail, ("a pickle was trusted",))


def test_a_pickle_with_anything_else_than_arrays_is_refused():
    with pytest.raises(pickle.UnpicklingError, match="no part of an array"):
        formats._ArraysOnly(
            __import__("io").BytesIO(pickle.dumps({b"data": Hostile()})), encoding="bytes"
        ).load()


def test_mnist(tmp_path):
    files, truth = published.mnist()
    for split, (images, labels) in truth.items():
        file = _write(
            tmp_path, f"MNIST/raw/{split}-images-idx3-ubyte.gz", files[f"{split}-images-idx3-ubyte.gz"]
        )
        assert np.array_equal(formats.idx(file), images)
        file = _write(
            tmp_path, f"MNIST/raw/{split}-labels-idx1-ubyte.gz", files[f"{split}-labels-idx1-ubyte.gz"]
        )
        assert np.array_equal(formats.idx(file), labels)


def test_svhn_is_what_torchvision_reads(tmp_path, monkeypatch):
    data, (images, labels) = published.svhn()
    file = _write(tmp_path, "train_32x32.mat", data)
    found = formats.svhn(file)
    assert np.array_equal(found[0], images)
    assert np.array_equal(found[1], labels)
    split = {"train": ["", "train_32x32.mat", published.md5(data)]}
    monkeypatch.setattr(torchvision.datasets.SVHN, "split_list", split)
    theirs = torchvision.datasets.SVHN(str(tmp_path), "train")
    assert np.array_equal(theirs.data, found[0])
    assert np.array_equal(theirs.labels, found[1])


def test_stl(tmp_path):
    data, truth = published.stl()
    found = formats.stl(_write(tmp_path, "stl10_binary.tar.gz", data))
    for split, (images, labels) in truth.items():
        assert np.array_equal(found[split][0], images)
        assert found[split][1].tolist() == labels


def test_celebas_tables_and_pictures(tmp_path):
    files = published.celeba()
    for name, data in files.items():
        _write(tmp_path, name, data)
    names, table = formats.attributes(tmp_path / "list_attr_celeba.txt")
    assert names == ["Bald", "Smiling", "Young"]
    assert table["000002.jpg"] == [0, 1, 1]
    assert list(formats.partition(tmp_path / "list_eval_partition.txt").values()) == [0, 0, 0, 0, 2, 2]
    with formats.jpegs(tmp_path / "img_align_celeba.zip") as read:
        middle = formats.middle(read("000003.jpg"), 148, 64)
    assert middle.shape == (3, 64, 64)
    assert np.abs(middle[:, 2:-2, 2:-2].astype(int) - 60).max() <= 2, "the red border was not cut away"


READERS = {
    "cifar": (formats.cifar, lambda: published.cifar()[0]),
    "idx": (formats.idx, lambda: published.idx(np.zeros((5, 4, 4)))),
    "svhn": (formats.svhn, lambda: published.svhn()[0]),
    "stl": (formats.stl, lambda: published.stl()[0]),
    "attributes": (formats.attributes, lambda: published.celeba()["list_attr_celeba.txt"]),
    "partition": (formats.partition, lambda: published.celeba()["list_eval_partition.txt"]),
}


@pytest.mark.parametrize("name", READERS)
def test_damaged_files_are_told_in_words(tmp_path, name):
    read, make = READERS[name]
    data = make()
    file = _write(tmp_path, "file", data)
    read(file)
    for damaged in (b"", b"nonsense", b"\x1f\x8b" + bytes(100), data[: len(data) // 2 - 1]):
        file.write_bytes(damaged)
        if name == "partition" and (damaged == b"" or damaged == data[: len(damaged)]):
            continue  # a shorter table is a table
        with pytest.raises(DataError, match="not in the format it should have: download it again"):
            read(file)


def test_a_zip_without_the_picture_is_told_in_words(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w"):
        pass
    with pytest.raises(DataError, match="download it again"), formats.jpegs(tmp_path / "a.zip") as read:
        read("000001.jpg")
