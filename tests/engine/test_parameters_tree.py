"""Rows of a model as a tree: nothing lost, nothing twice, every group the sum of its parts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from model_zoo import counted
from torch import nn

from engine.parameters.counting import breakdown
from engine.parameters.tree import Group, tree


def leaves(group: Group) -> Iterator[Group]:
    if group.row is not None:
        yield group
    for part in group.parts:
        yield from leaves(part)


def groups(group: Group) -> Iterator[Group]:
    yield group
    for part in group.parts:
        yield from groups(part)


@pytest.mark.parametrize(
    "name", ["alexnet", "resnet50", "vit_b_16", "googlenet", "swin_t", "mobilenet_v3_small"]
)
def test_every_row_once_in_order_and_every_group_the_sum_of_its_parts(name: str) -> None:
    rows = counted(name).rows
    root = tree(rows, name)
    assert sorted(leaf.row.name for leaf in leaves(root)) == sorted(row.name for row in rows)
    assert len({group.path for group in groups(root)}) == len(list(groups(root)))
    for group in groups(root):
        assert bool(group.parts) != (group.row is not None)
        if group.parts:
            assert len(group.parts) > 1 or group is root
            assert group.parameters == sum(part.parameters for part in group.parts)
            assert group.macs == sum(part.macs for part in group.parts)
            assert group.activation_bytes == sum(part.activation_bytes for part in group.parts)
            assert group.layers == sum(part.layers for part in group.parts)
    assert (root.parameters, root.macs) == (counted(name).parameters, counted(name).macs)


def test_a_resnet_opens_to_its_stages() -> None:
    root = tree(counted("resnet50").rows, "resnet50")
    assert [part.name for part in root.parts] == [
        *["conv1", "bn1", "relu", "maxpool"],
        *["layer1", "layer2", "layer3", "layer4"],
        *["avgpool", "fc"],
    ]
    assert [len(part.parts) for part in root.parts[4:8]] == [3, 4, 6, 3]


def test_chains_are_joined_and_a_bare_layer_is_a_tree_too() -> None:
    nested = nn.Sequential(
        nn.Sequential(nn.Sequential(nn.Conv2d(3, 4, 3))), nn.Sequential(nn.ReLU(), nn.ReLU())
    )
    root = tree(breakdown(nested, (3, 8, 8)).rows)
    assert [part.name for part in root.parts] == ["0.0.0", "1"]
    single = tree(breakdown(nn.Conv2d(3, 4, 3), (3, 8, 8)).rows)
    assert [part.name for part in single.parts] == ["Conv2d"]
