"""LARS (You et al. 2017), layer-wise adaptive rates, as SimCLR's official code trains with it.

For every weight w with gradient g, after weight decay d = g + weight_decay * w:

    trust = eta * |w| / |d|          (1 where either norm is 0)
    v     = momentum * v + learning_rate * trust * d
    w     = w - v

The learning rate is inside the momentum ("classic" momentum in that code). Biases and batch norms, whatever has at
most one axis, are neither decayed nor adapted. Tested against a literal loop over numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, overload

import torch
from torch import Tensor

ETA = 0.001  # SimCLR's, and the LARS paper's


class LARS(torch.optim.Optimizer):
    """Layer-wise adaptive rate scaling. Groups with `adapt=False` are plain SGD with the same momentum."""

    def __init__(
        self,
        params: Any,  # noqa: ANN401 - parameters or groups, as every torch optimiser takes them
        lr: float,
        *,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        eta: float = ETA,
        adapt: bool = True,
    ) -> None:
        super().__init__(
            params,
            {"lr": lr, "momentum": momentum, "weight_decay": weight_decay, "eta": eta, "adapt": adapt},
        )

    @overload
    def step(self, closure: None = None) -> None: ...

    @overload
    def step(self, closure: Callable[[], float]) -> float: ...

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:
        """One update."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for weight in group["params"]:
                if weight.grad is not None:
                    self._update(weight, weight.grad, group)
        return loss

    def _update(self, weight: Tensor, gradient: Tensor, group: dict[str, Any]) -> None:
        rate, decay = group["lr"], group["weight_decay"]
        change = gradient.add(weight, alpha=decay) if decay else gradient
        if group["adapt"]:
            size, norm = weight.norm(), change.norm()
            trust = torch.where((size > 0) & (norm > 0), group["eta"] * size / norm, 1.0)
            change = change * trust
        state = self.state[weight]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = torch.zeros_like(weight)
        speed: Tensor = state["momentum_buffer"]
        speed.mul_(group["momentum"]).add_(change, alpha=rate)
        weight.sub_(speed)
