"""A page's rest waits for the figure: of the session's first view, for the visitor's own browser, not for ever."""

import threading
import time

import pytest

from pages.shared import figure_first as module
from pages.shared.visitor import COOKIE, named
from tests.pages.asking import ask

MINE, ANOTHERS = "m" * 32, "a" * 32


def said(cookie):
    """A browser says that it has drawn; the status it is answered."""
    headers = [(b"cookie", f"{COOKIE}={cookie}".encode())] if cookie else []
    return ask(module.ROUTES, "/drawn", "POST", headers)[0]


class Page:
    """A page in a thread of its own, as the server runs it."""

    def __init__(self):
        self.sent, self._figure = [], threading.Event()
        self._thread = threading.Thread(target=self._draw)
        self._thread.start()
        self._figure.wait()

    def _draw(self):
        with module.figure_first():
            self.sent.append("figure")
            self._figure.set()
        self.sent.append("rest")

    def done(self, within):
        self._thread.join(within)
        return not self._thread.is_alive()


@pytest.fixture
def session(monkeypatch):
    """A session of the visitor with the cookie MINE."""
    state = {}
    monkeypatch.setattr(module.st, "session_state", state)
    monkeypatch.setattr(module.visitor, "by_cookie", lambda: named(MINE))
    monkeypatch.setattr(module, "LONGEST", 60.0)
    yield state
    assert not module._waiting  # nothing is kept of visits that are over


def test_the_rest_waits_for_the_visitors_own_browser(session):
    page = Page()
    assert said(ANOTHERS) == said("no cookie of ours") == said(None) == 204
    assert not page.done(within=0.2)
    assert page.sent == ["figure"]
    assert said(MINE) == 204
    assert page.done(within=10)
    assert page.sent == ["figure", "rest"]


def test_two_tabs_of_one_visitor_wait_together(session):
    pages = [Page(), Page()]
    said(MINE)
    assert all(page.done(within=10) for page in pages)


def test_a_figure_that_does_not_come_keeps_nothing_back_for_long(session, monkeypatch):
    monkeypatch.setattr(module, "LONGEST", 0.3)
    start = time.perf_counter()
    assert Page().done(within=10)
    assert time.perf_counter() - start > 0.29


def test_only_the_first_view_waits(session):
    module.seen()
    assert Page().done(within=10)


def test_without_cookies_nothing_waits(session, monkeypatch):
    monkeypatch.setattr(module.visitor, "by_cookie", lambda: None)
    assert Page().done(within=10)


def test_a_page_that_fails_in_its_figure_waits_for_nothing(session):
    with pytest.raises(ValueError, match="broken"), module.figure_first():
        raise ValueError("broken")
