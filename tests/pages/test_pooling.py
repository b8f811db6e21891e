"""The Pooling page without a browser: numbers, links and code agree with the engine."""

import pytest
import torch

from engine import images, kernels, pooling, samples
from engine.convolution import convolve
from pages.basics.pooling_code import STEPS
from tests.pages.listings import listings

STATES = [
    {},
    {"pool_window": 5, "pool_stride": 3, "pool_padding": 2},
    {"pool_map": "feature", "pool_kernel": "gabor", "pool_stride": 1},
    {"pool_map": "relu", "pool_window": 4, "pool_stride": 4, "pool_view": "shift"},
    {"pool_map": "grid", "pool_view": "gradient"},
    {"pool_global": True},
    {"pool_picture": "lecture_1", "pool_window": 3},
]
LABELS = {"Max": "max", "Average": "average", "Min": "min", "L2": "l2"}


def _open(app, state):
    test = app("pooling")
    for key, value in state.items():
        test.session_state[key] = value
    return test.run()


def _facts(test):
    table = next(element.value for element in test.markdown if element.value.startswith("| Quantity |"))
    rows = [line.strip("| ").split("|") for line in table.splitlines()[2:]]
    return {row[0].strip(): row[-1].strip().strip("*") for row in rows}


@pytest.mark.parametrize("state", STATES, ids=str)
def test_the_code_runs_as_pasted_and_gives_the_pages_numbers(app, state):
    test = _open(app, state)
    assert not test.exception
    space = {}
    exec(
        compile(next(block for block in listings(test) if "import torch" in block), "code", "exec"),
        space,
    )
    facts = _facts(test)
    for label, mode in LABELS.items():
        output = space["outputs"][mode]
        low, high = facts[f"{label} from / to"].split(" / ")
        assert output.min().item() == pytest.approx(float(low), abs=6e-4)
        assert output.max().item() == pytest.approx(float(high), abs=6e-4)
        assert tuple(output.shape[-2:]) == (int(facts["Output height"]), int(facts["Output width"]))


def test_the_default_numbers_are_the_engines(app):
    facts = _facts(app("pooling"))
    picture = images.grey(images.to_uint8(samples.sample("cat", 128)).float() / 255)
    for label, mode in LABELS.items():
        output = pooling.pool(picture, mode, 2)
        assert facts[f"{label} from / to"] == f"{output.min().item():.3f} / {output.max().item():.3f}"
    for mode, share in pooling.shift_sensitivity(picture, 2).items():
        label = next(label for label, name in LABELS.items() if name == mode)
        assert facts[f"{label} changed by the shift"] == f"{100 * share:.1f} %"
    gaussian = kernels.build("gaussian", 3)[None, None]
    share = pooling.share_changed(lambda x: convolve(x, gaussian, stride=2, padding=1), picture)
    assert facts["Convolution changed by the shift"] == f"{100 * share:.1f} %"


def test_the_sixteen_numbers_by_hand(app):
    facts = _facts(_open(app, {"pool_map": "grid"}))
    assert facts["Max from / to"] == "5.000 / 9.000"  # 6 5 / 8 9
    assert facts["Average from / to"] == "2.000 / 5.500"  # 14/4 8/4 / 14/4 22/4
    assert facts["Min from / to"] == "0.000 / 2.000"  # 1 0 / 1 2
    assert facts["Cells that win a max"] == "25.0 %"


@pytest.mark.parametrize("index", range(len(STEPS)), ids=[step.title for step in STEPS])
def test_every_lecture_step_opens(app, index):
    test = app("pooling")
    test.button(key=f"pool_goto_{index}").click().run()
    assert not test.exception
    for name, value in STEPS[index].state.items():
        assert test.session_state[f"pool_{name}"] == value


@pytest.mark.parametrize("picture", ["lecture_1", "edge", "cat"])
def test_the_controls_reach_no_impossible_setting(app, picture):
    test = _open(app, {"pool_picture": picture})
    window = test.slider(key="pool_window")
    for size in (int(window.max), int(window.min)):
        test.slider(key="pool_window").set_value(size).run()
        for stride in (1, 8):
            test.slider(key="pool_stride").set_value(stride).run()
            padding = test.slider(key="pool_padding")
            padding.set_value(int(padding.max)).run()
            assert not test.exception
            assert int(_facts(test)["Output height"]) >= 1


@pytest.mark.parametrize("place", ["", "-1,x", "1", "9" * 500 + ",1", "3,4"])
def test_a_hostile_place_is_ignored(app, place):
    test = app("pooling", pool_at=place, pool_window="99", pool_view="none")
    assert not test.exception
    assert torch.tensor(float(_facts(test)["Output height"])) >= 1
