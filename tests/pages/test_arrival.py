"""After a start: the server answers before torch is there, a page waits in words, the warm-up lets it pass."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared import arrival
from pages.shared.arrival import Arrival

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("torch", "torchvision", "scipy", "pandas", "sqlalchemy", "umap", "numba")


def script():
    import streamlit as st

    from pages.registry import BY_SLUG
    from pages.shared import arrival

    arrival.ARRIVAL.greet(BY_SLUG["convolution"])
    st.text_input("name", key="name")
    st.text("drawn")


@pytest.fixture
def fresh(monkeypatch):
    """An arrival of its own."""
    own = Arrival()
    monkeypatch.setattr(arrival, "ARRIVAL", own)
    return own


def words(app):
    return [each.value for each in (*app.title, *app.markdown, *app.caption, *app.text)]


def test_the_server_starts_without_what_takes_seconds_to_import():
    code = f"import app, sys; print([name for name in {HEAVY} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_without_a_server_nothing_is_said_and_nothing_waited_for(fresh):
    app = AppTest.from_function(script).run()
    assert words(app) == ["drawn"]
    assert not app.exception


def test_a_page_says_what_it_waits_for_and_then_is_itself(fresh, monkeypatch):
    fresh.importing()
    shown = []
    for name in ("title", "caption"):
        draw = getattr(arrival.st, name)
        tell = lambda text, draw=draw, **more: (shown.append(text), draw(text, **more))  # noqa: E731
        monkeypatch.setattr(arrival.st, name, tell)
    threading.Timer(0.4, fresh.ready).start()
    begun = time.perf_counter()
    app = AppTest.from_function(script).run(timeout=20)
    assert time.perf_counter() - begun >= 0.35
    assert shown[0] == "Convolution"
    assert "PyTorch is loading" in shown[1]
    assert words(app) == ["drawn"], "the words stay after the wait"


def test_the_page_keeps_its_state_in_the_session_that_waited(fresh):
    fresh.importing()
    threading.Timer(0.2, fresh.ready).start()
    app = AppTest.from_function(script).run(timeout=20)
    app.text_input(key="name").set_value("mine").run(timeout=20)
    assert app.text_input(key="name").value == "mine"
    assert words(app) == ["drawn"]


def test_a_page_does_not_wait_for_ever(fresh, monkeypatch):
    monkeypatch.setattr(arrival, "LONGEST", 0.3)
    fresh.importing()
    assert words(AppTest.from_function(script).run(timeout=20)) == ["drawn"]


def seconds_of(work):
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def test_the_warm_up_goes_on_when_nobody_comes(fresh):
    assert 0.15 <= seconds_of(lambda: fresh.first_page(0.2, 60)) < 5


def test_the_warm_up_waits_for_the_first_page_but_not_for_ever(fresh, monkeypatch):
    monkeypatch.setattr(arrival, "SETTLES", 0.1)
    AppTest.from_function(script).run()
    threading.Timer(0.5, fresh.drawn).start()
    assert 0.45 <= seconds_of(lambda: fresh.first_page(60, 60)) < 20
    other = Arrival()
    other._begun.set()
    assert 0.25 <= seconds_of(lambda: other.first_page(60, 0.2)) < 5


def test_a_page_that_fails_lets_the_warm_up_go_on(fresh, monkeypatch):
    monkeypatch.setattr(arrival, "SETTLES", 0.0)
    monkeypatch.setattr("pages.shared.sidebar.draw", lambda: 1 / 0)
    app = AppTest.from_file(str(ROOT / "pages" / "router.py")).run(timeout=60)
    assert app.exception
    assert seconds_of(lambda: fresh.first_page(60, 60)) < 5
