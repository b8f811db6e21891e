"""The front door: the HTML that every page begins with, as Streamlit ships it, and two hints for the browser.

Where the server is: Streamlit looks for it below the address of a linked page first, is refused, and waits a tenth of
a second before it asks at the root. And what the page's figure is made of: its modules are fetched and compiled while
Streamlit starts, not after everything else is drawn. Both are hints: without them the same page comes later.

Tested in the browser: by a link, nothing is refused, and the figure's modules come before Streamlit asks for them.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import streamlit as st
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from pages.registry import BY_SLUG, PAGES
from pages.shared import assets

SHIPPED = Path(st.__file__).parent / "static" / "index.html"
# Read by Streamlit's own code as it starts; relative, as its own files are, so that it holds below any prefix.
HERE = '<script>window.__streamlit = { BACKEND_BASE_URL: new URL(".", location.href).href };</script>'


@cache
def document(slug: str) -> str:
    """The HTML of one page."""
    modules = [path for name in BY_SLUG[slug].figures for path in assets.modules(name)]
    links = [f'<link rel="modulepreload" href="./assets/{assets.version()}/{path}">' for path in modules]
    return SHIPPED.read_text("utf-8").replace("</head>", "\n".join([HERE, *links, "</head>"]), 1)


async def serve(request: Request) -> HTMLResponse:
    """Answer the address of a page. As Streamlit's own, it is asked for anew each time."""
    slug = request.url.path.rsplit("/", 1)[-1]
    return HTMLResponse(document(slug), headers={"Cache-Control": "no-cache"})


ROUTES = tuple(Route(f"/{entry.slug}", serve) for entry in PAGES)
