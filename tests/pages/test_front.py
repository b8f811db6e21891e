"""The HTML a page begins with: Streamlit's own, with hints that fit the page."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor

from starlette.applications import Starlette

from pages.registry import PAGES
from pages.shared import assets, front


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


def _get(path):
    """Status, headers and body that the routes answer, asked as a server asks."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": b""}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "query_string": b"any=thing", "headers": []}
    answer = Starlette(routes=front.ROUTES)(scope, receive, send)
    # In this thread a browser's tests may have left their own loop running.
    with ThreadPoolExecutor(1) as aside:
        aside.submit(asyncio.run, answer).result()
    headers = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], headers, b"".join(message.get("body", b"") for message in sent).decode()


def test_every_page_is_answered_and_never_from_the_browsers_memory():
    for entry in PAGES:
        status, headers, body = _get(f"/{entry.slug}")
        assert (status, body) == (200, front.document(entry.slug))
        assert headers["cache-control"] == "no-cache"
        assert headers["content-type"].startswith("text/html")
    assert _get("/nowhere")[0] == 404


def test_html_without_the_place_for_hints_is_served_as_it_is(tmp_path, monkeypatch):
    other = tmp_path / "index.html"
    other.write_text("<body>another version</body>")
    monkeypatch.setattr(front, "SHIPPED", other)
    assert front.document.__wrapped__("interpolate") == "<body>another version</body>"
