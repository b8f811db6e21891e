"""Code coloured on the server: nothing is lost, nothing gets through."""

from __future__ import annotations

import html
import re

import pytest

from pages.shared.listing import coloured

HOSTILE = 'x = "</code><script>alert(1)</script>"  # <b> & "quotes"\n'


@pytest.mark.parametrize(
    "code", [HOSTILE, "def f(a: int) -> str:\n\n    return f'{a!r:>5}'\n", "\n\nx = 1\n", "é = '∇'"]
)
def test_what_is_coloured_is_the_code(code):
    assert html.unescape(re.sub(r"<[^>]+>", "", coloured(code))) == code


def test_tokens_are_spans_and_nothing_else_is_an_element():
    assert set(re.findall(r"</?(\w+)", coloured(HOSTILE))) == {"span"}
    assert '<span class="kn">import</span>' in coloured("import torch\n")
