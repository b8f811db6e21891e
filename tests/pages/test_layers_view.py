"""The Layers view without a browser: numbers and code agree with engine.layers; no control reaches the impossible."""

import pytest
import torch

from engine import images, layers, samples
from engine.geometry import GeometryError
from engine.layers import PRESETS, ConvLayer
from pages.basics import layers_code
from tests.pages.listings import listings

VIEW = {"conv_view": "Layers"}
STACKS = [
    *(preset.layers for preset in PRESETS.values()),
    (ConvLayer(3, 4, 3, "valid", activation="tanh"), ConvLayer(2, 2, 2, 1, activation="sigmoid")),
    (ConvLayer(1, 7, 4, "same", activation="none"), ConvLayer(16, 6, 1, "same", activation="leaky_relu")),
]


def _cat():
    return images.to_uint8(samples.sample("cat", 96)).float() / 255


def _facts(test):
    table = next(element.value for element in test.markdown if element.value.startswith("| Quantity |"))
    rows = [line.strip("| ").split("|") for line in table.splitlines()[2:]]
    return {row[0].strip(): row[-1].strip().strip("*") for row in rows}


def _run(text):
    space = {}
    exec(compile(text, "snippet", "exec"), space)
    return space["output"]


@pytest.mark.parametrize("stack", STACKS, ids=range(len(STACKS)))
@pytest.mark.parametrize("seed", [0, 3])
def test_the_code_runs_as_pasted_and_gives_the_engines_maps(stack, seed):
    image = _cat()
    rows, columns, (height, width) = [], [], image.shape[-2:]
    for layer in stack:
        down, across = layer.axes(height, width)
        rows, columns, height, width = [*rows, down], [*columns, across], down.output, across.output
    text = layers_code.pytorch(stack, rows, columns, seed, image, "cat", "A cat")
    expected = layers.forward(image, stack, seed)[-1].after
    torch.testing.assert_close(_run(text), expected, atol=2e-5, rtol=1e-5)


def test_code_for_a_grey_picture_of_ones_own_reads_the_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    image = (
        images.to_uint8(torch.rand(1, 1, 20, 30, generator=torch.Generator().manual_seed(1))).float() / 255
    )
    images.to_pil(image).save("mine.png")
    layer = ConvLayer(4, 3, 2, "same")
    rows, columns = layer.axes(20, 30)
    text = layers_code.pytorch((layer,), [rows], [columns], 0, image, "", "mine.png")
    torch.testing.assert_close(_run(text), layers.forward(image, (layer,), 0)[0].after, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("preset", PRESETS)
def test_the_page_shows_a_preset_and_its_code_gives_the_engines_result(app, preset):
    test = app("convolution", conv_l_preset=PRESETS[preset].title, **VIEW)
    assert not test.exception
    text = next(block for block in listings(test) if "import torch" in block)
    torch.testing.assert_close(
        _run(text), layers.forward(_cat(), PRESETS[preset].layers)[-1].after, atol=2e-5, rtol=1e-5
    )


def test_the_lectures_numbers(app):
    facts = _facts(app("convolution", conv_l_preset=PRESETS["lecture_240"].title, **VIEW))
    assert facts["Layer 1: weights"] == "240"
    assert facts["Layer 1: biases"] == "5"
    assert facts["All parameters"] == "245"
    assert facts["Layer 1: multiply-adds"] == f"{96 * 96 * 240:,}"


def test_taking_over_a_preset_changes_nothing_but_the_controls(app):
    test = app("convolution", conv_l_preset=PRESETS["lecture_two_layers"].title, **VIEW)
    before = _facts(test)
    test.button(key="conv_l_edit").click().run()
    assert not test.exception
    assert test.selectbox(key="conv_l_preset").value == "own"
    assert _facts(test) == before


@pytest.mark.parametrize("padding", ["valid", "same", "3"])
def test_the_most_extreme_controls_still_give_a_stack(app, padding):
    query = {f"conv_l_padding{n}": padding for n in range(1, 5)}
    query |= {f"conv_l_stride{n}": "4" for n in range(1, 5)}
    query |= {f"conv_l_kernel{n}": "7" for n in range(1, 5)}
    test = app("convolution", conv_l_preset="Your own", conv_l_count="4", **VIEW, **query)
    assert not test.exception
    assert "Layer 4: weights" in _facts(test)


def test_a_stack_that_does_not_fit_is_refused_in_words():
    with pytest.raises(GeometryError, match="Layer 2"):
        layers.shapes((3, 8, 8), (ConvLayer(2, 7, 1, "valid"), ConvLayer(2, 7, 1, "valid")))
