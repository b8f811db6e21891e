"""Codes through time in one plane: every moment is seen from the same side, so that what moves has really moved.

The plane is spanned by the two directions in which the newest codes vary most. As the run goes on the plane turns
with them; it is rotated within itself to lie as it lay before (orthogonal Procrustes), so that a picture that is
drawn again does not spin. Tested: distances within the plane are those of the projection, a rotated history comes
back unrotated.
"""

from __future__ import annotations

import torch
from torch import Tensor

from engine.glo.principal import principal_components


def plane(codes: Tensor, before: Tensor | None = None) -> Tensor:
    """Two orthonormal axes, (d, 2), for codes (N, d); near the axes `before` where they are given and fit."""
    axes = principal_components(codes.float(), 2).axes.T  # (d, k)
    if axes.shape[1] < 2:  # one-dimensional codes
        axes = torch.cat([axes, axes.new_zeros(len(axes), 2 - axes.shape[1])], dim=1)
    if before is None or before.shape != axes.shape:
        return axes
    centred = codes.float() - codes.float().mean(dim=0)
    left, _, right = torch.linalg.svd((centred @ axes).T @ (centred @ before))
    return axes @ (left @ right)


def project(history: Tensor, axes: Tensor) -> Tensor:
    """Codes of all moments (T, M, d) in the plane, around the middle of the newest: (T, M, 2)."""
    return (history.float() - history[-1].float().mean(dim=0)) @ axes
