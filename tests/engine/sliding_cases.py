"""Settings of sliding windows for the property tests, possible and impossible ones."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from hypothesis import strategies as st


@dataclass(frozen=True)
class Case:
    """One convolution: shapes and settings, each (rows, columns)."""

    size: tuple[int, int]
    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[int, int] | str
    dilation: tuple[int, int]
    padding_mode: str
    batch: int
    channels: int
    filters: int

    @property
    def sliding(self):
        return {
            "stride": self.stride,
            "padding": self.padding,
            "padding_mode": self.padding_mode,
            "dilation": self.dilation,
        }

    def tensors(self, dtype=torch.float64):
        """Images, weight and bias, the same for the same case."""
        generator = torch.Generator().manual_seed(sum(self.size) * 31 + sum(self.kernel))
        shapes = (
            (self.batch, self.channels, *self.size),
            (self.filters, self.channels, *self.kernel),
            (self.filters,),
        )
        return tuple(torch.randn(shape, generator=generator, dtype=dtype) for shape in shapes)


def pairs(least: int, most: int):
    return st.tuples(st.integers(least, most), st.integers(least, most))


cases = st.builds(
    Case,
    size=pairs(1, 12),
    kernel=pairs(1, 5),
    stride=pairs(1, 4),
    padding=st.one_of(pairs(0, 4), st.sampled_from(["same", "valid"])),
    dilation=pairs(1, 3),
    padding_mode=st.sampled_from(["zeros", "reflect", "replicate"]),
    batch=st.integers(1, 2),
    channels=st.integers(1, 3),
    filters=st.integers(1, 3),
)
