"""Counts and kinds against Pillow's own on honest files, and against crafted ones on the rest."""

from __future__ import annotations

import io
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from engine import containers


def written(picture: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def pages(count: int, size: tuple[int, int] = (5, 4)) -> list[Image.Image]:
    """Pictures that differ, so that no writer merges them."""
    return [Image.new("RGB", size, (index % 256, 255 - index % 256, 40)) for index in range(count)]


def gif(count: int) -> bytes:
    first, *rest = pages(count)
    return written(first, "GIF", save_all=True, append_images=rest, comment=b"x" * 600)


def tiff(count: int, **options: object) -> bytes:
    first, *rest = pages(count)
    return written(first, "TIFF", save_all=True, append_images=rest, **options)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WebP", "GIF", "BMP", "TIFF"])
def test_kind_is_what_pillow_wrote(kind):
    assert containers.kind(written(Image.new("RGB", (3, 2)), kind)) == kind


@pytest.mark.parametrize("prefix", [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"])
def test_every_byte_order_of_tiff(prefix):
    assert containers.kind(prefix) == "TIFF"


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"\0\0\0\x18ftypheic", "HEIC"),
        (b"\0\0\0\x18ftypmif1", "HEIC"),
        (b"\0\0\0\x1cftypavif", "AVIF"),
        (b"\0\0\0\x20ftypisom", "video"),
        (b"%PDF-1.7\n", "PDF"),
        (b"PK\x03\x04rest", "zip"),
        (b"8BPS\0\x01", "Photoshop"),
        (b'<?xml version="1.0"?><svg/>', "SVG"),
        (b"\xef\xbb\xbf <svg xmlns=''/>", "SVG"),
        (b"<!DOCTYPE html><html>", "web page"),
        (written(Image.new("RGB", (16, 16)), "ICO"), "icon"),
        (written(Image.new("RGB", (16, 16)), "JPEG2000"), "JPEG 2000"),
    ],
)
def test_strangers_are_named_and_are_no_kind(data, what):
    assert containers.kind(data) is None
    assert what in containers.stranger(data)


def test_a_riff_that_is_no_picture_has_no_kind():
    assert containers.kind(b"RIFF\x24\0\0\0WAVEfmt ") is None
    assert containers.stranger(b"plain text") is None


@pytest.mark.parametrize("count", [1, 2, 7, 100])
def test_frames_of_a_gif_as_pillow_counts(count):
    data = gif(count)
    assert containers.gif_frames(data, 1000) == Image.open(io.BytesIO(data)).n_frames == count


def test_frames_of_a_gif_without_global_colours():
    header = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0, 0, 0)
    local = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0x80) + bytes(6) + b"\x02\x02\x4c\x01\0"
    assert containers.gif_frames(header + local * 3 + b";", 1000) == 3


def test_frame_counts_stop_at_the_limit():
    assert containers.gif_frames(gif(9), 4) == 4
    assert containers.tiff_frames(tiff(9), 4) == 4


@pytest.mark.parametrize("options", [{}, {"big_tiff": True}, {"compression": "tiff_lzw"}])
@pytest.mark.parametrize("count", [1, 3, 12])
def test_pages_of_a_tiff_as_pillow_counts(count, options):
    data = tiff(count, **options)
    assert containers.tiff_frames(data, 1000) == Image.open(io.BytesIO(data)).n_frames == count


def test_pages_of_a_big_endian_tiff():
    page = struct.pack(">H", 0) + struct.pack(">I", 14)
    data = b"MM\0*" + struct.pack(">I", 8) + page + struct.pack(">HI", 0, 0)
    assert containers.tiff_frames(data, 1000) == 2


def test_a_tiff_whose_pages_form_a_ring_ends():
    page = struct.pack("<HI", 0, 8)
    assert containers.tiff_frames(b"II*\0" + struct.pack("<I", 8) + page, 1000) == 1


@pytest.mark.parametrize(
    ("mode", "options", "passes"),
    [
        ("RGB", {}, 1),
        ("L", {}, 1),
        ("RGB", {"restart_marker_blocks": 1}, 1),
        ("RGB", {"progressive": True}, 10),  # jpeg_simple_progression of libjpeg: 10 for YCbCr, 6 for grey
        ("L", {"progressive": True}, 6),
        ("RGB", {"progressive": True, "restart_marker_blocks": 1}, 10),
    ],
)
def test_passes_of_a_jpeg(mode, options, passes):
    noise = Image.effect_noise((64, 64), 90).convert(mode)
    assert containers.jpeg_scans(written(noise, "JPEG", quality=95, **options), 1000) == passes


def test_passes_inside_metadata_and_after_the_end_do_not_count():
    data = written(Image.new("RGB", (8, 8)), "JPEG")
    hidden = b"\xff\xda" * 500
    comment = b"\xff\xfe" + struct.pack(">H", len(hidden) + 2) + hidden
    assert containers.jpeg_scans(data[:2] + comment + data[2:] + hidden, 1000) == 1


def test_repeated_passes_count_up_to_the_limit():
    data = written(Image.new("RGB", (8, 8)), "JPEG", progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]
    assert containers.jpeg_scans(data[:-2] + last * 40 + b"\xff\xd9", 1000) == 50
    assert containers.jpeg_scans(data[:-2] + last * 40 + b"\xff\xd9", 20) == 20


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([b"", b"GIF89a", b"II*\0", b"MM\0+", b"\xff\xd8\xff"]))
def test_any_bytes_are_counted_without_an_error(tail, head):
    data = head + tail
    assert 0 <= containers.gif_frames(data, 10) <= 10
    assert 0 <= containers.tiff_frames(data, 10) <= 10
    assert 0 <= containers.jpeg_scans(data, 10) <= 10


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_cut_file_never_counts_more_than_the_whole(data):
    whole = data.draw(st.sampled_from([gif(5), tiff(5)]))
    cut = whole[: data.draw(st.integers(0, len(whole)))]
    assert containers.gif_frames(cut, 1000) <= containers.gif_frames(whole, 1000)
    assert containers.tiff_frames(cut, 1000) <= containers.tiff_frames(whole, 1000)
