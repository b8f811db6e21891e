"""A stack as source code: PyTorch that runs as pasted, and the Keras lines a lecture would show.

PyTorch: the text is executed in the tests and must give the analysis' parameter count and output shape.
Keras: the text is executed in the tests with Keras itself. A residual add needs names for earlier outputs,
so a stack with one becomes a class (PyTorch) or functional calls (Keras); every other stack is a plain list
of layers.
"""

from __future__ import annotations

from engine.parameters.analysis import LayerRow, analyse
from engine.parameters.layers import (
    Activation,
    BatchNorm,
    Conv,
    Dense,
    DepthwiseConv,
    Dropout,
    Flatten,
    GlobalPool,
    Layer,
    Pool,
    Residual,
    TransposedConv,
)
from engine.parameters.stack import Stack
from engine.settings import SettingError

_TORCH_ACTIVATIONS = {
    "relu": "nn.ReLU()",
    "leaky_relu": "nn.LeakyReLU()",
    "sigmoid": "nn.Sigmoid()",
    "tanh": "nn.Tanh()",
    "gelu": "nn.GELU()",
    "silu": "nn.SiLU()",
    "elu": "nn.ELU()",
    "softmax": "nn.Softmax(dim=1)",
}


def to_pytorch(stack: Stack) -> str:
    """PyTorch code that defines `model` for `stack`.

    Raises:
        SettingError: a layer of the stack is impossible.
    """
    rows = _possible(stack)
    head = "import torch\nfrom torch import nn\n\n"
    shape = ", ".join(map(str, stack.input))
    check = f"\nprint(model(torch.zeros(2, {shape})).shape)\n"
    if not any(isinstance(row.layer, Residual) for row in rows):
        lines = [f"    {_torch_line(row)},{_comment(row)}" for row in rows]
        return head + "model = nn.Sequential(\n" + "".join(f"{line}\n" for line in lines) + ")\n" + check
    return head + _torch_class(rows) + check


def _torch_class(rows: tuple[LayerRow, ...]) -> str:
    wanted = {row.layer.source for row in rows if isinstance(row.layer, Residual)}
    making, running = [], ["        x0 = x"] if 0 in wanted else []
    for row in rows:
        if isinstance(row.layer, Residual):
            running.append(f"        x = x + x{row.layer.source}{_comment(row)}")
        else:
            making.append(f"        self.layer{row.index} = {_torch_line(row)}")
            running.append(f"        x = self.layer{row.index}(x){_comment(row)}")
        if row.index in wanted:
            running.append(f"        x{row.index} = x")
    return "\n".join(
        [
            "\nclass Network(nn.Module):",
            "    def __init__(self):",
            "        super().__init__()",
            *making,
            "",
            "    def forward(self, x):",
            *running,
            "        return x",
            "",
            "",
            "model = Network()",
            "",
        ]
    )


def _comment(row: LayerRow) -> str:
    return f"  # {', '.join(map(str, row.output_shape))}"


def _torch_line(row: LayerRow) -> str:
    layer, size = row.layer, row.input_shape[0]
    match layer:
        case Conv(filters, kernel):
            options = _options(layer, "stride padding dilation groups bias")
            return f"nn.Conv2d({size}, {filters}, {kernel}{options})"
        case DepthwiseConv(kernel, _, _, multiplier):
            options = _options(layer, "stride padding bias")
            return f"nn.Conv2d({size}, {size * multiplier}, {kernel}{options}, groups={size})"
        case TransposedConv(filters, kernel, stride):
            options = _options(layer, "padding output_padding bias")
            return f"nn.ConvTranspose2d({size}, {filters}, {kernel}, stride={stride}{options})"
        case Pool(mode, window):
            name = "nn.MaxPool2d" if mode == "max" else "nn.AvgPool2d"
            step = f", stride={layer.step}" if layer.step != window else ""
            return f"{name}({window}{step}{_options(layer, 'padding')})"
        case BatchNorm():
            return f"nn.BatchNorm{2 if len(row.input_shape) == 3 else 1}d({size})"
        case Dropout(rate):
            return f"nn.Dropout({rate})"
        case GlobalPool(mode):
            name = "nn.AdaptiveAvgPool2d" if mode == "average" else "nn.AdaptiveMaxPool2d"
            return f"nn.Sequential({name}(1), nn.Flatten())"
        case Dense(units):
            return f"nn.Linear({size}, {units}{_options(layer, 'bias')})"
        case Activation(function):
            return _TORCH_ACTIVATIONS[function]
    return "nn.Flatten()"


def to_keras(stack: Stack) -> str:
    """Keras code that defines `model` for `stack`; pictures are (height, width, channels) there.

    Raises:
        SettingError: a layer of the stack is impossible.
    """
    rows = _possible(stack)
    channels, height, width = stack.input
    shape = f"({height}, {width}, {channels})"
    head = "import keras\nfrom keras import layers\n\n"
    lines = [(row, line) for row in rows for line in _keras_lines(row)]
    if not any(isinstance(row.layer, Residual) for row in rows):
        body = "".join(f"        {line},\n" for _, line in lines)
        start, end = "model = keras.Sequential(\n    [\n", "    ]\n)\nmodel.summary()\n"
        return f"{head}{start}        keras.Input({shape}),\n{body}{end}"
    calls = [f"x = x0 = keras.Input({shape})"]
    for row in rows:
        source = row.layer.source if isinstance(row.layer, Residual) else None
        names = _keras_lines(row)
        calls += [f"x = {line}({'x' if source is None else f'[x, x{source}]'})" for line in names]
        calls.append(f"x{row.index} = x")
    wanted = {f"x{row.layer.source} = x" for row in rows if isinstance(row.layer, Residual)}
    kept = [call for call in calls if not call.endswith(" = x") or call in wanted]
    return head + "\n".join([*kept, "model = keras.Model(x0, x)", "model.summary()", ""])


def _keras_lines(row: LayerRow) -> list[str]:
    """The Keras layers of one row: a number of zeros around the picture is a layer of its own there."""
    layer = row.layer
    match layer:
        case Conv(filters, kernel, stride, padding, dilation):
            options = _steps(stride) + _options(layer, "groups")
            options += f", dilation_rate={dilation}" if dilation > 1 else ""
            return _padded(padding, f"layers.Conv2D({filters}, {kernel}{options}", layer.bias)
        case DepthwiseConv(kernel, stride, padding, multiplier):
            options = _steps(stride) + (f", depth_multiplier={multiplier}" if multiplier > 1 else "")
            return _padded(padding, f"layers.DepthwiseConv2D({kernel}{options}", layer.bias)
        case TransposedConv():
            return _keras_transposed(layer)
        case Pool(mode, window, _, padding):
            name = "MaxPooling2D" if mode == "max" else "AveragePooling2D"
            step = _steps(layer.step) if layer.step != window else ""
            return _padded(padding, f"layers.{name}({window}{step}", bias=True)
        case GlobalPool(mode):
            return [f"layers.Global{'Average' if mode == 'average' else 'Max'}Pooling2D()"]
        case Dense(units):
            return [f"layers.Dense({units}{_keras_bias(layer.bias)})"]
        case Activation(function):
            return [
                "layers.LeakyReLU(negative_slope=0.01)"
                if function == "leaky_relu"
                else _keras_function(function)
            ]
    return [_keras_plain(layer)]


def _keras_plain(layer: Layer) -> str:
    match layer:
        case BatchNorm():
            return "layers.BatchNormalization()"
        case Dropout(rate):
            return f"layers.Dropout({rate})"
        case Flatten():
            return "layers.Flatten()"
    return "layers.Add()"


def _keras_function(function: str) -> str:
    return f'layers.Activation("{function}")'


def _keras_transposed(layer: TransposedConv) -> list[str]:
    options = f"{layer.filters}, {layer.kernel}, strides={layer.stride}{_keras_bias(layer.bias)}"
    missing = max(layer.stride - layer.kernel, 0)  # Keras returns at least size * stride values
    before, after = layer.padding, layer.padding + missing - layer.output_padding
    lines = [f"layers.Conv2DTranspose({options})"]
    if after < 0:
        lines.append(f"layers.ZeroPadding2D(((0, {-after}), (0, {-after})))")
        after = 0
    if before or after:
        lines.append(f"layers.Cropping2D((({before}, {after}), ({before}, {after})))")
    return lines


def _padded(padding: int | str, call: str, bias: bool) -> list[str]:
    end = _keras_bias(bias) + ")"
    if padding == "same":
        return [f'{call}, padding="same"{end}']
    return [f"layers.ZeroPadding2D({padding})"] * bool(padding) + [call + end]


def _steps(stride: int) -> str:
    return f", strides={stride}" if stride != 1 else ""


def _keras_bias(bias: bool) -> str:
    return "" if bias else ", use_bias=False"


def _options(layer: Layer, names: str) -> str:
    usual = {"stride": 1, "padding": 0, "dilation": 1, "groups": 1, "output_padding": 0, "bias": True}
    values = {name: getattr(layer, name) for name in names.split()}
    return "".join(f", {name}={value!r}" for name, value in values.items() if value != usual[name])


def _possible(stack: Stack) -> tuple[LayerRow, ...]:
    analysis = analyse(stack)
    if analysis.problem is not None:
        raise SettingError(f"{analysis.problem.name}: {analysis.problem.reason}")
    return analysis.rows
