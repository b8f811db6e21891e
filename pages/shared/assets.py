"""Our components: browser code served as real ES modules, mounted with one call.

A component is a folder `assets/components/<name>/` with `component.js` and, if it needs them, `style.css`.
Streamlit sends a component's inline JavaScript again with every changed message, so what is inline here is one
line that imports the real module by URL. The URL holds a hash of all component files: the browser may cache it
for ever, and modules import each other by relative path without a build step.
"""

from __future__ import annotations

import hashlib
import mimetypes
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, Response

from pages.shared import lessons
from pages.shared.provenance import Provenance

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "components"
FOREVER = "public, max-age=31536000, immutable"
IMPORT = re.compile(r'^import [^"]* from "(\.[^"]+)";', re.MULTILINE)
TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml"}


@cache
def version() -> str:
    """Twelve hexadecimal digits that change when any component file changes."""
    digest = hashlib.blake2b(digest_size=6)
    for file in sorted(FOLDER.rglob("*")):
        if file.is_file():
            digest.update(file.relative_to(FOLDER).as_posix().encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()


@cache
def modules(name: str) -> tuple[str, ...]:
    """The files a component's module is made of, as paths below the folder: its own, then what they import."""
    found = [FOLDER / name / "component.js"]
    for file in found:
        for path in IMPORT.findall(file.read_text("utf-8")):
            imported = (file.parent / path).resolve()
            if imported not in found:
                found.append(imported)
    return tuple(file.relative_to(FOLDER).as_posix() for file in found)


async def serve(request: Request) -> Response:
    """Answer `/assets/<version>/<path>`. Files outside the folder, and other types, are not found."""
    file = (FOLDER / request.path_params["path"]).resolve()
    if not file.is_relative_to(FOLDER) or not file.is_file() or file.suffix not in TYPES:
        return PlainTextResponse("Not found.", status_code=404)
    media = TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0]
    return FileResponse(file, media_type=media, headers={"Cache-Control": FOREVER})


@cache
def _renderer(name: str, root: str = "root") -> Callable[..., Any]:
    """Register the component once per process: registering again on each rerun makes Streamlit complain."""
    style = FOLDER / name / "style.css"
    css = (FOLDER / "common" / "base.css").read_text("utf-8")
    if style.exists():
        css += style.read_text("utf-8")
    script = (
        f'const url = new URL("assets/{version()}/{name}/component.js", document.baseURI);\n'
        "const module = await import(url.href);\n"
        "export default module.default;\n"
    )
    return st.components.v2.component(
        f"explorer.{name}", html=f'<div class="{root}"></div>\n', css=css, js=script
    )


def _ignore() -> None:
    """Streamlit asks for a callback per state of a component; the page reads the value when it reruns."""


def mount(
    name: str,
    data: Mapping[str, Any],
    *,
    key: str,
    provenance: Provenance,
    states: Mapping[str, Any] | None = None,
    triggers: tuple[str, ...] = (),
) -> Any:  # noqa: ANN401 - Streamlit's result object has one attribute per state and trigger
    """Draw component `name`. No figure without a provenance: it is part of what is drawn.

    Args:
        name: Folder under `assets/components`.
        data: JSON values, and one level deep arrays or data frames (they arrive as Arrow tables).
        key: Unique in the app, starts with the page's prefix.
        provenance: Where the picture comes from; the component writes it on exported pictures.
        states: State names with their defaults, kept between reruns.
        triggers: Names of one-off events.
    """
    states = states or {}
    callbacks = {f"on_{state}_change": _ignore for state in (*states, *triggers)}
    payload = {**data, "provenance": provenance.line(), "lesson": lessons.applied()}
    return _renderer(name)(key=key, data=payload, default=dict(states), **callbacks)


def show(name: str, data: Mapping[str, Any], *, key: str) -> None:
    """Draw component `name` that shows no figure and takes no input: its element is of the class `name`."""
    _renderer(name, name)(key=key, data=dict(data))
