"""A local server for downloads that works, stalls, breaks off, lies or refuses, as the address says."""

from __future__ import annotations

import hashlib
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

CONTENT = random.Random(0).randbytes(900_000)
CHECKSUM = hashlib.sha256(CONTENT).hexdigest()[:8]


class Handler(BaseHTTPRequestHandler):
    """The first part of the path says how to behave."""

    requests: ClassVar[list[tuple[str, str | None]]] = []
    released: ClassVar[threading.Event] = threading.Event()

    def do_GET(self) -> None:
        behaviour = self.path.split("/")[1]
        asked = self.headers.get("Range")
        self.requests.append((behaviour, asked))
        start = int(asked.split("=")[1].rstrip("-")) if asked and behaviour != "no-ranges" else 0
        if behaviour == "refuse":
            self.send_error(404)
            return
        if start >= len(CONTENT):
            self.send_error(416)
            return
        if behaviour == "stall-then-portal":
            behaviour = "stall" if len(self.requests) == 1 else "portal"
        content = b"<html>please log in</html>" if behaviour == "portal" else CONTENT
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        if behaviour not in ("endless", "short"):
            self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        self._body(behaviour, content[start:], first=len(self.requests) == 1)

    def _body(self, behaviour: str, content: bytes, *, first: bool) -> None:
        if behaviour == "breaks" or (behaviour in ("breaks-once", "no-ranges") and first):
            content = content[: len(content) // 2]
        if behaviour == "never-grows":
            content = b""
        if behaviour == "short":
            content = content[:1000]
        while behaviour == "endless":
            self.wfile.write(content)
        if behaviour == "stall":
            self.wfile.write(content[:300_000] if first else b"")
            self.wfile.flush()
            self.released.wait(20)
            return
        self.wfile.write(content)

    def log_message(self, *_: object) -> None: ...


@contextmanager
def serving() -> Iterator[str]:
    """The server's address while it runs. Its memory of requests starts empty."""
    Handler.requests.clear()
    Handler.released.clear()
    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.daemon_threads = True
    running.handle_error = lambda *_: None  # clients hang up on purpose
    threading.Thread(target=running.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{running.server_port}"
    finally:
        Handler.released.set()
        running.shutdown()
        running.server_close()
