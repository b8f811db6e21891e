"""Networks in a browser: opening, keys, formulas, notes, links, comparing, feature maps, files, downloads."""

import io
import json
import re
import xml.etree.ElementTree as ET

import pytest
from PIL import Image
from torch import nn

from engine import images, samples
from engine.architectures import LISTED, all_published, build, graph, published
from engine.feature_maps import Network, feature_maps
from engine.feature_maps.weights import randomised
from pages.networks.architectures_lesson import STEPS
from pages.shared.assets import version
from tests.browser.serving import serve
from tests.engine.lying_server import serving

RESNET = graph("resnet50")
MOVES = """async (id) => {
  const roots = [...document.querySelectorAll("*")].map((e) => e.shadowRoot).filter(Boolean);
  const host = roots.find((r) => r.querySelector(".drawing"));
  const node = host.querySelector(`[data-id="${id}"]`);
  node.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  const heights = [];
  const start = performance.now();
  const drawing = host.querySelector(".drawing");
  do {
    await new Promise(requestAnimationFrame);
    heights.push(Number(drawing.getAttribute("height")));
  } while (performance.now() - start < 700);
  const last = heights.at(-1);
  return { between: heights.filter((h) => h > heights[0] && h < last).length, steps: new Set(heights).size };
}"""


LAYOUT = """async ([version, address]) => {
  const url = (name) => new URL(`assets/${version}/architecture/${name}.js`, document.baseURI).href;
  const [m, l] = [await import(url("model")), await import(url("layout"))];
  const graph = await (await fetch(new URL(address, document.baseURI))).json();
  const model = m.prepare(graph);
  const text = (words) => words.length * 6;
  const at = l.columns(800);
  for (const node of model.byId.values()) l.prepareText(node, at, { note: text, formula: text });
  const trips = [];
  for (const code of ["", "*1", "*"]) {
    const wanted = m.decode(model, code);
    for (const node of model.byId.values()) if (node.level) node.open = wanted.has(node.id);
    trips.push(m.encode(model));
  }
  for (const node of model.byId.values()) node.t = Number(node.open);
  l.measureHeights(model.root, at);
  const gaps = [], nodes = {};
  let arcs = 0;
  for (const node of model.byId.values()) {
    node.children.forEach((child, i) => {
      nodes[child.id] = [child.wideIn, child.wideOut, child.lane];
      if (i) gaps.push(child.restY - node.children[i - 1].restY - node.children[i - 1].height);
    });
    arcs += (node.arcs ?? []).length;
  }
  return { trips, least: Math.min(...gaps), gap: l.GAP, nodes, arcs, levels: model.levels };
}"""
SHOWN = [*LISTED, "googlenet", "inception_v3", "shufflenet_v2_x0_5", "swin_t", "squeezenet1_1", "maxvit_t"]


@pytest.fixture(scope="module")
def laid_out(modules):
    """laid_out(name) -> what the browser's model and layout make of a network's graph."""

    def measure(name):
        data = json.dumps(graph(name).to_dict())
        address = modules.evaluate("(text) => URL.createObjectURL(new Blob([text]))", data)
        return modules.evaluate(LAYOUT, [version(), address])

    return measure


@pytest.mark.parametrize("name", SHOWN)
def test_forms_are_as_wide_as_the_layers_and_nothing_overlaps(laid_out, name):
    found = laid_out(name)
    model = build(name)
    checked = 0
    for path, module in model.named_modules():
        if path not in found["nodes"]:
            continue
        wide_in, wide_out, _ = found["nodes"][path]
        if isinstance(module, nn.Conv2d) or (
            isinstance(module, nn.Linear) and wide_out == module.out_features
        ):
            sizes = (
                (module.in_channels, module.out_channels)
                if isinstance(module, nn.Conv2d)
                else (
                    module.in_features,
                    module.out_features,
                )
            )
            assert (wide_in, wide_out) == sizes, path
            checked += 1
    assert checked >= 8
    assert found["least"] == pytest.approx(found["gap"])
    assert found["trips"] == ["", "*1" if found["levels"] > 1 else "*", "*"]


def test_branches_stand_side_by_side_and_projections_on_the_left(laid_out):
    lanes = {name: place[2] for name, place in laid_out("googlenet")["nodes"].items()}
    assert [lanes[f"inception3a.branch{i}"] for i in (1, 2, 3, 4)] == [0, 1, 2, 3]
    assert lanes["inception3a.cat"] == 0
    resnet = laid_out("resnet50")
    assert {place[2] for name, place in resnet["nodes"].items() if name.endswith(".downsample")} == {-1}
    assert resnet["arcs"] == 12  # 16 blocks, 4 of them with a projection
    assert laid_out("alexnet")["arcs"] == 0


def _node(page, name):
    return page.locator(f'[data-id="{name}"]')


def _row(page, name):
    """What takes a node's clicks and its focus."""
    return _node(page, name).locator("> .row")


def _text(page, name):
    return " ".join(_node(page, name).locator("> .words text").all_text_contents())


def _open(root):
    return root.get_attribute("data-open")


def test_a_resnet50_fits_the_screen_and_says_what_the_engine_counts(visit):
    opened = visit("architectures", width=1280, height=800)
    root = opened.ready()
    bottom = opened.page.locator(".scroller").evaluate("node => node.getBoundingClientRect().bottom")
    content = opened.page.locator(".scroller").evaluate("node => node.scrollHeight - node.clientHeight")
    assert bottom <= 800
    assert content <= 1
    assert _open(root) == ""
    assert "25.6 M parameters · 4.09 G MACs · depth 50" in opened.page.locator(".name").inner_text()
    for node in RESNET.root.children[1:-1]:
        label = _row(opened.page, node.id).get_attribute("aria-label")
        assert node.title in label
        assert " by ".join(map(str, node.output_shape)) in label
    assert "Bottleneck × 6" in _text(opened.page, "layer3")
    assert "7.10 M" in _text(opened.page, "layer3")
    assert "1.46 G" in _text(opened.page, "layer3")
    shapes = opened.page.locator(".shape").all_text_contents()
    for edge in RESNET.root.edges:
        assert " × ".join(map(str, edge.shape)) in shapes
    opened.assert_clean()


def test_blocks_open_down_to_the_formula_of_a_layer_and_the_link_holds_it(visit):
    opened = visit("architectures")
    root, page = opened.ready(), opened.page
    for name in ("layer1", "layer1.1", "layer1.1.conv2"):
        _row(page, name).click()
        page.wait_for_selector(".panel[data-moving=false]")
    assert _open(root) == "layer1,layer1.1,layer1.1.conv2"
    layer = RESNET.find("layer1.1.conv2")
    formulas = " ".join(_node(page, "layer1.1.conv2").locator(".formula").all_text_contents())
    assert layer.formula in formulas
    assert layer.macs_formula in formulas
    note = " ".join(_node(page, "layer1.1.add").locator(".note").all_text_contents())
    assert note == RESNET.find("layer1.1.add").notes[0]
    assert _node(page, "layer1.1").locator(".edge.skip.arc").count() == 1
    page.wait_for_function("location.search.includes('layer1.1.conv2')")
    again = visit(page.url.split("/", 3)[3])
    assert _open(again.ready()) == "layer1,layer1.1,layer1.1.conv2"
    assert layer.formula in " ".join(
        _node(again.page, "layer1.1.conv2").locator(".formula").all_text_contents()
    )
    _row(page, "layer1").click()
    page.wait_for_function("!location.search.includes('layer1,')")
    opened.assert_clean()
    again.assert_clean()


def test_opening_only_tells_the_server_what_to_remember_and_moves_smoothly_unless_motion_is_reduced(visit):
    opened = visit("architectures")
    opened.ready()
    opened.page.wait_for_timeout(1200)  # Streamlit's own first messages
    requests = opened.requests
    _row(opened.page, "layer4").click()
    opened.page.wait_for_function("location.search.includes('layer4')")
    assert opened.requests == requests
    moved = opened.page.evaluate(MOVES, "layer2")
    assert moved["between"] >= 3
    opened.page.emulate_media(reduced_motion="reduce")
    assert opened.page.evaluate(MOVES, "layer3")["between"] == 0
    opened.assert_clean()


def test_keys_walk_the_tree(visit):
    opened = visit("architectures")
    root, page = opened.ready(), opened.page
    focused = "document.querySelector('[data-testid=stMain]') && [...document.querySelectorAll('*')]"
    focused += ".map(e => e.shadowRoot?.activeElement?.closest('[data-id]')?.dataset.id).find(Boolean)"
    _row(page, ":stem").focus()
    for key, wanted in (
        ("ArrowDown", "layer1"),
        ("ArrowRight", "layer1"),
        ("ArrowRight", "layer1.0"),
        ("Enter", "layer1.0"),
        ("ArrowRight", "layer1.0.conv1"),
        ("ArrowUp", "layer1.0"),
        ("ArrowLeft", "layer1.0"),
        ("ArrowLeft", "layer1"),
        ("End", ":head"),
        ("Home", ":stem"),
    ):
        page.keyboard.press(key)
        assert page.evaluate(focused) == wanted, key
    assert _open(root) == "layer1"
    assert _row(page, "layer1").get_attribute("aria-expanded") == "true"
    assert _row(page, ":stem").get_attribute("tabindex") == "0"
    assert page.locator(".row[tabindex='0']").count() == 1
    page.keyboard.press("*")
    page.keyboard.press("*")
    page.wait_for_function("location.search.includes('arch_open=%2A')")
    opened.assert_clean()


def test_everything_opens_and_only_what_is_in_view_is_drawn(visit):
    opened = visit("architectures?arch_network=DenseNet-201&arch_open=*")
    root, page = opened.ready(), opened.page
    assert _open(root) == "*"
    assert page.locator(".node").count() > 700
    assert page.locator(".node:visible").count() < 120
    page.locator(".scroller").evaluate("node => node.scrollTop = node.scrollHeight")
    _node(page, "classifier").wait_for(state="visible")
    for _ in range(2):
        page.get_by_role("button", name="Close one level").click()
    page.wait_for_function("!location.search.includes('arch_open')")
    assert _open(root) == ""
    opened.assert_clean()


def test_dense_layers_tell_what_they_read(visit):
    opened = visit("architectures?arch_network=DenseNet-121&arch_open=features.denseblock1")
    opened.ready()
    page = opened.page
    _row(page, "features.denseblock1.denselayer4").hover()
    into = page.locator(".edge.into")
    expected = [edge for edge in graph("densenet121").find("features.denseblock1").edges if edge.target == 3]
    assert into.count() == len(expected) == 4
    _row(page, "features.denseblock1.cat").click()
    words = " ".join(_node(page, "features.denseblock1.cat").locator(".formula").all_text_contents())
    assert "64 + 32 + 32 + 32 + 32 + 32 + 32 = 256 channels" in words
    opened.assert_clean()


def test_inverted_residuals_name_their_parts_and_are_wide_inside(visit):
    opened = visit("architectures?arch_network=MobileNetV2&arch_open=features.2..features.3,features.3")
    opened.ready()
    widths = []
    for part, role in (("conv.0", "expand"), ("conv.1", "depthwise"), ("conv.2", "project")):
        node = _node(opened.page, f"features.3.{part}")
        assert role in _text(opened.page, f"features.3.{part}")
        widths.append(node.locator("> .form .body").first.evaluate("n => n.getBBox().width"))
    narrow = (
        _node(opened.page, "features.3.conv.3").locator("> .form .body").evaluate("n => n.getBBox().width")
    )
    assert widths[0] == pytest.approx(widths[1]) == pytest.approx(widths[2])
    assert narrow < widths[0] / 2
    opened.assert_clean()


def test_the_drawing_is_saved_whole(visit):
    opened = visit("architectures?arch_open=layer1")
    opened.ready()
    files = {}
    for kind in ("SVG", "PNG"):
        with opened.page.expect_download() as waiting:
            opened.page.get_by_role("button", name=kind, exact=True).click()
        files[waiting.value.suggested_filename] = waiting.value.path().read_bytes()
    assert list(files) == ["resnet50.svg", "resnet50.png"]
    words = " ".join(element.text or "" for element in ET.fromstring(files["resnet50.svg"]).iter())
    for wanted in ("ResNet-50", "Bottleneck × 6", "256 × 56 × 56", "Output", "analytic:"):
        assert wanted in words
    picture = Image.open(io.BytesIO(files["resnet50.png"]))
    assert picture.height > 1000 < picture.width
    low, high = picture.convert("L").getextrema()
    assert high - low > 100
    opened.assert_clean()


def test_zooming_keeps_the_drawing_and_shows_it_whole(visit):
    opened = visit("architectures?arch_open=*1")
    opened.ready()
    page = opened.page
    box = page.locator(".scroller")
    before = box.evaluate("node => node.scrollHeight")
    page.get_by_role("button", name="Larger (+)").click()
    assert box.evaluate("node => node.scrollHeight") > before
    page.get_by_role("button", name="Everything in the window").click()
    assert box.evaluate("node => node.scrollHeight - node.clientHeight") <= 1
    opened.assert_clean()


# --- compare ---


def test_two_networks_open_side_by_side_and_a_bubble_replaces_the_second(visit):
    opened = visit("architectures?arch_view=Compare two&arch_open=layer1&arch_open2=features.1")
    opened.ready()
    page = opened.page
    page.wait_for_selector(".plot")
    page.locator(".panel").nth(1).wait_for()
    roots = page.locator(".root[data-open]")
    assert roots.first.get_attribute("data-open") == "layer1|features.1"
    bubble = page.locator(".bubble[data-name=vgg16]")
    bubble.hover()
    tip = page.locator(".tip").inner_text()
    official = published("vgg16")
    assert f"{official.top1:.2f} %" in tip
    assert official.weights in tip
    bubble.click()
    page.wait_for_function("location.search.includes('arch_other=vgg16')")
    page.locator(".panel .caption b", has_text="vgg16").wait_for()
    assert roots.first.get_attribute("data-open") == "layer1|"
    assert page.locator(".bubble.chosen").count() == 2
    opened.assert_clean()


def test_bubbles_are_reached_by_keys(visit):
    opened = visit("architectures?arch_view=Compare two")
    opened.ready()
    page = opened.page
    page.wait_for_selector(".plot")
    page.locator(".bubble[tabindex='0']").focus()
    page.keyboard.press("Home")
    page.keyboard.press("ArrowRight")
    second = sorted(all_published(), key=lambda item: (item.gmacs, item.top1))[1]
    assert f"{second.top1:.2f} %" in page.locator(".tip").inner_text()
    page.keyboard.press("Enter")
    page.wait_for_function(f"location.search.includes('arch_other={second.network}')")
    opened.assert_clean()


def test_on_a_phone_the_networks_stand_below_each_other(visit):
    opened = visit("architectures?arch_view=Compare two", width=420)
    opened.ready()
    opened.page.locator(".panel").nth(1).wait_for()
    tops = [panel.bounding_box()["y"] for panel in opened.page.locator(".panel").all()]
    assert tops[1] > tops[0] + 300
    assert opened.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    opened.assert_clean()


# --- feature maps ---


def test_feature_maps_are_the_engines_and_hovering_asks_the_server_nothing(visit):
    opened = visit("architectures?arch_view=Feature maps&arch_network=squeezenet1_1&arch_weights=Random")
    root, page = opened.ready(), opened.page
    picture = images.to_uint8(samples.sample("cat", 512)).float() / 255
    net = Network("squeezenet1_1", randomised("squeezenet1_1", 0), "random, seed 0")
    result = feature_maps(net, picture[0], channels=16)
    assert page.locator(".rows section").count() == len(result.maps)
    page.wait_for_timeout(1200)
    frames, requests = opened.frames, opened.requests
    for block, map_ in ((0, 3), (2, 5), (len(result.maps) - 1, 0)):
        page.locator(f"canvas[data-map='{block}-{map_}']").hover()
        item = result.maps[block]
        assert root.get_attribute("data-block") == item.node
        assert root.get_attribute("data-channel") == str(item.channels[map_])
        height, width = item.maps.shape[1:]
        large = page.locator(".stage > canvas").first.bounding_box()
        page.mouse.move(large["x"] + large["width"] * 0.6, large["y"] + large["height"] * 0.3)
        page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        if page.locator(f"canvas[data-map='{block}-{map_}'].chosen").count():
            value = (item.maps[map_, int(height * 0.3), int(width * 0.6)].item() - 128) / 127 * item.scale
            assert float(root.get_attribute("data-value")) == pytest.approx(value, abs=1e-5)
    assert (opened.frames, opened.requests) == (frames, requests)
    facts = page.locator(".rows section .facts").first.inner_text()
    assert f"{100 * result.maps[0].dead:.0f} % zeros" in facts
    assert "No guesses" in page.locator(".guesses").inner_text()
    opened.assert_clean()


def test_maps_are_walked_by_keys_and_pinned(visit):
    opened = visit("architectures?arch_view=Feature maps&arch_network=squeezenet1_1&arch_weights=Random")
    root, page = opened.ready(), opened.page
    page.locator("canvas.map[tabindex='0']").focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight", "Enter"):
        page.keyboard.press(key)
    data = json.loads(root.evaluate("node => JSON.stringify(node.dataset)"))
    assert (data["channel"], data["pinned"]) == ("2", "true")
    page.locator("canvas[data-map='0-0']").hover()
    assert root.get_attribute("data-channel") == "2"
    page.keyboard.press("Escape")
    assert root.get_attribute("data-pinned") == "false"
    opened.assert_clean()


def test_a_download_shows_its_progress_can_be_cancelled_and_its_failure_is_told(browser, tmp_path):
    folder = tmp_path / "cache"
    with serving() as weights:
        own = {
            "EXPLORER_MIRROR": f"{weights}/stall-then-portal",
            "EXPLORER_CACHE": str(folder),
            "TORCH_HOME": str(tmp_path / "torch"),
            "no_proxy": "*",
        }
        with serve(tmp_path / "log.txt", **own) as url:
            page = browser.new_context().new_page()
            page.set_default_timeout(90_000)
            page.goto(f"{url}/architectures?arch_view=Feature maps&arch_network=squeezenet1_1")
            page.wait_for_selector(".root[data-ready=true]", timeout=60_000)
            assert page.get_by_text("random weights, seed 0").count() >= 1
            download = page.get_by_role("button", name="Download pretrained weights (5 MB)")
            download.click()
            page.get_by_text(re.compile(r"0\.[23] of 0\.9 MB")).wait_for()
            page.get_by_role("radio", name="Random", exact=True).click()  # the page answers meanwhile
            page.get_by_text(re.compile(r"0\.[23] of 0\.9 MB")).wait_for(state="detached")
            page.get_by_role("radio", name="Pretrained", exact=True).click()
            page.get_by_role("button", name="Cancel").click()
            download.wait_for()
            page.wait_for_timeout(500)
            assert list((folder / "weights").iterdir()) == []
            download.click()
            page.get_by_text("its checksum is wrong").wait_for()
            assert list((folder / "weights").iterdir()) == []
            page.context.close()


def test_arrow_keys_of_the_drawing_do_not_step_the_lesson(visit):
    opened = visit("architectures?present=1")
    root, page = opened.ready(), opened.page
    page.locator("h1").click()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(700)
    page.get_by_text(f"5 of {len(STEPS)}: {STEPS[4].title}").wait_for()
    page.wait_for_selector(".root[data-open='layer1,layer1.1']")
    _row(page, "layer1").focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_function("!location.search.includes('arch_open=layer1%2C')")
    assert page.get_by_text(f"5 of {len(STEPS)}").count() == 1
    assert _open(root) == "layer1.1"
    opened.assert_clean()
