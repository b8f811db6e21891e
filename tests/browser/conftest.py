"""A real server and a real browser for the tests in this folder. No browser is a failure, never a skip."""

from __future__ import annotations

import re

import pytest

from tests.browser.serving import ROOT, chromium, serve

# Whether the innermost element with these words is what a pointer at its middle would meet.
READABLE = """(words) => {
  const found = [...document.querySelectorAll("p, span, div")].filter((node) => node.textContent.includes(words));
  const inner = found.findLast((node) => !found.some((other) => other !== node && node.contains(other)));
  const box = inner.getBoundingClientRect();
  const met = document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  return met !== null && (inner.contains(met) || met.contains(inner)) && met.textContent.length < 2000;
}"""
OUTSIDE = re.compile(r"^https?://(?!localhost|127\.0\.0\.1)")


@pytest.fixture(scope="session")
def app_url(tmp_path_factory):
    """The app, started as a user starts it; its log must hold no traceback when the tests are over."""
    log = tmp_path_factory.mktemp("server") / "log.txt"
    with serve(log) as url:
        yield url
    assert "Traceback" not in log.read_text(), log.read_text()


@pytest.fixture(scope="session")
def browser():
    """One Chromium for the session."""
    with chromium() as found:
        yield found


@pytest.fixture(scope="session")
def modules(browser, app_url):
    """An empty page of the server, which loads in no time: for tests of the browser's own modules."""
    context = browser.new_context()
    page = context.new_page()
    address = f"{app_url}/modules.html"
    page.route(address, lambda route: route.fulfill(body="<!doctype html>", content_type="text/html"))
    page.goto(address)
    yield page
    context.close()


class Visit:
    """A page in its own clean profile, with everything that went wrong on it."""

    def __init__(self, browser, url, width, height, scheme):
        self.context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
        self.context.set_default_timeout(60_000)  # a shared machine of CI is slow at times
        self.page = self.context.new_page()
        self.problems: list[str] = []
        self.frames = 0
        self.requests = 0
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))
        self.page.on("response", self._response)
        self.page.on("request", self._request)
        self.page.on("websocket", self._websocket)
        self.page.goto(url)
        self.settle()

    def _console(self, message):
        # A failed load is reported with its address by `_response`.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.problems.append(f"console: {message.text}")

    def _request(self, request):
        self.requests += 1
        if OUTSIDE.match(request.url):
            self.problems.append(f"asks the network: {request.url}")

    def _response(self, response):
        if response.status >= 400:
            self.problems.append(f"{response.status} {response.url}")

    def _websocket(self, socket_):
        socket_.on("framesent", lambda _: setattr(self, "frames", self.frames + 1))

    def settle(self, timeout=90_000):
        """Wait until the script has run and Streamlit has loaded the parts it shows a placeholder for.

        A key pressed before a button's part is there is lost.
        """
        self.page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=timeout)
        self.page.wait_for_selector("h1", timeout=timeout)
        self.page.wait_for_function(
            "!document.querySelector('[data-testid=stMain] [data-testid=stSkeleton]')", timeout=timeout
        )
        for _ in range(2):
            self.page.evaluate(
                "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
            )

    def ready(self, timeout=60_000):
        """Wait for the page's component; its root element."""
        return self.page.wait_for_selector(".root[data-ready=true]", timeout=timeout)

    def drawn(self, timeout=60_000):
        """Wait for the page's picture: a component of ours, or a chart."""
        self.page.wait_for_selector(".root[data-ready=true], [data-testid=stMain] canvas", timeout=timeout)

    def assert_clean(self):
        """Nothing went wrong in the console, on the network or on the page."""
        assert not self.problems, "\n".join(self.problems)
        assert self.page.locator("[data-testid=stException], [data-testid=stAlertContentError]").count() == 0

    def read(self, words):
        """Wait for words a reader can read: nothing lies over them, and they are on the screen."""
        self.page.get_by_text(words).first.wait_for()
        self.page.wait_for_function(READABLE, arg=words)

    def screenshot(self, name):
        """Write screenshots/NAME.png; its bytes."""
        folder = ROOT / "screenshots"
        folder.mkdir(exist_ok=True)
        return self.page.screenshot(path=folder / f"{name}.png")


@pytest.fixture
def visit(browser, app_url):
    """visit(path, width=, height=, scheme=) -> Visit. Closed when the test is over."""
    visits = []

    def open_(path="", *, width=1440, height=900, scheme="light"):
        visits.append(Visit(browser, f"{app_url}/{path}", width, height, scheme))
        return visits[-1]

    yield open_
    for entry in visits:
        entry.context.close()
