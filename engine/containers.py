"""What a picture file holds, read from its headers without decoding a pixel.

`kind` names the format by the first bytes (a file's name and declared type are never asked), `gif_frames`
and `tiff_frames` count the pictures inside, `jpeg_scans` the passes of a JPEG. Each walk stops at its limit:
a file of a few megabytes can promise millions of frames, or hours of passes, to whoever believes it.

Formats: GIF89a, TIFF 6.0 and BigTIFF, ITU-T T.81 (JPEG). Tested against Pillow's own counts on files that are
honest, and against crafted ones.
"""

from __future__ import annotations

import re
import struct

KINDS = {  # first bytes -> format, as people write it; Pillow takes any case
    rb"\x89PNG\r\n\x1a\n": "PNG",
    rb"\xff\xd8\xff": "JPEG",
    rb"GIF8[79]a": "GIF",
    rb"RIFF.{4}WEBP": "WebP",
    rb"BM": "BMP",
    rb"II[\x2a\x2b]\0|MM\0[\x2a\x2b]": "TIFF",
}
STRANGERS = {  # what visitors also try, named so that the refusal helps
    rb".{4}ftyp(hei|hev|mif1|msf1)": "a HEIC photograph",
    rb".{4}ftypavi": "an AVIF picture",
    rb".{4}ftyp": "a video",
    rb"%PDF": "a PDF document",
    rb"PK\x03\x04": "a zip archive",
    rb"8BPS": "a Photoshop document",
    rb"\0\0\x01\0": "an icon",
    rb"\xff\x0a|\0\0\0\x0cJXL ": "a JPEG XL picture",
    rb"\xff\x4f\xff\x51|\0\0\0\x0cjP  ": "a JPEG 2000 picture",
    rb"(\xef\xbb\xbf)?\s*<(\?xml|svg|!DOCTYPE svg)": "a drawing (SVG) or other XML",
    rb"(\xef\xbb\xbf)?\s*<(html|!DOCTYPE html)": "a web page",
}
_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])", re.DOTALL)  # JPEG: not stuffing, filling or a restart
_BARE = b"\x01\xd8"  # JPEG markers without a length: TEM, SOI


def kind(data: bytes) -> str | None:
    """PNG, JPEG, GIF, WebP, BMP or TIFF by content; None for anything else."""
    return _first_match(KINDS, data)


def stranger(data: bytes) -> str | None:
    """The name of a well-known format that is not read here, or None."""
    return _first_match(STRANGERS, data)


def gif_frames(data: bytes, limit: int) -> int:
    """Number of complete pictures in a GIF, at most `limit`; a damaged end ends the count."""
    count = 0
    try:
        position = 13 + _colour_table(data[10])
        while count < limit and data[position] in b"\x2c\x21":  # picture, extension; else the end
            picture = data[position] == 0x2C
            position += 11 + _colour_table(data[position + 9]) if picture else 2
            while data[position]:  # sub-blocks, each with its length in front, up to an empty one
                position += data[position] + 1
            position += 1
            count += picture
    except IndexError:
        return count
    return count


def tiff_frames(data: bytes, limit: int) -> int:
    """Number of pages in a TIFF, at most `limit`; a link to a page already seen ends the count."""
    order = "<" if data[:2] == b"II" else ">"
    big = 0x2B in data[2:4]
    entries, link, entry_size = ("Q", "Q", 20) if big else ("H", "I", 12)
    seen: set[int] = set()
    try:
        (page,) = struct.unpack_from(order + link, data, 8 if big else 4)
        while page and page not in seen and len(seen) < limit:
            (count,) = struct.unpack_from(order + entries, data, page)
            end = page + struct.calcsize(order + entries) + count * entry_size
            (following,) = struct.unpack_from(order + link, data, end)
            seen.add(page)
            page = following
    except (struct.error, OverflowError):  # points outside the file
        return len(seen)
    return len(seen)


def jpeg_scans(data: bytes, limit: int) -> int:
    """Number of passes over the picture a JPEG asks for, at most `limit`.

    An ordinary file has 1, a progressive one about 10. Passes cost time in proportion to the picture's size
    however few bytes they take, so a hundred thousand fit into a small file.
    """
    position = count = 0
    while count < limit and (found := _MARKER.search(data, position)):
        marker, position = found[1], found.end()
        if marker == b"\xd9":  # end of image: what follows is not decoded
            break
        count += marker == b"\xda"
        if marker not in _BARE:
            position += max(2, int.from_bytes(data[position : position + 2], "big"))
    return count


def _first_match(signatures: dict[bytes, str], data: bytes) -> str | None:
    start = data[:64]
    return next((name for first, name in signatures.items() if re.match(first, start, re.DOTALL)), None)


def _colour_table(flags: int) -> int:
    """Bytes of a GIF colour table, from the flags in front of it."""
    return 3 * 2 ** ((flags & 7) + 1) if flags & 0x80 else 0
