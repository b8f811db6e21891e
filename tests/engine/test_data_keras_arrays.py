"""Arrays of every kind NumPy writes: read right or refused with a reason, pickles never opened."""

import io
import zipfile

import numpy as np
import pytest

from engine.data import keras_arrays
from engine.data.dataset import DataError
from engine.data.keras_arrays import Arrays, Scale


def _pictures(count=12, shape=(8, 8), seed=0):
    return np.random.default_rng(seed).integers(0, 256, (count, *shape), np.uint8)


def _read(path):
    """{split: (pictures (N, C, H, W), labels)}"""
    with Arrays(path) as arrays:
        found = {}
        for split, given in keras_arrays.splits(arrays).items():
            scale = Scale(given.pictures.name)
            pieces = [scale(given.rows(piece)) for piece in arrays.pieces(given.pictures.name)]
            found[split] = np.concatenate(pieces), given.labels
        return found


def _save(path, **arrays):
    np.savez(path, **arrays)
    return path


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_keras_names(tmp_path, save):
    train, test = _pictures(12), _pictures(5, seed=1)
    save(tmp_path / "a.npz", x_train=train, y_train=np.arange(12) % 3, x_test=test, y_test=np.arange(5) % 3)
    found = _read(tmp_path / "a.npz")
    assert np.array_equal(found["train"][0][:, 0], train)
    assert np.array_equal(found["test"][0][:, 0], test)
    assert found["test"][1].tolist() == [0, 1, 2, 0, 1]


@pytest.mark.parametrize(
    ("pictures", "labels"), [("x", "y"), ("X", "y"), ("images", "labels"), ("train_images", "train_labels")]
)
def test_other_names(tmp_path, pictures, labels):
    path = _save(tmp_path / "a.npz", **{pictures: _pictures(), labels: np.zeros(12, np.int64)})
    assert set(_read(path)) == {"train"}


@pytest.mark.parametrize("channels", [1, 3])
def test_channels_first_and_last_give_the_same(tmp_path, channels):
    last = _pictures(6, (9, 11, channels))
    one = _read(_save(tmp_path / "a.npz", x_train=last, y_train=np.zeros(6, int)))["train"][0]
    other = _read(
        _save(tmp_path / "b.npz", x_train=last.transpose(0, 3, 1, 2).copy(), y_train=np.zeros(6, int))
    )
    assert one.shape == (6, channels, 9, 11)
    assert np.array_equal(one, last.transpose(0, 3, 1, 2))
    assert np.array_equal(other["train"][0], one)


@pytest.mark.parametrize(
    "convert",
    [
        lambda values: values.astype(np.float32) / 255,
        lambda values: values.astype(np.float64),
        lambda values: values.astype(np.int64),
        lambda values: values.astype(">i4"),
        lambda values: (values / 255).astype(np.float16),
    ],
    ids=["share", "float of 255", "int64", "big-endian", "half"],
)
def test_any_kind_of_number_becomes_the_same_bytes(tmp_path, convert):
    values = _pictures(4)
    found = _read(_save(tmp_path / "a.npz", x_train=convert(values), y_train=np.zeros(4, int)))["train"][0]
    assert np.abs(found[:, 0].astype(int) - values).max() <= (1 if convert(values).dtype == np.float16 else 0)


def test_black_and_white(tmp_path):
    values = _pictures(4) > 127
    found = _read(_save(tmp_path / "a.npz", x_train=values, y_train=np.zeros(4, int)))["train"][0]
    assert np.array_equal(found[:, 0], values * np.uint8(255))


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        (np.array([[2], [0], [1]]), [2, 0, 1]),
        (np.eye(3)[[2, 0, 1]], [2, 0, 1]),
        (np.array([2.0, 0.0, 1.0]), [2, 0, 1]),
        (np.array(["b", "a", "b"]), ["b", "a", "b"]),
        (np.array([b"b", b"a", b"b"]), [b"b", b"a", b"b"]),
    ],
    ids=["column", "one-hot", "float", "text", "bytes"],
)
def test_labels_in_every_form(tmp_path, labels, expected):
    path = _save(tmp_path / "a.npz", x_train=_pictures(3), y_train=labels)
    assert _read(path)["train"][1].tolist() == expected


def test_a_large_array_is_read_in_pieces(tmp_path, monkeypatch):
    monkeypatch.setattr(keras_arrays, "PIECE", 200)
    values = _pictures(50)
    path = _save(tmp_path / "a.npz", x_train=values, y_train=np.zeros(50, int))
    with Arrays(path) as arrays:
        pieces = list(arrays.pieces("x_train"))
        assert {len(piece) for piece in pieces} == {3, 2}
        assert np.array_equal(np.concatenate(pieces), values)
    assert np.array_equal(_read(path)["train"][0][:, 0], values)


def test_class_names(tmp_path):
    path = _save(tmp_path / "a.npz", x=_pictures(2), y=np.array([0, 1]), classes=np.array(["Katze", "Hund"]))
    with Arrays(path) as arrays:
        assert keras_arrays.class_names(arrays) == ("Katze", "Hund")
    path = _save(tmp_path / "b.npz", x=_pictures(2), y=np.array([0, 1]), classes=np.array([1, 2]))
    with Arrays(path) as arrays:
        assert keras_arrays.class_names(arrays) is None


class Hostile:
    """Unpickling it would leave a trace."""

    def __reduce__(self):
        return (pytest.fail, ("a pickle was opened",))


def test_pickles_are_refused_unopened(tmp_path):
    objects = np.empty(1, object)
    objects[0] = Hostile()
    path = _save(tmp_path / "a.npz", x_train=objects, y_train=np.zeros(1))
    with pytest.raises(DataError, match="pickled objects, which could run code"):
        Arrays(path)


def test_an_array_that_promises_terabytes_is_refused_at_once(tmp_path):
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"shape": (10**9, 1000, 1000), "fortran_order": False, "descr": "|u1"}
    )
    path = tmp_path / "a.npz"
    np.savez(path, y_train=np.zeros(3, int))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("x_train.npy", header.getvalue() + bytes(100))
    with Arrays(path) as arrays, pytest.raises(DataError, match="too large"):
        keras_arrays.splits(arrays)


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({"x_train": _pictures()}, "holds x_train. Expected are x_train, y_train"),
        ({"weights": _pictures(), "bias": np.zeros(3)}, "holds bias, weights"),
        ({"x_train": np.zeros((4, 10)), "y_train": np.zeros(4, int)}, "expected numbers shaped"),
        ({"x_train": np.zeros((4, 8, 8, 5)), "y_train": np.zeros(4, int)}, "expected numbers shaped"),
        ({"x_train": _pictures(0), "y_train": np.zeros(0, int)}, "expected numbers shaped"),
        ({"x_train": np.zeros((4, 8, 8), complex), "y_train": np.zeros(4, int)}, "expected numbers shaped"),
        ({"x_train": np.zeros((1, 2000, 8)), "y_train": np.zeros(1, int)}, "too large"),
        ({"x_train": _pictures(4), "y_train": np.zeros(5, int)}, "holds 4 pictures, but y_train has shape"),
        ({"x_train": _pictures(4), "y_train": np.array([0, 1, 2, 0.5])}, "with a fraction"),
        ({"x_train": _pictures(4), "y_train": np.array([0, 1, 2, np.nan])}, "with a fraction"),
        ({"x_train": _pictures(4), "y_train": np.ones((4, 3))}, "not one-hot"),
        ({"x_train": _pictures(4), "y_train": np.zeros((4, 2, 2))}, "one label per picture"),
    ],
)
def test_what_is_no_set_of_pictures_is_refused_in_words(tmp_path, arrays, words):
    with pytest.raises(DataError, match=words):
        _read(_save(tmp_path / "a.npz", **arrays))


@pytest.mark.parametrize(
    "values", [np.full((2, 8, 8), -1.0), np.full((2, 8, 8), 900), np.full((2, 8, 8), np.nan)]
)
def test_numbers_that_are_no_brightness_are_refused(tmp_path, values):
    path = _save(tmp_path / "a.npz", x_train=values, y_train=np.zeros(2, int))
    with pytest.raises(DataError, match="expected 0 to 255, or fractions"):
        _read(path)


def test_column_order_is_refused_in_words(tmp_path):
    path = _save(tmp_path / "a.npz", x_train=np.asfortranarray(_pictures(4)), y_train=np.zeros(4, int))
    with pytest.raises(DataError, match="ascontiguousarray"):
        _read(path)


@pytest.mark.parametrize("share", [0.2, 0.6, 0.98])
def test_a_file_cut_short_is_refused(tmp_path, share):
    path = _save(tmp_path / "a.npz", x_train=_pictures(40), y_train=np.zeros(40, int))
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])
    with pytest.raises(DataError, match="damaged or cut short"):
        _read(path)


def test_damaged_bytes_are_noticed(tmp_path):
    path = _save(tmp_path / "a.npz", x_train=_pictures(400), y_train=np.zeros(400, int))
    data = bytearray(path.read_bytes())
    data[5000] ^= 0xFF
    path.write_bytes(data)
    with pytest.raises(DataError, match="damaged"):
        _read(path)
