"""Titles, families and summaries: complete, in the lecture's order, and equal to what the networks count."""

from __future__ import annotations

import pytest
from model_zoo import counted

from engine.architectures import (
    LISTED,
    UnknownNetworkError,
    all_published,
    family,
    frontier,
    graph,
    most,
    names,
    offered,
    published,
    summary,
    title,
)
from engine.architectures.catalogue import FAMILIES


def test_every_network_is_offered_once_the_listed_first() -> None:
    assert offered()[: len(LISTED)] == tuple(LISTED)
    assert sorted(offered()) == sorted(names())


def test_every_network_has_a_family_and_every_family_a_network() -> None:
    assert {family(name) for name in names()} == set(FAMILIES)
    for item in FAMILIES:
        assert item.idea.endswith(".")
        assert item.address.startswith("https://arxiv.org/abs/")


@pytest.mark.parametrize(
    ("name", "paper"),
    [
        ("resnet50", "He"),
        ("resnext50_32x4d", "Xie"),
        ("wide_resnet50_2", "Zagoruyko"),
        ("swin_v2_t", "Transformer V2"),
        ("efficientnet_v2_s", "EfficientNetV2"),
        ("mobilenet_v3_small", "MobileNetV3"),
    ],
)
def test_families_with_similar_names_are_told_apart(name: str, paper: str) -> None:
    assert paper in family(name).paper


@pytest.mark.parametrize(
    "name", ["vit_b_32", "swin_t", "swin_v2_t", "maxvit_t", "convnext_tiny", "regnet_y_400mf"]
)
def test_a_family_attends_if_its_networks_do(name: str) -> None:
    kinds = {node.kind for node in graph(name).root.walk()}
    assert family(name).attention == any("Attention" in kind for kind in kinds)


def test_the_frontier_is_what_nobody_beats() -> None:
    points = all_published()
    best = frontier(points)
    for point in points:
        beaten = any(o.gmacs <= point.gmacs and o.top1 >= point.top1 and o is not point for o in points)
        assert (point in best) == (not beaten), point.network


def test_titles_are_unique_and_unknown_names_refused() -> None:
    assert len({title(name) for name in names()}) == len(names())
    for ask in (title, family, summary):
        with pytest.raises(UnknownNetworkError, match="Did you mean"):
            ask("resnet51")


@pytest.mark.parametrize("name", ["alexnet", "resnet50", "mobilenet_v1", "vit_b_16"])
def test_a_summary_is_what_the_network_counts(name: str) -> None:
    found, expected = summary(name), counted(name)
    assert (found.parameters, found.macs, found.activations) == (
        expected.parameters,
        expected.macs,
        expected.activations,
    )
    assert found.weight_bytes == 4 * expected.parameters
    assert found.activation_bytes == 4 * expected.activations
    assert found.depth == graph(name).depth
    assert found.published == published(name)


def test_where_most_of_a_network_is() -> None:
    heavy, busy = most(graph("alexnet"), "parameters"), most(graph("alexnet"), "macs")
    assert heavy.node.title == "Head"
    assert heavy.share == pytest.approx(58_631_144 / 61_100_840)
    assert busy.node.title == "Stage 3"
    assert most(graph("resnet50"), "parameters").node.name == "layer4"
    assert most(graph("resnet50"), "macs").node.name == "layer3"
