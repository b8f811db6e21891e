"""Every kind of upload the design names, right or refused in words; then damaged files by the hundred.

Pictures are written by Pillow where it can, by `png` and `tiff` below where it cannot (16-bit colour,
interlaced, false declarations), so the expected pixels are known and not decoded by the code under test.
"""

from __future__ import annotations

import io
import struct
import tracemalloc
import zlib
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageFile, ImageOps

from engine import samples
from engine.decoding import MAX_BYTES, Decoded, decode
from engine.images import ImageError

pytestmark = pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning", "ignore:.*:UserWarning")

FORMATS = ("PNG", "JPEG", "WebP", "GIF", "BMP", "TIFF")
GENERATOR = np.random.default_rng(7)
PIXELS = GENERATOR.integers(0, 256, (6, 9, 3), dtype=np.uint8)  # (H, W, C)
PICTURE = Image.fromarray(PIXELS)


def written(picture: Image.Image, kind: str, **options: object) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def png(
    width: int,
    height: int,
    depth: int,
    colour: int,
    scanlines: bytes,
    *,
    interlace: int = 0,
    before: bytes = b"",
    after: bytes = b"",
) -> bytes:
    """A PNG from raw scanlines, each with its filter byte; `before` and `after` are chunks around them."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace)
    data = chunk(b"IDAT", zlib.compress(scanlines))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + before + data + after + chunk(b"IEND", b"")


def tiff(tags: dict[int, int], payload: bytes = b"") -> bytes:
    """A little-endian TIFF of one page, its strip (tag 273) where the payload starts."""
    start = 8 + 2 + 12 * len(tags) + 4
    values = {tag: start if tag in (273, 324) else value for tag, value in sorted(tags.items())}
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in values.items())
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + bytes(4) + payload


def as_bytes(decoded: Decoded) -> np.ndarray:
    """(H, W, 3) uint8, after checking what every decoded picture promises."""
    image = decoded.image
    assert image.dtype == torch.float32
    assert image.shape[:2] == (1, 3)
    assert 0 <= image.min() <= image.max() <= 1
    return (image[0].permute(1, 2, 0) * 255).round().byte().numpy()


def notes(data: bytes, **options: int) -> str:
    return " ".join(decode(data, **options).notes)


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        ("PNG", {}),
        ("BMP", {}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("WebP", {"lossless": True}),
    ],
)
def test_lossless_formats_are_exact(kind, options):
    decoded = decode(written(PICTURE, kind, **options))
    np.testing.assert_array_equal(as_bytes(decoded), PIXELS)
    assert (decoded.format, decoded.original_size, decoded.notes) == (kind, (9, 6), ())


def test_gif_and_palette_png_are_exact_within_their_palette():
    palette = PICTURE.quantize(8)
    for kind in ("GIF", "PNG"):
        np.testing.assert_array_equal(
            as_bytes(decode(written(palette, kind))), np.asarray(palette.convert("RGB"))
        )


def test_jpeg_is_what_pillow_decodes():
    data = written(PICTURE, "JPEG", quality=95)
    np.testing.assert_array_equal(as_bytes(decode(data)), np.asarray(Image.open(io.BytesIO(data))))


@pytest.mark.parametrize(("mode", "value"), [("1", 1), ("L", 77), ("LA", (77, 255))])
def test_grey_has_three_equal_channels(mode, value):
    got = as_bytes(decode(written(Image.new(mode, (2, 2), value), "PNG")))
    assert (got == (255 if mode == "1" else 77)).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (3, 700)])
def test_extreme_sizes(size):
    decoded = decode(written(Image.new("RGB", size, (9, 8, 7)), "PNG"))
    height, width = decoded.image.shape[-2:]
    assert (width, height) == tuple(max(1, round(side * min(1, 512 / max(size)))) for side in size)
    assert (as_bytes(decoded) == (9, 8, 7)).all()
    assert decoded.original_size == size


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
def test_a_large_photograph_is_made_smaller_and_says_so(kind):
    y, x = np.mgrid[0:1500, 0:2000]
    smooth = np.stack([x / 2000, y / 1500, (x + y) / 3500], -1) * 255  # what shrinking must keep
    quality = {"quality": 95} if kind == "JPEG" else {}
    decoded = decode(written(Image.fromarray(smooth.astype(np.uint8)), kind, **quality), max_side=200)
    expected = smooth.reshape(150, 10, 200, 10, 3).mean((1, 3))
    np.testing.assert_allclose(as_bytes(decoded), expected, atol=3)
    assert decoded.notes == ("It was made smaller: 2000 x 1500 to 200 x 150 pixels.",)


def test_reading_a_jpeg_at_reduced_size_keeps_its_detail():
    data = samples.about("retina").loader()  # 1411 x 1411
    whole = Image.open(io.BytesIO(data)).resize((300, 300), Image.Resampling.BICUBIC)
    difference = as_bytes(decode(data, max_side=300)).astype(float) - np.asarray(whole, float)
    assert np.abs(difference).mean() < 0.75


def test_transparent_pixels_do_not_bleed_when_made_smaller():
    stripes = np.zeros((64, 64, 4), np.uint8)  # transparent black beside opaque red
    stripes[:, ::2] = (255, 0, 0, 255)
    got = as_bytes(decode(written(Image.fromarray(stripes), "PNG"), max_side=8))
    np.testing.assert_allclose(got[4, 4], (255, 127.5, 127.5), atol=2)


def test_many_frames_take_the_first_and_count():
    frames = [Image.new("RGB", (4, 4), (index * 2, 0, 255 - index * 2)) for index in range(100)]
    for kind, options in (("GIF", {}), ("WebP", {"lossless": True}), ("PNG", {}), ("TIFF", {})):
        decoded = decode(written(frames[0], kind, save_all=True, append_images=frames[1:], **options))
        assert (as_bytes(decoded) == (0, 0, 255)).all()
        what = "pages" if kind == "TIFF" else "frames"
        assert decoded.notes == (f"This is the first of 100 {what}.",)


def test_a_gif_of_countless_frames_is_not_counted_to_the_end():
    head = b"GIF89a" + struct.pack("<HHBBB", 1, 1, 0x80, 0, 0) + bytes(3) + b"\xff" * 3
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x4c\x01\0"
    decoded = decode(head + frame * 200_000 + b";")
    assert decoded.notes == ("This is the first of more than 1000 frames.",)


def test_a_gif_whose_first_frame_is_smaller_than_its_canvas():
    head = b"GIF89a" + struct.pack("<HHBBB", 3, 1, 0x80, 0, 0) + bytes(3) + b"\xff" * 3
    frame = b"\x2c" + struct.pack("<HHHHB", 1, 0, 1, 1, 0) + b"\x02\x02\x4c\x01\0"
    assert decode(head + frame + b";").image.shape == (1, 3, 1, 3)


def test_16_bit_grey_keeps_all_its_bits():
    values = np.array([[0, 1, 256, 30000, 65535]], np.uint16)
    for kind in ("PNG", "TIFF"):
        decoded = decode(written(Image.fromarray(values), kind))
        np.testing.assert_allclose(decoded.image[0, 1].numpy(), values / 65535, atol=1e-7)
        assert "65535 is white" in decoded.notes[0]


@pytest.mark.parametrize(("colour", "channels"), [(2, 3), (4, 2), (6, 4)])
def test_16_bit_colour_is_scaled_not_clipped(colour, channels):
    values = np.array([[0, 300, 32768, 65535][:channels]] * 2, ">u2")
    values[:, -1] = 65535
    data = png(2, 1, 16, colour, b"\0" + values.tobytes())
    got = as_bytes(decode(data))[0, 0]
    expected = np.repeat(values[0, :1], 3) if channels == 2 else values[0, :3]
    np.testing.assert_allclose(got, expected / 65535 * 255, atol=1)
    assert "16 bits per channel were reduced to 8" in notes(data)


def test_white_is_zero_tiff_of_16_bits():
    values = np.array([0, 65535, 13107], "<u2")
    tags = {256: 3, 257: 1, 258: 16, 259: 1, 262: 0, 273: 0, 277: 1, 278: 1, 279: 6}
    got = decode(tiff(tags, values.tobytes())).image[0, 0, 0]
    np.testing.assert_allclose(got.numpy(), [1, 0, 0.8], atol=1e-6)


def test_float_tiff_is_kept_or_stretched():
    inside = np.array([[0.0, 0.3, 1.0]], np.float32)
    np.testing.assert_array_equal(decode(written(Image.fromarray(inside), "TIFF")).image[0, 0], inside)
    wide = decode(written(Image.fromarray(inside * 800 - 200), "TIFF"))
    np.testing.assert_allclose(wide.image[0, 2], inside, atol=1e-6)
    assert wide.notes == ("Its values from -200 to 600 were stretched to black and white.",)


def test_cmyk_jpeg():
    data = written(Image.new("CMYK", (16, 16), (255, 0, 0, 0)), "JPEG", quality=95)
    np.testing.assert_allclose(as_bytes(decode(data))[8, 8], (0, 255, 255), atol=4)
    assert "CMYK" in notes(data)


def test_alpha_and_transparent_palette_are_put_on_white():
    clear = Image.new("RGBA", (2, 1), (10, 20, 30, 255))
    clear.putpixel((1, 0), (10, 20, 30, 0))
    for kind, options in (("PNG", {}), ("WebP", {"lossless": True}), ("TIFF", {}), ("GIF", {})):
        decoded = decode(written(clear, kind, **options))
        np.testing.assert_array_equal(as_bytes(decoded), [[(10, 20, 30), (255, 255, 255)]])
        assert decoded.notes == ("Its transparent parts were put on white.",)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "WebP"])
def test_exif_orientation_is_followed(kind, orientation):
    exif = Image.Exif()
    exif[274] = orientation
    options = {"lossless": True} if kind == "WebP" else {"quality": 100} if kind == "JPEG" else {}
    data = written(PICTURE, kind, exif=exif, **options)
    decoded = decode(data)
    expected = ImageOps.exif_transpose(Image.open(io.BytesIO(data))).convert("RGB")
    np.testing.assert_array_equal(as_bytes(decoded), np.asarray(expected))
    assert decoded.original_size == expected.size == ((6, 9) if orientation >= 5 else (9, 6))
    assert len(decoded.notes) == (orientation > 1)


def test_a_phone_held_upright_is_shown_upright_and_small():
    """Orientation 6: the camera was turned right, so the first row of the file is the right edge."""
    lying = Image.new("RGB", (1200, 800), "black")
    lying.paste("white", (0, 0, 1200, 400))
    exif = Image.Exif()
    exif[274] = 6
    decoded = decode(written(lying, "JPEG", exif=exif), max_side=60)
    assert decoded.image.shape == (1, 3, 60, 40)
    assert decoded.original_size == (800, 1200)
    assert decoded.image[..., 25:].min() > 0.95
    assert decoded.image[..., :15].max() < 0.05


@pytest.mark.parametrize("exif", [b"Exif\0\0", b"Exif\0\0II*\0\xff\xff\xff\xff", b"Exif\0\0" + bytes(50)])
def test_damaged_exif_does_not_cost_the_picture(exif):
    np.testing.assert_allclose(as_bytes(decode(written(PICTURE, "JPEG", exif=exif))).shape, (6, 9, 3))


def test_interlaced_png_is_exact():
    """Adam7 by its definition: seven passes, each a coarser grid of the pixels."""
    passes = [
        (0, 0, 8, 8),
        (0, 4, 8, 8),
        (4, 0, 8, 4),
        (0, 2, 4, 4),
        (2, 0, 4, 2),
        (0, 1, 2, 2),
        (1, 0, 2, 1),
    ]
    rows = [
        b"\0" + row.tobytes()
        for top, left, down, across in passes
        for row in PIXELS[top::down, left::across]
        if row.size
    ]
    np.testing.assert_array_equal(as_bytes(decode(png(9, 6, 8, 2, b"".join(rows), interlace=1))), PIXELS)


def test_an_srgb_profile_changes_nothing_and_a_damaged_one_is_said():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert decode(written(PICTURE, "PNG", icc_profile=srgb)).notes == ()
    damaged = decode(written(PICTURE, "PNG", icc_profile=srgb[:100]))
    np.testing.assert_array_equal(as_bytes(damaged), PIXELS)
    assert "ignored" in damaged.notes[0]


def refusal(data: bytes, **options: int) -> str:
    """The sentence a file is refused with, after checking that it reads like one."""
    with pytest.raises(ImageError) as caught:
        decode(data, **options)
    sentence = str(caught.value)
    assert sentence.endswith(".")
    assert len(sentence) < 200
    assert "/" not in sentence
    return sentence


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"hello", "no picture of a known kind"),
        (b"<svg></svg>", "SVG"),
        (b"%PDF-1.4 ...", "PDF"),
        (b"\0\0\0\x18ftypheic" + bytes(40), "HEIC"),
        (written(PICTURE, "JPEG2000"), "JPEG 2000"),
        (b"\x89PNG" + bytes(MAX_BYTES), "at most 64 MB"),
        (png(1, 1, 8, 2, b"\0\0\0\0")[:20], "damaged"),
        (written(PICTURE, "PNG").replace(b"IDAT", b"IDOT"), "damaged"),
        (b"GIF89a" + bytes(20), "damaged"),
    ],
)
def test_refusals_name_the_cause_and_the_way_out(data, words):
    sentence = refusal(data)
    assert words in sentence
    assert any(
        way in sentence for way in ("save it as PNG or JPEG", "make it smaller", "choose another", "nothing")
    )


def declared(kind: str, side: int) -> bytes:
    """A file of that format, a few hundred bytes long, that declares side x side pixels."""
    if kind == "PNG":
        return png(side, side, 8, 2, b"\0")
    if kind == "TIFF":
        return tiff({256: side, 257: side, 258: 8, 259: 1, 262: 1, 273: 0, 277: 1, 278: side, 279: 1}, b"\0")
    moving = {"save_all": True, "append_images": [PICTURE.rotate(180)]} if kind == "WebP" else {}
    data = bytearray(written(PICTURE, kind, **moving))
    if kind == "GIF":
        data[6:10] = struct.pack("<HH", side, side)
    elif kind == "BMP":
        data[18:26] = struct.pack("<ii", side, side)
    elif kind == "WebP":  # the canvas of an animation, in its VP8X chunk
        data[24:30] = struct.pack("<I", side - 1)[:3] * 2
    else:
        position = data.index(b"\xff\xc0") + 5
        data[position : position + 4] = struct.pack(">HH", side, side)
    return bytes(data)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("side", [8001, 16000])
def test_a_bomb_is_refused_by_what_it_declares(kind, side):
    words = refusal(declared(kind, side))
    assert "pixels" in words
    assert "make it smaller" in words


def test_a_picture_of_one_endless_row_is_refused():
    assert "65535 along an edge" in refusal(png(65536, 1, 1, 0, bytes(8193)))
    assert decode(png(65535, 1, 1, 0, bytes(8193))).original_size == (65535, 1)


def test_a_tile_larger_than_its_picture_is_refused():
    tags = {256: 9, 257: 9, 258: 8, 259: 8, 262: 1, 277: 1, 322: 20000, 323: 20000, 324: 0, 325: 9}
    assert "20000 x 20000" in refusal(tiff(tags, zlib.compress(bytes(99))))


def test_a_jpeg_of_countless_passes_is_refused():
    data = written(PICTURE, "JPEG", progressive=True)
    last = data[data.rindex(b"\xff\xda") : -2]
    assert "passes" in refusal(data[:-2] + last * 5000 + b"\xff\xd9")
    assert decode(data[:-2] + last * 50 + b"\xff\xd9").image.shape == (1, 3, 6, 9)


@pytest.mark.parametrize("where", ["before", "after"])
@pytest.mark.parametrize("name", [b"zTXt", b"iTXt"])
def test_a_text_that_unpacks_to_a_flood_is_never_unpacked(name, where):
    head = b"Comment\0\0" if name == b"zTXt" else b"Comment\0\x01\0\0\0"
    flood = chunk(name, head + zlib.compress(bytes(50_000_000), 9))
    data = png(1, 1, 8, 2, b"\0\x01\x02\x03", **{where: flood})
    tracemalloc.start()
    try:
        if where == "before":
            assert "damaged" in refusal(data)
        else:  # the pixels are complete by then
            np.testing.assert_array_equal(as_bytes(decode(data)), [[(1, 2, 3)]])
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_a_side_below_one_is_refused():
    assert "at least 1 pixel" in refusal(written(PICTURE, "PNG"), max_side=0)


@pytest.mark.parametrize("kind", FORMATS)
def test_half_a_file_is_refused(kind):
    noise = Image.fromarray(GENERATOR.integers(0, 256, (60, 60, 3), dtype=np.uint8))
    data = written(noise, kind)
    assert "cut short" in refusal(data[: len(data) // 2])


def test_a_large_picture_that_fails_does_not_block_the_next():
    large = written(Image.new("L", (4100, 4100), 50), "PNG")
    for _ in range(2):
        refusal(large[: len(large) // 2])
    assert (as_bytes(decode(large, max_side=4)) == 50).all()


def test_threads_see_the_same_and_nothing_global_changes():
    before = ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS
    files = [written(PICTURE, "PNG"), written(PICTURE, "WebP", lossless=True), written(PICTURE, "BMP")] * 10
    with ThreadPoolExecutor(4) as pool:
        for decoded in pool.map(decode, files):
            np.testing.assert_array_equal(as_bytes(decoded), PIXELS)
    assert (ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS) == before == (False, before[1])


def corpus() -> list[bytes]:
    """One small file of every kind the tests above name."""
    ramp = Image.fromarray(np.arange(48, dtype=np.uint16).reshape(6, 8) * 1300)
    real = Image.fromarray(np.linspace(-3, 5, 48, dtype=np.float32).reshape(6, 8))
    exif = Image.Exif()
    exif[274] = 6
    frames = {"save_all": True, "append_images": [Image.new("RGB", (9, 6), "red")]}
    plain = [written(PICTURE, kind) for kind in FORMATS]
    turned = [written(PICTURE, kind, exif=exif) for kind in ("PNG", "JPEG", "WebP", "TIFF")]
    moving = [written(PICTURE, kind, **frames) for kind in ("PNG", "WebP", "GIF", "TIFF")]
    packed = [
        written(PICTURE, "TIFF", compression=name)
        for name in ("tiff_lzw", "tiff_adobe_deflate", "jpeg", "packbits")
    ]
    modes = [written(PICTURE.convert(mode), "PNG") for mode in ("1", "L", "LA", "P", "RGBA")]
    cmyk = [written(PICTURE.convert("CMYK"), kind) for kind in ("JPEG", "TIFF")]
    other = [
        written(ramp, "PNG"),
        written(ramp, "TIFF"),
        written(real, "TIFF"),
        written(PICTURE, "JPEG", progressive=True),
    ]
    return plain + turned + moving + packed + modes + cmyk + other


CORPUS = corpus()


def survives(data: bytes) -> None:
    """Either a picture that keeps every promise or an ImageError; anything else fails the test."""
    try:
        decoded = decode(data, max_side=16)
    except ImageError:
        return
    assert max(as_bytes(decoded).shape[:2]) <= 16
    assert all(note.endswith(".") for note in decoded.notes)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(CORPUS),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=12),
)
def test_flipped_bytes(original, changes):
    data = bytearray(original)
    for place, value in changes:
        data[int(place * (len(data) - 1))] = value
    survives(bytes(data))


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(CORPUS), st.floats(0, 1), st.binary(max_size=40))
def test_cut_files_with_a_foreign_end(original, share, tail):
    survives(original[: int(share * len(original))] + tail)


@settings(max_examples=200, deadline=None)
@given(
    st.sampled_from([data[:length] for data in CORPUS for length in (0, 4, 12, 30)]), st.binary(max_size=300)
)
def test_random_bytes_behind_a_real_beginning(head, tail):
    survives(head + tail)
