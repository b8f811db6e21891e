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


def _pad(page):
    page.locator("canvas[data-part=pad]").focus()
    page.keyboard.press("ArrowRight")


def _start(page):
    page.locator("canvas[data-plane=game]").focus()
    page.keyboard.press("ArrowLeft")
    page.locator("button[aria-label^='Play']").first.click()  # a step also stops what plays


def _window(page):
    page.locator("canvas[data-side=input]").click(position={"x": 40, "y": 150})


def _temperature(page):
    page.get_by_role("slider", name="Temperature").focus()
    page.keyboard.press("End")


def _sliders(page):
    page.get_by_role("slider", name="PC 1").focus()
    page.keyboard.press("Home")


def _picture(page):
    page.locator(".scroll").click(position={"x": 200, "y": 60})


def _figure(page):
    """What the figure says of itself, without what counts or times."""
    return page.locator(".root[data-ready=true]").first.evaluate(
        "({ dataset }) => Object.entries(dataset).filter(([name]) =>"
        " !['milliseconds', 'decodes', 'frames', 'turn', 'grid', 'missing'].includes(name)).sort()"
    )


@pytest.mark.parametrize(
    ("slug", "touch", "parameter", "step"),
    [
        ("interpolate", _pad, "lat_at", "2. Among four faces"),
        ("saddle-points", _start, "sad_at", "2. It does not converge"),
        ("convolution", _window, "conv_at", "6. Edges above and below"),
        ("pooling", _window, "pool_at", "3. After a convolution"),
        ("contrastive", _temperature, "con_l_tau", "3. Pull and push"),
        ("data", _picture, "data_at", "1. The pictures themselves"),
    ],
)
def test_a_step_forgets_what_was_touched_and_its_link_shows_the_same(visit, slug, touch, parameter, step):
    opened = visit(slug)
    page = opened.page
    opened.ready()
    touch(page)
    page.wait_for_function(f"location.search.includes('{parameter}=')")
    touched = _figure(page)
    page.get_by_role("button", name="Lecture steps").click()
    page.get_by_role("button", name=step).click()
    page.wait_for_function(f"!location.search.includes('{parameter}=')")
    opened.settle()
    page.mouse.move(700, 5)
    page.wait_for_timeout(500)  # what follows a turn later, such as the nearest pictures
    stepped = _figure(page)
    assert stepped != touched
    page.get_by_role(
        "button", name="Present"
    ).click()  # a message to Python, with all that the browser remembers
    page.wait_for_function("location.search.includes('present=1')")
    opened.settle()
    assert f"{parameter}=" not in page.url
    page.locator("[data-testid=stMain] button").get_by_text("End", exact=True).click()
    page.wait_for_selector("[data-testid=stSidebar]")
    opened.settle()
    page.wait_for_timeout(500)
    assert _figure(page) == stepped
    again = visit(page.url.split("/", 3)[3])
    again.ready()
    again.page.wait_for_timeout(500)
    assert _figure(again.page) == stepped
    opened.assert_clean()


def test_each_step_moves_the_figure_on_though_steps_came_before(visit):
    opened = visit("contrastive?present=1")
    opened.ready()
    told = []
    for title in (
        "Two views, one question",
        "From similarity to softmax",
        "Pull and push",
        "Small temperature",
    ):
        opened.page.get_by_role("button", name="Next").click()
        opened.page.get_by_text(title).wait_for()
        opened.settle()
        told.append({name: value for name, value in _figure(opened.page) if name in ("mode", "temperature")})
    assert [each["mode"] for each in told] == ["similarity", "probability", "force", "force"]
    assert [float(each["temperature"]) for each in told] == [0.2, 0.2, 0.2, 0.05]
    opened.assert_clean()


@pytest.mark.parametrize("slug", ["", "runs", "architectures"])
def test_presenter_mode_has_a_way_out_on_every_page(visit, slug):
    opened = visit(f"{slug}?present=1")
    opened.page.locator("[data-testid=stMain] button").get_by_text("End", exact=True).click()
    opened.page.wait_for_selector("[data-testid=stSidebar]")
    assert "present" not in opened.page.url


def test_no_step_moves_the_figure_up_or_down(visit):
    opened = visit("embedding?present=1")
    tops = set()
    for number in range(4):
        opened.drawn()
        opened.settle()
        tops.add(
            round(
                opened.page.locator(
                    "[data-testid=stSegmentedControl], [data-testid=stButtonGroup]"
                ).first.bounding_box()["y"]
            )
        )
        if number < 3:
            opened.page.get_by_role("button", name="Next").click()
            opened.page.get_by_text(f"{number + 1} of ").wait_for()
    assert len(tops) == 1, tops
