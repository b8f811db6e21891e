"""Graphs drawn from the models: totals, edges, repeats, skips and roles, with torch.fx as the oracle of the flow."""

from __future__ import annotations

import json
from collections import Counter
from math import prod

import pytest
import torch
from model_zoo import counted
from torch import Tensor, fx, nn

from engine.architectures import Graph, Node, build, graph, input_shape, names
from engine.architectures.flow import flow
from engine.architectures.nodes import ENTRY, EXIT
from engine.architectures.notes import NOTES
from engine.parameters.presets import PRESETS
from engine.parameters.tracing import CountingError, trace

SHOWN = [
    "alexnet",
    *[f"resnet{n}" for n in (18, 34, 50, 101, 152)],
    *[f"densenet{n}" for n in (121, 161, 169, 201)],
    *["mobilenet_v1", "mobilenet_v2", "mobilenet_v3_large", "efficientnet_b0", "vit_b_16", "convnext_tiny"],
]
drawn = graph  # kept by name


FED_BY_WEIGHTS = {
    "cpb_mlp.0",
    "clamp",
}  # Swin V2 computes its position bias and temperature from weights alone
OTHERS = ["vgg11_bn", "googlenet", "inception_v3", "squeezenet1_1", "shufflenet_v2_x0_5", "mnasnet0_5"]
OTHERS += ["regnet_y_400mf", "efficientnet_v2_s", "swin_t", "swin_v2_t", "maxvit_t", "mobilenet_v3_small"]


def test_every_family_of_torchvision_is_among_those_tested() -> None:
    def family(name: str) -> str:
        return name.split("_")[0].rstrip("0123456789")

    resnets = {"wide", "resnext"}
    assert {family(name) for name in names()} - resnets == {family(name) for name in SHOWN + OTHERS}


@pytest.mark.parametrize("name", SHOWN + OTHERS)
def test_totals_are_those_of_the_breakdown(name: str) -> None:
    network = drawn(name)
    assert network.parameters == counted(name).parameters
    assert network.macs == counted(name).macs
    for node in network.root.walk():
        if node.children:
            assert node.parameters == sum(child.parameters for child in node.children)
            assert node.macs == sum(child.macs for child in node.children)


@pytest.mark.parametrize("name", SHOWN + OTHERS)
def test_every_node_is_connected_and_every_edge_has_ends_and_a_shape(name: str) -> None:
    root = drawn(name).root
    ids = [node.id for node in root.walk()]
    assert len(ids) == len(set(ids))
    for node in root.walk():
        for edge in node.edges:
            assert edge.source in (ENTRY, *range(len(node.children)))
            assert edge.target in (EXIT, *range(len(node.children)))
            assert edge.source < edge.target or edge.target == EXIT
            assert edge.shape
        sources, targets = {e.source for e in node.edges}, {e.target for e in node.edges}
        for place, child in enumerate(node.children):
            assert place in targets or child.id == ":input" or child.name in FED_BY_WEIGHTS
            assert place in sources or child.id == ":output"
        if node.children and node is not root:
            assert ENTRY in sources
            assert EXIT in targets


@pytest.mark.parametrize("name", SHOWN)
def test_a_layer_sends_out_its_output_shape_and_a_block_that_of_its_last_layer(name: str) -> None:
    for node in drawn(name).root.walk():
        for edge in node.edges:
            if edge.source >= 0 and edge.kind == "flow":
                whole = prod(node.children[edge.source].output_shape)  # reshaped, or a part such as one token
                assert whole % prod(edge.shape) == 0


# --- the flow against torch.fx ---


def _fx_edges(model: nn.Module) -> Counter[tuple[str, str]]:
    """Edges between the layers and functions of `model` by torch.fx, views and single concatenations skipped."""
    edges: Counter[tuple[str, str]] = Counter()
    names: dict[fx.Node, list[str]] = {}
    for node in fx.symbolic_trace(model).graph.nodes:
        sources = [name for parent in node.all_input_nodes for name in names[parent]]
        function = getattr(node.target, "__name__", str(node.target))
        if node.op == "output" or (function == "cat" and len(sources) == 1):
            names[node] = sources
            continue
        own = {"placeholder": "input", "call_module": str(node.target)}.get(node.op, function)
        names[node] = [own]
        edges.update((source, own) for source in sources)
    return edges


@pytest.mark.parametrize(
    "name", ["alexnet", "resnet50", "mobilenet_v2", "densenet121", "googlenet", "efficientnet_b0"]
)
def test_the_flow_is_that_of_torch_fx(name: str) -> None:
    model = build(name)
    parts = flow(trace(model, input_shape(name)))
    label = {-1: "input"} | {
        number: call.path if call.module is not None else call.name for number, call in parts.calls.items()
    }
    ours = Counter((label[source], label[target]) for source, target in parts.edges)
    for module in [path for path, m in model.named_modules() if type(m).__name__ == "StochasticDepth"]:
        parent, _, child = module.rpartition(".")
        setattr(model.get_submodule(parent), child, nn.Identity())
    theirs = _without(
        _fx_edges(model), {path for path, m in model.named_modules() if isinstance(m, nn.Identity)}
    )
    assert ours == theirs


def _without(edges: Counter[tuple[str, str]], idle: set[str]) -> Counter[tuple[str, str]]:
    for path in idle:
        before = [source for source, target in edges if target == path]
        after = [target for source, target in edges if source == path]
        edges = Counter({pair: count for pair, count in edges.items() if path not in pair})
        edges.update((source, target) for source in before for target in after)
    return edges


# --- what the papers say ---


@pytest.mark.parametrize(
    ("name", "depth"),
    [
        ("alexnet", 8),
        ("vgg16", 16),
        ("googlenet", 22),
        ("resnet18", 18),
        ("resnet34", 34),
        ("resnet50", 50),
        ("resnet101", 101),
        ("resnet152", 152),
        ("densenet121", 121),
        ("densenet161", 161),
        ("densenet169", 169),
        ("densenet201", 201),
        ("mobilenet_v1", 28),
    ],
)
def test_depth_is_the_number_in_the_name_or_the_paper(name: str, depth: int) -> None:
    assert drawn(name).depth == depth


@pytest.mark.parametrize(
    ("name", "of", "repeats"),
    [
        ("resnet18", "BasicBlock", [2, 2, 2, 2]),
        ("resnet50", "Bottleneck", [3, 4, 6, 3]),
        ("resnet101", "Bottleneck", [3, 4, 23, 3]),
        ("resnet152", "Bottleneck", [3, 8, 36, 3]),
        ("densenet121", "DenseLayer", [6, 12, 24, 16]),
        ("densenet201", "DenseLayer", [6, 12, 48, 32]),
        ("mobilenet_v1", "DepthwiseSeparable", [1, 2, 2, 6, 2]),
        ("mobilenet_v2", "InvertedResidual", [1, 2, 3, 4, 3, 3, 1]),
        ("mobilenet_v3_large", "InvertedResidual", [1, 2, 3, 4, 2, 3]),
        ("efficientnet_b0", "MBConv", [1, 2, 2, 3, 3, 4, 1]),
        ("vit_b_16", "EncoderBlock", [12]),
        ("convnext_tiny", "CNBlock", [3, 3, 9, 3]),
    ],
)
def test_repeat_counts_are_those_of_the_papers_tables(name: str, of: str, repeats: list[int]) -> None:
    top = drawn(name).root.children
    assert [node.repeat for node in top if of in (node.of, node.kind)] == repeats
    for node in top:
        if node.repeat > 1:
            assert sum(bool(child.children) for child in node.children) == node.repeat
            assert node.title == f"{node.of} \N{MULTIPLICATION SIGN} {node.repeat}"


@pytest.mark.parametrize("name", SHOWN)
def test_collapsed_networks_fit_a_screen_and_their_json_a_page(name: str) -> None:
    network = drawn(name)
    assert 5 <= len(network.root.children) <= 11
    text = json.dumps(network.to_dict(), separators=(",", ":"))
    assert len(text) < 400_000
    assert json.loads(text)["parameters"] == network.parameters


def test_alexnet_is_cut_at_its_poolings() -> None:
    top = drawn("alexnet").root.children
    assert [node.name for node in top] == ["input", "stage 1", "stage 2", "stage 3", "head", "output"]
    assert [node.children[-1].kind for node in top[1:4]] == ["MaxPool2d"] * 3
    assert top[1].children[0].detail == "11 x 11, 64, stride 4".replace("x", "\N{MULTIPLICATION SIGN}")
    assert [n.kind for n in top[4].children if n.parameters] == ["Linear"] * 3


def adds(network: Graph) -> list[tuple[Node, int]]:
    return [(n, i) for n in network.root.walk() for i, child in enumerate(n.children) if child.kind == "add"]


@pytest.mark.parametrize(
    ("name", "count"),
    [("resnet18", 8), ("resnet50", 16), ("resnet152", 50), ("mobilenet_v2", 10), ("convnext_tiny", 18)],
)
def test_every_addition_has_one_skip_and_one_main_way(name: str, count: int) -> None:
    found = adds(drawn(name))
    assert len(found) == count
    for block, place in found:
        assert sorted(e.kind for e in block.edges if e.target == place) == ["flow", "skip"]


def test_identity_and_projection_shortcuts() -> None:
    network = drawn("resnet50")
    first, second = network.find("layer2.0"), network.find("layer2.1")
    names = [child.name for child in first.children]
    projection, add = names.index("downsample"), names.index("add")
    assert first.children[projection].role == "shortcut"
    skips = {(e.source, e.target, e.shape) for e in first.edges if e.kind == "skip"}
    assert skips == {(ENTRY, projection, (256, 56, 56)), (projection, add, (512, 28, 28))}
    kept = [child.name for child in second.children].index("add")
    assert [(e.source, e.target) for e in second.edges if e.kind == "skip"] == [(ENTRY, kept)]
    assert all(e.kind == "flow" for e in network.find("layer2").edges)


def test_transformer_skips_pass_attention_and_mlp() -> None:
    block = drawn("vit_b_16").find("encoder.layers.encoder_layer_3")
    skipped = [(e.source, block.children[e.target].kind) for e in block.edges if e.kind == "skip"]
    first = [child.kind for child in block.children].index("add")
    assert skipped == [(ENTRY, "add"), (first, "add")]


def test_a_dense_block_joins_every_layer_with_all_before_it() -> None:
    block = drawn("densenet121").find("features.denseblock1")
    joins = {(e.source, e.target) for e in block.edges if e.kind == "concat"}
    last = len(block.children) - 1
    assert block.children[last].kind == "cat"
    everything = [ENTRY, *range(6)]
    expected = {(a, b) for b in range(1, 6) for a in everything if a < b} | {(a, last) for a in everything}
    assert joins == expected
    widths = [next(e.shape[0] for e in block.edges if (e.source, e.target) == (a, last)) for a in everything]
    assert widths == [64, 32, 32, 32, 32, 32, 32]
    assert block.output_shape == (256, 56, 56)


def test_inverted_residuals_have_their_three_parts() -> None:
    found = Counter(node.role for node in drawn("mobilenet_v2").root.walk() if node.kind == "Conv2d")
    assert found["expand"] == 16  # the first block does not expand
    assert found["depthwise"] == found["project"] == 17
    parts = [child.role for child in drawn("mobilenet_v2").find("features.3").children]
    assert parts[:3] == ["expand", "depthwise", "project"]


def test_mobilenet_v1_has_no_projection_and_squeeze_excitation_no_role() -> None:
    v1 = Counter(node.role for node in drawn("mobilenet_v1").root.walk() if node.kind == "Conv2d")
    assert (v1["depthwise"], v1["pointwise"], v1["project"]) == (13, 13, 0)
    squeeze = [n for n in drawn("efficientnet_b0").root.walk() if n.name in ("fc1", "fc2")]
    assert len(squeeze) == 32
    assert {node.role for node in squeeze} == {""}
    gates = [e for n in drawn("efficientnet_b0").root.walk() for e in n.edges if e.kind == "gate"]
    assert len(gates) == 16


def test_weights_used_by_functions_sit_on_the_function() -> None:
    network = drawn("vit_b_16")
    assert network.find("cat").parameters == 768
    assert network.find("encoder.add").detail == "with pos_embedding"
    assert network.find("encoder.add").formula.endswith("= 151,296")


def test_heads_that_only_train_are_idle_but_counted() -> None:
    network = drawn("inception_v3")
    assert all(node.id.startswith("AuxLogits") for node in network.idle)
    assert network.parameters == network.root.parameters + sum(node.parameters for node in network.idle)


@pytest.mark.parametrize("note", NOTES, ids=lambda note: f"{note.network} {note.node}")
def test_every_note_finds_its_node_in_every_network_it_is_for(note) -> None:
    networks = [name for name in SHOWN if name.startswith(note.network.rstrip("*"))]
    assert networks
    for name in networks:
        node = drawn(name).find(note.node)
        assert node is not None
        assert note.text in node.notes
    assert note.text.endswith(".")


def test_what_the_notes_claim_is_so() -> None:
    alexnet, dense = drawn("alexnet"), drawn("densenet121")
    assert alexnet.find("features.0").output_shape[0] == 64
    assert alexnet.find("features.2").detail == "3 x 3, stride 2".replace("x", "\N{MULTIPLICATION SIGN}")
    assert alexnet.find(":head").parameters > alexnet.parameters / 2
    assert dense.find("features.denseblock1.denselayer1.conv2").output_shape[0] == 32
    assert drawn("densenet161").find("features.denseblock1.denselayer1.conv2").output_shape[0] == 48
    halved = dense.find("features.transition1.conv")
    assert 2 * halved.output_shape[0] == dense.find("features.denseblock1").output_shape[0]


# --- models of one's own ---


class TwoRuns(nn.Module):
    """One block run twice, and a branch on the shape."""

    def __init__(self) -> None:
        super().__init__()
        self.block = nn.Sequential(nn.Conv2d(3, 3, 3, padding=1), nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        if x.shape[1] != 3:
            raise ValueError("three channels, please")
        return self.block(self.block(x)) + x


def test_a_block_that_runs_twice_is_drawn_twice_and_its_weights_counted_once() -> None:
    network = graph(TwoRuns(), (3, 8, 8))
    assert network.parameters == 84
    assert network.macs == 2 * 81 * 64
    assert [n.id for n in network.root.children] == [":input", "block..block#2", "add", ":output"]
    assert network.root.children[1].repeat == 2
    assert [n.parameters for n in network.root.children[1].children] == [84, 0]
    assert [(e.source, e.target) for e in network.root.edges if e.kind == "skip"] == [(0, 2)]


def test_a_stack_of_layers_can_be_drawn() -> None:
    from engine.parameters.building import build as build_stack

    stack = PRESETS["lecture_cnn"].stack
    network = graph(build_stack(stack), stack.input)
    assert network.parameters == 591_914
    assert network.name == "Sequential"


def test_a_single_layer_can_be_drawn() -> None:
    assert [n.kind for n in graph(nn.Linear(3, 4), (3,)).root.children] == ["input", "Linear", "output"]


def test_a_wrong_shape_is_refused_in_words() -> None:
    with pytest.raises(CountingError, match="three channels, please"):
        graph(TwoRuns(), (4, 8, 8))


def test_other_input_sizes_change_shapes_and_macs_but_not_parameters() -> None:
    small, usual = graph("resnet18", (3, 64, 64)), drawn("resnet18")
    assert small.parameters == usual.parameters
    assert small.macs < usual.macs / 10
    assert small.root.children[-2].output_shape == (1000,)


def test_drawing_leaves_the_model_alone() -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)).train()
    before = [p.clone() for p in model.state_dict().values()]
    graph(model, (3, 8, 8))
    assert model.training
    assert all(torch.equal(a, b) for a, b in zip(before, model.state_dict().values(), strict=True))
