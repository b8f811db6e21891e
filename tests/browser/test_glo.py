"""The GLO page in a browser: a stored batch step by step, time scrubbed locally, a live run from start to a walk."""

import numpy as np
import pytest

from pages.generative import story

FACES = "glo_data=Faces"


def test_a_batch_step_by_step_with_the_numbers_of_the_run(visit):
    opened = visit(f"glo?{FACES}")
    root = opened.ready(90_000)
    views = story.stored_batches("glo-faces")
    shown = min(2, len(views) - 1)
    assert float(root.get_attribute("data-loss")) == pytest.approx(
        float(np.mean(views[shown]["each"])), rel=1e-5
    )
    page, frames = opened.page, opened.frames
    page.get_by_role("slider", name="Position of the step").focus()
    page.keyboard.press("Home")
    assert root.get_attribute("data-phase") == "0"
    assert page.locator("[data-line=generated].later").count() == 1
    page.get_by_role("button", name="Play (space)").click()
    page.wait_for_selector(".root[data-phase='2']")
    page.locator("canvas[data-row=pictures]").hover(position={"x": 5, "y": 5})
    assert "Picture 1: loss" in page.locator(".said").inner_text()
    page.get_by_role("combobox", name="Which batch").select_option("0")
    assert float(root.get_attribute("data-loss")) == pytest.approx(float(np.mean(views[0]["each"])), rel=1e-5)
    assert opened.frames == frames, "it asked the server"
    opened.assert_clean()


def test_time_is_scrubbed_in_the_browser(visit):
    opened = visit(f"glo?{FACES}&glo_show=Through+time")
    root = opened.ready(90_000)
    count = len(story.moments(story.stored("glo-faces")))
    assert root.get_attribute("data-position") == str(count - 1)
    page, frames = opened.page, opened.frames
    page.get_by_role("slider", name="Position of the moment").focus()
    page.keyboard.press("Home")
    page.wait_for_selector(".root[data-position='0']")
    assert page.locator(".when").inner_text().startswith("0 pictures seen")
    assert opened.frames == frames, "it asked the server"
    opened.assert_clean()


def test_train_stop_and_walk_among_the_codes(visit):
    opened = visit(f"glo?{FACES}&glo_epochs=200&glo_latent=8&glo_width=8")
    opened.ready(90_000)
    page = opened.page
    page.locator("h1").click()
    page.keyboard.press("t")
    page.get_by_text("Running").wait_for(timeout=90_000)
    page.wait_for_selector("[data-testid=stMarkdownContainer]:has-text('live')")
    walk = page.get_by_role("button", name="Walk among its codes")
    walk.wait_for(timeout=90_000)
    page.keyboard.press("s")
    page.get_by_text("Stopped").wait_for(timeout=90_000)
    walk.click()
    page.wait_for_function("location.pathname.endsWith('/interpolate')", timeout=90_000)
    opened.settle()
    page.wait_for_selector(".root[data-pictures=true]", timeout=90_000)
    page.wait_for_function("location.search.includes('lat_model=Mine')")
    opened.assert_clean()


def test_a_drawing_gets_a_code(visit):
    opened = visit("interpolate?lat_view=Your+picture&lat_search=20&lat_starts=2")
    page = opened.page
    opened.ready(90_000)
    assert page.get_by_role("button", name="Find its code").is_disabled()
    canvas = page.locator("canvas[data-part=sketch]")
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + 60, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 60, box["y"] + box["height"] - 60, steps=8)
    page.mouse.up()
    page.wait_for_selector(".st-key-lat_search_start button:not([disabled])", timeout=90_000)
    page.get_by_role("button", name="Find its code").click()
    page.get_by_text("Finished").wait_for(timeout=90_000)
    page.get_by_text("Best picture").wait_for(timeout=90_000)
    opened.assert_clean()


def test_a_gan_trains_beside_glo(visit):
    opened = visit("saddle-points?sad_view=GAN+beside+GLO&sad_epochs=1")
    page = opened.page
    page.locator("h1").click()
    page.keyboard.press("t")
    page.get_by_text("Running").wait_for(timeout=90_000)
    page.wait_for_selector(".root[data-ready=true]", timeout=90_000)
    page.keyboard.press("s")
    page.get_by_text("Stopped").wait_for(timeout=90_000)
    opened.assert_clean()


def test_the_codes_are_a_map_through_time_by_umap_and_by_pca(visit):
    opened = visit("glo?glo_show=Map+of+codes&glo_learn=false&glo_start=Random+on+the+sphere")
    root, run = opened.ready(90_000), story.stored("glo-frozen")
    page = opened.page
    assert int(root.get_attribute("data-frame")) == len(story.layouts(run)) - 1
    page.get_by_role("slider", name="Epoch").focus()
    page.keyboard.press("Home")
    page.wait_for_selector(".root[data-frame='0']")
    page.get_by_text("PCA", exact=True).click()
    page.wait_for_selector(f".root[data-frame='{len(story.moments(run)) - 1}']", timeout=90_000)
    opened.assert_clean()
