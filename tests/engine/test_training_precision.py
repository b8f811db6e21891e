"""Precision by rule: what each kind of network is computed in on a processor that has bfloat16."""

import pytest
import torch
from torch import nn

from engine.training import precision

CPU, META = torch.device("cpu"), torch.device("meta")


@pytest.fixture(autouse=True)
def _bfloat16(monkeypatch):
    monkeypatch.setattr(precision.devices, "autocast_dtype", lambda device: torch.bfloat16)
    monkeypatch.setattr(precision.devices, "channels_last", lambda device: True)


@pytest.mark.parametrize(
    ("layer", "dtype", "channels_last"),
    [
        (nn.Linear(2, 2), torch.bfloat16, False),
        (nn.Conv2d(2, 2, 3), torch.bfloat16, True),
        (nn.ConvTranspose2d(2, 2, 4, 2), None, True),
    ],
)
def test_the_rule_on_a_processor(layer, dtype, channels_last):
    chosen = precision.choose(nn.Sequential(layer), CPU)
    assert (chosen.dtype, chosen.channels_last) == (dtype, channels_last)


def test_transposed_convolutions_keep_it_elsewhere():
    assert precision.choose(nn.ConvTranspose2d(2, 2, 4, 2), META).dtype is torch.bfloat16
