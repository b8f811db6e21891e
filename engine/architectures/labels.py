"""Short texts for layers ("7 x 7, 64, stride 2") and the roles of convolutions in separable blocks.

Roles come from geometry alone. In a block with exactly one depthwise convolution (as many groups as
channels), a 1 x 1 convolution before it that raises the channels is "expand", the last 1 x 1 convolution
behind it is "project" if it lowers them and "pointwise" otherwise (MobileNetV1). Squeeze-and-excitation
convolutions, which work on a single value per channel, have no role.
"""

from __future__ import annotations

from math import prod

from torch import nn
from torch.nn.modules.conv import _ConvNd

from engine.architectures.flow import Flow
from engine.architectures.grouping import Draft
from engine.parameters.formulas import TIMES, number
from engine.parameters.tracing import Call


def detail(call: Call) -> str:
    """The settings of a layer worth showing on its node."""
    module = call.module
    if isinstance(module, _ConvNd):
        return ", ".join([_window(module.kernel_size), str(module.out_channels), *_extras(module)])
    if isinstance(module, nn.MaxPool2d | nn.AvgPool2d):
        return f"{_window(module.kernel_size)}, stride {_single(module.stride)}"
    if isinstance(module, nn.Linear):
        return f"{number(module.in_features)} to {number(module.out_features)}"
    if isinstance(module, nn.MultiheadAttention):
        return f"{module.num_heads} heads of {module.embed_dim // module.num_heads}"
    if isinstance(module, nn.Dropout):
        return f"rate {module.p:g}"
    return f"with {', '.join(name.rpartition('.')[2] for name in call.weights)}" if call.weights else ""


def _extras(module: _ConvNd) -> list[str]:
    extras = [f"stride {_single(module.stride)}"] if set(module.stride) != {1} else []
    if module.groups > 1:
        extras.append("depthwise" if _is_depthwise(module) else f"{module.groups} groups")
    return extras


def _window(size: object) -> str:
    sides = size if isinstance(size, tuple) else (size, size)
    return f" {TIMES} ".join(map(str, sides))


def _single(size: object) -> str:
    return str(size[0]) if isinstance(size, tuple) and len(set(size)) == 1 else str(size)


def _is_depthwise(module: nn.Module | None) -> bool:
    return isinstance(module, nn.Conv2d) and module.groups == module.in_channels > 1


def roles(root: Draft, flow: Flow) -> dict[int, str]:
    """The role of every call that has one."""
    found = dict.fromkeys(flow.shortcuts, "shortcut")
    _separable(root, flow, found)
    return found


def _separable(draft: Draft, flow: Flow, found: dict[int, str]) -> None:
    for item in draft.items:
        _separable(item, flow, found)
    convs = [
        (call, flow.calls[call].module)
        for call in sorted(draft.calls())
        if isinstance(flow.calls[call].module, nn.Conv2d) and call not in found
    ]
    depthwise = [place for place, (_, module) in enumerate(convs) if _is_depthwise(module)]
    if len(depthwise) != 1:
        return
    before, after = convs[: depthwise[0]], convs[depthwise[0] + 1 :]
    mixers = [(call, module) for call, module in after if _mixes(module, flow.calls[call])]
    if not mixers:
        return
    found[convs[depthwise[0]][0]] = "depthwise"
    last, module = mixers[-1]
    lowers = isinstance(module, nn.Conv2d) and module.out_channels < module.in_channels
    found[last] = "project" if lowers else "pointwise"
    for call, module in before[-1:]:
        if _mixes(module, flow.calls[call]) and module.out_channels > module.in_channels:  # type: ignore[union-attr,operator]  # a Conv2d
            found[call] = "expand"


def _mixes(module: nn.Module | None, call: Call) -> bool:
    """A 1 x 1 convolution over a whole picture."""
    single = isinstance(module, nn.Conv2d) and prod(module.kernel_size) == 1 and module.groups == 1
    return single and prod(call.output_shape[2:]) > 1
