"""The Augmentations page in a browser: fresh draws, linked boxes, the chain by mouse and by keys, the shortcut."""

from __future__ import annotations

import json

import pytest
import torch
from playwright.sync_api import expect

from engine import images, samples
from engine.augment.shortcut import histograms, intersection
from pages.contrastive import drawing, shortcut_view

COMPOSE = "augmentations?aug_view=Compose"
CROPS = "augmentations?aug_view=Crops"
SHORTCUT = "augmentations?aug_view=Colour%20shortcut"


def _state(root):
    return json.loads(root.evaluate("node => JSON.stringify(node.dataset)"))


def _addresses(page):
    tiles = page.locator(".tile-button")
    return {tile.get_attribute("data-name"): tile.get_attribute("data-url") for tile in tiles.all()}


def _settled(opened):
    """Nothing is under way any more: two looks half a second apart are the same."""
    opened.page.wait_for_timeout(1200)  # Streamlit's own first messages


def test_a_click_draws_one_tile_afresh_and_the_link_gives_the_same(visit):
    opened = visit("augmentations")
    opened.ready()
    before = _addresses(opened.page)
    assert list(before) == [
        "original",
        "crop",
        "crop_flip",
        "drop",
        "jitter",
        "rotate",
        "cutout",
        "noise",
        "blur",
        "sobel",
    ]
    noise = opened.page.locator(".tile-button[data-name=noise]")
    noise.click()
    opened.page.wait_for_selector(f".tile-button[data-name=noise]:not([data-url='{before['noise']}'])")
    after = _addresses(opened.page)
    assert {name for name in before if before[name] != after[name]} == {"noise"}
    opened.page.wait_for_function("location.search.includes('aug_draws=')")
    again = visit(opened.page.url.split("/", 3)[3])
    again.ready()
    assert _addresses(again.page) == after
    opened.assert_clean()
    again.assert_clean()


def test_pointing_at_a_crop_puts_its_frame_on_the_original_and_asks_nothing(visit):
    opened = visit("augmentations")
    opened.ready()
    _settled(opened)
    frames, requests = opened.frames, opened.requests
    opened.page.locator(".tile-button[data-name=crop_flip]").hover()
    crop = opened.page.locator(".tile-button[data-name=crop_flip] .words").inner_text()
    opened.page.wait_for_timeout(400)  # the frame glides
    canvas = opened.page.locator(".tile-button[data-name=original] canvas").bounding_box()
    box = opened.page.locator(".frames .dash").bounding_box()
    share = box["width"] * box["height"] / (canvas["width"] * canvas["height"])
    assert share == pytest.approx(float(crop.split()[1]), abs=0.04)  # the line of the frame has a width
    opened.page.locator(".tile-button[data-name=noise]").hover()
    assert opened.page.locator(".frames .dash").count() == 0
    assert (opened.frames, opened.requests) == (frames, requests)


def test_keys_walk_over_the_tiles_and_draw_one_and_a_button_draws_all(visit):
    opened = visit("augmentations")
    opened.ready()
    opened.page.locator(".tile-button[data-name=original]").focus()
    opened.page.keyboard.press("ArrowRight")
    opened.page.keyboard.press("ArrowDown")
    before = _addresses(opened.page)
    opened.page.keyboard.press("Enter")
    opened.page.wait_for_selector(f".tile-button[data-name=cutout]:not([data-url='{before['cutout']}'])")
    before = _addresses(opened.page)
    opened.page.get_by_role("button", name="Draw all again").click()
    opened.page.wait_for_selector(f".tile-button[data-name=crop]:not([data-url='{before['crop']}'])")
    after = _addresses(opened.page)
    assert {name for name in before if before[name] == after[name]} <= {"original", "drop", "sobel", "rotate"}
    opened.page.wait_for_function("location.search.includes('aug_seed=33')")
    opened.assert_clean()


def _chain(opened, names):
    opened.page.wait_for_selector(f".root[data-chain='{names}']")


def test_the_chain_is_reordered_by_dragging_and_by_keys_and_linked(visit):
    opened = visit(COMPOSE)
    opened.ready()
    _chain(opened, "crop_flip,jitter,drop")
    chips = opened.page.locator(".chip")
    first, last = chips.nth(0).bounding_box(), chips.nth(2).bounding_box()
    opened.page.mouse.move(first["x"] + 20, first["y"] + 10)
    opened.page.mouse.down()
    opened.page.mouse.move(last["x"] + last["width"] - 5, last["y"] + 12, steps=8)
    opened.page.mouse.up()
    _chain(opened, "jitter,drop,crop_flip")
    opened.page.locator(".chip[data-name=crop_flip]").focus()
    opened.page.keyboard.press("ArrowLeft")
    _chain(opened, "jitter,crop_flip,drop")
    opened.page.keyboard.press("Delete")
    _chain(opened, "jitter,drop")
    opened.page.get_by_role("button", name="Add Sobel filtering").click()
    _chain(opened, "jitter,drop,sobel")
    opened.page.wait_for_function("location.search.includes('aug_chain=jitter~drop~sobel')")
    again = visit(opened.page.url.split("/", 3)[3])
    again.ready()
    _chain(again, "jitter,drop,sobel")
    opened.page.get_by_role("button", name="As SimCLR").click()
    _chain(opened, "crop_flip,jitter,drop")
    opened.page.wait_for_function("!location.search.includes('aug_chain')")
    opened.assert_clean()


def test_pointing_at_a_pair_shows_its_steps_and_a_click_keeps_it(visit):
    opened = visit(COMPOSE)
    root = opened.ready()
    _settled(opened)
    frames, requests = opened.frames, opened.requests
    opened.page.locator(".pair").nth(2).hover()
    assert _state(root)["pair"] == "2"
    assert opened.page.locator(".steps figure").count() == 8
    assert "Cup of coffee" in opened.page.locator(".root .head").first.inner_text()
    assert (opened.frames, opened.requests) == (frames, requests)
    opened.page.locator(".pair").nth(4).click()
    opened.page.wait_for_function("location.search.includes('aug_pair=4')")
    again = visit(opened.page.url.split("/", 3)[3])
    assert _state(again.ready())["pinned"] == "4"
    opened.assert_clean()


def test_a_box_and_its_view_are_linked_and_a_click_draws_the_next_pair(visit):
    opened = visit(CROPS)
    root = opened.ready()
    opened.page.locator(".cut figure[data-letter=C]").hover()
    assert opened.page.locator(".box.linked[data-letter=C]").count() == 1
    opened.page.locator(".box[data-letter=B] .dash").hover(position={"x": 3, "y": 3})
    assert opened.page.locator(".cut figure.linked[data-letter=B]").count() == 1
    shares = [float(_state(root)[name]) for name in ("one", "apart", "overlapping")]
    assert sum(shares) == pytest.approx(1)
    words = opened.page.locator(".cut figure[data-letter=D]").inner_text()
    opened.page.locator(".solid[data-kind=adjacent]").click()
    expect(opened.page.locator(".cut figure[data-letter=D]")).not_to_have_text(words)
    opened.page.wait_for_function("location.search.includes('aug_nth=0%2C1')")
    opened.assert_clean()


def test_the_table_of_the_shortcut_shows_the_engines_numbers_and_asks_nothing(visit):
    opened = visit(SHORTCUT)
    root = opened.ready()
    _settled(opened)
    frames, requests = opened.frames, opened.requests
    pictures = torch.cat([samples.sample(name, shortcut_view.SIDE) for name in samples.names()])
    pictures = images.to_uint8(pictures).float() / 255
    recipes = (
        drawing.recipe_of([shortcut_view.CropAndResize(smallest=shortcut_view.SMALLEST)]),
        drawing.recipe_of([shortcut_view.Jitter(strength=1.0, probability=1.0)]),
    )
    halves = shortcut_view.halves("test", recipes, drawing.FIRST_SEED, pictures)
    canvas = opened.page.locator("canvas[data-half='0']")
    box = canvas.bounding_box()
    count = len(pictures)
    for row, column in ((3, 5), (7, 7), (0, 10)):
        cell = box["width"] / (count + 1)
        opened.page.mouse.move(box["x"] + (column + 1.5) * cell, box["y"] + (row + 1.5) * cell)
        state = _state(root)
        assert (int(state["row"]), int(state["column"])) == (row, column)
        for number, half in enumerate(halves):
            first, second = (
                histograms(half.crops[side][at : at + 1]) for side, at in ((0, row), (1, column))
            )
            assert float(state[f"similar{number}"]) == pytest.approx(
                intersection(first, second).item(), abs=1e-5
            )
    canvas.focus()
    opened.page.keyboard.press("ArrowDown")
    assert _state(root)["row"] == "1"
    assert (opened.frames, opened.requests) == (frames, requests)
    opened.assert_clean()


def test_the_right_half_is_covered_until_somebody_guesses(visit):
    opened = visit(f"{SHORTCUT}&aug_guess=true")
    root = opened.ready()
    assert _state(root)["covered"] == "true"
    assert not opened.page.locator("canvas[data-half='1']").is_visible()
    opened.page.get_by_role("button", name="Only a few").click()
    opened.page.locator("canvas[data-half='1']").wait_for()
    assert "You said: only a few. Right." in opened.page.locator(".answer").inner_text()
    opened.assert_clean()


def test_arrow_keys_walk_through_the_lesson(visit):
    opened = visit("augmentations?present=1")
    opened.ready()
    for number, view in ((1, "tiles"), (2, "tiles"), (3, "tiles"), (4, "chain")):
        opened.page.locator("h1").click()
        opened.page.keyboard.press("ArrowRight")
        opened.page.get_by_text(f"{number} of 8:").wait_for()
        opened.page.locator(f".{view}").first.wait_for()
    opened.assert_clean()
