"""Who may see, add and remove data sets: the rule for one computer, and for a server that many share.

Somebody at the server's own computer imports for the machine: the set is in everybody's menu and stays. Anybody
else imports privately: the set has a secret in its name (`engine.data.library`), is in this session's menu only, and
travels in the links this visitor gives away. So no session sees another's data, nobody needs an account, and a
lecturer who hosts the app decides what the class sees. EXPLORER_IMPORTS overrides it: "machine" for a server whose
visitors all trust each other, "private" even at the computer itself, "off" where nothing may be added.

At the computer itself means: the connection comes from a loopback address, asks for a loopback name, and passed no
proxy. A proxy on the same computer makes every visitor look local, and says so in its headers.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Mapping
from typing import Literal

import streamlit as st

from engine import data
from engine.data import DataError
from engine.data.library import is_private

Rule = Literal["machine", "private", "off"]
_OWN = "own_data_sets"  # session: whole names of private sets
_PROXY = ("x-forwarded-for", "x-forwarded-host", "x-real-ip", "forwarded", "via")


def local(address: str | None, headers: Mapping[str, str]) -> bool:
    """Whether a visitor sits at the server's own computer. Streamlit gives no address for loopback connections."""
    host = headers.get("host", "").rsplit(":", 1)[0].strip("[]") if headers.get("host") else ""
    named = host == "localhost" or _loopback(host)
    lower = {name.lower() for name in headers}
    return (address is None or _loopback(address)) and named and not lower.intersection(_PROXY)


def _loopback(text: str) -> bool:
    try:
        return ipaddress.ip_address(text).is_loopback
    except ValueError:
        return False


def at_the_machine() -> bool:
    """Whether this visitor sits at the server's own computer."""
    headers = {name.lower(): value for name, value in st.context.headers.to_dict().items()}
    return local(st.context.ip_address, {name: str(value) for name, value in headers.items()})


def rule() -> Rule:
    """How this visitor's imports are kept."""
    own = os.environ.get("EXPLORER_IMPORTS", "auto").lower()
    if own in ("machine", "private", "off"):
        return own  # type: ignore[return-value]  # narrowed by the test above
    return "machine" if at_the_machine() else "private"


def may_remove(name: str) -> bool:
    """Whether this visitor may delete the set: a private one, or any at the machine."""
    return is_private(name) or rule() == "machine"


def adopt(name: str) -> None:
    """A private set belongs into this session's menus: it was imported here, or came in a link."""
    own = st.session_state.setdefault(_OWN, [])
    if name not in own:
        own.append(name)


def offered(linked: str | None = None) -> tuple[str, ...]:
    """Names of all sets for this session's menus. `linked`: what the address asks for, perhaps a private set."""
    if linked and is_private(linked):
        adopt(linked)
    return (*data.names(), *(name for name in st.session_state.get(_OWN, ()) if _there(name)))


def _there(name: str) -> bool:
    try:
        return data.available(name)
    except DataError:
        return False
