"""The code panel of the Convolution page: PyTorch that runs as pasted, and the lecture's Keras line."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from engine.geometry import Axis, Padding
from pages.shared.picture_input import Picture

_TORCH = {
    "relu": "F.relu(output)",
    "leaky_relu": "F.leaky_relu(output)",
    "tanh": "torch.tanh(output)",
    "sigmoid": "torch.sigmoid(output)",
}


@dataclass(frozen=True)
class Setting:
    """What one convolution on the page depends on."""

    kernel: int
    stride: int
    padding: Padding
    padding_mode: str
    dilation: int
    bias: float
    activation: str


def _weights(weight: Tensor) -> str:
    planes = weight[0]  # (C, k, k)
    same = bool((planes == planes[:1]).all())
    shown = planes[:1] if same else planes
    rows = ",\n    ".join(
        "["
        + ", ".join("[" + ", ".join(f"{value:.6g}" for value in row) + "]" for row in plane.tolist())
        + "]"
        for plane in shown
    )
    text = f"weight = torch.tensor([[\n    {rows},\n]], dtype=torch.float32)  # (filters, colours, rows, columns)\n"
    if same and len(planes) > 1:
        text += "weight = weight.expand(1, 3, -1, -1)  # the same for red, green and blue\n"
    return text


def _load(picture: Picture, grey: bool) -> str:
    if picture.numbers:
        rows = ",\n    ".join(str([round(value, 4) for value in row]) for row in picture.image[0, 0].tolist())
        return f"image = torch.tensor([[[\n    {rows},\n]]], dtype=torch.float32)  # (batch, channels, rows, columns)\n"
    if picture.name == "own":
        source = f'Image.open("{picture.title}").convert("RGB")  # your file'
        height, width = picture.image.shape[-2:]
        shape = f".resize(({width}, {height}))"
        head = f"picture = {source}\npicture = picture{shape}\n"
        head = "from PIL import Image\nfrom torchvision.transforms.functional import to_tensor\n\n" + head
        text = head + "image = to_tensor(picture).unsqueeze(0)  # (1, 3, H, W), 0 to 1\n"
    else:
        size = picture.image.shape[-1]
        text = (
            "from engine import samples\n\n"
            f'image = samples.sample("{picture.name}", {size})  # (1, 3, {size}, {size}), 0 to 1\n'
            "image = (image * 255).round() / 255  # as in its PNG file\n"
        )
    if grey:
        text += (
            "image = (image * torch.tensor([0.299, 0.587, 0.114]).view(1, 3, 1, 1)).sum(1, keepdim=True)\n"
        )
    return text


def pytorch(picture: Picture, weight: Tensor, setting: Setting, rows: Axis, columns: Axis) -> str:
    """Text that computes the page's output as `output`."""
    grey = weight.shape[1] == 1
    lines = ["import torch", "import torch.nn.functional as F", ""]
    body = _load(picture, grey) + _weights(weight)
    pads = (columns.before, columns.after, rows.before, rows.after)
    mode = {"zeros": "constant"}.get(setting.padding_mode, setting.padding_mode)
    if any(pads):
        body += f'image = F.pad(image, {pads}, mode="{mode}")  # left, right, top, bottom\n'
    arguments = "".join(
        f", {name}={value}"
        for name, value in (("stride", setting.stride), ("dilation", setting.dilation))
        if value != 1
    )
    if setting.bias:
        arguments = f", torch.tensor([{setting.bias}])" + arguments
    body += f"output = F.conv2d(image, weight{arguments})\n"
    if setting.activation != "none":
        body += f"output = {_TORCH[setting.activation]}\n"
    return "\n".join(lines) + body + "print(output.shape, output.min().item(), output.max().item())"


def keras(setting: Setting) -> str:
    """The same layer as the lecture writes it. Keras knows no other paddings than these two."""
    padding = setting.padding if setting.padding in ("same", "valid") else "valid"
    activation = None if setting.activation == "none" else setting.activation
    before = ""
    if isinstance(setting.padding, int) and setting.padding:
        before = f"tf.keras.layers.ZeroPadding2D({setting.padding})\n"
    dilation = f", dilation_rate={setting.dilation}" if setting.dilation > 1 else ""
    return (
        f"{before}tf.keras.layers.Conv2D(filters=1, kernel_size={setting.kernel}, strides={setting.stride},\n"
        f"                       padding={padding!r}, activation={activation!r}{dilation})"
    )
