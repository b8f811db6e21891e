"""Every registered page, in both themes and at both widths: opens by link, clean, accessible, drawn."""

import io
from pathlib import Path

import pytest
from PIL import Image

from pages.registry import PAGES

AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text("utf-8")
WIDTHS = (1440, 420)
# Streamlit's own markup: its menu's list items, and parts of widgets we do not draw.
STREAMLITS = {
    "list",
    "listitem",
    "region",
    "landmark-one-main",
    "page-has-heading-one",
    "scrollable-region-focusable",
}


def _look(opened, entry, width, scheme):
    """The picture is drawn, it is no blank, and it fits."""
    opened.page.set_viewport_size({"width": width, "height": 900})
    opened.settle()
    opened.drawn()
    overflow = opened.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0, f"{overflow} px wider than the window of {width} px"
    picture = Image.open(io.BytesIO(opened.screenshot(f"{entry.slug or 'home'}-{width}-{scheme}"))).convert(
        "L"
    )
    low, high = picture.getextrema()
    assert high - low > 100, "the screenshot is blank"


def _serious_faults(page):
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [
        f"{fault['id']}: {fault['nodes'][0]['html'][:160]}"
        for fault in found
        if fault["impact"] in ("serious", "critical") and fault["id"] not in STREAMLITS
    ]


def _turn(opened, scheme):
    """The reader's system changes from light to dark, or back; the page follows."""
    opened.page.emulate_media(color_scheme=scheme)
    bright = "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor.match(/\\d+/)[0] > 127"
    opened.page.wait_for_function(bright if scheme == "light" else f"!({bright})")


@pytest.mark.parametrize("number", range(len(PAGES)), ids=lambda number: PAGES[number].slug or "home")
def test_a_page_opens_clean_and_accessible(visit, number):
    """In both themes: every second page is opened in the dark one."""
    entry = PAGES[number]
    schemes = ("light", "dark") if number % 2 == 0 else ("dark", "light")
    opened = visit(entry.slug, scheme=schemes[0])
    opened.drawn()
    assert opened.page.locator("h1").first.inner_text() == entry.title
    opened.page.evaluate(AXE)
    for scheme in schemes:
        _turn(opened, scheme)
        for width in WIDTHS:
            _look(opened, entry, width, scheme)
            faults = _serious_faults(opened.page)
            assert not faults, "\n".join(faults)
    opened.assert_clean()


def test_a_link_finds_its_server_and_its_figures_modules_at_once(visit):
    """Streamlit would look below the link's path first, and ask for a component's modules when it draws it."""
    opened = visit("interpolate")
    opened.ready()
    began = dict(
        opened.page.evaluate(
            "performance.getEntriesByType('resource').map(e => [new URL(e.name).pathname, e.startTime])"
        )
    )
    assert [path for path in began if "_stcore" in path and not path.startswith("/_stcore")] == []
    asked = [path for path in began if path.startswith("/assets/")]
    for name in ("latent/component.js", "latent/pad.js", "common/tensors.js"):
        (path,) = [path for path in asked if path.endswith(name)]
        assert began[path] < began["/_stcore/health"]
    opened.assert_clean()
