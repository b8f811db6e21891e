"""One batch taken apart: forward, loss, backward, update, with the true numbers of a network in training.

`Dissection` is made just before the update and `finish`ed just after it. It computes the same forward and backward
pass as the update itself, with the same dropout, and puts back everything that pass would have changed: running
averages and random numbers. So watching a run does not change it (tested: equal weights with and without).
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from engine.training import Learner
from engine.training.supervised import Labelled

SHOWN = 8  # pictures of the batch


class Dissection:
    """The state of a learner before an update, and what the coming update is made of."""

    def __init__(self, learner: Learner[Labelled], batch: Labelled) -> None:
        self._learner, self._batch = learner, batch
        self._before = {name: weight.detach().clone() for name, weight in learner.model.named_parameters()}
        self._probabilities, self._loss_before = self._look()
        self._outputs: OrderedDict[str, dict[str, Any]] = OrderedDict()
        self._loss, self._gradients = self._pass()

    def finish(self) -> dict[str, Any]:
        """The report, after the update: plain data.

        "layers": name, kind, output shape, mean absolute output, share of zeros, parameters, norms of weights,
        gradient and update. "loss" is that of the update (with dropout), "loss_before" and "loss_after" those of
        the same batch without dropout. "probabilities_before" and "_after": (8, classes) of the first pictures.
        """
        after, loss_after = self._look()
        weights = dict(self._learner.model.named_parameters())
        layers = []
        for path, row in self._outputs.items():
            own = [name for name in weights if name.rpartition(".")[0] == path]
            moved = [weights[name].detach() - self._before[name] for name in own]
            layers.append(
                {
                    **row,
                    "parameters": sum(weights[name].numel() for name in own),
                    "weight_norm": _norm([self._before[name] for name in own]),
                    "gradient_norm": _norm([self._gradients[name] for name in own]),
                    "update_norm": _norm(moved),
                }
            )
        labels = self._batch[1]
        return {
            "layers": layers,
            "loss": self._loss,
            "loss_before": self._loss_before,
            "loss_after": loss_after,
            "pictures": len(labels),
            "labels": labels[:SHOWN].cpu().numpy(),
            "probabilities_before": self._probabilities,
            "probabilities_after": after,
            "learning_rate": float(self._learner.optimiser.param_groups[0]["lr"]),
        }

    @torch.no_grad()
    def _look(self) -> tuple[np.ndarray, float]:
        """Probabilities of the first pictures and the loss of the batch, as in evaluation."""
        model, precision = self._learner.model, self._learner.precision
        images, labels = self._batch
        training = model.training
        model.eval()
        with precision.autocast():
            logits = model(precision.arrange(images)).float()
        model.train(training)
        loss = nn.functional.cross_entropy(logits, labels)
        return logits[:SHOWN].softmax(1).cpu().numpy(), float(loss)

    def _pass(self) -> tuple[float, dict[str, Tensor]]:
        """Loss and gradients of the coming update, and every layer's output on the way."""
        learner, model = self._learner, self._learner.model
        random = None if learner.dropout is None else learner.dropout.get_state()
        averages = {name: buffer.clone() for name, buffer in model.named_buffers()}
        hooks = [
            module.register_forward_hook(self._watch(path))
            for path, module in model.named_modules()
            if path and not list(module.children())
        ]
        try:
            model.train()
            with learner.precision.autocast():
                loss, _ = learner.compute(model, self._batch)
            gradients = torch.autograd.grad(loss, list(model.parameters()))
        finally:
            for hook in hooks:
                hook.remove()
            for name, buffer in model.named_buffers():
                buffer.copy_(averages[name])
            if learner.dropout is not None and random is not None:
                learner.dropout.set_state(random)
        names = [name for name, _ in model.named_parameters()]
        return float(loss.detach()), dict(zip(names, gradients, strict=True))

    def _watch(self, path: str) -> Any:  # noqa: ANN401 - a forward hook
        def hook(module: nn.Module, _inputs: object, output: Tensor) -> None:
            values = output.detach().float()
            self._outputs[path] = {
                "name": path,
                "kind": type(module).__name__,
                "shape": list(values.shape[1:]),
                "mean": float(values.abs().mean()),
                "zeros": float((values == 0).float().mean()),
            }

        return hook


def _norm(parts: list[Tensor]) -> float:
    """The length of all the numbers together."""
    if not parts:
        return 0.0
    return float(torch.stack([part.float().square().sum() for part in parts]).sum().sqrt())
