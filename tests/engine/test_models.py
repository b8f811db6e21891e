"""The networks: parameter counts from the books, blocks against torchvision's, every setting's shape, equal seeds."""

from __future__ import annotations

import math

import pytest
import torch
import torchvision
from hypothesis import given, settings
from hypothesis import strategies as some
from torch import nn

from engine import models
from engine.models.parts import Dropout, Flatten, activation
from engine.models.resnet import Block
from engine.settings import SettingError

CIFAR = (3, 32, 32)


def count(model):
    return sum(weight.numel() for weight in model.parameters())


def buffers(model):
    return sum(value.numel() for value in model.buffers() if value.ndim)


def build(function, *args, seed=0):
    model = function(*args)
    models.initialise(model, torch.Generator().manual_seed(seed))
    return model


def test_the_lectures_networks_have_the_books_parameters():
    plain = models.mlp(models.MLP(), CIFAR, 10)
    assert count(plain) == 646_260  # Foster, chapter 2, model.summary()
    cnn = models.cnn(models.CNN(), CIFAR, 10)
    biases_a_batch_norm_cancels = 32 + 32 + 64 + 64 + 128
    assert (
        count(cnn) + buffers(cnn) + biases_a_batch_norm_cancels == 592_554
    )  # Foster, running averages included
    for model in (plain, cnn):
        assert model(torch.zeros(2, *CIFAR)).shape == (2, 10)


@settings(max_examples=25, deadline=None)
@given(
    some.lists(some.tuples(some.integers(1, 9), some.integers(1, 3)), min_size=1, max_size=4),
    some.integers(1, 5),
    some.sampled_from([0, 7]),
    some.booleans(),
    some.integers(5, 20),
)
def test_every_convolutional_network_that_can_be_set_runs(layers, kernel, hidden, batch_norm, side):
    plan = models.CNN(
        channels=tuple(channels for channels, _ in layers),
        strides=tuple(stride for _, stride in layers),
        kernel=kernel,
        hidden=hidden,
        batch_norm=batch_norm,
        activation="gelu",
    )
    model = models.cnn(plan, (2, side, side + 3), 4)
    assert model(torch.zeros(2, 2, side, side + 3)).shape == (2, 4)
    assert any(isinstance(layer, nn.BatchNorm2d) for layer in model) == batch_norm


def test_strides_and_channels_go_together():
    with pytest.raises(SettingError, match=r"strides must have one number per convolution: 2, not 4\."):
        models.CNN(channels=(8, 8))


def test_flatten_is_kerass_order_and_copies_nothing_in_channels_last():
    images = torch.randn(2, 3, 4, 5).contiguous(memory_format=torch.channels_last)
    rows = Flatten()(images)
    literal = [
        [images[b, c, y, x].item() for y in range(4) for x in range(5) for c in range(3)] for b in range(2)
    ]
    assert rows.tolist() == literal
    assert rows.data_ptr() == images.data_ptr()


@pytest.mark.parametrize(("inputs", "outputs", "stride"), [(8, 8, 1), (8, 16, 2)])
def test_a_residual_block_is_torchvisions_and_without_skip_its_path_alone(inputs, outputs, stride):
    ours = build(Block, inputs, outputs, stride, models.ResNet())
    down = None
    if stride > 1:
        down = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))
        down.load_state_dict(ours.skip.state_dict())
    theirs = torchvision.models.resnet.BasicBlock(inputs, outputs, stride, down)
    for name, place in (("conv1", 0), ("bn1", 1), ("conv2", 3), ("bn2", 4)):
        getattr(theirs, name).load_state_dict(ours.path[place].state_dict())
    images = torch.randn(4, inputs, 10, 10)
    assert torch.allclose(ours(images), theirs(images), atol=1e-5)
    cut = Block(inputs, outputs, stride, models.ResNet(skip=False))
    cut.path.load_state_dict(ours.path.state_dict())
    assert torch.equal(cut(images), cut.path(images).relu())
    assert not any(name.startswith("skip") for name in cut.state_dict())


def test_resnet_20_has_the_papers_parameters():
    # He et al. 2015, table 6: 0.27 M, with parameter-free shortcuts; ours project twice (option B).
    model = models.resnet(models.ResNet(blocks=3), CIFAR, 10)
    projections = 16 * 32 + 2 * 32 + 32 * 64 + 2 * 64
    assert count(model) - projections == 269_722
    assert model(torch.zeros(2, *CIFAR)).shape == (2, 10)
    depth = sum(isinstance(layer, nn.Conv2d) and layer.kernel_size == (3, 3) for layer in model.modules())
    assert depth + 1 == 20


@pytest.mark.parametrize("function", ["relu", "leaky_relu", "tanh", "gelu", "silu"])
def test_an_encoder_pools_what_is_activated_wherever_it_pools(function):
    """Convolution, batch norm, activation, pooling, in that order: values and gradients."""
    plan = models.Encoder(depth=4, width=4, activation=function)
    net = models.encoder(plan, 3)
    images = torch.randn(2, 3, 18, 18, generator=torch.Generator().manual_seed(0))
    state = [module for module in net if isinstance(module, nn.Conv2d | nn.BatchNorm2d)]
    act = activation(function)
    value = images
    for index, (conv, norm) in enumerate(zip(state[::2], state[1::2], strict=True)):
        value = act(norm(conv(value)))
        if index < 3:
            value = nn.functional.max_pool2d(value, 2, ceil_mode=True)
    expected = value.mean((2, 3))
    found = net(images)
    torch.testing.assert_close(found, expected)
    weights = [conv.weight for conv in state[::2]]
    gradients = (torch.autograd.grad(one.square().sum(), weights) for one in (found, expected))
    for ours, theirs in zip(*gradients, strict=True):
        torch.testing.assert_close(ours, theirs)


@settings(max_examples=20, deadline=None)
@given(
    some.sampled_from(["conv", "resnet"]),
    some.integers(1, 12),
    some.integers(4, 24),
    some.sampled_from(["pool", "stride"]),
)
def test_an_encoders_features_are_what_it_says(kind, depth, width, halving):
    plan = models.Encoder(kind=kind, depth=depth, width=width, halving=halving)
    model = models.encoder(plan, 3)
    assert model(torch.zeros(2, 3, 16, 16)).shape == (2, models.encoder_features(plan))
    if kind == "conv":
        assert sum(isinstance(layer, nn.Conv2d) for layer in model) == depth
        maps = model[:-2](torch.zeros(1, 3, 32, 32))
        assert maps.shape[-1] == 32 // 2 ** min(depth - 1, 3)


def test_projection_heads():
    vectors = torch.randn(4, 24)
    assert models.projection_head(models.Head(kind="none"), 24)(vectors) is vectors
    assert models.projection_head(models.Head(kind="linear", outputs=5), 24)(vectors).shape == (4, 5)
    head = models.projection_head(models.Head(), 24)
    assert head(vectors).shape == (4, 128)
    assert [type(layer) for layer in head] == [nn.Linear, nn.BatchNorm1d, nn.ReLU, nn.Linear]
    assert head[0].out_features == 24


def test_weights_follow_the_seed_and_are_spread_as_pytorchs():
    plan = (models.CNN(), CIFAR, 10)
    first, same, other = (build(models.cnn, *plan, seed=seed) for seed in (1, 1, 2))
    pairs = zip(first.state_dict().values(), same.state_dict().values(), strict=True)
    assert all(torch.equal(a, b) for a, b in pairs)
    assert not torch.equal(first[0].weight, other[0].weight)
    torch.manual_seed(0)
    for ours, theirs in ((first[-1], nn.Linear(128, 10)), (first[0], nn.Conv2d(3, 32, 3))):
        bound = 1 / math.sqrt(theirs.weight[0].numel())
        for layer in (ours, theirs):
            assert layer.weight.abs().max().item() == pytest.approx(bound, rel=0.02)
            assert layer.weight.std().item() == pytest.approx(bound / math.sqrt(3), rel=0.1)


def test_dropout_repeats_with_its_generator_and_keeps_the_mean():
    layer = Dropout(0.3)
    model = nn.Sequential(layer)
    values = torch.ones(400, 400)
    models.randomise(model, torch.Generator().manual_seed(5))
    first = layer(values)
    models.randomise(model, torch.Generator().manual_seed(5))
    torch.rand(3)  # somebody else's random numbers change nothing
    assert torch.equal(layer(values), first)
    assert first.mean().item() == pytest.approx(1.0, abs=0.01)
    assert (first == 0).float().mean().item() == pytest.approx(0.3, abs=0.01)
    assert first.unique().tolist() == pytest.approx([0.0, 1 / 0.7])
    assert layer.eval()(values) is values
