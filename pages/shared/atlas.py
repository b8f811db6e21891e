"""Data sets by URL: the browser fetches the sheets of pictures it is about to show, and what is known about each.

    atlas/<stamp>/<page>.png?set=shapes&split=train&only=shape:3&by=hue
    atlas/<stamp>/<page>.json?...        labels, factors and captions of the same pictures
    atlas/<stamp>/thumb.png?set=shapes   a few test pictures in a square

The stamp changes with the pictures, so the browser may keep a sheet for good. A private set answers to its whole
name only, like everywhere else. Sheets are encoded outside the event loop and kept, the most recent ones.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

if (
    TYPE_CHECKING
):  # torch and the engine are imported when the first sheet is asked for, not before the first page
    from torch import Tensor

    from engine.data import Dataset

KEPT_SHEETS, KEPT_ORDERS = 96, 64  # of about 0.7 MB, of at most 1 MB
_FOREVER = {"Cache-Control": "private, max-age=31536000, immutable"}
_A_WHILE = {"Cache-Control": "private, max-age=3600"}
_THUMB = 64  # CSS pixels a side of a thumbnail, at most
Query = tuple[str, str, str, str]  # set, split, only, by


def stamp(dataset: Dataset) -> str:
    """Twelve hexadecimal digits that change with the pictures."""
    digest = hashlib.blake2b(
        f"{dataset.name} {dataset.split} {len(dataset)} {dataset.classes}".encode(), digest_size=6
    )
    digest.update(dataset.images[:16].numpy().tobytes())
    digest.update(dataset.images[-1].numpy().tobytes())
    return digest.hexdigest()


def thumb(name: str) -> tuple[str, int]:
    """Address of a set's thumbnail, and the CSS pixels of its side; no picture is loaded for it."""
    from engine import data

    side = data.card(name).shape[-1]
    width = side * _across(side)
    key = data.stamp(name) or "here"
    return f"atlas/{key}/thumb.png?{urlencode({'set': name})}", min(_THUMB, width * max(1, _THUMB // width))


def _across(side: int) -> int:
    """Pictures of that side in a row of a thumbnail."""
    return 2 if 2 * side <= _THUMB else 1


@lru_cache(maxsize=64)
def _thumb(_stamp: str, name: str) -> bytes:
    from engine import data, images

    counts = data.card(name).counts
    dataset = data.load(name, "test" if counts.get("test") else "train", limit=4)
    across = _across(dataset.images.shape[-1])
    return images.encode_png(images.sheet(dataset.images[: across**2].float() / 255, across)[0])


async def serve(request: Request) -> Response:
    """Answer `/atlas/<stamp>/<page>.<png or json>`; what does not exist is not found, in words."""
    number, _, kind = request.path_params["file"].partition(".")
    wanted = [request.query_params.get(name, "") for name in ("set", "split", "only", "by")]
    query = (wanted[0], wanted[1] or "train", wanted[2], wanted[3])
    thumbnail = request.path_params["file"] == "thumb.png"
    if not thumbnail and (not number.isdecimal() or len(number) > 6 or kind not in ("png", "json")):
        return PlainTextResponse("Not found.", status_code=404)
    key = request.path_params["stamp"][:12]
    from engine.data import DataError

    try:
        if thumbnail:
            body = await run_in_threadpool(_thumb, key, query[0])
            return Response(body, media_type="image/png", headers=_A_WHILE)
        if kind == "png":
            body = await run_in_threadpool(_png, key, query, int(number))
            return Response(body, media_type="image/png", headers=_FOREVER)
        return JSONResponse(await run_in_threadpool(_known, query, int(number), key), headers=_FOREVER)
    except DataError as error:
        return PlainTextResponse(str(error), status_code=404)


@lru_cache(maxsize=KEPT_ORDERS)
def _chosen(_stamp: str, query: Query) -> Tensor:
    from engine import data
    from engine.data import browsing

    name, split, only, by = query
    return browsing.choose(data.load(name, split), only=pair(only), by=by)


@lru_cache(maxsize=KEPT_SHEETS)
def _png(stamp_: str, query: Query, number: int) -> bytes:
    from engine import data, images
    from engine.data import browsing

    return images.encode_png(browsing.page(data.load(*query[:2]), _chosen(stamp_, query), number))


def _known(query: Query, number: int, stamp_: str) -> dict[str, object]:
    """What the browser writes beside each picture of a sheet."""
    from engine import data
    from engine.data import browsing

    dataset = data.load(*query[:2])
    chosen = _chosen(stamp_, query)
    indices = chosen[number * browsing.PAGE : (number + 1) * browsing.PAGE].tolist()
    return {
        "total": len(chosen),
        "index": indices,
        "label": dataset.labels[indices].tolist(),
        "factors": [[factor.describe(index) for factor in dataset.factors.values()] for index in indices],
        "caption": [dataset.captions[index] for index in indices] if dataset.captions else [],
    }


def pair(only: str) -> tuple[str, int] | None:
    """ "shape:3" -> ("shape", 3)."""
    name, _, index = only.rpartition(":")
    if not only:
        return None
    if not name or not index.isdecimal() or len(index) > 6:
        from engine.data import DataError

        raise DataError("A choice is a name and a number, as in class:3.")
    return name, int(index)
