"""The loop of UMAP's optimiser, compiled by numba; imported only when a layout is computed (`optimiser`)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np
from numba import float32, int64, prange, uint64
from numpy.typing import NDArray

Floats = NDArray[np.float32]

REPULSIONS = 5  # per attraction: umap-learn's negative_sample_rate
FARTHEST_STEP = 4.0  # in one coordinate, from one force
NEAR = 0.001  # keeps the repulsion of points that nearly coincide finite


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` for all cores, kept on disk where there is a place for it."""
    try:
        return numba.njit(function, parallel=True, fastmath=True, cache=True)
    except RuntimeError:  # neither beside this file nor in the home folder
        return numba.njit(function, parallel=True, fastmath=True)


@numba.njit(inline="always")
def random_bits(state: np.uint64) -> np.uint64:
    """64 bits without a visible pattern from a counter: the output function of SplitMix64 (Steele et al. 2014)."""
    state = (state ^ (state >> uint64(30))) * uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> uint64(27))) * uint64(0x94D049BB133111EB)
    return state ^ (state >> uint64(31))


@numba.njit(inline="always")
def _clip(value: np.float32) -> np.float32:
    return max(min(value, float32(FARTHEST_STEP)), float32(-FARTHEST_STEP))


def _move_points(
    positions: Floats,
    still: Floats,
    pointers: NDArray[np.int32],
    targets: NDArray[np.int32],
    every: Floats,
    due: Floats,
    home: Floats,
    hold: Floats,
    span: tuple[int, int, int],
    shape: tuple[float, float, float],
    seed: np.uint64,
) -> Floats:
    """Epochs span[0] to span[1] of span[2]. Changes `due`; may use `positions` as its own memory."""
    first, last, total = span
    a, b, rate = shape
    count, alone = len(positions), len(still) == 0
    old, new = positions, np.empty_like(positions)
    for epoch in range(first, last):
        alpha = rate * float32(1.0 - epoch / total)
        others = old if alone else still
        among = uint64(len(others))
        for j in prange(count):
            state = random_bits(seed ^ (uint64(epoch) << uint64(32)) ^ uint64(j))
            x, y, z = old[j, 0], old[j, 1], old[j, 2]
            for edge in range(pointers[j], pointers[j + 1]):
                if due[edge] > epoch:
                    continue
                due[edge] += every[edge]
                k = targets[edge]
                kx, ky, kz = others[k, 0], others[k, 1], others[k, 2]
                # An edge stands in both rows, and each pulls both ends: two pulls, the other end moving along.
                for _ in range(2 if alone else 1):
                    dx, dy, dz = x - kx, y - ky, z - kz
                    square = dx * dx + dy * dy + dz * dz
                    if square > 0:
                        power = np.exp(b * np.log(square))
                        force = float32(-2) * a * b * power / (square * (a * power + float32(1)))
                        dx, dy, dz = (
                            alpha * _clip(force * dx),
                            alpha * _clip(force * dy),
                            alpha * _clip(force * dz),
                        )
                        x, y, z = x + dx, y + dy, z + dz
                        kx, ky, kz = kx - dx, ky - dy, kz - dz
                px, py, pz = float32(0), float32(0), float32(0)
                for _ in range(REPULSIONS):
                    state += uint64(0x9E3779B97F4A7C15)
                    k = int64(((random_bits(state) >> uint64(32)) * among) >> uint64(32))
                    dx, dy, dz = x - others[k, 0], y - others[k, 1], z - others[k, 2]
                    square = dx * dx + dy * dy + dz * dz
                    if square > 0:
                        power = np.exp(b * np.log(square))
                        force = float32(2) * b / ((float32(NEAR) + square) * (a * power + float32(1)))
                        px, py, pz = px + _clip(force * dx), py + _clip(force * dy), pz + _clip(force * dz)
                x, y, z = x + alpha * px, y + alpha * py, z + alpha * pz
            if len(hold):
                share = float32(1) - np.exp(-alpha * hold[j])
                x, y, z = (
                    x + share * (home[j, 0] - x),
                    y + share * (home[j, 1] - y),
                    z + share * (home[j, 2] - z),
                )
            new[j, 0], new[j, 1], new[j, 2] = x, y, z
        old, new = new, old
    return old


move_points = _compiled(_move_points)
