"""What "close to the picture" means: L2, L1, the Laplacian pyramid, or a mixture.

A loss here returns one number for each picture, so that every code gets the gradient of its own picture only and
rates do not depend on the size of the batch. Tested against torch's own losses and against the literal sums.
"""

from __future__ import annotations

from torch import Tensor

from engine.glo.pyramid import level_weights, pyramid_norms

NAMES = ("l2", "l1", "laplacian", "mixed")
MIXED_L1 = (
    1.0  # share of Lap1 beside L2 in "mixed": the ICML version adds the two; it gives no factor that we found
)


def each(
    name: str, generated: Tensor, pictures: Tensor, *, levels: int = 3, weighting: str = "equal"
) -> Tensor:
    """Loss of each picture: two batches (B, C, H, W) -> (B,).

    "l2" is the mean squared difference, "l1" the mean absolute one, "laplacian" Lap1 of `engine.glo.pyramid`,
    "mixed" the sum of L2 and Lap1. Raises ValueError for another name or shapes that differ.
    """
    if generated.shape != pictures.shape:
        raise ValueError(f"Shapes differ: {tuple(generated.shape)} and {tuple(pictures.shape)}.")
    difference = generated.float() - pictures
    if name == "l2":
        return difference.square().mean(dim=(1, 2, 3))
    if name == "l1":
        return difference.abs().mean(dim=(1, 2, 3))
    if name not in NAMES:
        raise ValueError(f"There is no loss {name!r}; there are {', '.join(NAMES)}.")
    pyramid = pyramid_norms(difference, levels, level_weights(levels, weighting))
    return pyramid if name == "laplacian" else MIXED_L1 * pyramid + difference.square().mean(dim=(1, 2, 3))
