"""Code on a page, coloured on the server.

Streamlit's own block of code brings a highlighter for three hundred languages: 1.6 MB that every browser compiles
before it draws the page's picture, 0.7 of the 4 seconds a first visit took here. Pygments does the same work once.
"""

from __future__ import annotations

from functools import lru_cache

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from pages.shared import assets


@lru_cache(maxsize=256)
def coloured(code: str) -> str:
    """Python as HTML: everything escaped, tokens in spans with Pygments' short class names."""
    html: str = highlight(code, PythonLexer(stripnl=False), HtmlFormatter(nowrap=True))
    return html if code.endswith("\n") else html.removesuffix("\n")


def draw(code: str, *, key: str, title: str) -> None:
    """Show Python code with a button that copies it. `title`: what it is, for who cannot see it."""
    code = code.strip("\n")
    assets.show("listing", {"html": coloured(code), "text": code, "title": title}, key=key)
