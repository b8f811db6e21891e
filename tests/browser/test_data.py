"""The Data page in a browser: the grid shows the engine's pictures, scrolling and hovering need no rerun, sets come."""

import contextlib
import io
import json
import time

import pytest
from PIL import Image

from engine import data
from engine.data import browsing
from tests.engine import archive_kit


def _state(opened, component="data_gallery"):
    root = opened.page.locator(f".st-key-{component} .root")
    return json.loads(root.evaluate("node => JSON.stringify(node.dataset)"))


def _wait(opened, wanted, component="data_gallery"):
    """Until `wanted(dataset)` of the component's root element."""
    deadline = time.monotonic() + 90
    while True:
        found = _state(opened, component)
        with contextlib.suppress(KeyError):
            if wanted(found):
                return found
        assert time.monotonic() < deadline, found
        opened.page.wait_for_timeout(30)


def _drawn(total):
    """The grid holds so many pictures, and all in view have arrived."""
    return lambda d: (d["total"], d["missing"]) == (str(total), "0")


def _grid(opened):
    return opened.page.locator(".st-key-data_gallery .scroll")


def test_the_grid_shows_the_sets_pictures_and_hovering_asks_the_server_nothing(visit):
    opened = visit("data?data_set=Digits+8+x+8")
    opened.ready()
    state = _state(opened)
    assert int(state["total"]) == len(data.load("digits"))
    opened.page.wait_for_timeout(1000)  # Streamlit's own first messages
    frames, requests = opened.frames, opened.requests
    grid, across = _grid(opened), int(state["across"])
    box, step = grid.bounding_box(), int(state["tile"]) + 3
    dataset = data.load("digits")
    for row, column in ((0, 0), (2, 3)):
        opened.page.mouse.move(box["x"] + column * (step + 2) + 20, box["y"] + row * (step + 2) + 20)
        found = _wait(opened, lambda d, place=row * across + column: d["place"] == str(place))
        assert found["index"] == str(row * across + column)
        assert found["label"] == dataset.classes[dataset.labels[int(found["index"])]]
    large = opened.page.locator(".st-key-data_gallery canvas.large")
    picture = Image.open(io.BytesIO(large.screenshot())).convert("L").resize((8, 8), Image.Resampling.BOX)
    expected = dataset.images[int(_state(opened)["index"]), 0]
    shown = (
        list(picture.get_flattened_data())
        if hasattr(picture, "get_flattened_data")
        else list(picture.getdata())
    )
    assert (
        max(abs(a - b) for a, b in zip(shown, expected.flatten().tolist(), strict=True)) < 24
    )  # rounded corners
    assert (opened.frames, opened.requests) == (frames, requests)
    opened.assert_clean()


def test_scrolling_fetches_sheets_and_no_rerun(visit):
    opened = visit("data")
    opened.ready()
    opened.page.wait_for_timeout(1000)
    frames = opened.frames
    with opened.page.expect_response(lambda answer: "/39.png" in answer.url) as answer:
        _grid(opened).evaluate("node => { node.scrollTop = node.scrollHeight; }")
    assert "immutable" in answer.value.headers["cache-control"]
    _wait(opened, _drawn(len(data.load("shapes"))))
    opened.page.wait_for_timeout(400)
    assert opened.frames == frames
    opened.assert_clean()


def test_choosing_sorting_and_pinning_is_a_link(visit):
    opened = visit("data")
    opened.ready()
    opened.page.get_by_label("Which pictures").select_option("class:3")
    opened.page.get_by_label("In which order").select_option("hue")
    shapes = data.load("shapes")
    chosen = browsing.choose(shapes, only=("class", 3), by="hue")
    _wait(opened, _drawn(len(chosen)))
    _grid(opened).focus()
    for key in ("Home", "ArrowRight", "ArrowRight", "Enter"):
        opened.page.keyboard.press(key)
    opened.page.wait_for_function("location.search.includes('data_at=2')")
    assert _state(opened)["index"] == str(int(chosen[2]))
    address = opened.page.url
    assert "data_only=class%3A3" in address
    assert "data_by=hue" in address
    again = visit(address.split("/", 3)[3])
    again.ready()
    assert _wait(again, lambda d: d["pinned"] == "2")["index"] == str(int(chosen[2]))
    assert _state(again)["label"] == "star"
    opened.assert_clean()
    again.assert_clean()


def test_a_card_opens_its_set_and_a_mean_picture_its_class(visit):
    opened = visit("data?data_view=Statistics")
    opened.ready()
    opened.page.locator(".st-key-data_shelf").get_by_role("button", name="MNIST 5k").click()
    opened.page.wait_for_function("location.search.includes('MNIST+5k')")
    _wait(opened, lambda d: (d["classes"], d["ready"]) == ("10", "true"), "data_statistics")
    opened.page.locator(".st-key-data_statistics button.class").nth(7).click()
    assert _wait(opened, _drawn(400))["label"] == "7"
    assert "data_only=class%3A7" in opened.page.url
    opened.assert_clean()


def test_factors_follow_a_click_and_a_slider(visit):
    opened = visit("data?data_view=Factors")
    root = opened.ready()
    assert root.get_attribute("data-caption") == "a red star"
    opened.page.get_by_role("button", name="shape heart").click()
    _wait(opened, lambda d: d["caption"] == "a red heart", "data_factors")
    opened.page.get_by_role("button", name="count 3").click()
    _wait(opened, lambda d: d["caption"] == "a red heart and two small copies", "data_factors")
    assert "data_f_shape=heart" in opened.page.url
    slider = opened.page.locator(".st-key-data_f_hue [role=slider], .st-key-data_f_hue input").first
    slider.focus()
    opened.page.keyboard.press("End")
    for _ in range(40):
        opened.page.keyboard.press("ArrowLeft")
    _wait(opened, lambda d: d["caption"].startswith("a pink heart"), "data_factors")
    opened.assert_clean()


def test_the_factors_of_a_picture_are_taken_over(visit):
    opened = visit("data?data_at=5")
    opened.ready()
    caption = _wait(opened, lambda d: d["place"] == "5")["caption"]
    opened.page.get_by_role("button", name="Change its factors").click()
    opened.page.wait_for_selector(".st-key-data_factors .root[data-ready=true]")
    assert _state(opened, "data_factors")["caption"] == caption == data.load("shapes").captions[5]
    opened.assert_clean()


@pytest.mark.parametrize("width", [1440, 420])
def test_an_archive_is_imported_browsed_and_removed(visit, tmp_path, width):
    path = archive_kit.pack(tmp_path / f"pets {width}.zip", archive_kit.classes("cat", "dog", each=10))
    opened = visit("data", width=width)
    opened.ready()
    opened.page.get_by_role("button", name="Add your own").click()
    opened.page.locator("input[type=file]").set_input_files(path)
    button = opened.page.locator(".st-key-data_import button")
    opened.page.wait_for_function("!document.querySelector('.st-key-data_import button').disabled")
    button.click()
    opened.page.wait_for_function("location.search.includes('pets')", timeout=60_000)
    _wait(opened, _drawn(16))
    assert opened.page.get_by_text(f"Imported from pets {width}.zip.").count() == 1
    opened.page.get_by_role("button", name="Remove").click()
    opened.page.get_by_role("button", name="Delete it").click()
    _wait(opened, _drawn(10_000))
    opened.assert_clean()


def test_what_does_not_exist_is_not_found_in_words(visit):
    opened = visit("data")
    opened.ready()
    base = opened.page.url.split("/data")[0]
    for path, words in (
        ("atlas/x/0.png?set=nothing", "There is no data set"),
        ("atlas/x/99999.png?set=digits", "no page 99999"),
        ("atlas/x/0.json?set=digits&only=class:77", "10 choices"),
        ("atlas/x/0.exe?set=digits", "Not found"),
        ("atlas/x/0.png?set=cifar10", "not on this machine yet"),
    ):
        answer = opened.page.request.get(f"{base}/{path}")
        assert answer.status == 404
        assert words in answer.text()
