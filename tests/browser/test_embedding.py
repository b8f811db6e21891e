"""The Embedding page in a browser: touching asks the server nothing, pictures are right after any filter, and it
works without WebGL2."""

import json

import numpy as np
import pytest

from engine import stored_runs
from engine.embedding.quantised import pack, unpack

NO_WEBGL = """
const original = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
  return kind === "webgl2" ? null : original.call(this, kind, ...rest);
};
"""


def _state(root):
    return json.loads(root.evaluate("node => JSON.stringify(node.dataset)"))


def _frame(page):
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def _at_rest(opened):
    """Messages and requests so far, once Streamlit's own first ones are over."""
    counted = None
    while counted != (counted := (opened.frames, opened.requests)):
        opened.page.wait_for_timeout(1500)
    return counted


@pytest.fixture(scope="module")
def layout():
    """The stored default layout as the browser has it, in -1..1."""
    return unpack(pack(stored_runs.load("embedding-umap").arrays["layout"][None]))[0]


@pytest.fixture
def embedding(visit):
    def open_(query="", **kwargs):
        opened = visit(f"embedding{query}", **kwargs)
        root = opened.ready(timeout=90_000)
        opened.page.wait_for_selector(".root[data-pictures=true]", timeout=90_000)
        _frame(opened.page)
        return opened, root

    return open_


def _pixel(opened, layout, n):
    """Where point n lies in the window, from the layout and the camera's rule."""
    box = opened.page.locator("canvas.over").bounding_box()
    low, high = layout.min(0), layout.max(0)
    scale = 0.9 * min(box["width"] / (high - low)[0], box["height"] / (high - low)[1])
    offset = (layout[n] - (low + high) / 2) * scale
    across, down = box["x"] + box["width"] / 2 + offset[0], box["y"] + box["height"] / 2 - offset[1]
    return float(across), float(down)


def _lonely(layout):
    """Points far from all others, so that the pointer meets no neighbour."""
    some = np.linalg.norm(layout[:, None] - layout[None], axis=-1)
    np.fill_diagonal(some, 9)
    return some.min(1).argsort()[::-1][:3].tolist()


def test_hovering_finds_the_point_under_the_pointer_and_asks_the_server_nothing(embedding, layout):
    opened, root = embedding()
    frames, requests = _at_rest(opened)
    for n in _lonely(layout):
        opened.page.mouse.move(*_pixel(opened, layout, n))
        _frame(opened.page)
        assert int(_state(root)["hovered"]) == n
        assert f"Picture {n:,}".replace(",", "\u202f") in opened.page.locator(".card").inner_text()
    opened.page.mouse.wheel(0, 0)
    opened.page.get_by_role("button", name="Zoom in (+)").click()
    opened.page.get_by_role("button", name="Everything (0)").click()
    assert (opened.frames, opened.requests) == (frames, requests)
    opened.assert_clean()


CARD = """() => {
  const inner = [...document.querySelectorAll("*")].map((node) => node.shadowRoot?.querySelector(".root"));
  const root = inner.find(Boolean);
  const canvas = root.querySelector(".card canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return [...data].filter((_, i) => i % 4 === 0);
}"""
INK = """(c) => {
  const copy = new OffscreenCanvas(c.width, c.height);
  copy.getContext("2d").drawImage(c, 0, 0);
  const { data } = copy.getContext("2d").getImageData(0, 0, c.width, c.height);
  return [c.width, c.height, ...data.filter((_, i) => i % 4 === 3)];
}"""
LOSE = "c => c.getContext('webgl2').getExtension('WEBGL_lose_context').loseContext()"


def test_the_picture_is_right_after_any_filter(embedding, layout):
    from engine import data

    images = data.load("mnist-5k", "train", 2000).images
    opened, root = embedding()
    legend = opened.page.locator(".legend .group")
    legend.nth(0).click()
    legend.nth(4).click()
    _frame(opened.page)
    labels = data.load("mnist-5k", "train", 2000).labels.numpy()
    assert int(_state(root)["shown"]) == int(((labels != 0) & (labels != 4)).sum())
    for n in _lonely(layout):
        opened.page.mouse.move(*_pixel(opened, layout, n))
        _frame(opened.page)
        hovered = int(_state(root)["hovered"])
        if labels[n] in (0, 4):
            assert hovered != n
            continue
        assert hovered == n
        shown = np.array(opened.page.evaluate(CARD)).reshape(images.shape[-2:])
        assert np.abs(shown - images[n, 0].numpy().astype(int)).mean() < 12  # WebP's losses
    legend.nth(7).dblclick()
    _frame(opened.page)
    assert int(_state(root)["shown"]) == int((labels == 7).sum())
    opened.page.get_by_role("button", name="Show all").click()
    assert int(_state(root)["shown"]) == 2000
    opened.assert_clean()


def test_a_click_shows_true_neighbours_and_what_the_layout_lost(embedding, layout):
    run = stored_runs.load("embedding-umap").arrays
    opened, root = embedding()
    n = _lonely(layout)[0]
    opened.page.mouse.click(*_pixel(opened, layout, n))
    opened.page.locator(".near .row button").nth(15).wait_for()
    away = np.linalg.norm(layout - layout[n], axis=1)
    away[n] = np.inf
    near = set(away.argsort()[:15].tolist())
    lost = sum(int(other) not in near for other in run["indices"][n])
    assert int(_state(root)["lost"]) == lost
    distances = [
        button.inner_text().split()[0] for button in opened.page.locator(".near .row button").all()[1:]
    ]
    assert [float(text) for text in distances] == pytest.approx(run["distances"][n].tolist(), abs=2e-3)
    opened.page.wait_for_function(f"location.search.includes('emb_at={n}')")
    again, other = embedding(f"?emb_at={n}")
    again.page.locator(".near .row button").nth(15).wait_for()
    assert int(_state(other)["chosen"]) == n
    opened.assert_clean()


def test_a_lasso_gives_a_gallery(embedding):
    opened, root = embedding()
    opened.page.get_by_role("button", name="Select with a box").click()
    box = opened.page.locator("canvas.over").bounding_box()
    opened.page.mouse.move(box["x"] + 5, box["y"] + 5)
    opened.page.mouse.down()
    opened.page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] - 5, steps=4)
    opened.page.mouse.up()
    count = int(_state(root)["selected"])
    assert 100 < count < 1900
    opened.page.get_by_text(f"{count:,} of 2,000 selected").wait_for()
    opened.page.locator("canvas.over").focus()
    opened.page.keyboard.press("Escape")
    opened.page.wait_for_function("!document.body.innerText.includes('of 2,000 selected')")
    opened.assert_clean()


def test_keys_step_choose_select_and_let_go(embedding):
    opened, root = embedding()
    opened.page.locator("canvas.over").focus()
    opened.page.keyboard.press("ArrowRight")
    first = int(_state(root)["hovered"])
    opened.page.keyboard.press("ArrowRight")
    assert int(_state(root)["hovered"]) != first
    assert "Class" in opened.page.locator("[aria-live]").first.inner_text()
    opened.page.keyboard.press("Space")
    assert _state(root)["selected"] == "1"
    opened.page.keyboard.press("Enter")
    opened.page.locator(".near .row button").nth(15).wait_for()
    opened.page.keyboard.press("Escape")
    assert _state(root)["chosen"] == "-1"
    opened.assert_clean()


def test_the_settings_sliders_tween_without_a_request(embedding):
    opened, root = embedding("?emb_view=Settings", height=1000)
    frames, requests = _at_rest(opened)
    slider = opened.page.get_by_role("slider", name="Neighbours")
    before = int(_state(root)["frames"])
    slider.focus()
    slider.press("ArrowRight")
    while int(_state(root)["frames"]) < before + 2:  # it moves, picture by picture
        _frame(opened.page)
    assert opened.requests == requests
    assert opened.frames <= frames + 1  # where the slider has come to rest, for the numbers below
    assert _state(root)["frame"] == str(3 * 5 + 1)
    opened.page.get_by_text("n_neighbors of the layout shown").wait_for()
    opened.assert_clean()


def test_through_training_plays_to_the_end_and_follows(embedding):
    opened, root = embedding("?emb_view=Through+training")
    total = len(stored_runs.load("simclr-shapes-plain").arrays["embedding_epochs"])
    assert _state(root)["frame"] == str(total - 1)
    opened.page.locator("select.speed").select_option("20")
    opened.page.get_by_role("button", name="Play (space)").click()
    opened.page.wait_for_selector(f".root[data-frame='{total - 1}']", timeout=90_000)
    opened.page.locator("canvas.over").focus()
    opened.page.keyboard.press("ArrowRight")
    opened.page.keyboard.press("Enter")
    opened.page.get_by_role("button", name="Follow the chosen picture").click()
    _frame(opened.page)
    opened.assert_clean()


def test_the_scatter_stays_the_same_when_its_layout_is_done(visit):
    opened = visit("embedding?emb_neighbors=13")
    opened.page.set_default_timeout(90_000)
    root = opened.ready(timeout=90_000)
    root.evaluate("root => { root.dataset.mine = 'yes'; }")  # as zoom, filter and selection are its own
    opened.page.get_by_text("of neighbours").first.wait_for()
    assert opened.page.locator(".root[data-mine=yes] .caption").inner_text().count("keeps") == 1
    opened.assert_clean()


def test_a_simclr_run_is_watched_while_it_trains(visit):
    small = "con_data=Digits+8+x+8&con_epochs=100&con_batch=32&con_width=8&con_depth=2"
    opened = visit(f"contrastive?con_view=Train&{small}")
    page = opened.page
    page.set_default_timeout(90_000)
    page.locator(".st-key-con_run_start button").click()
    page.get_by_text("Running").first.wait_for()
    page.get_by_role("link", name="Embedding space").first.click()
    page.get_by_text("Through training").click()
    page.wait_for_selector(".root[data-pictures=true][data-frame='1']")  # the newest is shown as it arrives
    root = page.query_selector(".root[data-ready=true]")
    assert _state(root)["shown"] == "359"
    page.get_by_role("row").filter(has_text="Trustworthiness").wait_for()
    page.get_by_text("Your SimCLR run goes on").wait_for()
    page.get_by_role("button", name="One position back").click()
    stays = int(_state(root)["frame"])
    total = int(page.locator(".where").inner_text().split()[-1])
    where = page.locator(".where").element_handle()
    page.wait_for_function(
        "([where, total]) => Number(where.textContent.split(' ').pop()) > total", arg=[where, total]
    )
    assert int(_state(root)["frame"]) == stays  # who looks at an earlier epoch is left there
    page.get_by_role("button", name="Play (space)").click()
    page.wait_for_function("([root, past]) => Number(root.dataset.frame) > past", arg=[root, total - 1])
    opened.assert_clean()


def test_without_webgl2_it_is_drawn_on_a_plain_canvas_in_both_themes(browser, app_url):
    context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light")
    context.add_init_script(NO_WEBGL)
    page = context.new_page()
    problems = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.goto(f"{app_url}/embedding")
    root = page.wait_for_selector(".root[data-ready=true]", timeout=90_000)
    page.wait_for_selector(".root[data-pictures=true]", timeout=90_000)
    _frame(page)
    assert _state(root)["renderer"] == "canvas"
    assert sum(value > 0 for value in page.locator("canvas.base").evaluate(INK)[2:]) > 20_000
    canvas = page.query_selector("canvas.base")
    light = canvas.evaluate("canvas => canvas.toDataURL()")
    page.emulate_media(color_scheme="dark")
    page.wait_for_function("([canvas, light]) => canvas.toDataURL() !== light", arg=[canvas, light])
    _frame(page)
    assert sum(value > 0 for value in page.locator("canvas.base").evaluate(INK)[2:]) > 20_000
    page.locator(".legend .group").first.click()
    _frame(page)
    assert int(_state(root)["shown"]) < 2000
    assert not problems
    context.close()


def test_both_renderers_draw_the_same_points(embedding, browser, app_url):
    """Where the one has ink the other has: the pictures' frames and the dots, to a tenth of the inked area."""
    shots = {}
    for name, script in (("webgl2", ""), ("canvas", NO_WEBGL)):
        context = browser.new_context(viewport={"width": 1200, "height": 800})
        if script:
            context.add_init_script(script)
        page = context.new_page()
        page.goto(f"{app_url}/embedding")
        root = page.wait_for_selector(".root[data-pictures=true]", timeout=90_000)
        _frame(page)
        assert _state(root)["renderer"] == name
        alpha = page.locator("canvas.base").evaluate(INK)
        width, height, *values = alpha
        shots[name] = np.array(values).reshape(height, width) > 100
        context.close()
    both, either = (shots["webgl2"] & shots["canvas"]).sum(), (shots["webgl2"] | shots["canvas"]).sum()
    assert both / either > 0.9


SLUGGISH = """
window.requestAnimationFrame = (call) => setTimeout(() => call(performance.now()), 100);
window.cancelAnimationFrame = clearTimeout;
"""
GESTURES = """async () => {
  const roots = [...document.querySelectorAll("*")].map((node) => node.shadowRoot?.querySelector(".root"));
  const root = roots.find(Boolean), canvas = root.querySelector("canvas.over"), box = canvas.getBoundingClientRect();
  const at = (x, y) => ({
    clientX: box.x + box.width * x, clientY: box.y + box.height * y,
    bubbles: true, cancelable: true, pointerId: 1, pointerType: "mouse", button: 0,
  });
  const seen = [];
  const wait = async () => {
    await new Promise((done) => setTimeout(done, 90));
    seen.push([Number(root.dataset.dots), Number(root.dataset.sprites)]);
  };
  for (let n = 0; n < 12; n++) {
    canvas.dispatchEvent(new WheelEvent("wheel", { ...at(0.4, 0.6), ctrlKey: true, deltaY: n < 6 ? -40 : 25 }));
    await wait();
  }
  canvas.dispatchEvent(new PointerEvent("pointerdown", at(0.5, 0.5)));
  for (let n = 0; n < 8; n++) {
    canvas.dispatchEvent(new PointerEvent("pointermove", at(0.5 + 0.03 * n, 0.5 + 0.02 * n)));
    await wait();
  }
  canvas.dispatchEvent(new PointerEvent("pointerup", at(0.71, 0.64)));
  return seen;
}"""


@pytest.mark.parametrize("script", [SLUGGISH, SLUGGISH + NO_WEBGL], ids=["webgl2", "canvas"])
def test_a_slow_browser_leaves_dots_out_while_it_zooms_and_shifts_and_no_longer(browser, app_url, script):
    context = browser.new_context(viewport={"width": 1200, "height": 800})
    context.add_init_script(script)
    page = context.new_page()
    page.set_default_timeout(90_000)
    page.goto(f"{app_url}/embedding")
    root = page.wait_for_selector(".root[data-pictures=true]")
    page.wait_for_timeout(1000)
    before, whole = page.locator("canvas.base").screenshot(), _state(root)
    moving = page.evaluate(GESTURES)
    assert min(dots / (2000 - sprites) for dots, sprites in moving) < 0.6
    page.wait_for_function(
        "(root) => Number(root.dataset.dots) + Number(root.dataset.sprites) === 2000", arg=root
    )
    page.get_by_role("button", name="Everything (0)").click()
    page.wait_for_timeout(1000)
    after = _state(root)
    assert (after["dots"], after["sprites"]) == (whole["dots"], whole["sprites"])
    assert page.locator("canvas.base").screenshot() == before
    context.close()


def test_losing_the_graphics_processor_changes_nothing_for_the_visitor(embedding):
    opened, root = embedding()
    assert _state(root)["renderer"] == "webgl2"
    opened.page.locator("canvas.base").evaluate(LOSE)
    opened.page.wait_for_selector(".root[data-renderer=canvas]")
    _frame(opened.page)
    assert int(_state(root)["sprites"]) > 10
    opened.page.locator(".legend .group").first.click()
    assert int(_state(root)["shown"]) < 2000


def test_a_phone_stacks_two_layouts(embedding):
    opened, _ = embedding("?emb_view=Two+layouts", width=420, height=900)
    box = opened.page.locator("canvas.over").bounding_box()
    assert box["height"] > box["width"]
    opened.assert_clean()
