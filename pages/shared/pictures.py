"""Pictures and other files by URL: what a component draws goes over HTTP once, never again with every message.

A picture is stored under a digest of its bytes, so the same picture is stored once, its URL never changes its
content, and nobody who does not own the picture can guess it. The store is bounded; a page puts its picture in
again on every rerun, so one that fell out comes back as soon as somebody looks at it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import threading
from collections import OrderedDict
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

if TYPE_CHECKING:  # the server starts without torch
    from torch import Tensor

CAPACITY = 96 * 2**20  # bytes: about 200 photographs of 512 x 512
TYPES = {
    "png": "image/png",
    "safetensors": "application/octet-stream",
    "json": "application/json",  # made by `pack`
    "webp": "image/webp",
    "bin": "application/octet-stream",
}


class Store:
    """A bounded, thread-safe map from digest to bytes; the least recently used falls out first."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._items: OrderedDict[str, bytes] = OrderedDict()
        self._size = 0
        self._lock = threading.Lock()

    def put(self, data: bytes, kind: str = "png") -> str:
        """Keep `data`, return its name, which ends in `kind`."""
        name = f"{hashlib.blake2b(data, digest_size=16).hexdigest()}.{kind}"
        with self._lock:
            if name not in self._items:
                self._items[name] = data
                self._size += len(data)
            self._items.move_to_end(name)
            while self._size > self._capacity and len(self._items) > 1:
                _, old = self._items.popitem(last=False)
                self._size -= len(old)
        return name

    def get(self, name: str) -> bytes | None:
        """The bytes, or None when the name is unknown or fell out."""
        with self._lock:
            data = self._items.get(name)
            if data is not None:
                self._items.move_to_end(name)
        return data


STORE = Store()


def url(image: Tensor) -> str:
    """Put one picture, (1 or 3, H, W) float32 in [0, 1], into the store; its address relative to the app."""
    from engine import images

    return keep(images.encode_png(image))


def keep(data: bytes, kind: str = "png") -> str:
    """Put a file of one of `TYPES` into the store; its address relative to the app."""
    return "pictures/" + STORE.put(data, kind)


def pack(data: Mapping[str, Any]) -> bytes:
    """Plain data as compressed JSON to `keep`, the same bytes for the same data."""
    return gzip.compress(json.dumps(data, separators=(",", ":")).encode(), mtime=0)


async def serve(request: Request) -> Response:
    """Answer `/pictures/<digest>.<kind>`."""
    name = request.path_params["name"]
    data = STORE.get(name)
    if data is None:
        return PlainTextResponse("This picture is no longer held; reload the page.", status_code=404)
    headers = {"Cache-Control": "private, max-age=86400, immutable"}
    kind = name.rsplit(".", 1)[-1]
    if kind == "json":
        headers["Content-Encoding"] = "gzip"
    return Response(data, media_type=TYPES[kind], headers=headers)
