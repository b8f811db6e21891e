"""The Saddle points page in a browser: paths are drawn locally, the start is dragged and linked."""

import pytest

from engine.glo.games import Game, trajectory


def state(root, method):
    return [float(part) for part in root.get_attribute(f"data-{method}").split(",")]


def test_dragging_the_start_redraws_without_the_server_and_becomes_a_link(visit):
    opened = visit("saddle-points")
    root = opened.ready(90_000)
    canvas = opened.page.locator("canvas[data-plane=game]")
    box = canvas.bounding_box()
    side = box["width"] - 34
    opened.page.mouse.move(box["x"] + 34 + 0.75 * side, box["y"] + 0.5 * side)
    opened.page.mouse.down()
    before = opened.frames
    opened.page.mouse.move(box["x"] + 34 + 0.625 * side, box["y"] + 0.25 * side, steps=4)
    expected = trajectory(Game("bilinear", 0.2, 0.5), "penalty", (0.5, 1.0), 200)[-1]
    opened.page.wait_for_timeout(100)
    assert state(root, "penalty") == pytest.approx(expected, abs=0.02)
    assert opened.frames == before
    opened.page.mouse.up()
    opened.page.wait_for_function("location.search.includes('sad_at=')")
    again = visit(opened.page.url.split("/", 3)[3])
    assert state(again.ready(90_000), "glo") == pytest.approx(state(root, "glo"), abs=1e-9)
    opened.assert_clean()
    again.assert_clean()


def test_playback_keyboard_and_hiding(visit):
    opened = visit("saddle-points?sad_updates=50")
    root = opened.ready(90_000)
    page = opened.page
    page.locator(".scrub").focus()
    page.keyboard.press("Home")
    assert root.get_attribute("data-position") == "0"
    assert state(root, "simultaneous") == [1.0, -0.8]
    page.keyboard.press("ArrowRight")
    assert state(root, "alternating") == pytest.approx(
        trajectory(Game("bilinear", 0.2, 0.5), "alternating", (1.0, -0.8), 1)[-1]
    )
    page.get_by_role("button", name="Play (space)").click()
    page.wait_for_timeout(400)
    assert int(root.get_attribute("data-position")) > 1
    page.locator("canvas[data-plane=glo]").focus()
    page.keyboard.press("ArrowUp")
    page.wait_for_function("location.search.includes('sad_at=1%2C-0.75')")
    toggle = page.locator("button[data-method=alternating]")
    toggle.click()
    assert toggle.get_attribute("aria-pressed") == "false"
    opened.assert_clean()
