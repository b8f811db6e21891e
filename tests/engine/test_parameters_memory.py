"""The training-memory estimate against what torch's optimisers and autograd really hold."""

from __future__ import annotations

import pytest
import torch

from engine.parameters.analysis import analyse
from engine.parameters.building import build
from engine.parameters.memory import training_memory
from engine.parameters.presets import PRESETS
from engine.parameters.saved import Saved, of_stack

STACK = PRESETS["lecture_cnn"].stack


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("sgd", lambda p: torch.optim.SGD(p, lr=0.1)),
        ("momentum", lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9)),
        ("adam", lambda p: torch.optim.Adam(p)),
    ],
)
def test_weights_gradients_and_state_are_those_of_the_real_optimiser(name: str, make) -> None:
    model = build(STACK)
    optimiser = make(model.parameters())
    model(torch.zeros(2, *STACK.input)).sum().backward()
    optimiser.step()
    memory = training_memory(analyse(STACK).parameters, Saved(), optimiser=name)
    assert memory.weights == sum(p.nbytes for p in model.parameters())
    assert memory.gradients == sum(p.grad.nbytes for p in model.parameters())
    state = [
        v for values in optimiser.state.values() for v in values.values() if torch.is_tensor(v) and v.dim()
    ]
    assert memory.optimiser == sum(v.nbytes for v in state)


def test_activations_are_what_the_stack_saves_for_every_image_of_the_batch() -> None:
    saved = of_stack(analyse(STACK))
    memory = training_memory(0, saved, batch=16)
    assert memory.activations == 16 * 4 * saved.values
    assert memory.total == memory.activations


def test_mixed_precision_halves_activations_and_adds_a_copy_of_the_weights() -> None:
    full = training_memory(1000, Saved(500), batch=8)
    mixed = training_memory(1000, Saved(500), batch=8, precision="bf16")
    assert full.activations == 2 * mixed.activations == 500 * 8 * 4
    assert mixed.weights - full.weights == 2000
    assert mixed.optimiser == full.optimiser == 8000
    assert full.total == 4000 + 4000 + 8000 + 16000
    assert any("bf16 copy" in line for line in mixed.assumptions)


def test_indices_keep_their_eight_bytes_in_any_precision() -> None:
    saved = Saved(values=10, indices=3)
    assert training_memory(0, saved, batch=2).activations == 2 * (40 + 24)
    assert training_memory(0, saved, batch=2, precision="bf16").activations == 2 * (20 + 24)


@pytest.mark.parametrize("wrong", [{"precision": "fp8"}, {"optimiser": "lion"}, {"batch": 0}])
def test_unknown_settings_are_refused_by_name(wrong: dict) -> None:
    with pytest.raises(ValueError, match=f"{next(iter(wrong))} must be"):
        training_memory(1, Saved(1), **wrong)
