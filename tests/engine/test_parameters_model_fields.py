"""Receptive fields of built models: against published figures, and against where gradients reach."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from engine.architectures.building import build, input_shape, names
from engine.parameters.analysis import analyse
from engine.parameters.building import build as build_stack
from engine.parameters.layers import Conv, Flatten, Pool
from engine.parameters.model_fields import views
from engine.parameters.presets import PRESETS
from engine.parameters.stack import Stack

# From the table of Araujo et al. 2019; its ResNets stride elsewhere than torchvision's.
PUBLISHED = {"alexnet": 195, "vgg16": 212, "inception_v3": 1311, "mobilenet_v1": 315}


def sees(model: nn.Module, shape: tuple[int, int, int]) -> dict[str, tuple[int, int] | None]:
    return {path: view.sees for path, view in views(model, shape).items()}


@pytest.mark.parametrize("name", PUBLISHED)
def test_known_networks_see_what_is_published(name: str) -> None:
    """The widest field before the layers that see the whole picture."""
    shape = input_shape(name)
    assert max(field for field in sees(build(name), shape).values() if field != shape[1:]) == (
        PUBLISHED[name],
        PUBLISHED[name],
    )


@pytest.mark.parametrize("name", ["resnet18", "densenet121", "squeezenet1_0"])
def test_fields_are_where_the_gradient_of_one_value_reaches(name: str) -> None:
    """All weights 1, normalisation off: nothing cancels, so every pixel in the field has a gradient."""
    side, model = 225, build(name).to_empty(device="cpu").double().eval()
    stop = {"resnet18": "layer2.1.conv2", "densenet121": "features.denseblock1.denselayer2.conv2"}
    stop["squeezenet1_0"] = "features.4.expand3x3"
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.ones_(module.weight)
        if isinstance(module, nn.BatchNorm2d):
            module.forward = lambda x: x  # type: ignore[method-assign]
        if isinstance(module, nn.ReLU | nn.MaxPool2d):
            module.inplace = False
            if isinstance(module, nn.MaxPool2d):
                module.forward = nn.AvgPool2d(module.kernel_size, module.stride, module.padding).forward
    seen: dict[str, Tensor] = {}
    model.get_submodule(stop[name]).register_forward_hook(lambda _, __, out: seen.update(out=out))
    picture = torch.ones(1, 3, side, side, dtype=torch.float64, requires_grad=True)
    model(picture)
    out = seen["out"]
    out[0, 0, out.shape[2] // 2, out.shape[3] // 2].backward()
    reached = picture.grad[0].abs().sum(0)
    rows, columns = (reached.sum(axis).nonzero().flatten() for axis in (1, 0))
    extent = (int(rows[-1] - rows[0]) + 1, int(columns[-1] - columns[0]) + 1)
    assert sees(build(name), (3, side, side))[stop[name]] == extent


def test_a_stack_and_its_module_see_the_same() -> None:
    for stack in (PRESETS["small_vgg"].stack, PRESETS["lenet5"].stack, PRESETS["small_resnet"].stack):
        rows = analyse(stack).rows
        found = sees(build_stack(stack, device="meta"), stack.input)
        for row in rows:
            if isinstance(row.layer, Conv | Pool):
                prefix = "layers." if PRESETS["small_resnet"].stack == stack else ""
                assert found[f"{prefix}{row.index - 1}"] == row.receptive_field


def test_rows_and_columns_are_told_apart() -> None:
    model = nn.Sequential(nn.Conv2d(1, 1, (1, 7)), nn.MaxPool2d((3, 2)), nn.Conv2d(1, 1, 3, dilation=(2, 1)))
    assert [sees(model, (1, 60, 60))[path] for path in ("1", "2")] == [(3, 8), (15, 12)]


class Squeeze(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.first, self.gate, self.last = nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 1), nn.Conv2d(4, 4, 3)
        self.pool = nn.AdaptiveAvgPool2d(1)

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x)
        return self.last(x * self.gate(self.pool(x)))


def test_a_gate_from_the_whole_picture_lets_everything_see_it() -> None:
    found = sees(Squeeze(), (3, 20, 30))
    assert found["first"] == (3, 3)
    assert found["gate"] == found["last"] == (20, 30)


def test_attention_and_dense_layers_see_the_whole_picture() -> None:
    found = sees(build("vit_b_16"), (3, 224, 224))
    assert found["conv_proj"] == (16, 16)
    assert found["encoder.layers.encoder_layer_0.ln_1"] == (16, 16)
    assert found["encoder.layers.encoder_layer_0.self_attention"] == (224, 224)
    assert found["heads.head"] == (224, 224)
    dense = sees(build_stack(Stack((3, 8, 8), (Conv(2, 3), Flatten()))), (3, 8, 8))
    assert dense["0"] == (3, 3)


def test_windowed_attention_is_unknown_rather_than_wrong() -> None:
    found = sees(build("swin_t"), (3, 224, 224))
    assert found["features.0.0"] == (4, 4)
    assert found["features.1.0.mlp.0"] is None
    assert found["head"] == (224, 224)


def test_every_known_network_has_fields() -> None:
    for name in names()[::10]:
        found = sees(build(name), input_shape(name))
        assert found
        assert all(value is None or min(value) >= 1 for value in found.values())


def test_blocks_give_what_their_last_call_gives() -> None:
    """Against the real outputs of the modules."""
    model, seen = build("inception_v3").to_empty(device="cpu").eval(), {}
    for name, module in model.named_modules():
        module.register_forward_hook(lambda _, __, out, name=name: seen.update({name: tuple(out.shape[1:])}))
    with torch.no_grad():
        model(torch.zeros(1, 3, 299, 299))
    found = views(build("inception_v3"), (3, 299, 299))
    for name, shape in seen.items():
        assert found[name].output_shape == shape, name
    assert found["Mixed_7c"].sees == (1311, 1311)
