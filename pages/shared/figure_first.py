"""The figure before the rest: who opens a page by its address can use its figure before controls and words are sent.

Sent in one go, they take the browser as long as the figure does, and it draws all of it before the figure answers. So
on a session's first view the page pauses after its figure until the browser says that it is drawn, by a request that
carries the visitor's cookie. A browser without cookies gets everything at once, and one whose figure does not come
gets the rest after `LONGEST`. Measured for Interpolate by `python -m benchmarks.glo_pages`.

Tested in the browser: nothing of the rest before the figure, all of it afterwards, also where the request is lost.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pages.shared import visitor

LONGEST = 3.0  # seconds: a figure that is not there by then has failed, or its line is slow for words too
_SEEN = "seen"  # in the session, after its first view
_lock = threading.Lock()
_waiting: defaultdict[str, list[threading.Event]] = defaultdict(list)


@contextmanager
def figure_first() -> Iterator[None]:
    """Draw a figure inside; on a session's first view, what is drawn afterwards waits for it."""
    name = None if _SEEN in st.session_state else visitor.by_cookie()
    if name is None:
        yield
        return
    there = threading.Event()
    with _lock:
        _waiting[name].append(there)
    try:
        yield
        there.wait(LONGEST)
    finally:
        with _lock:
            _waiting[name].remove(there)
            if not _waiting[name]:
                del _waiting[name]


def seen() -> None:
    """The session's first view is over, whichever page it was of. The router calls it."""
    st.session_state[_SEEN] = True


async def drawn(request: Request) -> Response:
    """The browser has drawn a figure. Another tab of the same visitor waits no longer either, which costs nothing."""
    name = visitor.named(request.cookies.get(visitor.COOKIE))
    with _lock:
        for there in _waiting.get(name or "", ()):
            there.set()
    return Response(status_code=204)


ROUTES = (Route("/drawn", drawn, methods=["POST"]),)
