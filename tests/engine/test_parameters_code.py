"""The generated code is run: PyTorch and Keras must make the network the analysis describes."""

from __future__ import annotations

import os

os.environ.setdefault("KERAS_BACKEND", "torch")

import keras
import pytest
import torch

from engine.parameters.analysis import analyse
from engine.parameters.code import to_keras, to_pytorch
from engine.parameters.layers import (
    ACTIVATIONS,
    Activation,
    BatchNorm,
    Conv,
    Dense,
    DepthwiseConv,
    Dropout,
    Flatten,
    GlobalPool,
    Pool,
    Residual,
    SettingError,
    TransposedConv,
)
from engine.parameters.presets import PRESETS
from engine.parameters.stack import Stack

ZOO = {
    **{name: preset.stack for name, preset in PRESETS.items() if name != "alexnet"},  # large, and nothing new
    "every layer": Stack(
        (4, 20, 26),
        (
            Conv(8, 3, padding="same", groups=2, bias=False),
            BatchNorm(),
            *[Activation(name) for name in ACTIVATIONS],
            Residual(1),
            DepthwiseConv(3, stride=2, padding=1, multiplier=2),
            DepthwiseConv(4, padding="same", bias=False),
            Conv(6, 3, padding=2, dilation=2),
            Residual(14),
            Pool("max", 3, stride=2, padding=1),
            Pool("average", 2, stride=1),
            GlobalPool("max"),
            Dropout(0.25),
            Dense(12, bias=False),
            BatchNorm(),
            Dense(12),
            Residual(20),
        ),
    ),
    "residual to the input": Stack((3, 9, 9), (Conv(3, 3, padding=1), Residual(0), GlobalPool(), Dense(2))),
    "flatten twice": Stack((3, 9, 9), (Flatten(), Flatten(), Dense(2))),
    **{
        f"transposed {kernel} {stride} {padding} {extra}": Stack(
            (2, 5, 6), (TransposedConv(3, kernel, stride, padding, extra),)
        )
        for kernel, stride, padding, extra in [
            (2, 2, 0, 0),
            (3, 2, 1, 1),
            (1, 3, 0, 0),
            (4, 2, 1, 0),
            (3, 3, 0, 2),
        ]
    },
}


@pytest.fixture(params=ZOO, ids=str)
def stack(request: pytest.FixtureRequest) -> Stack:
    assert analyse(ZOO[request.param]).problem is None
    return ZOO[request.param]


def test_pytorch_text_runs_as_pasted(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict = {"__name__": "pasted"}
    exec(to_pytorch(stack), names)
    analysis = analyse(stack)
    assert sum(p.numel() for p in names["model"].parameters()) == analysis.parameters
    assert tuple(names["model"].eval()(torch.zeros(3, *stack.input)).shape) == (3, *analysis.output_shape)
    assert str((2, *analysis.output_shape))[1:-2] in capsys.readouterr().out


def test_keras_text_makes_the_same_network(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict = {}
    exec(to_keras(stack), names)
    analysis, model = analyse(stack), names["model"]
    assert sum(int(keras.ops.size(w)) for w in model.trainable_weights) == analysis.parameters
    shape = tuple(model.output_shape[1:])
    last = (shape[2], *shape[:2]) if len(shape) == 3 else shape  # Keras puts channels last
    assert last == analysis.output_shape
    capsys.readouterr()


def test_the_lecture_network_reads_like_the_lecture() -> None:
    text = to_keras(PRESETS["lecture_15120"].stack)
    assert "layers.Conv2D(10, 4, strides=2)" in text
    assert "layers.Dense(10)" in text
    assert "nn.Conv2d(3, 10, 4, stride=2, padding=1),  # 10, 16, 16" in to_pytorch(
        PRESETS["lecture_15120"].stack
    )


@pytest.mark.parametrize("write", [to_pytorch, to_keras])
def test_an_impossible_stack_has_no_code(write) -> None:
    with pytest.raises(SettingError, match="Kernel 9 does not fit"):
        write(Stack((3, 5, 5), (Conv(2, 9),)))
