"""What a kernel family is, and how one kernel is built from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from typing import Literal

import torch
from torch import Tensor

Group = Literal["smooth", "sharpen", "edges", "texture", "other"]


class KernelError(ValueError):
    """A kernel, size or parameter that does not exist; the message says what does."""


@dataclass(frozen=True)
class Parameter:
    """A number a kernel depends on, with the range a control offers."""

    name: str
    title: str
    default: float
    least: float
    most: float
    step: float
    unit: str = ""  # "cells", "degrees" or none
    whole: bool = False  # only the steps exist (a seed, a count); else any number in the range does

    def check(self, value: float) -> float:
        """`value`, or KernelError where it is outside the range or between the steps of a whole number."""
        if not (isfinite(value) and self.least <= value <= self.most):
            raise KernelError(f"{self.title} is between {self.least:g} and {self.most:g}, not {value:g}.")
        if self.whole and (value - self.least) % self.step:
            raise KernelError(
                f"{self.title} goes in steps of {self.step:g} from {self.least:g}; {value:g} is none of them."
            )
        return int(value) if self.whole else value


@dataclass(frozen=True)
class KernelFamily:
    """A named kernel: what it does, the sizes it exists in, and the numbers it depends on."""

    name: str
    title: str
    what: str  # one sentence for students
    group: Group
    sizes: tuple[int, ...]
    formula: Callable[..., Tensor]  # formula(size, **parameters) -> (size, size)
    total: Literal["one", "zero", "any"]  # what its values sum to
    parameters: tuple[Parameter, ...] = ()

    @property
    def keeps_brightness(self) -> bool:
        """The values sum to 1, so a flat area comes out as it was."""
        return self.total == "one"

    @property
    def zero_sum(self) -> bool:
        """The values sum to 0, so a flat area comes out as 0."""
        return self.total == "zero"

    @property
    def default_size(self) -> int:
        """3 where the family has it, else its smallest; Gabor's stripes need 7."""
        if self.group == "texture":
            return self.sizes[-1]
        return 3 if 3 in self.sizes else self.sizes[0]

    def build(self, size: int, *, device: torch.device | None = None, **parameters: float) -> Tensor:
        """The kernel (size, size), float32. Parameters not given take their defaults.

        Raises KernelError for a size or a parameter the family does not have, or a value out of range.
        """
        if size not in self.sizes:
            raise KernelError(f"{self.title} comes in sizes {', '.join(map(str, self.sizes))}, not {size}.")
        known = {parameter.name for parameter in self.parameters}
        for name in parameters.keys() - known:
            raise KernelError(
                f'{self.title} has no parameter "{name}"; it has: {", ".join(sorted(known)) or "none"}.'
            )
        values = {
            parameter.name: parameter.check(parameters.get(parameter.name, parameter.default))
            for parameter in self.parameters
        }
        kernel = self.formula(size, **values) + 0.0  # turns -0.0 into 0.0, which a page would show
        return kernel.to(device=device, dtype=torch.float32)
