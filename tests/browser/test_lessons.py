"""Presenter mode in a browser: arrow keys walk through the lesson, and every step is a link."""

import pytest

from pages.basics.convolution_lesson import STEPS


def test_arrow_keys_walk_through_the_lesson_and_each_step_is_a_link(visit):
    opened = visit("convolution?present=1")
    opened.ready()
    assert opened.page.locator("[data-testid=stSidebar]").count() == 0
    for number in (1, 2, 3):
        opened.page.locator("h1").click()
        opened.page.keyboard.press("ArrowRight")
        opened.page.get_by_text(f"{number} of {len(STEPS)}: {STEPS[number - 1].title}").wait_for()
    opened.page.wait_for_function("location.search.includes('an+edge')")
    assert "present=1" in opened.page.url
    opened.page.keyboard.press("ArrowLeft")
    opened.page.get_by_text(f"2 of {len(STEPS)}").wait_for()
    opened.page.wait_for_function("location.search.includes('second+window')")
    again = visit(opened.page.url.split("/", 3)[3])
    value = float(again.ready().get_attribute("data-value"))
    assert value == pytest.approx(-0.1, abs=1e-6)
    opened.assert_clean()
    again.assert_clean()


def test_a_step_from_the_menu_is_a_link(visit):
    opened = visit("convolution")
    opened.ready()
    opened.page.get_by_role("button", name="Lecture steps").click()
    opened.page.get_by_role("button", name="8. Colour").click()
    opened.page.wait_for_function("location.search.includes('Gaussian+blur')")
    assert "Dahlia" in opened.page.url
    assert "Colour" in opened.page.url
    opened.assert_clean()
