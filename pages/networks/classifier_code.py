"""The code panel of the Classifier page: PyTorch that trains as pasted, and the lecture's Keras lines."""

from __future__ import annotations

from torch import nn

from engine.classifier import Lane, Settings
from engine.classifier.networks import Shape, build

_OPTIMISERS = {
    "sgd": "torch.optim.SGD(model.parameters(), lr={rate:g}, weight_decay={decay:g})",
    "momentum": "torch.optim.SGD(model.parameters(), lr={rate:g}, momentum={momentum:g}, weight_decay={decay:g})",
    "nesterov": "torch.optim.SGD(model.parameters(), lr={rate:g}, momentum={momentum:g}, nesterov=True,"
    " weight_decay={decay:g})",
    "adamw": "torch.optim.AdamW(model.parameters(), lr={rate:g}, weight_decay={decay:g})",
    "lars": "LARS(model.parameters(), lr={rate:g}, momentum={momentum:g}, weight_decay={decay:g})",
}
_KERAS_FUNCTIONS = {"gelu", "relu", "sigmoid", "silu", "tanh"}


def pytorch(settings: Settings, lane: Lane, shape: Shape, classes: int) -> str:
    """Text that trains the lane's network on the page's data, without its augmentation and schedule."""
    learning = lane.optimisation
    optimiser = _OPTIMISERS[learning.optimiser].format(
        rate=learning.learning_rate, decay=learning.weight_decay, momentum=learning.momentum
    )
    extra = "from engine.training.lars import LARS\n" if learning.optimiser == "lars" else ""
    limit = f", limit={settings.limit}" if settings.limit else ""
    return f"""import torch
import torch.nn.functional as F
from torch import nn

from engine import data
{extra}
train = data.load({settings.data!r}{limit})  # .images uint8 (N, C, H, W), .labels (N,)
test = data.load({settings.data!r}, "test")
mean = train.images.float().mean((0, 2, 3), keepdim=True)
deviation = train.images.float().std((0, 2, 3), keepdim=True)

torch.manual_seed({settings.plan.seed})
{_model(lane, shape, classes)}
optimiser = {optimiser}

for epoch in range({settings.plan.epochs}):
    model.train()
    for indices in torch.randperm(len(train)).split({settings.plan.batch_size}):
        images = (train.images[indices] - mean) / deviation
        loss = F.cross_entropy(model(images), train.labels[indices])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    model.eval()
    with torch.inference_mode():
        parts = test.images.split(1000)
        predicted = torch.cat([model((part - mean) / deviation).argmax(1) for part in parts])
    accuracy = (predicted == test.labels).float().mean().item()
    print(f"epoch {{epoch + 1}}: {{accuracy:.2%}} of the test pictures")"""


def _model(lane: Lane, shape: Shape, classes: int) -> str:
    if lane.kind == "resnet":
        changed = ", ".join(f"{name}={value!r}" for name, value in vars(lane.resnet).items())
        return (
            "from engine.models import ResNet, resnet\n\n"
            f"model = resnet(ResNet({changed}), {shape}, {classes})"
        )
    lines = "".join(f"    {_line(layer)},\n" for layer in build(lane, shape, classes, seed=None))
    return f"model = nn.Sequential(\n{lines})"


def _line(layer: nn.Module) -> str:
    if isinstance(layer, nn.Flatten):
        return "nn.Flatten()"
    if type(layer).__name__ == "Dropout":
        return f"nn.Dropout({layer.share:g})"
    return f"nn.{layer}"


def keras(lane: Lane, shape: Shape, classes: int) -> str | None:
    """The same network as the lecture writes it; None for networks it does not show."""
    if lane.kind == "resnet":
        return None
    channels, height, width = shape
    lines = [f"layers.Input(({height}, {width}, {channels}))"]
    if lane.kind == "plain":
        lines.append("layers.Flatten()")
        for units in lane.plain.widths:
            lines += _block(
                f"Dense({units}", lane.plain.activation, lane.plain.batch_norm, lane.plain.dropout
            )
    else:
        net = lane.cnn
        for filters, stride in zip(net.channels, net.strides, strict=True):
            call = f"Conv2D({filters}, {net.kernel}, strides={stride}, padding='same'"
            lines += _block(call, net.activation, net.batch_norm, 0.0)
        lines.append("layers.Flatten()")
        if net.hidden:
            lines += _block(f"Dense({net.hidden}", net.activation, net.batch_norm, net.dropout)
    lines.append(f"layers.Dense({classes}, activation='softmax')")
    body = "".join(f"    {line},\n" for line in lines)
    return f"from tensorflow.keras import layers, models\n\nmodel = models.Sequential([\n{body}])"


def _block(call: str, activation: str, batch_norm: bool, dropout: float) -> list[str]:
    found = [f"layers.{call}{', use_bias=False' if batch_norm else ''})"]
    found += ["layers.BatchNormalization()"] * batch_norm
    if activation == "leaky_relu":
        found.append("layers.LeakyReLU(0.2)")
    elif activation in _KERAS_FUNCTIONS:
        found.append(f"layers.Activation({activation!r})")
    return found + ([f"layers.Dropout({dropout:g})"] if dropout else [])
