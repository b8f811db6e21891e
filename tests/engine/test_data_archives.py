"""Archives that lie, hide, point outside or promise too much; folders with links. Nothing is ever unpacked."""

import struct
import zipfile

import pytest
from archive_kit import add_link, classes, pack, patch, picture, unfold

from engine.data import archives
from engine.data.archives import Archive
from engine.data.dataset import DataError


def _names(archive):
    return [item.name for item in archive.items]


def test_a_zip_and_a_folder_hold_the_same(tmp_path):
    files = classes("cat", "dog")
    with Archive(pack(tmp_path / "a.zip", files)) as packed, Archive(unfold(tmp_path / "a", files)) as plain:
        assert _names(packed) == _names(plain) == list(files)
        assert {item.name: item.read() for item in packed.items} == files
        assert {item.name: item.read() for item in plain.items} == files
        assert packed.left_out == plain.left_out == []


@pytest.mark.parametrize(
    "name",
    ["../outside.png", "cat/../../outside.png", "/etc/outside.png", "C:/outside.png", "..\\outside.png"],
)
def test_zip_slip_is_left_out_and_writes_nothing(tmp_path, name):
    (tmp_path / "below").mkdir()
    path = pack(tmp_path / "below" / "a.zip", {name: picture(), "cat/1.png": picture()})
    with Archive(path) as archive:
        assert _names(archive) == ["cat/1.png"]
        ((left, reason),) = archive.left_out
        assert "outside" in left
        assert reason == "its path points outside the archive"
        archive.items[0].read()
    assert sorted(each.name for each in tmp_path.rglob("*")) == ["a.zip", "below"]


def test_links_are_left_out(tmp_path):
    path = pack(tmp_path / "a.zip", {"cat/1.png": picture()})
    add_link(path, "cat/2.png", "/etc/passwd")
    with Archive(path) as archive:
        assert archive.left_out == [("cat/2.png", "it is a link")]
    folder = unfold(tmp_path / "f", {"cat/1.png": picture()})
    (folder / "cat" / "2.png").symlink_to("/etc/passwd")
    (folder / "dogs").symlink_to(tmp_path)
    with Archive(folder) as archive:
        assert _names(archive) == ["cat/1.png"]
        assert archive.left_out == [("cat/2.png", "it is a link")]


def test_a_small_zip_that_promises_gigabytes_is_a_bomb(tmp_path):
    path = pack(
        tmp_path / "bomb.zip", {"a/1.bmp": bytes(400_000_000 // 8), "a/2.bmp": bytes(400_000_000 // 8)}
    )
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        for number in range(3, 9):
            archive.writestr(f"a/{number}.bmp", bytes(400_000_000 // 8))
    with pytest.raises(DataError, match=r"would unpack to 38\d MB: that is a decompression bomb"):
        Archive(path)


def test_overlapping_files_are_a_bomb(tmp_path):
    """All entries point to the bytes of the first: Fifield 2019, https://www.bamsoftware.com/hacks/zipbomb/."""
    path = pack(tmp_path / "a.zip", {"a/1.png": picture(seed=1), "a/2.png": picture(seed=2)})
    data = bytearray(path.read_bytes())
    second = data.rindex(b"PK\1\2")
    struct.pack_into("<I", data, second + 42, 0)
    path.write_bytes(data)
    with pytest.raises(DataError, match="share their bytes"):
        Archive(path)


def test_too_many_files_are_refused_before_they_are_listed(tmp_path, monkeypatch):
    path = pack(tmp_path / "a.zip", {f"a/{number}.png": b"" for number in range(60)})
    monkeypatch.setattr(archives, "MAX_FILES", 50)
    with pytest.raises(DataError, match="holds 60 files"):
        Archive(path)
    monkeypatch.setattr(archives, "MAX_FILES", 5)
    monkeypatch.setattr(zipfile, "ZipFile", lambda *_: pytest.fail("it was listed"))
    with pytest.raises(DataError, match="lists more than 5 files"):
        Archive(path)
    with pytest.raises(DataError, match="more than 5 files"):
        Archive(unfold(tmp_path / "f", {f"a/{number}.png": b"" for number in range(9)}))


def test_a_file_that_is_larger_than_it_says_is_damaged(tmp_path):
    path = pack(tmp_path / "a.zip", {"a/1.png": bytes(200_000)})
    patch(path, struct.pack("<I", 200_000), struct.pack("<I", 1000))
    with Archive(path) as archive, pytest.raises(DataError, match="damaged inside"):
        archive.items[0].read()


def test_damaged_bytes_are_noticed(tmp_path):
    files = {"a/1.png": picture(seed=1), "a/2.png": picture(seed=2)}
    path = pack(tmp_path / "a.zip", files, method=zipfile.ZIP_STORED)
    patch(path, files["a/1.png"][200:260], bytes(60))
    with Archive(path) as archive:
        with pytest.raises(DataError, match="damaged inside"):
            archive.items[0].read()
        assert archive.items[1].read() == files["a/2.png"]


def test_encrypted_and_rare_packing_are_left_out(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/1.png", picture(), zipfile.ZIP_LZMA)
        archive.writestr("a/2.png", picture(), zipfile.ZIP_STORED)
        archive.writestr("a/3.png", picture(), zipfile.ZIP_DEFLATED)
    data = bytearray(path.read_bytes())
    data[data.rindex(b"PK\1\2") + 8] |= 1  # the flag of encryption, in the table of contents
    path.write_bytes(data)
    with Archive(path) as archive:
        assert _names(archive) == ["a/2.png"]
        assert dict(archive.left_out) == {
            "a/1.png": "it is packed in a way that is not read here",
            "a/3.png": "it is encrypted",
        }


def test_the_first_of_two_files_of_one_name_counts(tmp_path):
    path = pack(tmp_path / "a.zip", {"a/1.png": picture(seed=1)})
    with zipfile.ZipFile(path, "a") as archive, pytest.warns(UserWarning, match="Duplicate"):
        archive.writestr("a/1.png", picture(seed=2))
    with Archive(path) as archive:
        assert _names(archive) == ["a/1.png"]
        assert archive.items[0].read() == picture(seed=1)
        assert archive.left_out == [("a/1.png", "there is another file of the same name before it")]


def test_names_beyond_ascii(tmp_path):
    path = pack(
        tmp_path / "a.zip", {"Кот/1.png": picture(), "mu\u0308cke/1.png": picture(), "猫/1.png": picture()}
    )
    with Archive(path) as archive:
        assert [item.path[0] for item in archive.items] == ["Кот", "mücke", "猫"]  # composed


def test_utf8_that_does_not_say_so(tmp_path):
    path = pack(tmp_path / "a.zip", {"ae_x/1.png": picture()})
    patch(path, b"ae_x/1.png", "ä_x/1.png".encode())  # the same number of bytes, without the flag
    with Archive(path) as archive:
        assert archive.items[0].path[0] == "ä_x"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"Rar!\x1a\x07\x01\x00", "no zip archive"),
        (b"", "no zip archive"),
        (b"PK\3\4" + bytes(300), "damaged or cut short"),
        (b"PK", "damaged or cut short"),
        (b"PK\5\6" + b"\xff" * 18, "damaged or cut short|lists more"),
    ],
)
def test_what_is_no_zip_is_refused_in_words(tmp_path, content, words):
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    with pytest.raises(DataError, match=words):
        Archive(path)


def test_a_zip_cut_in_half_is_refused(tmp_path):
    path = pack(tmp_path / "a.zip", classes("cat", "dog"))
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(DataError, match="cut short"):
        Archive(path)


def test_zip64_is_read(tmp_path):
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a/1.png", picture())
        archive.filelist *= 70_000  # more entries than the old record can count
    with zipfile.ZipFile(path) as check:
        assert len(check.infolist()) == 70_000
    assert archives._table_size(path) == 70_000 * 53
    with pytest.raises(DataError, match="share their bytes"):
        Archive(path)


def test_too_large_a_file_is_left_out(tmp_path, monkeypatch):
    monkeypatch.setattr(archives, "MAX_BYTES", 1000)
    files = {"a/1.png": bytes(2000), "a/2.png": bytes(10)}
    for path in (pack(tmp_path / "a.zip", files), unfold(tmp_path / "f", files)):
        with Archive(path) as archive:
            assert _names(archive) == ["a/2.png"]
            assert archive.left_out[0][0] == "a/1.png"
            assert "are read" in archive.left_out[0][1]


def test_arrays_are_told_from_pictures(tmp_path):
    assert archives.holds_arrays(pack(tmp_path / "a.bin", {"x_train.npy": b"..."}))
    assert not archives.holds_arrays(pack(tmp_path / "b.npz", {"cat/1.png": b"..."}))
    assert not archives.holds_arrays(tmp_path / "nothing")
