"""How much memory training takes: weights, gradients, optimiser state and the activations kept for
backward.

Assumed, and said in `Memory.assumptions`: activations are the tensors autograd keeps (see `saved`); the
optimiser keeps 0 (SGD), 1 (momentum) or 2 (Adam, Kingma & Ba 2015) float32 values per parameter; bf16 means
mixed precision, with float32 master weights and gradients, a bf16 copy of the weights and bf16 activations
(Micikevicius et al. 2018). Temporary workspace, fragmentation and the allocator's rounding come on top.
All parts are tested against the bytes that torch's optimisers and autograd, also under autocast, really hold.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.parameters.saved import Saved

STATES = {"sgd": 0, "momentum": 1, "adam": 2}
PRECISIONS = {"fp32": 4, "bf16": 2}  # bytes of one activation


@dataclass(frozen=True)
class Memory:
    """Bytes of each part, and what was assumed, in words."""

    weights: int
    gradients: int
    optimiser: int
    activations: int
    assumptions: tuple[str, ...]

    @property
    def total(self) -> int:
        """All parts together."""
        return self.weights + self.gradients + self.optimiser + self.activations


def training_memory(
    parameters: int,
    saved: Saved,
    *,
    batch: int = 32,
    precision: str = "fp32",
    optimiser: str = "adam",
) -> Memory:
    """Estimates the bytes one training step needs.

    Args:
        parameters: learnable parameters.
        saved: what one image keeps for backward, from `saved.of_stack` or `saved.of_module`.
        batch: images per step, at least 1.
        precision: "fp32", or "bf16" for mixed precision.
        optimiser: "sgd", "momentum" or "adam".

    Raises:
        ValueError: an unknown precision or optimiser, or a batch below 1.
    """
    if precision not in PRECISIONS:
        raise ValueError(f"precision must be one of {', '.join(PRECISIONS)}, not {precision!r}.")
    if optimiser not in STATES:
        raise ValueError(f"optimiser must be one of {', '.join(STATES)}, not {optimiser!r}.")
    if batch < 1:
        raise ValueError(f"batch must be at least 1, not {batch}.")
    size = PRECISIONS[precision]
    copies = 4 + (size if precision == "bf16" else 0)
    return Memory(
        weights=parameters * copies,
        gradients=parameters * 4,
        optimiser=parameters * 4 * STATES[optimiser],
        activations=saved.bytes(size) * batch,
        assumptions=_assumptions(precision, optimiser),
    )


def _assumptions(precision: str, optimiser: str) -> tuple[str, ...]:
    mixed = "float32 weights and gradients, a bf16 copy of the weights, bf16 activations"
    kept = {"sgd": "nothing", "momentum": "one float32 value", "adam": "two float32 values"}[optimiser]
    return (
        mixed if precision == "bf16" else "everything in float32",
        f"the optimiser keeps {kept} per parameter",
        "activations are the tensors autograd keeps until the backward pass",
        "workspace and fragmentation come on top",
    )
