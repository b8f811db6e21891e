"""One network in training: its weights, its optimiser, what it computes of a batch, and what that has cost so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Generic, TypeVar

import torch
from torch import Tensor, nn

from engine import device as devices
from engine.models import randomise
from engine.training import optimisers, schedules
from engine.training.optimisers import Optimisation
from engine.training.precision import Precision, choose

B = TypeVar("B")
Logs = Mapping[str, Tensor]  # 0-dimensional, on the device
Compute = Callable[[nn.Module, B], tuple[Tensor, Logs]]  # (loss, what to report of it)


class Learner(Generic[B]):
    """A model, moved to its device in the layout and precision that are fastest there.

    Args:
        model: What is trained.
        compute: Forward pass and loss of one batch: (loss, logs). Runs under autocast.
        settings: Optimiser and its knobs.
        device: Where.
        seed: Of the dropout.
        precision: Instead of the one `choose` finds.
        parameters: Instead of the model's own: groups for `torch.optim`, where parts learn at different rates
            ("scale" multiplies the learning rate of a group, "decays" says whether weight decay acts on it).
        after: Called after each update with the batch: to project, clip or count.
        macs: Multiply-adds of the forward pass for one example.
    """

    def __init__(
        self,
        model: nn.Module,
        compute: Compute[B],
        settings: Optimisation,
        *,
        device: torch.device,
        seed: int = 0,
        precision: Precision | None = None,
        parameters: list[dict[str, Any]] | None = None,
        after: Callable[[B], None] | None = None,
        macs: int = 0,
    ) -> None:
        self.precision = precision or choose(model, device)
        self.model = self.precision.place(model)
        self.compute, self.settings, self.after = compute, settings, after
        own = optimisers.groups(self.model.parameters(), settings)
        self.optimiser = optimisers.build(own if parameters is None else parameters, settings)
        self.scaler = devices.scaler(device)
        self.dropout = generator_on(device, seed)
        if self.dropout is not None:
            randomise(self.model, self.dropout)
        self.macs = 3 * macs  # the backward pass multiplies twice as much: gradients of inputs and of weights
        self.seconds = 0.0
        self.diverged = False
        self._lately, self._epoch = _Means(), _Means()

    def step(self, batch: B, *, done: float, total: float, warm_up: float = 0.0) -> None:
        """One update with `batch`, after `done` of `total` examples."""
        factor = schedules.factor(self.settings.schedule, done, total, warm_up)
        optimisers.turn(self.optimiser, self.settings, factor)
        self.model.train()
        with self.precision.autocast():
            loss, logs = self.compute(self.model, batch)
        self.optimiser.zero_grad(set_to_none=True)
        self.scaler.scale(loss).backward()
        if self.settings.clip:
            self.scaler.unscale_(self.optimiser)
            weights = [weight for group in self.optimiser.param_groups for weight in group["params"]]
            nn.utils.clip_grad_norm_(weights, self.settings.clip)
        self.scaler.step(self.optimiser)
        self.scaler.update()
        if self.after is not None:
            self.after(batch)
        found = {"loss": loss, **logs}
        self._lately.add(found)
        self._epoch.add(found)

    def read(self) -> dict[str, float]:
        """Means of loss and logs over the batches since the last reading, and the learning rate in force."""
        return {**self._lately.take(), "learning_rate": float(self.optimiser.param_groups[0]["lr"])}

    def read_epoch(self) -> dict[str, float]:
        """Means of loss and logs over the batches since the last such reading."""
        return self._epoch.take()

    def state(self) -> dict[str, Any]:
        """All that a checkpoint needs."""
        return {
            "model": self.model.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "scaler": self.scaler.state_dict(),
            "dropout": None if self.dropout is None else self.dropout.get_state(),
            "seconds": self.seconds,
            "epoch": self._epoch.state(),
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state. Raises RuntimeError or ValueError where it is another network's."""
        self.model.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.scaler.load_state_dict(state["scaler"])
        if self.dropout is not None:
            self.dropout.set_state(state["dropout"].cpu())
        self.seconds = state["seconds"]
        self._epoch = _Means(*state["epoch"])


class _Means:
    """Means of some numbers over batches, on the device until they are asked for."""

    def __init__(self, sums: dict[str, Tensor] | None = None, batches: int = 0) -> None:
        self._sums, self._batches = sums or {}, batches

    def add(self, logs: Logs) -> None:
        """Take the numbers of one batch."""
        self._batches += 1
        for name, value in logs.items():
            number = value.detach().float()
            self._sums[name] = self._sums[name] + number if name in self._sums else number

    def take(self) -> dict[str, float]:
        """The means, which begin anew."""
        sums, batches = self._sums, self._batches
        self._sums, self._batches = {}, 0
        if not sums:
            return {}
        means = (torch.stack(list(sums.values())) / batches).tolist()  # one transfer for all
        return dict(zip(sums, means, strict=True))

    def state(self) -> tuple[dict[str, Tensor], int]:
        """For a checkpoint."""
        return dict(self._sums), self._batches


def generator_on(device: torch.device, seed: int) -> torch.Generator | None:
    """Random numbers drawn on a device; None on `meta`, where nothing is drawn."""
    return None if device.type == "meta" else torch.Generator(device).manual_seed(seed)
