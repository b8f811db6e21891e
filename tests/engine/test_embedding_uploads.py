"""Tables from visitors: what is read, and every kind of file that must be refused in words."""

import io
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.embedding import uploads
from engine.embedding.uploads import MOST_ROWS, read
from engine.embedding.vectors import EmbeddingError


def npy(array, version=None):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.asarray(array), version=version)
    return stream.getvalue()


@pytest.mark.parametrize("dtype", ["<f4", ">f8", "<f2", "<i8", "u1", "?"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_a_table_of_any_real_numbers_is_read(dtype, order):
    table = np.array(np.arange(12).reshape(4, 3) % 2, dtype=dtype, order=order)
    np.testing.assert_array_equal(read(npy(table), "v.npy").vectors, table.astype(np.float32))
    assert read(npy(table, (2, 0)), "v.npy").vectors.dtype == np.float32


def test_the_numbers_of_a_csv_with_header_classes_and_decimal_commas():
    upload = read(b"x;klasse;label\n1,5;7;kiwi\n-2,25;8;fig\n0;9;kiwi\n", "v.csv")
    np.testing.assert_allclose(upload.vectors, [[1.5, 7], [-2.25, 8], [0, 9]])
    assert upload.classes == ("fig", "kiwi")
    assert upload.labels.tolist() == [1, 0, 1]


@pytest.mark.parametrize(
    ("text", "classes"),
    [
        ("1,2,a\n3,4,b\n5,6,a\n", ("a", "b")),  # words at the end
        ("a\t1\t2\nb\t3\t4\na\t5\t6\n", ("a", "b")),  # words in front, tabs
        ("y,x\n10,1\n9,2\n10,3\n", ("9", "10")),  # class numbers, in their order
        ("1,2\n3,4\n5,6\n", ()),
        ("\ufeff1,2\r\n3,4\r\n\r\n5,6\r\n", ()),  # a byte order mark, Windows line ends, an empty line
    ],
)
def test_where_the_classes_stand(text, classes):
    upload = read(text.encode("utf-8"), "v.csv")
    assert upload.classes == classes
    assert len(upload.vectors) == 3
    assert np.isfinite(upload.vectors).all()


class Bomb:
    """Would run code if it were unpickled."""

    def __reduce__(self):
        return (pytest.fail, ("unpickled",))


def _pickled():
    stream = io.BytesIO()
    np.save(stream, np.array([[Bomb()]] * 4, dtype=object), allow_pickle=True)
    return stream.getvalue()


def _lying(shape):
    header = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
    text = header.encode() + b" " * (118 - len(header) - 1) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + b"\0" * 64


REFUSED = {
    "empty": (b"", "v.npy", "is empty"),
    "another kind": (b"PK\x03\x04", "v.zip", "no table this page can read"),
    "a pickle": (pickle.dumps(Bomb()), "v.npy", "no table this page can read"),
    "pickled objects": (_pickled(), "v.npy", "Python objects, which could run code"),
    "more than it holds": (_lying("(4000, 4000)"), "v.npy", "holds 4,000 x 4,000|promises"),
    "endless": (_lying("(20000, 99999999999)"), "v.npy", "this page takes"),
    "negative": (_lying("(-5, 4)"), "v.npy", "this page takes|damaged"),
    "no table": (npy(np.ones(9)), "v.npy", r"has shape \(9,\)"),
    "pictures": (npy(np.ones((9, 3, 4, 4))), "v.npy", "one row per picture"),
    "complex": (npy(np.ones((9, 3), complex)), "v.npy", "holds complex128"),
    "texts": (npy(np.array([["a", "b"]] * 5)), "v.npy", "real numbers"),
    "cut header": (npy(np.ones((9, 3)))[:30], "v.npy", "damaged"),
    "cut": (npy(np.ones((9, 3)))[:-8], "v.npy", "promises 9 x 3"),
    "one row": (npy(np.ones((1, 3))), "v.npy", "this page takes 3"),
    "nan": (npy([[1, 2], [np.nan, 3], [4, 5]]), "v.npy", "1 of 3 rows .* row 2"),
    "infinite": (npy(np.full((4, 2), 1e300)), "v.npy", "4 of 4 rows"),
    "no text": (b"\xff\xfe1,2", "v.csv", "UTF-8"),
    "only a header": (b"a,b\n", "v.csv", "a header and no rows"),
    "blank": (b"\n\n\n", "v.csv", "no rows"),
    "a word": (b"1,2\n3,4\n5,six\n7,8", "v.csv", '"six" in row 3, column 2'),
    "ragged": (b"1,2\n3,4,5\n6,7", "v.csv", "Row 2 of v.csv has 3 values"),
    "too many rows": (b"1,2\n" * (MOST_ROWS + 2), "v.csv", "more than 20,000 rows"),
    "a huge cell": (b'1,"' + b"9" * 200_000 + b'"\n1,2\n3,4', "v.csv", "no CSV file|no number|no numbers"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_every_bad_file_is_refused_in_words(name):
    content, file, sentence = REFUSED[name]
    with pytest.raises(EmbeddingError, match=sentence) as caught:
        read(content, file)
    assert "/" not in str(caught.value).replace("1/", "")
    assert str(caught.value).endswith(".")


@given(st.binary(max_size=300), st.sampled_from(["v.npy", "v.csv", "v.txt", "v"]))
def test_no_bytes_break_it(content, file):
    for data in (content, b"\x93NUMPY\x01\x00" + content):
        try:
            upload = read(data, file)
        except EmbeddingError:
            continue
        assert upload.vectors.ndim == 2


def test_a_long_name_is_shortened():
    with pytest.raises(EmbeddingError, match=r"x\.\.\. is empty"):
        uploads.read(b"", "x" * 300)
