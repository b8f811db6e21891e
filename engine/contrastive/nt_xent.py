"""NT-Xent, the loss of SimCLR (Chen et al. 2020, Algorithm 1, https://arxiv.org/abs/2002.05709).

Row i of the two stacked views asks: which of the other 2N - 1 rows shows the same picture as I do? The answer is a
softmax over cosine similarities divided by the temperature, and the loss its cross-entropy, averaged over 2N rows.

The official TensorFlow code adds the two halves instead, which is twice this; learning rates copied from there carry
the factor. The exponentials of the forward pass are kept for the backward pass, which then needs two matrix products
and no other look at the 2N x 2N table. Tested against the paper's triple loop, the closed form for equal embeddings,
and lightly's NTXentLoss; benchmarks/nt_xent.py compares the speed.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.autograd import Function
from torch.autograd.function import FunctionCtx, once_differentiable
from torch.nn import functional

from engine.device import full_precision


def nt_xent(z_a: Tensor, z_b: Tensor, temperature: float = 0.5) -> Tensor:
    """Normalised temperature-scaled cross-entropy of N pairs, a scalar in float32 whatever the autocast around it.

    Args:
        z_a: (N, d), projections of the first views.
        z_b: (N, d), of the second views of the same pictures in the same order.
        temperature: Small ones look at the most similar negatives only. 0.5: the paper's choice for CIFAR-10.

    Raises:
        ValueError: The shapes differ or are no (N, d), or the temperature is not above 0.
    """
    check_pairs(z_a, z_b, temperature)
    with full_precision(z_a.device):
        rows = unit_rows(z_a, z_b) / temperature**0.5  # (2N, d): their products carry the temperature already
        loss: Tensor = _Contrast.apply(rows)
    return loss


class _Contrast(Function):
    """Rows (2N, d) -> mean over them of log sum exp of their products with all others, minus that with the positive."""

    @staticmethod
    def forward(ctx: FunctionCtx, rows: Tensor) -> Tensor:
        table = rows @ rows.T  # (2N, 2N)
        table.fill_diagonal_(-torch.inf)  # nobody is asked about itself
        largest = table.amax(1, keepdim=True)
        powers = table.sub_(largest).exp_()
        total = powers.sum(1, keepdim=True)  # (2N, 1)
        ctx.save_for_backward(rows, powers, total)
        first, second = rows.chunk(2)
        return (largest + total.log()).mean() - (first * second).sum(1).mean()

    @staticmethod
    @once_differentiable
    def backward(ctx: FunctionCtx, gradient: Tensor) -> Tensor:
        rows, powers, total = ctx.saved_tensors  # type: ignore[attr-defined]  # torch's stub lacks it
        with full_precision(rows.device):
            asking = (powers @ rows) / total  # row i asks about all others
            asked = powers.T @ (rows / total)  # and is asked about by them
            partners = rows.roll(len(rows) // 2, 0)
            return (asking + asked - 2 * partners) * (gradient / len(rows))


def attraction(z_a: Tensor, z_b: Tensor, temperature: float = 0.5) -> Tensor:
    """NT-Xent without its negatives: only the pull between two views, so that nothing stops a collapse.

    The numerator of Algorithm 1, minus cosine similarity over temperature; least where all views are one point.
    Arguments and errors as `nt_xent`.
    """
    check_pairs(z_a, z_b, temperature)
    with full_precision(z_a.device):
        return -functional.cosine_similarity(z_a.float(), z_b.float(), dim=1).mean() / temperature


def check_pairs(z_a: Tensor, z_b: Tensor, temperature: float) -> None:
    """Raise ValueError unless these are N pairs and a temperature above 0."""
    if z_a.ndim != 2 or z_a.shape != z_b.shape or not len(z_a):
        raise ValueError(
            f"Two views of N pictures are two tensors (N, d), not {tuple(z_a.shape)} and {tuple(z_b.shape)}."
        )
    if not temperature > 0:
        raise ValueError(f"The temperature must be above 0, not {temperature:g}.")


def unit_rows(z_a: Tensor, z_b: Tensor) -> Tensor:
    """Both views stacked, every row of length 1, float32: -> (2N, d). A row of zeros stays one."""
    return functional.normalize(torch.cat([z_a, z_b]).float(), dim=1)
