"""The HTML a page begins with: Streamlit's own, with hints that fit the page."""

import re

from pages.registry import PAGES
from pages.shared import assets, front
from tests.pages.asking import ask


def test_a_page_is_streamlits_own_with_its_figures_modules_named_ahead():
    shipped = front.SHIPPED.read_text("utf-8")
    for entry in PAGES:
        document = front.document(entry.slug)
        named = re.findall(r'<link rel="modulepreload" href="\./assets/[0-9a-f]{12}/([^"]+)">\n', document)
        assert named == [path for name in entry.figures for path in assets.modules(name)]
        assert all((assets.FOLDER / path).is_file() for path in named)
        rest = re.sub(r'<link rel="modulepreload" href="\./assets/[^"]+">\n', "", document)
        assert rest.replace(f"{front.HERE}\n", "", 1) == shipped


def test_modules_are_the_component_and_all_it_imports_also_at_second_hand():
    found = assets.modules("latent")
    assert found[0] == "latent/component.js"
    assert "common/tensors.js" in found  # imported by common/generator.js alone
    assert len(set(found)) == len(found)


def test_every_page_is_answered_and_never_from_the_browsers_memory():
    for entry in PAGES:
        status, headers, body = ask(front.ROUTES, f"/{entry.slug}")
        assert (status, body) == (200, front.document(entry.slug))
        assert headers["cache-control"] == "no-cache"
        assert headers["content-type"].startswith("text/html")
    assert ask(front.ROUTES, "/nowhere")[0] == 404


def test_html_without_the_place_for_hints_is_served_as_it_is(tmp_path, monkeypatch):
    other = tmp_path / "index.html"
    other.write_text("<body>another version</body>")
    monkeypatch.setattr(front, "SHIPPED", other)
    assert front.document.__wrapped__("interpolate") == "<body>another version</body>"
