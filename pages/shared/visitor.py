"""Who is looking: a random number in a cookie, so that a browser finds its run history again tomorrow.

It says nothing about the person and is never shown; the history knows only a hash of it. Whoever shares a browser
shares the history. Without cookies the history lasts as long as the session.
"""

from __future__ import annotations

import hashlib
import re
import secrets

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

COOKIE = "explorer_visitor"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")
_YEAR = 365 * 24 * 3600
_SESSION = "visitor"


class Visitors:
    """Middleware: a browser without the cookie gets one with the first page it loads."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything through; add the cookie to pages that are answered without one."""
        if scope["type"] != "http" or _known(scope):
            await self._app(scope, receive, send)
            return

        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("set-cookie", _cookie(scope["scheme"] == "https"))
            await send(message)

        await self._app(scope, receive, answer)


def named(token: object) -> str | None:
    """The name that belongs to a cookie; None for what is no cookie of ours."""
    return _hashed(token) if isinstance(token, str) and _TOKEN.fullmatch(token) else None


def by_cookie() -> str | None:
    """The name of this session's visitor; None where the browser keeps no cookie."""
    return named(st.context.cookies.get(COOKIE))


def visitor() -> str:
    """The name under which this visitor's runs are kept."""
    return by_cookie() or _hashed(st.session_state.setdefault(_SESSION, secrets.token_urlsafe(24)))


def _hashed(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()[:40]


def _known(scope: Scope) -> bool:
    for name, value in scope["headers"]:
        if name == b"cookie":
            return bool(_TOKEN.fullmatch(cookie_parser(value.decode("latin-1")).get(COOKIE, "")))
    return False


def _cookie(secure: bool) -> str:
    ending = "; Secure" if secure else ""
    return f"{COOKIE}={secrets.token_urlsafe(24)}; Path=/; Max-Age={_YEAR}; HttpOnly; SameSite=Lax{ending}"
