"""Where a sliding window lands: output sizes, padding, and what a control may offer, one axis at a time.

Height and width never mix, so everything here is about one axis: a row of `size` cells, a window of `kernel`
taps `dilation` apart, moved by `stride`. With `before` and `after` cells of padding the window fits

    floor((size + before + after - span) / stride) + 1,   span = dilation * (kernel - 1) + 1

times (Dumoulin and Visin 2016, https://arxiv.org/abs/1603.07285). Padding is a number (on both sides),
"valid" (none) or "same": as much as makes the output ceil(size / stride) long, the odd cell behind. With
stride 1 that is exactly torch's padding="same", for even kernels too; with stride above 1 it is Keras's rule,
which torch refuses. Tested against torch's own output shapes and a literal walk of the window.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from operator import index
from typing import Literal, TypedDict

Padding = int | Literal["same", "valid"]
Pair = int | tuple[int, int]
PADDING_MODES = ("zeros", "reflect", "replicate")
MINUS = "\N{MINUS SIGN}"


class Sliding(TypedDict, total=False):
    """How a window slides, as keyword arguments: one number for both axes or (rows, columns)."""

    stride: Pair
    padding: Padding | tuple[int, int]
    padding_mode: str
    dilation: Pair


class GeometryError(ValueError):
    """A window that does not fit; the message says why and what would fit."""


class UnknownNameError(ValueError):
    """A mode or name that does not exist; the message lists those that do."""


@dataclass(frozen=True)
class Axis:
    """One axis of a convolution or a pooling: `size` cells, a window of `kernel` taps `dilation` apart.

    Raises GeometryError where the window does not fit even once, or a number is out of range.
    """

    size: int
    kernel: int
    stride: int = 1
    padding: Padding = 0
    dilation: int = 1

    def __post_init__(self) -> None:
        for name, label in _POSITIVE.items():
            _whole(getattr(self, name), label, least=1)
        if self.padding not in ("same", "valid"):
            if isinstance(self.padding, str):
                raise GeometryError(f'Padding is a whole number, "same" or "valid", not "{self.padding}".')
            _whole(self.padding, "Padding", least=0)
        if self.span > self.padded:
            raise GeometryError(
                f"The window spans {self.span} cells but only {self.padded} are there"
                f" ({self.size} and {self.padded - self.size} of padding):"
                " use a smaller kernel, less dilation or more padding."
            )

    @cached_property
    def span(self) -> int:
        """Cells from the first tap to the last, both counted: the kernel with its dilation gaps."""
        return self.dilation * (self.kernel - 1) + 1

    @cached_property
    def before(self) -> int:
        """Cells of padding in front of the first one."""
        if isinstance(self.padding, str):
            return self._same_total // 2 if self.padding == "same" else 0
        return self.padding

    @cached_property
    def after(self) -> int:
        """Cells of padding behind the last one; one more than `before` where "same" needs an odd number."""
        return self._same_total - self.before if self.padding == "same" else self.before

    @property
    def _same_total(self) -> int:
        steps = -(-self.size // self.stride) - 1
        return max(steps * self.stride + self.span - self.size, 0)

    @cached_property
    def padded(self) -> int:
        """Cells with the padding on both sides."""
        return self.before + self.size + self.after

    @cached_property
    def output(self) -> int:
        """How many times the window fits."""
        return (self.padded - self.span) // self.stride + 1

    @cached_property
    def unread(self) -> int:
        """Cells at the end of the padded row that the last window does not reach."""
        return self.padded - ((self.output - 1) * self.stride + self.span)

    @cached_property
    def dropped(self) -> int:
        """Cells of the picture itself (not padding) at its end that no window reaches."""
        return max(self.unread - self.after, 0)

    def taps(self, position: int) -> range:
        """Input cells that output cell `position` reads; those below 0 or from `size` on are padding."""
        if not 0 <= position < self.output:
            raise GeometryError(f"There is no output cell {position}: they run from 0 to {self.output - 1}.")
        first = position * self.stride - self.before
        return range(first, first + self.span, self.dilation)

    def reads(self) -> list[int]:
        """For every input cell the number of windows that read it; 0 also between the taps and the steps."""
        counts = [0] * self.size
        for position in range(self.output):
            for cell in self.taps(position):
                if 0 <= cell < self.size:
                    counts[cell] += 1
        return counts

    def formula(self) -> str:
        """The output size with the numbers filled in, like "⌊(512 + 2·1 - 3) / 2⌋ + 1 = 256".

        Unequal padding is written as its two numbers, a dilated span as 2·(3 - 1) + 1; with true minus signs.
        """
        padding = f"2·{self.before}" if self.before == self.after else f"{self.before} + {self.after}"
        span = str(self.kernel) if self.dilation == 1 else f"({self.dilation}·({self.kernel} {MINUS} 1) + 1)"
        return f"⌊({self.size} + {padding} {MINUS} {span}) / {self.stride}⌋ + 1 = {self.output}"


_POSITIVE = {"size": "The picture's side", "kernel": "The kernel", "stride": "Stride", "dilation": "Dilation"}


def output_size(size: int, kernel: int, *, stride: int = 1, padding: Padding = 0, dilation: int = 1) -> int:
    """Cells in the output of one axis. Raises GeometryError where the window does not fit."""
    return Axis(size, kernel, stride, padding, dilation).output


def pad_amounts(
    size: int, kernel: int, *, stride: int = 1, padding: Padding = 0, dilation: int = 1
) -> tuple[int, int]:
    """Cells of padding (before, after) on one axis. Raises GeometryError where the window does not fit."""
    axis = Axis(size, kernel, stride, padding, dilation)
    return axis.before, axis.after


def axes(
    shape: Iterable[int],
    kernel: Iterable[int],
    *,
    stride: Pair = 1,
    padding: Padding | tuple[int, int] = 0,
    padding_mode: str = "zeros",
    dilation: Pair = 1,
) -> tuple[Axis, Axis]:
    """The axes (rows, columns) of a window over a picture: `shape` and `kernel` are (height, width).

    Raises GeometryError where the window does not fit, UnknownNameError for an unknown padding mode.
    """
    known(padding_mode, PADDING_MODES, "padding mode")
    paddings = (padding, padding) if isinstance(padding, str) else pair(padding, "Padding")
    settings = zip(shape, kernel, pair(stride, "Stride"), paddings, pair(dilation, "Dilation"), strict=True)
    rows, columns = (Axis(*setting) for setting in settings)
    for axis in (rows, columns):
        _check_reflection(axis, padding_mode)
    return rows, columns


def pair(value: Pair, label: str) -> tuple[int, int]:
    """One number for both axes, or (rows, columns). Raises GeometryError for anything else."""
    if isinstance(value, tuple | list):
        if len(value) != 2:
            raise GeometryError(f"{label} is one number or two (rows, columns), not {len(value)}.")
        return value[0], value[1]
    return value, value


def known(name: str, names: Iterable[str], what: str) -> str:
    """`name` if it is one of `names`, else UnknownNameError listing them."""
    if name not in names:
        raise UnknownNameError(f'There is no {what} "{name}"; there are: {", ".join(names)}.')
    return name


def fits(
    size: int,
    kernel: int,
    *,
    stride: int = 1,
    padding: Padding = 0,
    padding_mode: str = "zeros",
    dilation: int = 1,
) -> bool:
    """Whether this setting gives at least one output cell."""
    try:
        _check_reflection(Axis(size, kernel, stride, padding, dilation), padding_mode)
    except GeometryError:
        return False
    return True


def largest_kernel(
    size: int, *, padding: Padding = 0, padding_mode: str = "zeros", dilation: int = 1, ceiling: int = 7
) -> int:
    """The largest kernel up to `ceiling` that fits, so that a control can end there; 0 if none does."""
    fitting = (
        kernel
        for kernel in range(ceiling, 0, -1)
        if fits(size, kernel, padding=padding, padding_mode=padding_mode, dilation=dilation)
    )
    return next(fitting, 0)


def largest_dilation(
    size: int, kernel: int, *, padding: Padding = 0, padding_mode: str = "zeros", ceiling: int = 8
) -> int:
    """The largest dilation up to `ceiling` that fits; 0 if none does."""
    fitting = (
        dilation
        for dilation in range(ceiling, 0, -1)
        if fits(size, kernel, padding=padding, padding_mode=padding_mode, dilation=dilation)
    )
    return next(fitting, 0)


def largest_stride(
    size: int, kernel: int, *, padding: Padding = 0, dilation: int = 1, ceiling: int = 8
) -> int:
    """The largest stride up to `ceiling` that leaves two positions; beyond it the output stays one cell.

    1 where the window fits only once. Raises GeometryError where it does not fit at all.
    """
    Axis(size, kernel, 1, padding, dilation)
    moving = (
        stride for stride in range(ceiling, 1, -1) if Axis(size, kernel, stride, padding, dilation).output > 1
    )
    return next(moving, 1)


def padding_range(
    size: int, kernel: int, *, padding_mode: str = "zeros", dilation: int = 1, ceiling: int = 16
) -> tuple[int, int]:
    """Least and most padding (a number on both sides) a control can offer.

    Least: the window fits. Most: every window still reads a picture cell (padding < span), and reflection has
    enough cells to mirror. Raises GeometryError where no padding up to `ceiling` fits.
    """
    span = dilation * (kernel - 1) + 1
    fitting = [
        padding
        for padding in range(min(span - 1, ceiling) + 1)
        if fits(size, kernel, padding=padding, padding_mode=padding_mode, dilation=dilation)
    ]
    if not fitting:
        raise GeometryError(
            f"No padding makes a window of {span} cells fit {size}: use a smaller kernel or less dilation."
        )
    return fitting[0], fitting[-1]


def _check_reflection(axis: Axis, padding_mode: str) -> None:
    if padding_mode == "reflect" and axis.after >= axis.size:
        raise GeometryError(
            f"Reflection mirrors at most {axis.size - 1} of {axis.size} cells, but {axis.after} of padding"
            " are asked for: use less padding, zeros or replicate."
        )


def _whole(value: object, label: str, *, least: int) -> None:
    try:
        number = index(value)  # type: ignore[arg-type]  # anything without __index__ raises TypeError
    except TypeError as error:
        raise GeometryError(f"{label} is a whole number, not {value!r}.") from error
    if number < least:
        raise GeometryError(f"{label} is at least {least}, not {number}.")
