"""Networks of the Parameters page on the meta device: a forward and a backward pass move no data."""

from __future__ import annotations

import pytest
import torch

from engine.parameters.analysis import analyse
from engine.parameters.building import build
from engine.parameters.presets import PRESETS


@pytest.mark.parametrize("name", PRESETS)
def test_a_training_step_runs_on_meta(name: str) -> None:
    stack = PRESETS[name].stack
    model = build(stack, device="meta").train()
    output = model(torch.empty(4, *stack.input, device="meta"))
    assert output.is_meta
    assert output.shape == (4, *analyse(stack).output_shape)
    output.sum().backward()
    assert all(parameter.grad.shape == parameter.shape for parameter in model.parameters())
    torch.optim.AdamW(model.parameters()).step()
    assert sum(parameter.numel() for parameter in model.parameters()) == analyse(stack).parameters
