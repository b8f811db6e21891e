"""The Architectures page without a browser: the engine's numbers, links and lessons that open, wrong ones answered."""

import hashlib
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
import streamlit as st
import torch

from engine.architectures import all_published, graph, published, summary, training
from engine.classifier import networks, shipped
from engine.classifier.settings import Lane
from engine.download import RemoteFile
from engine.feature_maps import own, own_network, weights
from engine.feature_maps.weights import randomised
from pages.networks import architectures_maps, architectures_weights
from pages.networks.architectures_lesson import STEPS
from pages.networks.architectures_state import sift
from tests.pages.listings import listings


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """No weights of this machine's own."""
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    return tmp_path / "weights"


def _open(app, **state):
    test = app("architectures")
    for name, value in state.items():
        test.session_state[f"arch_{name}"] = value
    return test.run()


def _table(test):
    text = next(element.value for element in test.markdown if element.value.startswith("| "))
    rows = [line.strip("| ").split(" | ") for line in text.splitlines()[2:]]
    return {row[0].strip(): [cell.strip(" *") for cell in row[1:]] for row in rows}


def _words(test):
    return "\n".join(element.value for element in test.markdown)


def _run(test):
    code = next(block for block in listings(test) if "import" in block)
    space = {}
    exec(compile(code, "code", "exec"), space)
    return space


# --- one network ---


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v1", "googlenet"])
def test_the_numbers_are_the_engines_and_the_code_finds_the_same(app, name):
    test = _open(app, network=name)
    found, rows = summary(name), _table(test)
    assert rows["Parameters"][-1] == f"{found.parameters:,}"
    assert rows["Multiply-accumulates"][-1] == f"{found.macs:,}"
    assert rows["Depth"][-1] == str(found.depth)
    assert rows["Training, batch 32"][-1] == f"{training(name, 32).total / 2**30:.2f} GiB"
    terms = [int(term.split(" ")[0].replace(",", "")) for term in rows["Parameters"][0].split(" + ")]
    assert sum(terms) == found.parameters
    if published(name):
        assert published(name).weights in rows["Accuracy, top-1 / top-5"][0]
    assert _run(test)["parameters"] == found.parameters


def test_what_to_notice_follows_the_network(app):
    said = {name: _words(_open(app, network=name)) for name in ("alexnet", "resnet50", "densenet121")}
    assert "*Head* holds 96 % of the parameters" in said["alexnet"]
    assert "No skip connection anywhere" in said["alexnet"]
    assert "16 skip connections" in said["resnet50"]
    assert "concatenations" in said["densenet121"]


# --- links ---


def test_a_link_may_name_networks_as_torchvision_does(app):
    test = app("architectures", arch_network="densenet169")
    assert not test.exception
    assert test.session_state["arch_network"] == "densenet169"


@pytest.mark.parametrize("wrong", ["resnet51", "", "<b>", "x" * 3000])
def test_a_wrong_network_is_answered_in_words(app, wrong):
    test = app("architectures", arch_network=wrong)
    assert not test.exception
    assert "There is no network called" in test.warning[0].value
    assert "The page shows ResNet-50 instead." in test.warning[0].value
    assert _table(test)["Depth"][-1] == "50"


def test_parts_that_do_not_exist_are_named_and_the_rest_opens(app):
    test = app("architectures", arch_open="layer1,layer9,layer1.0")
    assert "ResNet-50 has no part called 'layer9'" in test.warning[0].value
    assert test.session_state["arch_open"] == ("resnet50", "layer1,layer1.0")


@pytest.mark.parametrize(
    ("key", "view", "words"),
    [
        ("arch_view", "graph", "the view 'nonsense'"),
        ("arch_weights", "Feature maps", "the weights 'nonsense'"),
        ("arch_part", "Feature maps", "the part 'nonsense'"),
        ("arch_other", "Compare two", "no network called 'nonsense'"),
    ],
)
def test_other_wrong_words_in_a_link_are_answered(app, key, view, words):
    query = {"arch_view": view, "arch_network": "AlexNet"} | {key: "nonsense"}
    test = app("architectures", **query)
    assert not test.exception
    assert words in test.warning[0].value


@pytest.mark.parametrize("text", ["*", "*2", "", "*999", "a" * 50_000, ",,,", "layer1," * 3000, "\x00"])
def test_a_hostile_list_of_open_parts_is_survived(app, text):
    test = app("architectures", arch_open=text, arch_view="none", arch_network="AlexNet")
    assert not test.exception
    clean, missing = sift("resnet50", text)
    assert len(clean) <= 6000
    assert clean.startswith("*") or set(clean.split(",")) <= {"", "layer1"}
    assert all(isinstance(part, str) for part in missing)


def test_what_the_browser_opens_goes_into_the_link_and_a_lesson_goes_over_it(app):
    test = app("architectures")
    told = {"open": {"n": 7, "sets": [["resnet50", "layer1,layer1.0"]]}}
    test.session_state["arch_graph"] = told
    test.run()
    assert test.session_state["arch_open"] == ("resnet50", "layer1,layer1.0")
    test.button(key="arch_goto_4").click().run()
    assert test.session_state["arch_open"] == ("resnet50", STEPS[4].state["open"])
    test.session_state["arch_graph"] = told  # the browser sends its last state again with every rerun
    test.run()
    assert test.session_state["arch_open"] == ("resnet50", STEPS[4].state["open"])


def test_another_network_does_not_inherit_parts_it_has_not(app):
    test = app("architectures", arch_open="layer1")
    test.selectbox(key="arch_network").set_value("alexnet").run()
    assert not test.warning
    assert test.session_state["arch_open"] == ("alexnet", "")


@pytest.mark.parametrize("index", range(len(STEPS)), ids=[step.title for step in STEPS])
def test_every_lecture_step_opens_what_its_network_has(app, index):
    test = app("architectures")
    test.button(key=f"arch_goto_{index}").click().run()
    assert not test.exception
    assert not test.warning
    state = STEPS[index].state
    for name, value in state.items():
        if name != "open":
            assert test.session_state[f"arch_{name}"] == value
    assert sift(state["network"], state.get("open", "")) == (state.get("open", ""), [])


def test_what_the_steps_claim_is_so():
    said = {step.title: step.say for step in STEPS}
    head = graph("alexnet").find(":head")
    assert f"{100 * head.parameters / graph('alexnet').parameters:.0f} %" in said["AlexNet"]
    assert "9,216" in said["The classification head"]
    assert graph("alexnet").find("flatten").output_shape == (9216,)
    blocks = [
        node for node in graph("mobilenet_v2").root.children if "InvertedResidual" in (node.of, node.kind)
    ]
    counts = [str(node.repeat) for node in blocks]
    assert f"{', '.join(counts[:-1])} and {counts[-1]} times" in said["MobileNetV2"]
    big, small = summary("resnet50"), summary("mobilenet_v2")
    assert 12.5 < big.macs / small.macs < 14
    assert 8 < big.published.top1 - small.published.top1 < 9


# --- compare ---


def test_two_networks_are_compared_with_the_engines_figures(app):
    test = _open(app, view="compare", network="alexnet", other="mobilenet_v1")
    one, other, rows = summary("alexnet"), summary("mobilenet_v1"), _table(test)
    assert rows["Parameters"][:2] == [f"{one.parameters:,}", f"{other.parameters:,}"]
    assert rows["Parameters"][2] == "14 × less"
    assert rows["Multiply-accumulates"][:2] == [f"{one.macs:,}", f"{other.macs:,}"]
    assert rows["Depth (layers with weights)"] == ["8", "28", "3.5 × more"]
    assert rows["Top-1 on ImageNet, published"][:2] == ["56.52 % (IMAGENET1K_V1)", "not published"]
    found = _run(test)["found"]
    assert [item.parameters for item in found] == [one.parameters, other.parameters]


def test_accuracies_carry_the_name_of_their_weights(app):
    rows = _table(_open(app, view="compare", network="resnet50", other="resnet18"))
    assert rows["Top-1 on ImageNet, published"] == [
        "80.86 % (IMAGENET1K_V2)",
        "69.76 % (IMAGENET1K_V1)",
        "−11.10 points",
    ]
    assert rows["All published weights"][0] == "IMAGENET1K_V1 76.13 %, IMAGENET1K_V2 80.86 %"


def test_a_bubble_chooses_the_second_network(app):
    test = _open(app, view="compare")
    test.session_state["arch_bubbles"] = {"chosen": "vgg16"}
    test.run()
    assert test.session_state["arch_other"] == "vgg16"
    test.session_state["arch_bubbles"] = {"chosen": "nonsense"}
    test.run()
    assert not test.exception
    assert test.session_state["arch_other"] == "vgg16"
    assert len(all_published()) == 80


def test_a_network_compared_with_itself_says_so(app):
    assert "Both sides show AlexNet" in _words(_open(app, view="compare", network="alexnet", other="alexnet"))


# --- feature maps ---


@pytest.mark.parametrize("part", ["all", "features.4..features.6"])
def test_maps_come_from_the_engine_and_the_code_finds_the_same(app, part):
    test = _open(app, view="maps", network="mobilenet_v2", part=part, channels=8, seed=3)
    assert not test.exception
    assert "random weights, seed 3" in _words(test)
    result, rows = _run(test)["result"], _table(test)
    assert len(rows) == len(result.maps) > 2
    for block, (output, _, zeros, largest) in zip(result.maps, rows.values(), strict=True):
        assert output.replace("\xa0", " ") == " × ".join(map(str, block.shape))
        assert zeros.replace("\xa0", " ") == f"{100 * block.dead:.1f} %"
        assert float(largest) == pytest.approx(block.scale, abs=6e-4)


def test_random_weights_make_no_guesses(app):
    test = _open(app, view="maps", network="squeezenet1_1", weights="random")
    assert not [button for button in test.button if "Download" in button.label]
    assert "first guess" not in _words(test)


def test_a_network_too_large_to_run_is_refused_in_words(app):
    test = _open(app, view="maps", network="vit_h_14")
    assert not test.exception
    assert "vit_h_14 has 632 million parameters" in test.warning[0].value
    assert "Choose a smaller one" in test.warning[0].value


def test_a_network_without_published_weights_says_so(app):
    test = _open(app, view="maps", network="mobilenet_v1")
    assert any("Nobody has published weights" in caption.value for caption in test.caption)


def test_a_network_of_our_own_is_offered_with_its_weights_and_guesses(app, tmp_path, monkeypatch):
    lane = Lane.from_dict({"kind": "cnn"})
    shipped.save(
        "tiny",
        networks.build(lane, (3, 32, 32), 3),
        lane,
        classes=("frog", "ship", "truck"),
        shape=(3, 32, 32),
        mean=torch.full((3,), 120.0),
        deviation=torch.full((3,), 60.0),
        about={},
        folder=tmp_path,
    )
    for module in (architectures_maps, architectures_weights):
        monkeypatch.setattr(module, "own", partial(own, tmp_path))
    monkeypatch.setattr(architectures_weights, "own_network", partial(own_network, folder=tmp_path))
    test = _open(app, view="maps")
    test.selectbox(key="arch_network").set_value("tiny").run()
    assert not test.exception
    assert "weights trained by us" in _words(test)
    assert "It knows 3 classes and nothing else." in _words(test)
    assert _table(test)["Conv2d (0)"][0].replace("\xa0", " ") == "32 × 32 × 32"
    assert 'own_network("tiny")' in listings(test)[0]
    assert not [button for button in test.button if "Download" in button.label]


@pytest.fixture
def weights_server(tmp_path, monkeypatch):
    """squeezenet1_1's "pretrained" weights, really random ones, on a server of this machine; the file's name."""
    folder = tmp_path / "served"
    folder.mkdir()
    torch.save(randomised("squeezenet1_1", 9).state_dict(), folder / "net.pth")
    data = (folder / "net.pth").read_bytes()

    checksum = hashlib.sha256(data).hexdigest()[:8]
    (folder / "net.pth").rename(folder / f"net-{checksum}.pth")
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    handler.log_message = lambda *_: None
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    file = RemoteFile(
        f"http://127.0.0.1:{server.server_port}/net-{checksum}.pth", checksum, len(data) / 2**20
    )
    monkeypatch.setenv("no_proxy", "*")
    for module in (weights, architectures_weights):
        monkeypatch.setattr(module, "remote_file", lambda _: file)
    st.cache_resource.clear()
    yield file
    server.shutdown()
    server.server_close()
    st.cache_resource.clear()


def _settle(test, wanted):
    for _ in range(100):
        test.run()
        if wanted(test):
            return
    raise AssertionError(_words(test))


def test_pretrained_weights_are_downloaded_on_request_and_then_used(app, weights_server, cache):
    test = _open(app, view="maps", network="squeezenet1_1")
    assert "random weights, seed 0" in _words(test)
    test.button(key="arch_fetch").click().run()
    _settle(test, lambda t: "pretrained weights IMAGENET1K_V1" in _words(t))
    assert (cache / weights_server.name).exists()
    assert "first guess" in _words(test)
    assert not [button for button in test.button if "Download" in button.label]
    assert 'network("squeezenet1_1", pretrained=True)' in listings(test)[0]
    test.segmented_control(key="arch_weights").set_value("random").run()
    assert "random weights, seed 0" in _words(test)


def test_a_damaged_file_is_not_used_and_offered_anew(app, weights_server, cache):
    cache.mkdir()
    (cache / weights_server.name).write_bytes(b"damaged")
    test = _open(app, view="maps", network="squeezenet1_1")
    assert "random weights, seed 0" in _words(test)
    test.button(key="arch_fetch").click().run()
    _settle(test, lambda t: "pretrained weights IMAGENET1K_V1" in _words(t))


def test_without_a_network_the_page_says_so_and_goes_on(app, weights_server, monkeypatch):
    gone = RemoteFile("http://127.0.0.1:9/net-00000000.pth", "00000000", 5)
    for module in (weights, architectures_weights):
        monkeypatch.setattr(module, "remote_file", lambda _: gone)
    test = _open(app, view="maps", network="squeezenet1_1")
    test.button(key="arch_fetch").click().run()
    _settle(test, lambda t: t.warning)
    assert "There is no connection to 127.0.0.1" in test.warning[0].value
    assert "The maps below come from random weights." in test.warning[0].value
    assert _table(test)
    assert [button for button in test.button if "Download" in button.label]
