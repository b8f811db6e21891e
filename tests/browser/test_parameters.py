"""The Parameters page in a browser: every way to edit, compare, guess, share and look into a network."""

import json
import random
import re
from xml.etree import ElementTree

import pytest

from engine.parameters.analysis import analyse
from engine.parameters.layers import Conv, Flatten, GlobalPool
from engine.parameters.link import decode, encode
from engine.parameters.presets import PRESETS
from engine.parameters.stack import Stack, from_json
from pages.shared.assets import version

LECTURE = PRESETS["lecture_15120"].stack
THOUSAND = "3x32x32_c64p1_n_r_y3x331_c64p1_n_f_d10"
AREAS = """async ([version, cases]) => {
  const { squarify } = await import(new URL(`assets/${version}/common/treemap.js`, document.baseURI).href);
  return cases.map(([values, w, h]) => squarify(values, { x: 3, y: 5, w, h }));
}"""


class Network:
    """The component on an opened page."""

    def __init__(self, opened):
        self.opened, self.page = opened, opened.page
        self.root = opened.ready()

    def state(self):
        return json.loads(self.root.evaluate("node => JSON.stringify(node.dataset)"))

    def rows(self):
        """Names of the rows from top to bottom."""
        return self.root.evaluate(
            """root => [...root.querySelectorAll(".row")]
              .map((row) => [Number(row.getAttribute("aria-posinset")), row.querySelector(".title b").textContent])
              .sort((a, b) => a[0] - b[0]).map(([, name]) => name)"""
        )

    def wait(self, parameters):
        self.page.wait_for_selector(f".root[data-parameters='{parameters}']")

    def linked(self):
        """The network in the address."""
        match = re.search(r"par_net=([^&]+)", self.page.url)
        return decode(match[1]) if match else LECTURE

    def wait_linked(self, stack):
        """Until the address holds exactly this network."""
        text = encode(stack)
        self.page.wait_for_function("text => location.search.includes(`par_net=${text}`)", arg=text)

    def row(self, name):
        return self.page.locator(".row", has=self.page.locator(f".title b:text-is('{name}')"))


@pytest.fixture
def network(visit):
    return lambda path="parameters", **options: Network(visit(path, **options))


def test_the_lecture_reads_as_on_the_slide(network):
    found = network()
    formulas = found.page.locator(".row .formula").all_inner_texts()
    assert formulas == [
        "(4 × 4 × 3 + 1) × 10 = 490",
        "(3 × 3 × 10 + 1) × 20 = 1,820",
        "nothing to learn",
        "(1,280 + 1) × 10 = 12,810",
    ]
    assert found.page.locator(".total .formula").inner_text() == "490 + 1,820 + 0 + 12,810 = 15,120"
    assert found.state()["parameters"] == "15120"
    found.opened.assert_clean()


def test_edit_add_remove_undo_and_a_way_out(network):
    found = network()
    page = found.page
    found.row("Convolution 2").locator(".main").click()
    page.get_by_label("Filters: more").click()
    changed = Stack((3, 32, 32), (LECTURE.layers[0], Conv(21, 3, 2, 1), *LECTURE.layers[2:]))
    found.wait(analyse(changed).parameters)
    page.get_by_label("Kernel", exact=True).fill("999")  # possible are 1 to 18 here
    page.keyboard.press("Enter")
    largest = Stack((3, 32, 32), (LECTURE.layers[0], Conv(21, 18, 2, 1), *LECTURE.layers[2:]))
    found.wait_linked(largest)
    found.wait(analyse(largest).parameters)
    for _ in range(2):
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Undo (Ctrl+Z)").click()
        page.wait_for_timeout(300)
    found.wait(15_120)
    found.row("Flatten").locator(".main").focus()
    page.keyboard.press("Delete")
    page.locator(".problem", has_text="needs a vector, but a picture of 20 × 8 × 8 arrives").wait_for()
    assert found.state()["parameters"] == "2310"
    page.get_by_role("button", name="Global pooling first").click()
    found.wait(490 + 1_820 + 210)
    page.get_by_role("button", name="+ Add a layer").click()
    page.locator(".kind[data-kind=dense]").click()
    found.wait(490 + 1_820 + 210 + 110)
    assert found.rows()[-1] == "Dense 2"
    assert found.linked().layers[2] == GlobalPool()
    found.opened.assert_clean()


def test_drag_by_pointer_and_by_keys(network):
    found = network()
    page = found.page
    grip = found.row("Flatten").locator(".grip")
    grip.hover(position={"x": 9, "y": 20})  # waits until the page lies still
    box = grip.bounding_box()
    page.mouse.down()
    for y in (-20, -80, -150):
        page.mouse.move(box["x"] + 9, box["y"] + 20 + y, steps=3)
    page.mouse.up()
    first = Stack(LECTURE.input, (Flatten(), *LECTURE.layers[:2], LECTURE.layers[3]))
    found.wait_linked(first)
    page.locator(".problem", has_text="Convolution needs a picture").wait_for()
    found.row("Flatten").locator(".main").focus()
    for _ in range(2):
        page.keyboard.press("Alt+ArrowDown")
    found.wait(15_120)
    page.wait_for_timeout(700)
    assert found.rows() == ["Convolution 1", "Convolution 2", "Flatten", "Dense"]
    found.opened.assert_clean()


def test_pin_change_and_swap(network):
    found = network()
    page = found.page
    page.get_by_role("button", name="Pin this version").click()
    page.get_by_text("Nothing differs yet").wait_for()
    found.row("Convolution 2").locator(".main").click()
    page.get_by_label("Filters", exact=True).fill("40")
    page.keyboard.press("Enter")
    more = 2 * 15_120 - 2 * 490 - 10 - 15_120 + 490  # twice the second convolution and the dense weights
    found.wait(15_120 + more)
    assert found.row("Convolution 2").locator("em").inner_text() == "changed"
    assert found.row("Dense").locator(".parameters small").inner_text() == "+12,800"
    assert f"+{more:,} (+96.7\xa0%)" in page.locator(".pinned").inner_text()
    assert "par_pin=" in page.url
    again = network(page.url.split("/", 3)[3])
    assert again.row("Dense").locator(".parameters small").inner_text() == "+12,800"
    page.get_by_role("button", name="Swap").click()
    found.wait(15_120)
    assert found.row("Dense").locator(".parameters small").inner_text() == "−12,800"
    page.get_by_role("button", name="Unpin").click()
    page.locator(".pinned").wait_for(state="hidden")
    found.opened.assert_clean()
    again.opened.assert_clean()


def test_guess_before_the_answer(network):
    found = network("parameters?par_guess=true")
    page = found.page
    assert found.state()["parameters"] == ""
    assert "12,810" not in page.locator("[data-testid=stMain]").inner_text()
    page.get_by_label("Your count for Convolution 1").fill("480")
    page.get_by_label("Your count for Dense").fill("12 810")
    page.get_by_label("Your count for the whole network").fill("15120")
    page.keyboard.press("Enter")
    page.get_by_text("2 of 3 right.").first.wait_for()
    words = found.row("Convolution 1").inner_text()
    assert "every one of the 10 filters also has a bias" in words
    assert "Exactly." in found.row("Dense").inner_text()
    found.wait(15_120)
    page.get_by_role("button", name="Guess again").click()
    page.get_by_label("Your count for Dense").wait_for()
    assert page.get_by_label("Your count for Dense").input_value() == ""
    found.opened.assert_clean()


def test_presets_export_and_import(network):
    found = network()
    page = found.page
    page.locator(".st-key-par_start [data-baseweb=select], .st-key-par_start [role=combobox]").first.click()
    page.get_by_role("option", name="LeNet-5").click()
    found.wait(61_706)
    page.get_by_role("button", name="Export").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="JSON", exact=True).click()
    text = open(download.value.path(), encoding="utf-8").read()  # noqa: SIM115, PTH123 - the browser's own file
    assert from_json(text) == PRESETS["lenet5"].stack
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Import").click()
    page.get_by_label("JSON text").fill('{"layers": [{"kind": "conv", "filters": -1}]}')
    page.get_by_role("button", name="Show this network").click()
    found.opened.read("filters of a convolution layer must be a whole number")
    found.wait(61_706)
    page.locator("input[type=file]").set_input_files(
        {
            "name": "n.json",
            "mimeType": "application/json",
            "buffer": b'{"layers": [{"kind": "flatten"}, {"kind": "dense"}]}',
        }
    )
    found.wait(3 * 32 * 32 * 10 + 10)
    found.opened.assert_clean()


def test_a_thousand_layers_are_edited_and_only_few_are_drawn(network):
    found = network(f"parameters?par_net={THOUSAND}")
    page = found.page
    assert found.state()["layers"] == "1000"
    assert page.locator(".row").count() < 60
    before = analyse(decode(THOUSAND))
    page.locator(".scroller").evaluate("node => { node.scrollTop = node.scrollHeight }")
    found.row("Dense").locator(".main").click()
    page.get_by_label("Units: more").click()
    found.wait(before.parameters + 64 * 32 * 32 + 1)
    assert float(found.state()["milliseconds"]) < 1_500
    assert page.locator(".row").count() < 60
    found.opened.assert_clean()


def test_a_known_network_is_searched_opened_and_zoomed(network):
    found = network(f"parameters?par_net={encode(PRESETS['lecture_cnn'].stack)}")
    page = found.page
    page.locator(".st-key-par_view").get_by_text("Known").click()
    found.wait(25_557_032)
    assert (found.state()["parameters"], found.state()["layers"]) == ("25557032", "126")
    page.locator(".main[data-id='layer4.']").click()
    assert page.locator(".main[data-id^='layer4.']").count() > 3
    page.locator("input.filter").fill("3 × 3 × 512")
    page.get_by_text("3 of 126 layers, 7.08 M (27.7 %)").wait_for()
    page.locator("input.filter").fill("")
    page.locator(".tile[data-id='fc']").hover()
    page.get_by_text("fc: 2,049,000 (8.0 %)").wait_for()
    page.locator(".tile[data-id='layer4.'] b").click()
    page.locator(".crumb", has_text="layer4").wait_for()
    page.locator(".measure[data-measure=macs]").click()
    page.wait_for_function("location.search.includes('par_measure=macs')")
    with page.expect_download() as download:
        page.get_by_role("button", name="Save the areas as SVG").click()
    drawing = ElementTree.parse(download.value.path()).getroot()
    words = "".join(drawing.itertext())
    assert "resnet50: Area = multiply-adds" in words
    assert "meta device" in words  # where it comes from
    assert len(drawing.findall(".//{*}rect")) > 10
    page.locator(".st-key-par_view").get_by_text("Build").click()
    found.wait(591_914)  # the network that was built is still there
    assert found.state()["measure"] == "macs"
    found.opened.assert_clean()


def test_areas_are_the_values_fill_the_box_and_do_not_overlap(modules):
    draw = random.Random(5)
    cases = []
    for _ in range(30):
        values = sorted((draw.random() ** 4 + 1e-6 for _ in range(draw.randint(1, 60))), reverse=True)
        cases.append([values, draw.randint(40, 900), draw.randint(40, 400)])
    answers = modules.evaluate(AREAS, [version(), cases])
    for (values, width, height), boxes in zip(cases, answers, strict=True):
        assert len(boxes) == len(values)
        for value, box in zip(values, boxes, strict=True):
            assert box["w"] * box["h"] == pytest.approx(value / sum(values) * width * height, rel=1e-6)
            assert box["x"] >= 3 - 1e-6
            assert box["y"] >= 5 - 1e-6
            assert box["x"] + box["w"] <= 3 + width + 1e-6
            assert box["y"] + box["h"] <= 5 + height + 1e-6
        for n, a in enumerate(boxes):
            for b in boxes[:n]:
                across = min(a["x"] + a["w"], b["x"] + b["w"]) - max(a["x"], b["x"])
                down = min(a["y"] + a["h"], b["y"] + b["h"]) - max(a["y"], b["y"])
                assert min(across, down) < 1e-6
