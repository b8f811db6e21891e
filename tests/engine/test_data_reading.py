"""Files to squares: the quick way gives the careful way's pixels, and nothing strange takes the quick way."""

import io

import numpy as np
import pytest
import torch
from archive_kit import picture
from PIL import Image

from engine.data import reading
from engine.data.dataset import DataError


def _noise(width, height, seed=0):
    rows = np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(rows)


def _jpeg(image, **options):
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", **options)
    return buffer.getvalue()


def _way(data, monkeypatch):
    """Which of the two ways read this file."""
    taken = []
    careful, quick = reading._decode, reading.jpeg
    monkeypatch.setattr(
        reading, "_decode", lambda *arguments: (taken.append("careful"), careful(*arguments))[1]
    )
    monkeypatch.setattr(reading, "jpeg", lambda *arguments: (taken.append("quick"), quick(*arguments))[1])
    found = reading.read(data, 32)
    return taken, found


@pytest.mark.parametrize("quality", [50, 75, 95])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_both_ways_give_pillows_pixels(monkeypatch, quality, mode):
    data = _jpeg(_noise(32, 32).convert(mode), quality=quality)
    expected = np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).transpose(2, 0, 1)
    taken, quick = _way(data, monkeypatch)
    assert taken == ["quick"]
    monkeypatch.setattr(reading, "_plain", lambda _: None)
    careful = reading.read(data, 32)
    assert np.array_equal(quick.pixels, expected)
    assert np.array_equal(careful.pixels, expected)
    assert quick.grey == careful.grey == (mode == "L")
    assert quick.size == careful.size == (32, 32)


@pytest.mark.parametrize(
    "data",
    [
        _jpeg(_noise(32, 32), progressive=True),
        _jpeg(_noise(32, 32).convert("CMYK")),
        _jpeg(
            _noise(32, 32), exif=b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
        ),
        _jpeg(_noise(32, 32), icc_profile=b"x" * 200),
        _jpeg(_noise(600, 600)),
        picture(32, kind="PNG", seed=3),
        picture(32, kind="WEBP", seed=3),
    ],
    ids=["progressive", "cmyk", "exif", "profile", "large", "png", "webp"],
)
def test_everything_else_takes_the_careful_way(monkeypatch, data):
    taken, found = _way(data, monkeypatch)
    assert taken == ["careful"]
    assert found.pixels.shape == (3, 32, 32)


def test_a_picture_that_lies_on_its_side_is_turned(monkeypatch):
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.new("RGB", (32, 32), (0, 0, 0))
    image.paste((255, 255, 255), (0, 0, 32, 16))  # light above: turned right, light at the right
    _, found = _way(_jpeg(image, exif=exif), monkeypatch)
    assert found.pixels[:, :, 20:].mean() > 240
    assert found.pixels[:, :, :12].mean() < 15
    assert found.notes == ("It was turned upright, as its EXIF orientation says.",)


def test_others_are_cut_to_their_middle_square():
    image = Image.new("RGB", (120, 40), (0, 0, 0))
    image.paste((250, 250, 250), (40, 0, 80, 40))
    for data in (_jpeg(image, quality=95), picture((120, 40), colour=(250, 250, 250))):
        found = reading.read(data, 16)
        assert found.size == (120, 40)
        assert found.pixels.mean() > 240


def test_a_jpeg_cut_short_is_read_carefully_and_refused():
    data = _jpeg(_noise(64, 64), quality=95)
    with pytest.raises(DataError, match="damaged, cut short"):
        reading.read(data[: len(data) // 2], 32)


@pytest.mark.parametrize(
    "data", [b"", b"text", b"\xff\xd8\xff", b"\xff\xd8\xff\xe0\0\0", b"\x89PNG\r\n\x1a\n"]
)
def test_what_is_no_picture_is_refused_in_words(data):
    with pytest.raises(DataError) as caught:
        reading.read(data, 32)
    assert str(caught.value).endswith(".")
    with pytest.raises(DataError):
        reading.size(data)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_sizes_are_those_of_the_file(kind):
    assert reading.size(picture((50, 70), kind=kind, seed=1)) == (50, 70)


def test_headers_are_walked_without_falling_off_the_end():
    data = _jpeg(_noise(16, 16))
    for length in range(len(data)):
        found = reading._plain(data[:length])
        assert found in (None, (16, 16))
    for place in range(2, 180):
        broken = bytearray(data)
        broken[place] ^= 0xFF
        try:
            assert reading.read(bytes(broken), 16).pixels.shape == (3, 16, 16)
        except DataError:
            continue


def test_without_torchvisions_operator_the_careful_way_reads_everything(monkeypatch):
    data = _jpeg(_noise(32, 32))
    expected = reading.read(data, 32).pixels

    class NoOperators:
        pass

    monkeypatch.setattr(torch, "ops", type("Ops", (), {"image": NoOperators()})())
    assert np.array_equal(reading.read(data, 32).pixels, expected)
