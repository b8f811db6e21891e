"""The visitor's cookie: given once, with pages only, not readable by scripts; a forged one is no name."""

from __future__ import annotations

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.visitor import COOKIE, Visitors


def _run(coroutine):
    """In a thread of its own: where browser tests ran before, this thread has a running loop."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, coroutine).result()


def answer(path="/", cookie=None, kind="text/html; charset=utf-8", scheme="http"):
    """The cookies a request gets."""
    sent = []

    async def app(scope, receive, send):
        await send(
            {"type": "http.response.start", "status": 200, "headers": [(b"content-type", kind.encode())]}
        )
        await send({"type": "http.response.body", "body": b""})

    async def send(message):
        sent.append(message)

    headers = [(b"cookie", cookie.encode())] if cookie else []
    scope = {"type": "http", "path": path, "headers": headers, "scheme": scheme}
    _run(Visitors(app)(scope, None, send))
    return [value.decode() for name, value in sent[0]["headers"] if name == b"set-cookie"]


def test_a_new_browser_gets_a_random_private_cookie():
    (first,), (second,) = answer(), answer()
    assert re.fullmatch(
        rf"{COOKIE}=[A-Za-z0-9_-]{{32}}; Path=/; Max-Age=31536000; HttpOnly; SameSite=Lax", first
    )
    assert first != second
    assert answer(scheme="https")[0].endswith("; Secure")


@pytest.mark.parametrize(
    ("request_", "given"),
    [
        ({"cookie": f"a=b; {COOKIE}={'x' * 32}"}, 0),
        ({"cookie": f"{COOKIE}=forged"}, 1),
        ({"cookie": "a=b"}, 1),
        ({"kind": "application/json"}, 0),
    ],
)
def test_it_is_given_once_and_with_pages_only(request_, given):
    assert len(answer(**request_)) == given


def test_other_traffic_passes_untouched():
    seen = []

    async def app(scope, receive, send):
        seen.append(scope)

    _run(Visitors(app)({"type": "websocket"}, None, None))
    assert seen == [{"type": "websocket"}]


def test_without_a_cookie_a_session_has_a_name_of_its_own():
    def page():
        import streamlit as st

        from pages.shared.visitor import visitor

        st.text(visitor())

    names = []
    for _ in range(2):
        test = AppTest.from_function(page).run()
        names.append(test.text[0].value)
        assert test.run().text[0].value == names[-1]
    assert len(set(names)) == 2
    assert all(re.fullmatch("[0-9a-f]{40}", name) for name in names)
