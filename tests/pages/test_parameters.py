"""The Parameters page without a browser: the slide's numbers, links, imports, guesses and code are the engine's."""

import json

import pytest

from engine import architectures
from engine.parameters.analysis import analyse
from engine.parameters.layers import Conv, Dense, Flatten
from engine.parameters.link import encode
from engine.parameters.presets import PRESETS
from engine.parameters.stack import Stack, to_json
from pages.basics.parameters_code import STEPS
from pages.basics.parameters_session import LONGEST_LINK
from tests.pages.listings import listings

LECTURE = PRESETS["lecture_15120"].stack
BROKEN = Stack((3, 8, 8), (Conv(4, 3), Conv(4, 9), Flatten(), Dense(10)))
DEEP = Stack((3, 16, 16), (*[Conv(8, 3, padding=1)] * 200, Flatten(), Dense(3)))


def _facts(test):
    table = next(element.value for element in test.markdown if element.value.startswith("| Quantity |"))
    rows = [line.strip("| ").split("|") for line in table.splitlines()[2:]]
    return {
        row[0].strip(): [cell.strip().strip("*").replace("\xa0", " ") for cell in row[1:]] for row in rows
    }


def _words(test):
    return "\n".join(element.value for element in test.markdown)


def _network(test):
    return test.session_state["network_document"].document.stack


def test_the_lecture_reads_as_on_the_slide(app):
    test = app("parameters")
    assert not test.exception
    assert _facts(test)["Parameters"] == ["490 + 1,820 + 0 + 12,810", "15,120"]
    words = _words(test)
    assert "Dense holds 84.7 %" in words
    assert "Global pooling in place of the flatten would leave 2,520: 12,600 fewer." in words


@pytest.mark.parametrize(
    "name", [name for name in PRESETS if name != "alexnet"]
)  # 61 million take their time
def test_a_link_opens_its_network_and_the_code_builds_it(app, name, capsys):
    stack = PRESETS[name].stack
    test = app("parameters", par_net=encode(stack))
    assert _network(test) == stack
    assert not test.session_state["network_document"].past
    space = {"__name__": "pasted"}
    exec(compile(listings(test)[0], "code", "exec"), space)
    total = sum(parameter.numel() for parameter in space["model"].parameters())
    assert _facts(test)["Parameters"][1] == f"{total:,}"
    assert "import keras" in listings(test)[1]
    capsys.readouterr()


def test_a_long_network_is_built_from_its_link(app, capsys):
    test = app("parameters", par_net=encode(DEEP))
    assert _facts(test)["Parameters"] == ["202 layers", f"{analyse(DEEP).parameters:,}"]
    exec(compile(listings(test)[0], "code", "exec"), {})
    assert capsys.readouterr().out.strip() == str(analyse(DEEP).parameters)


def test_a_broken_network_says_where_and_why(app, capsys):
    test = app("parameters", par_net=encode(BROKEN))
    assert not test.exception
    assert "It breaks at Convolution 2." in _words(test)
    assert "Kernel 9 does not fit" in _words(test)
    exec(compile(listings(test)[0], "code", "exec"), {})
    assert "Kernel 9 does not fit" in capsys.readouterr().out


@pytest.mark.parametrize(
    "query",
    [
        {"par_net": "x" * 99},
        {"par_net": "3x32x32_c0"},
        {"par_net": "3x32x32" + "_r" * 1001},
        {"par_net": "3x32x32_r_y1x9999"},
        {"par_pin": "nonsense"},
        {"par_row": "99999"},
        {"par_row": "-1"},
        {"par_measure": "beauty"},
        {"par_batch": "0", "par_precision": "fp8", "par_optimiser": "lion", "par_view": "other"},
    ],
    ids=str,
)
def test_hostile_links_leave_the_lectures_network_and_say_why(app, query):
    test = app("parameters", **query)
    assert not test.exception
    assert _network(test) == LECTURE
    if "par_net" in query:
        assert "stayed" in test.warning[0].value or "stays as it was" in test.warning[0].value


def test_memory_follows_batch_precision_and_optimiser(app):
    test = app("parameters")
    activations = _facts(test)["Training: activations"][1]
    test.selectbox(key="par_batch").set_value(64).run()
    assert activations == "864.0 KB"
    assert _facts(test)["Training: activations"][1] == "1.7 MB"
    test.selectbox(key="par_optimiser").set_value("sgd").run()
    assert _facts(test)["Training: optimiser"][1] == "0 bytes"


def test_presets_are_taken_and_named(app):
    test = app("parameters")
    test.selectbox(key="par_start").set_value("lenet5").run()
    assert _network(test) == PRESETS["lenet5"].stack
    assert test.selectbox(key="par_start").value == "lenet5"
    assert _facts(test)["Parameters"][1] == "61,706"


def _import(test, text):
    test.text_area(key="par_text").set_value(text).run()
    test.button(key="par_take").click().run()
    return test


def test_a_network_file_comes_in(app):
    test = _import(app("parameters"), to_json(BROKEN))
    assert _network(test) == BROKEN
    assert not test.warning


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not readable as JSON"),
        ('{"input": [3, 32,', "line 1"),
        ("[" * 9_999, "not readable as JSON"),
        (json.dumps({"layers": [{"kind": "flatten"}] * 1001}), "1,001 layers and the limit is 1,000"),
        (json.dumps({"layers": [{"kind": "conv", "filters": "<script>"}]}), "filters of a convolution"),
        (json.dumps({"layers": [{"kind": "__class__"}]}), "must be one of conv"),
        ('{"layers": [{"kind": "conv", "filters": ' + "9" * 5_000 + "}]}", "not readable as JSON"),
    ],
)
def test_a_hostile_file_is_answered_in_words_and_changes_nothing(app, text, words):
    test = _import(app("parameters"), text)
    assert not test.exception
    assert words in test.warning[0].value
    assert test.warning[0].value.endswith("The network on the page stays as it was.")
    assert _network(test) == LECTURE


def test_guessing_hides_every_count(app):
    test = app("parameters", par_guess="true")
    shown = _words(test) + "".join(caption.value for caption in test.caption)
    assert "15,120" not in shown
    assert "12,810" not in shown
    assert _facts(test)["Parameters"] == ["type your count, then reveal", "?"]
    assert "Count before you look" in shown


@pytest.mark.parametrize("index", range(len(STEPS)), ids=[step.title for step in STEPS])
def test_every_lecture_step_opens(app, index):
    test = app("parameters")
    test.button(key=f"par_goto_{index}").click().run()
    assert not test.exception
    step = STEPS[index].state
    if step.get("view") == "known":
        counted = architectures.published(step["model"]).parameters
        assert _facts(test)["Parameters"][1] == f"{counted:,}"
        return
    state = test.session_state["network_document"]
    assert encode(state.document.stack) == step["net"]
    opened = state.document.ids.index(state.opened) + 1 if state.opened is not None else None
    assert opened == (int(step["row"]) if "row" in step else None)


def test_a_lecture_step_can_be_undone(app):
    test = app("parameters", par_net=encode(BROKEN))
    test.button(key="par_goto_8").click().run()
    assert _network(test) == PRESETS["lecture_plain"].stack
    assert test.session_state["network_document"].past[-1] == BROKEN


@pytest.mark.parametrize("name", ["resnet50", "vit_b_16", "mobilenet_v1", "googlenet"])
def test_a_known_network_is_counted_as_published_and_its_code_says_the_same(app, name, capsys):
    test = app("parameters", par_view="Known", par_model=name)
    assert not test.exception
    facts, published = _facts(test), architectures.published(name)
    if published is not None:
        assert facts["Parameters"][1] == facts["Published parameters"][1] == f"{published.parameters:,}"
    code = listings(test)[0]
    if name == "resnet50":
        exec(compile(code, "code", "exec"), {})
        lines = capsys.readouterr().out.splitlines()
        assert lines[0] == "25557032"
        assert lines[-1].startswith("25,557,032 parameters, 4,089,184,256 multiply-adds")


def test_a_network_too_long_for_a_link_says_so(app):
    layers = tuple(
        Conv(1 + n % 4000, 1 + n % 31, 1 + n % 15, n % 32, 1 + n % 15, bias=False) for n in range(1000)
    )
    stack = Stack((3, 64, 64), layers)
    assert len(encode(stack)) > LONGEST_LINK
    test = _import(app("parameters"), to_json(stack, indent=None))
    assert not test.exception
    assert any("too long for a link" in caption.value for caption in test.caption)
