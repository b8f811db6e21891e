"""The sliding window in a browser: its numbers are torch's, and touching it asks the server nothing."""

import json

import pytest
import torch

from engine import images, kernels, number_grids, samples
from engine.convolution import activate, convolve
from engine.geometry import axes
from pages.shared.assets import version

LECTURE = "conv_kernel=The lecture's filter"
NUMERICS = """async ([version, cases]) => {
  const m = await import(new URL(`assets/${version}/common/convolution.js`, document.baseURI).href);
  return cases.map((c) => {
    const input = m.padded(Float32Array.from(c.planes), c.channels, c.height, c.width, c.pads, c.mode);
    const weights = Float64Array.from(c.weights);
    const map = m.activate(m.convolve(input, c.channels, weights, c.kernel, c), c.activation);
    const y = map.height - 1, x = map.width - 1;
    const cell = m.windowAt(input, c.channels, weights, c.kernel, c, y, x);
    const total = m.activation(c.activation)(cell.total);
    return { values: [...map.values], height: map.height, width: map.width, total };
  });
}"""


def _cases():
    """Sixty random settings with their torch results; every mode and activation occurs."""
    generator = torch.Generator().manual_seed(7)

    def pick(options):
        return options[int(torch.randint(len(options), (1,), generator=generator))]

    for number in range(60):
        height, width = pick([7, 9, 12]), pick([7, 8, 13])
        channels, kernel, stride, dilation = (
            pick([1, 3]),
            pick([1, 2, 3, 4, 5]),
            pick([1, 2, 3]),
            pick([1, 1, 2]),
        )
        if dilation * (kernel - 1) + 1 > 7:
            dilation = 1
        mode = ["zeros", "reflect", "replicate"][number % 3]
        activation = ["none", "relu", "leaky_relu", "tanh", "sigmoid"][number % 5]
        padding = pick(["valid", "same", 1, 2])
        image = torch.rand(1, channels, height, width, generator=generator)
        weight = torch.randn(1, channels, kernel, kernel, generator=generator)
        bias = float(torch.randn(1, generator=generator))
        setting = {"stride": stride, "padding": padding, "padding_mode": mode, "dilation": dilation}
        rows, columns = axes((height, width), (kernel, kernel), **setting)
        expected = activate(convolve(image, weight, torch.tensor([bias]), **setting), activation)
        yield (
            {
                "planes": image.flatten().tolist(),
                "weights": weight.flatten().tolist(),
                "channels": channels,
                "height": height,
                "width": width,
                "kernel": kernel,
                "stride": stride,
                "dilation": dilation,
                "bias": bias,
                "mode": mode,
                "activation": activation,
                "pads": [rows.before, rows.after, columns.before, columns.after],
            },
            expected[0, 0],
        )


def test_the_browsers_convolution_is_torchs(modules):
    cases, expected = zip(*_cases(), strict=True)
    answers = modules.evaluate(NUMERICS, [version(), list(cases)])
    for case, answer, want in zip(cases, answers, expected, strict=True):
        got = torch.tensor(answer["values"]).reshape(answer["height"], answer["width"])
        assert got.shape == want.shape, case
        torch.testing.assert_close(got, want, atol=1e-5, rtol=1e-5)
        assert answer["total"] == pytest.approx(want[-1, -1].item(), abs=1e-5)


def _cell(root):
    data = json.loads(root.evaluate("node => JSON.stringify(node.dataset)"))
    return int(data["row"]), int(data["column"]), float(data["value"])


@pytest.mark.parametrize(("picture", "result"), [("first", 2.8), ("second", -0.1)])
def test_the_lectures_example_reads_as_on_the_slide(visit, picture, result):
    opened = visit(f"convolution?conv_picture=Numbers: the lecture's {picture} window&{LECTURE}")
    root = opened.ready()
    assert _cell(root)[2] == pytest.approx(result, abs=1e-6)
    assert f"{abs(result):.3f}" in root.inner_text()


def test_hovering_shows_torchs_value_and_asks_the_server_nothing(visit):
    opened = visit("convolution?conv_kernel=Sobel y")
    root = opened.ready()
    opened.page.wait_for_timeout(1200)  # Streamlit's own first messages
    picture = images.to_uint8(samples.sample("cat", 256)).float() / 255
    weight = kernels.build("sobel_y", 3)[None, None]
    expected = convolve(images.grey(picture), weight, padding="same")[0, 0]
    frames, requests = opened.frames, opened.requests
    canvas = opened.page.locator("canvas[data-side=output]")
    box = canvas.bounding_box()
    for share in (0.2, 0.4, 0.6, 0.8):
        opened.page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] * (1 - share))
        opened.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        row, column, value = _cell(root)
        assert value == pytest.approx(expected[row, column].item(), abs=1e-5)
        assert abs(column - 256 * share) < 3
    assert (opened.frames, opened.requests) == (frames, requests)
    opened.assert_clean()


def test_keys_move_pin_and_release_and_play_reaches_the_last_position(visit):
    opened = visit("convolution?conv_picture=Numbers: an edge")
    root = opened.ready()
    canvas = opened.page.locator("canvas[data-side=input]")
    canvas.focus()
    opened.page.keyboard.press("Home")
    opened.page.keyboard.press("ArrowRight")
    opened.page.keyboard.press("ArrowDown")
    grid = number_grids.GRIDS["edge"].tensor()
    expected = convolve(grid, kernels.build("sobel_x", 3)[None, None])[0, 0]
    assert _cell(root) == (1, 1, pytest.approx(expected[1, 1].item()))
    assert root.get_attribute("data-pinned") == "true"
    opened.page.wait_for_function("location.search.includes('conv_at=1%2C1')")
    opened.page.keyboard.press("Escape")
    assert root.get_attribute("data-pinned") == "false"
    opened.page.locator("select.speed").select_option("20")
    opened.page.get_by_role("button", name="Play (space)").click()
    opened.page.wait_for_selector(".root[data-row='5'][data-column='5']")
    assert _cell(root)[:2] == (5, 5)
    opened.assert_clean()


def test_an_edited_weight_changes_the_result_and_the_link(visit):
    opened = visit(f"convolution?conv_picture=Numbers: the lecture's first window&{LECTURE}")
    root = opened.ready()
    weight = opened.page.get_by_label("Weight, row 2, column 2")
    weight.fill("10")
    weight.press("Enter")
    assert _cell(root)[2] == pytest.approx(2.8 + 10 * -0.2, abs=1e-6)
    opened.page.wait_for_function("location.search.includes('conv_w=')")
    opened.page.wait_for_timeout(300)
    again = visit(opened.page.url.split("/", 3)[3])
    assert _cell(again.ready())[2] == pytest.approx(0.8, abs=1e-6)
    again.assert_clean()


def test_a_hostile_link_is_clamped(visit):
    opened = visit("convolution?conv_w=1,nan,DROP&conv_at=-1,x&conv_stride=99&conv_kernel=none&conv_size=400")
    opened.ready()
    opened.assert_clean()


@pytest.mark.parametrize("width", [1440, 420])
def test_a_broken_upload_is_answered_in_words(visit, width):
    opened = visit("convolution", width=width)
    opened.ready()
    opened.page.get_by_text("Use your own").click()
    opened.page.locator("input[type=file]").set_input_files(
        {"name": "cat.png", "mimeType": "image/png", "buffer": b"this is no picture"}
    )
    opened.read("The picture on the page stays as it was")
    opened.assert_clean()
