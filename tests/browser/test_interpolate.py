"""The Interpolate page in a browser: real decodes under the pointer, links, exports, keyboard."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from engine.glo import latent, shelf
from engine.images import to_uint8

# The decoded picture as it stands on the canvas, one value per pixel of the model.
PIXELS = """([part, width, height]) => {
  const roots = [...document.querySelectorAll('*')].map((node) => node.shadowRoot);
  const root = roots.find((each) => each?.querySelector('[data-part]'));
  const canvas = (root ?? document).querySelector(`canvas[data-part=${part}]`);
  const small = new OffscreenCanvas(width, height);
  const context = small.getContext("2d");
  context.imageSmoothingEnabled = false;
  context.drawImage(canvas, 0, 0, width, height);
  const data = context.getImageData(0, 0, width, height).data;
  return Array.from({ length: width * height }, (_, i) => data[4 * i]);
}"""

# Other corners, and a save before the browser does anything else.
SAVE_AT_ONCE = """() => {
  const roots = [...document.querySelectorAll('*')].map((node) => node.shadowRoot);
  const root = roots.find((each) => each?.querySelector('[data-part=pad]')) ?? document;
  root.querySelector('[data-part=shuffle]').click();
  root.querySelector('[aria-label="Save both strips as PNG"]').click();
}"""


@pytest.fixture(scope="module")
def model():
    return shelf.load("faces")


def shown(page, part="decoded"):
    return np.array(page.evaluate(PIXELS, [part, 25, 25])).reshape(25, 25)


def pad_place(page, across, down):
    """Page coordinates of a place of the pad: the middle of a corner's tile is the corner."""
    box = page.locator("canvas[data-part=pad]").bounding_box()
    count = round((box["width"] + 3) / 53) if box["width"] < 400 else round((box["width"] + 3) / 78)
    tile = (box["width"] + 3) / count - 3
    return (
        box["x"] + tile / 2 + across * (box["width"] - tile),
        box["y"] + tile / 2 + down * (box["height"] - tile),
    )


def test_dragging_decodes_for_real_without_the_server(visit, model):
    opened = visit("interpolate?lat_corners=3,5,7,9")
    root = opened.ready(90_000)
    page = opened.page
    page.wait_for_selector(".root[data-pictures=true]")
    x, y = pad_place(page, 0.5, 0.5)
    page.mouse.move(x, y)
    page.mouse.down()
    frames = opened.frames
    before = int(root.get_attribute("data-decodes"))
    for turn in range(40):
        x, y = pad_place(page, 0.5 + 0.4 * np.sin(turn / 5), 0.5 + 0.4 * np.cos(turn / 5))
        page.mouse.move(x, y)
    page.wait_for_timeout(60)
    assert int(root.get_attribute("data-decodes")) > before
    assert opened.frames == frames, "it asked the server while dragging"
    at = [float(part) for part in root.get_attribute("data-at").split(",")]
    expected = to_uint8(model.decode(latent.blend(model.codes[[3, 5, 7, 9]], *at)[None]))[0, 0].numpy()
    assert np.abs(shown(page).astype(int) - expected).max() <= 1
    weights = torch.tensor(latent.corner_weights(4, *at))
    seen = torch.from_numpy(np.stack([shown(page, "blended")]))
    assert seen.float().std() > 5
    page.mouse.up()
    page.wait_for_function("location.search.includes('lat_at=')")
    again = visit(page.url.split("/", 3)[3])
    assert again.ready(90_000).get_attribute("data-at") == root.get_attribute("data-at")
    assert weights.sum() == pytest.approx(1)
    opened.assert_clean()
    again.assert_clean()


def test_keys_corners_and_strips(visit):
    opened = visit("interpolate?lat_count=2")
    root = opened.ready(90_000)
    page = opened.page
    page.wait_for_selector(".root[data-pictures=true]")
    page.locator("canvas[data-part=pad]").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(100)
    assert root.get_attribute("data-at") == "0.52,0.5"
    page.locator("button[data-corner=A]").click()
    first = page.locator(".pick").first
    chosen = int(first.get_attribute("aria-label").split()[2]) - 1
    first.click()
    page.wait_for_function(f"location.search.includes('lat_corners={chosen}%2C')")
    page.locator("button[data-corner=B]").click()
    page.get_by_role("button", name="Take sample 3", exact=True).click()
    total = len(shelf.load("faces").codes)
    page.wait_for_function(f"location.search.includes('lat_corners={chosen}%2C{total + 2}')")
    page.locator("button[data-part=shuffle]").click()
    page.wait_for_function(f"!location.search.includes('lat_corners={chosen}%2C')")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Save both strips as PNG").click()
    assert Image.open(io.BytesIO(saved.value.path().read_bytes())).width > 100
    with page.expect_download() as whole:
        page.get_by_role("button", name="Save both strips as PNG").click()
    with page.expect_download() as early:  # in the same task as the new film begins
        page.evaluate(SAVE_AT_ONCE)
    early, whole = (np.array(Image.open(each.value.path()).convert("L")) for each in (early, whole))
    assert early.shape == whole.shape
    tiles = np.array_split(early[: early.shape[0] // 2 - 8], 12, axis=1)
    assert all(tile.std() > 5 for tile in tiles), "the film was saved before it was whole"
    with page.expect_download() as saved:
        page.get_by_role("button", name="Film from A to B as GIF").click()
    assert Image.open(io.BytesIO(saved.value.path().read_bytes())).n_frames > 10
    opened.assert_clean()


def test_sliders_samples_and_grid_answer_in_the_browser(visit):
    opened = visit("interpolate?lat_view=Directions")
    root = opened.ready(90_000)
    page = opened.page
    page.wait_for_selector(".root[data-grid]")
    slider = page.get_by_role("slider", name="Direction 2")
    frames = opened.frames
    slider.focus()
    page.keyboard.press("End")
    page.wait_for_timeout(100)
    assert root.get_attribute("data-values").split(",")[1] == "3"
    assert opened.frames == frames
    page.wait_for_function("location.search.includes('lat_moved=')")
    page.locator("canvas[data-part=grid]").click(position={"x": 5, "y": 5})
    page.wait_for_timeout(100)
    assert root.get_attribute("data-values").split(",")[:2] == ["-3", "-3"]
    opened.assert_clean()

    heat = visit("interpolate?lat_view=Samples")
    root = heat.ready(90_000)
    norm = float(root.get_attribute("data-norm"))
    heat.page.get_by_role("slider", name="Temperature").focus()
    heat.page.keyboard.press("Home")
    heat.page.wait_for_timeout(300)
    assert float(root.get_attribute("data-norm")) < norm
    heat.page.locator("canvas[data-part=samples]").focus()
    heat.page.keyboard.press("ArrowRight")
    heat.page.wait_for_selector(".root[data-chosen='1']")  # shown large in a turn of its own
    heat.assert_clean()
