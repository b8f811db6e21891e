"""Networks by name: on meta, complete, fresh at every call."""

from __future__ import annotations

import pytest
import torch
from model_zoo import counted
from torch import nn

from engine.architectures import (
    UnknownNetworkError,
    all_published,
    build,
    input_shape,
    names,
    published,
    versions,
)
from engine.architectures.building import OWN, make
from engine.architectures.mobilenet_v1 import MobileNetV1


@pytest.mark.parametrize(
    "name", ["alexnet", "regnet_y_400mf", "swin_v2_t", "googlenet", "vit_b_16", "mobilenet_v1"]
)
def test_everything_is_on_meta(name: str) -> None:
    model = build(name)
    assert {tensor.device.type for tensor in model.state_dict().values()} == {"meta"}
    assert not any(module.training for module in model.modules())


def test_the_structure_is_that_of_torchvisions_own_constructor() -> None:
    built, real = build("regnet_x_400mf"), make("regnet_x_400mf")
    assert {k: tuple(v.shape) for k, v in built.state_dict().items()} == {
        k: tuple(v.shape) for k, v in real.state_dict().items()
    }
    assert next(real.parameters()).device.type == "cpu"


def test_every_call_makes_a_new_instance() -> None:
    one, other = build("resnet18"), build("resnet18")
    one.fc = nn.Identity()
    assert isinstance(other.fc, nn.Linear)


def test_building_leaves_the_default_device_alone() -> None:
    build("resnet18")
    assert torch.empty(1).device.type == "cpu"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("resnet51", "Did you mean resnet"),
        ("", "Pick one of the list"),
        ("fcn_resnet50", "no network called 'fcn_resnet50'"),
        ("x" * 10_000, "no network called 'xxx"),
    ],
)
def test_unknown_names_are_answered_with_close_ones(name: str, words: str) -> None:
    for ask in (build, published, input_shape):
        with pytest.raises(UnknownNetworkError, match=words) as caught:
            ask(name)
        assert len(str(caught.value)) < 200


def test_mobilenet_v1_has_the_papers_size() -> None:
    """Howard et al. 2017, table 8: 569 million multiply-adds, 4.2 million parameters."""
    result = counted("mobilenet_v1")
    assert result.parameters / 1e6 == pytest.approx(4.2, abs=0.05)
    assert result.macs / 1e6 == pytest.approx(569, abs=0.5)
    with torch.no_grad():
        assert MobileNetV1(classes=7).eval()(torch.zeros(2, 3, 64, 64)).shape == (2, 7)


def test_published_figures_belong_to_the_network_that_is_built() -> None:
    assert len(all_published()) == len(names()) - len(OWN) == 80
    for item in all_published():
        assert 40 < item.top1 < item.top5 < 100
        assert item.side == input_shape(item.network)[1]
        if item.network not in ("googlenet", "inception_v3"):  # their files hold other training heads
            assert item.megabytes * 1024**2 == pytest.approx(4 * item.parameters, rel=0.06)


def test_published_accuracies_carry_the_name_of_their_weights() -> None:
    found = {item.weights: item.top1 for item in versions("resnet50")}
    assert found == {"IMAGENET1K_V1": 76.13, "IMAGENET1K_V2": 80.858}
    assert published("resnet50").weights == "IMAGENET1K_V2"
    assert published("vit_h_14").side == 224
    assert published("mobilenet_v1") is None
    assert versions("mobilenet_v1") == ()
