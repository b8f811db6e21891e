"""Opened by its address, Interpolate can be used before its controls and words are sent; they always come."""

from contextlib import closing

import pytest

REST = "h3, [data-testid=stSlider]"
# What is there of the rest, and whether the figure answers, in the moment in which the browser says that it does.
WATCH = f"""
const says = navigator.sendBeacon.bind(navigator);
navigator.sendBeacon = (...all) => {{
  const root = [...document.querySelectorAll("*")].map((node) => node.shadowRoot?.querySelector(".root")).find(Boolean);
  window.said = {{ rest: document.querySelectorAll("{REST}").length, ready: root.dataset.ready, to: String(all[0]) }};
  return says(...all);
}};
"""


@pytest.fixture
def page(browser):
    with closing(browser.new_context(viewport={"width": 1440, "height": 900})) as context:
        context.set_default_timeout(60_000)
        context.add_init_script(WATCH)
        yield context.new_page()


def everything(page):
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    page.get_by_role("heading", name="Go deeper").wait_for()
    page.locator("[data-testid=stSlider]").wait_for()  # the only one: more than one is an error
    assert page.locator("h3").all_inner_texts() == ["Numbers", "What to notice", "The code", "Go deeper"]


def test_the_figure_answers_before_the_rest_is_sent(page, app_url):
    page.goto(f"{app_url}/interpolate?lat_steps=7")
    everything(page)
    assert page.evaluate("window.said") == {"rest": 0, "ready": "true", "to": f"{app_url}/drawn"}


def test_a_browser_that_cannot_tell_when_it_is_idle_tells_all_the_same(page, app_url):
    page.add_init_script("delete window.requestIdleCallback")  # as Safari
    page.goto(f"{app_url}/interpolate")
    everything(page)
    assert page.evaluate("window.said.ready") == "true"
    page.wait_for_selector(".root[data-pictures=true]")  # nothing broke after it was ready


def test_the_rest_comes_where_the_browsers_word_is_lost(page, app_url):
    lost = []
    page.route("**/drawn", lambda route: (lost.append(route.request.method), route.abort()))
    page.goto(f"{app_url}/interpolate")
    everything(page)
    assert lost == ["POST"]
