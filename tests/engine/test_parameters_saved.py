"""What training keeps: the rules for stacks against autograd on real tensors, and autograd on meta against both."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from parameter_stacks import LAYERS, STACKS, repaired
from torch import Tensor, nn

from engine.architectures.building import build as network
from engine.parameters.analysis import analyse
from engine.parameters.building import build
from engine.parameters.layers import ACTIVATIONS, Activation, Conv, Dropout, Pool
from engine.parameters.presets import PRESETS
from engine.parameters.saved import Saved, of_module, of_stack
from engine.parameters.stack import Stack
from engine.parameters.tracing import CountingError


def really_saved(model: nn.Module, images: Tensor) -> dict[bool, int]:
    """Bytes autograd keeps of tensors that are not the model's own: {indices?: bytes}."""
    own = {t.untyped_storage().data_ptr() for t in (*model.parameters(), *model.buffers())}
    kept: dict[int, Tensor] = {}

    def keep(tensor: Tensor) -> Tensor:
        if tensor.untyped_storage().data_ptr() not in own:
            kept[tensor.untyped_storage().data_ptr()] = tensor
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        output = model(images)
    found = {True: 0, False: 0}
    for tensor in kept.values():
        found[tensor.dtype == torch.int64] += tensor.untyped_storage().nbytes()
    del output
    return found


def test_half_precision_keeps_two_bytes_a_value() -> None:
    """Autocast, as training in bfloat16 runs it; copies of weights do not grow with the batch and cancel out."""
    for name in ("lecture_cnn", "small_resnet", "lenet5"):
        stack = PRESETS[name].stack
        model = build(stack).train()
        with torch.autocast("cpu", dtype=torch.bfloat16):
            two, six = (sum(really_saved(model, torch.zeros(n, *stack.input)).values()) for n in (2, 6))
        assert (six - two) / 4 == of_stack(analyse(stack)).bytes(2)


def per_image(model: nn.Module, shape: tuple[int, ...]) -> Saved:
    two, five = (really_saved(model, torch.zeros(n, *shape)) for n in (2, 5))
    return Saved((five[False] - two[False]) // 12, (five[True] - two[True]) // 24)


def trains(stack: Stack) -> bool:
    """Batch normalisation refuses single values, and nothing is kept where nothing learns."""
    return analyse(stack).parameters > 0


@settings(max_examples=60, deadline=None)
@given(STACKS)
def test_a_stack_keeps_exactly_what_autograd_keeps(stack: Stack) -> None:
    stack = repaired(Stack(stack.input, (Conv(3, 1), *stack.layers)))
    model = build(stack).train()
    assert of_stack(analyse(stack)) == per_image(model, stack.input)


@pytest.mark.parametrize("function", ACTIVATIONS)
def test_every_activation(function: str) -> None:
    stack = Stack((3, 6, 6), (Conv(4, 3), Activation(function), Conv(2, 1), Activation(function)))
    assert of_stack(analyse(stack)) == per_image(build(stack).train(), stack.input)


def test_an_even_kernel_with_same_padding_keeps_a_padded_copy() -> None:
    stack = Stack((3, 6, 6), (Conv(4, 4, padding="same"), Conv(2, 2, padding="same", dilation=2)))
    saved = of_stack(analyse(stack))
    assert saved == per_image(build(stack).train(), stack.input)
    assert saved.values == 3 * 7 * 7 + 4 * 6 * 6


def test_indices_and_masks_by_hand() -> None:
    stack = Stack((2, 4, 4), (Conv(3, 1), Pool("max", 2), Dropout(0.5), Dropout(0)))
    saved = of_stack(analyse(stack))
    assert saved == Saved(values=2 * 16 + 3 * 16 + 3 * 4, indices=3 * 4)
    assert saved.bytes() == 4 * saved.values + 8 * saved.indices
    assert saved.bytes(2) == 2 * saved.values + 8 * saved.indices


@pytest.mark.parametrize("name", PRESETS)
def test_autograd_on_meta_agrees_with_the_rules(name: str) -> None:
    stack = PRESETS[name].stack
    assert of_module(build(stack, device="meta"), stack.input) == of_stack(analyse(stack))


@settings(max_examples=15, deadline=None)
@given(st.lists(LAYERS, max_size=4))
def test_a_broken_stack_is_counted_up_to_where_it_breaks(layers) -> None:
    whole = Stack((3, 8, 8), (Conv(2, 3), *layers))
    good = [row.layer for row in analyse(whole).rows if row.state == "ok"]
    assert of_stack(analyse(whole)) == of_stack(analyse(Stack((3, 8, 8), tuple(good))))


@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2", "densenet121"])
def test_a_model_on_meta_keeps_what_the_real_one_keeps(name: str) -> None:
    model = network(name)
    on_meta = of_module(model, (3, 64, 64))
    assert on_meta == per_image(model.to_empty(device="cpu").train(), (3, 64, 64))


def test_the_model_is_left_as_it_was() -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4)).eval()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    of_module(model, (3, 8, 8))
    assert not model.training
    assert not model[1].training
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())


def test_a_model_that_does_not_fit_says_so() -> None:
    with pytest.raises(CountingError, match="cannot be trained without data"):
        of_module(nn.Conv2d(3, 4, 3), (5, 8, 8))
