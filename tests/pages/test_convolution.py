"""The Convolution page without a browser: numbers, links and code agree with the engine."""

import pytest
import torch

from engine import images, kernels, samples
from engine.convolution import activate, convolve
from engine.kernels import learned
from pages.basics.convolution_lesson import STEPS
from pages.registry import BY_SLUG
from pages.shared import lessons
from tests.pages.listings import listings

CODE = [
    {},
    {"conv_kernel": "Gabor", "conv_size": "7 × 7", "conv_stride": "3"},
    {
        "conv_colours": "Colour",
        "conv_kernel": "Gaussian blur",
        "conv_size": "5 × 5",
        "conv_activation": "ReLU",
    },
    {
        "conv_picture": "Numbers: the lecture's first window",
        "conv_kernel": "The lecture's filter",
        "conv_padding": "valid",
    },
    {
        "conv_kernel": "Box blur",
        "conv_size": "4 × 4",
        "conv_mode": "reflect",
        "conv_bias": "0.5",
        "conv_activation": "tanh",
    },
    {
        "conv_picture": "Numbers: a diagonal line",
        "conv_kernel": "Laplacian of Gaussian",
        "conv_dilation": "2",
        "conv_padding": "same",
    },
]


def _facts(test):
    table = next(element.value for element in test.markdown if element.value.startswith("| Quantity |"))
    rows = [line.strip("| ").split("|") for line in table.splitlines()[2:]]
    return {row[0].strip(): row[-1].strip().strip("*") for row in rows}


def _snippet(test):
    return next(block for block in listings(test) if "import torch" in block)


@pytest.mark.parametrize("query", CODE, ids=lambda query: "-".join(query.values()) or "default")
def test_the_code_runs_as_pasted_and_gives_the_pages_numbers(app, query):
    test = app("convolution", **query)
    assert not test.exception
    shown = {element.key: str(element.value) for element in (*test.selectbox, *test.slider)}
    if "conv_kernel" in query:
        assert kernels.FAMILIES[shown["conv_kernel"]].title == query["conv_kernel"]
    space = {}
    exec(compile(_snippet(test), "snippet", "exec"), space)
    low, high = _facts(test)["Output from / to"].split(" / ")
    assert space["output"].min().item() == pytest.approx(float(low), abs=6e-4)
    assert space["output"].max().item() == pytest.approx(float(high), abs=6e-4)
    assert tuple(space["output"].shape[-2:]) == (
        int(_facts(test)["Output height"]),
        int(_facts(test)["Output width"]),
    )


def test_the_default_numbers_are_the_engines(app):
    picture = images.to_uint8(samples.sample("cat", 256)).float() / 255
    weight = kernels.build("sobel_x", 3)[None, None]
    output = activate(convolve(images.grey(picture), weight, padding="same"), "none")
    facts = _facts(app("convolution"))
    assert facts["Output from / to"] == f"{output.min().item():.3f} / {output.max().item():.3f}"
    assert facts["Weights"] == "9"
    assert facts["Multiply-adds"] == f"{256 * 256 * 9:,}"


def test_weights_in_the_address_replace_the_kernel(app):
    facts = _facts(app("convolution", conv_w="0,0,0,0,2,0,0,0,0"))
    assert facts["Sum of the weights"] == "2"


@pytest.mark.parametrize("text", ["", "1,2", "a,b,c", "nan," * 8 + "nan", "1e9" + ",0" * 8, "9" * 9000])
def test_hostile_weights_are_ignored(app, text):
    test = app("convolution", conv_w=text)
    assert not test.exception
    assert _facts(test)["Sum of the weights"] == "0"


@pytest.mark.parametrize("name", sorted(kernels.FAMILIES))
def test_every_kernel_opens_in_every_size(app, name):
    test = app("convolution", conv_kernel=kernels.FAMILIES[name].title)
    assert not test.exception
    for size in kernels.FAMILIES[name].sizes:
        test.selectbox(key="conv_size").set_value(size).run()
        assert not test.exception
        assert _facts(test)["Weights"] == str(size * size)


@pytest.mark.parametrize(("colours", "channels"), [("Colour", 3), ("Grey", 1)])
def test_a_learned_filter_has_a_slice_per_colour(app, colours, channels):
    test = app("convolution", conv_kernel="Learned by our CNN", conv_filter="5", conv_colours=colours)
    assert not test.exception
    facts = _facts(test)
    assert facts["Weights"] == str(9 * channels)
    weight = learned.filters()[4]
    assert float(facts["Sum of the weights"]) == pytest.approx(weight.sum().item(), abs=6e-4)


def test_small_grids_offer_only_what_fits(app):
    test = app(
        "convolution",
        conv_picture="Numbers: the lecture's first window",
        conv_kernel="Box blur",
        conv_padding="valid",
    )
    for size in test.selectbox(key="conv_size").options:
        test.selectbox(key="conv_size").set_value(int(size[0])).run()
        assert not test.exception
        assert int(_facts(test)["Output height"]) >= 1


@pytest.mark.parametrize("index", range(len(STEPS)), ids=[step.title for step in STEPS])
def test_every_lecture_step_opens(app, index):
    test = app("convolution")
    test.button(key=f"conv_goto_{index}").click().run()
    assert not test.exception
    for name, value in STEPS[index].state.items():
        assert test.session_state[f"conv_{name}"] == value


def test_a_chosen_kernel_drops_typed_weights(app):
    test = app("convolution", conv_w="0,0,0,0,2,0,0,0,0")
    test.selectbox(key="conv_kernel").set_value("box").run()
    assert _facts(test)["Sum of the weights"] == "1"


def test_the_lesson_belongs_to_the_page():
    assert all(isinstance(step, lessons.Step) for step in STEPS)
    assert BY_SLUG["convolution"].prefix == "conv_"
    assert torch.is_tensor(kernels.build("box", 3))


def test_a_link_sets_controls_that_are_drawn_late(app):
    facts = _facts(app("convolution", conv_side="512", conv_dilation="3", conv_mode="replicate"))
    assert facts["Output height"] == "512"
    assert _facts(app("convolution", conv_side="513"))["Output height"] == "256"
