"""The layers a stack can be built from, as frozen settings: what they are, not what they compute.

Each class lists its settings with sensible defaults; `RULES` holds the range of each setting, by field
name, so that a page can offer exactly what is allowed. A value outside its range raises `SettingError`,
whose message names the field and the range. What depends on the shape that arrives (does this kernel fit?)
is `analysis`'s business.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import ClassVar

from engine.settings import SettingError

MAX_LAYERS = 1_000  # an edit of so many is still answered in a tenth of a second
ACTIVATIONS = ("relu", "leaky_relu", "sigmoid", "tanh", "gelu", "silu", "elu", "softmax")


@dataclass(frozen=True)
class Range:
    """What one setting may be: whole numbers or (`decimal`) fractions in [low, high], or one of `words`."""

    low: float = 0
    high: float = 0
    words: tuple[str, ...] = ()
    decimal: bool = False
    switch: bool = False
    optional: bool = False

    def describe(self) -> str:
        """The allowed values as the end of a sentence."""
        if self.switch:
            return "true or false"
        parts = [f"one of {', '.join(self.words)}"] if self.words and not self.high else []
        if self.high:
            kind = "a number" if self.decimal else "a whole number"
            parts.append(f"{kind} from {self.low:,g} to {self.high:,g}")
            parts += [f'"{word}"' for word in self.words]
        return " or ".join(parts + ["nothing"] * self.optional)

    def allows(self, value: object) -> bool:
        """Whether `value` has the right type and lies in the range."""
        if value is None:
            return self.optional
        if isinstance(value, bool):
            return self.switch
        if isinstance(value, str):
            return value in self.words
        if isinstance(value, int) or (self.decimal and isinstance(value, float)):
            return bool(self.high) and self.low <= value <= self.high
        return False


RULES: dict[str, Range] = {
    "filters": Range(1, 4096),
    "kernel": Range(1, 32),
    "stride": Range(1, 16),
    "padding": Range(0, 32, words=("same",)),
    "dilation": Range(1, 16),
    "groups": Range(1, 4096),
    "multiplier": Range(1, 64),
    "output_padding": Range(0, 15),
    "bias": Range(switch=True),
    "mode": Range(words=("max", "average")),
    "window": Range(1, 64),
    "rate": Range(0, 0.95, decimal=True),
    "units": Range(1, 65_536),
    "function": Range(words=ACTIVATIONS),
    "source": Range(0, MAX_LAYERS),
}


@dataclass(frozen=True)
class Layer:
    """Base of all layer settings. `kind` names the layer in JSON, `label` on the page."""

    kind: ClassVar[str] = ""
    label: ClassVar[str] = ""

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            rule = self.rule(item.name)
            if not rule.allows(value):
                raise SettingError(
                    f"{item.name} of a {self.label.lower()} layer must be {rule.describe()}, "
                    f"not {shorten(value)}."
                )

    @classmethod
    def rule(cls, name: str) -> Range:
        """The allowed range of the setting `name` for this kind of layer."""
        return RULES[name]


@dataclass(frozen=True)
class Conv(Layer):
    """A 2-D convolution; "same" padding needs stride 1, as in PyTorch."""

    kind: ClassVar[str] = "conv"
    label: ClassVar[str] = "Convolution"
    filters: int = 16
    kernel: int = 3
    stride: int = 1
    padding: int | str = 0
    dilation: int = 1
    groups: int = 1
    bias: bool = True


@dataclass(frozen=True)
class DepthwiseConv(Layer):
    """A convolution that filters every channel by itself, `multiplier` outputs per channel."""

    kind: ClassVar[str] = "depthwise"
    label: ClassVar[str] = "Depthwise convolution"
    kernel: int = 3
    stride: int = 1
    padding: int | str = 0
    multiplier: int = 1
    bias: bool = True


@dataclass(frozen=True)
class TransposedConv(Layer):
    """A transposed convolution: enlarges the picture by `stride`."""

    kind: ClassVar[str] = "transposed"
    label: ClassVar[str] = "Transposed convolution"
    filters: int = 16
    kernel: int = 2
    stride: int = 2
    padding: int = 0
    output_padding: int = 0
    bias: bool = True

    @classmethod
    def rule(cls, name: str) -> Range:
        """As for every layer, but "same" padding does not exist here."""
        return Range(0, 32) if name == "padding" else RULES[name]


@dataclass(frozen=True)
class Pool(Layer):
    """Max or average pooling; without a stride the windows lie side by side."""

    kind: ClassVar[str] = "pool"
    label: ClassVar[str] = "Pooling"
    mode: str = "max"
    window: int = 2
    stride: int | None = None
    padding: int = 0

    @classmethod
    def rule(cls, name: str) -> Range:
        """As for every layer, but the stride may be left out and padding is a number."""
        return {"stride": Range(1, 64, optional=True), "padding": Range(0, 32)}.get(name) or RULES[name]

    @property
    def step(self) -> int:
        """The stride in use."""
        return self.window if self.stride is None else self.stride


@dataclass(frozen=True)
class BatchNorm(Layer):
    """Batch normalisation over channels (or over the values of a vector)."""

    kind: ClassVar[str] = "batch_norm"
    label: ClassVar[str] = "Batch normalisation"


@dataclass(frozen=True)
class Dropout(Layer):
    """Dropout with probability `rate`, kept to three decimals."""

    kind: ClassVar[str] = "dropout"
    label: ClassVar[str] = "Dropout"
    rate: float = 0.5

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "rate", round(float(self.rate), 3))


@dataclass(frozen=True)
class Flatten(Layer):
    """All values of a picture as one vector."""

    kind: ClassVar[str] = "flatten"
    label: ClassVar[str] = "Flatten"


@dataclass(frozen=True)
class GlobalPool(Layer):
    """One value per channel: the mean or maximum of the whole picture, as a vector."""

    kind: ClassVar[str] = "global_pool"
    label: ClassVar[str] = "Global pooling"
    mode: str = "average"


@dataclass(frozen=True)
class Dense(Layer):
    """A fully connected layer on a vector."""

    kind: ClassVar[str] = "dense"
    label: ClassVar[str] = "Dense"
    units: int = 10
    bias: bool = True


@dataclass(frozen=True)
class Activation(Layer):
    """An elementwise nonlinearity (softmax: over the channels, or over a vector)."""

    kind: ClassVar[str] = "activation"
    label: ClassVar[str] = "Activation"
    function: str = "relu"


@dataclass(frozen=True)
class Residual(Layer):
    """Adds the output of an earlier layer. Layers count from 1; source 0 is the network's input."""

    kind: ClassVar[str] = "residual"
    label: ClassVar[str] = "Residual add"
    source: int = 0


KINDS: dict[str, type[Layer]] = {
    layer.kind: layer
    for layer in (
        Conv,
        DepthwiseConv,
        TransposedConv,
        Pool,
        BatchNorm,
        Dropout,
        Flatten,
        GlobalPool,
        Dense,
        Activation,
        Residual,
    )
}


def shorten(value: object, limit: int = 40) -> str:
    """`value` as a short text for an error message, however large or strange it is."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an int of more digits than Python prints; a deep list
        return f"a very large {type(value).__name__}"
    return text if len(text) <= limit else f"{text[:limit]}..."
