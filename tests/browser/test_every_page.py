"""Every registered page, in both themes and at both widths: opens by link, clean, accessible, drawn."""

import io
from pathlib import Path

import pytest
from PIL import Image

from pages.registry import PAGES

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text("utf-8")
CASES = [(1440, "light"), (1440, "dark"), (420, "light"), (420, "dark")]
# Streamlit's own markup: its menu's list items, and parts of widgets we do not draw.
STREAMLITS = {
    "list",
    "listitem",
    "region",
    "landmark-one-main",
    "page-has-heading-one",
    "scrollable-region-focusable",
}


@pytest.mark.parametrize("scheme_width", CASES, ids=lambda case: f"{case[1]}-{case[0]}")
@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.slug or "home")
def test_a_page_opens_clean(visit, entry, scheme_width):
    width, scheme = scheme_width
    opened = visit(entry.slug, width=width, scheme=scheme)
    opened.ready()
    assert opened.page.locator("h1").first.inner_text() == entry.title
    overflow = opened.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0, f"{overflow} px wider than the window"
    picture = Image.open(io.BytesIO(opened.screenshot(f"{entry.slug or 'home'}-{width}-{scheme}"))).convert(
        "L"
    )
    low, high = picture.getextrema()
    assert high - low > 100, "the screenshot is blank"
    opened.assert_clean()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.slug or "home")
def test_a_page_has_no_serious_accessibility_fault(visit, entry, scheme):
    opened = visit(entry.slug, scheme=scheme)
    opened.ready()
    opened.page.evaluate(AXE)
    found = opened.page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    serious = [
        f"{fault['id']}: {fault['nodes'][0]['html'][:160]}"
        for fault in found
        if fault["impact"] in ("serious", "critical") and fault["id"] not in STREAMLITS
    ]
    assert not serious, "\n".join(serious)
