"""The code panels of the Architectures page: PyTorch that runs as pasted and gives the page's numbers."""

from __future__ import annotations

from engine.architectures import input_shape
from engine.architectures.building import OWN
from pages.networks.architectures_weights import Weights
from pages.shared.picture_input import OWN as OWN_PICTURE
from pages.shared.picture_input import Picture


def _build(name: str) -> str:
    """Lines that make the network without memory for its weights."""
    if name in OWN:
        return f'import torch\n\nfrom engine.architectures import build\n\nmodel = build("{name}")\n'
    options = {"googlenet": "weights=None, aux_logits=False, init_weights=False"}.get(name, "weights=None")
    return (
        "import torch\nimport torchvision\n\n"
        f"model = torchvision.models.{name}({options}).eval()  # structure only, nothing is downloaded\n"
    )


def comparing(first: str, second: str) -> str:
    """Text that prints parameters, MACs, depth and accuracy of both networks; leaves `found`."""
    return f"""from engine.architectures import summary

found = [summary(name) for name in ("{first}", "{second}")]
for network in found:
    official = network.published
    accuracy = f"top-1 {{official.top1}} % ({{official.weights}})" if official else "no published weights"
    print(f"{{network.title:20}} {{network.parameters:>12,}} parameters {{network.macs:>15,}} MACs "
          f"depth {{network.depth:>3}}  {{accuracy}}")"""


def counting(name: str) -> str:
    """Text that prints parameters and output shape of every part, and ends with `parameters`."""
    channels, height, width = input_shape(name)
    return (
        _build(name)
        + f"""
shapes = {{}}


def keep(path):
    def hook(module, given, out):
        shapes[path] = tuple(out.shape)

    return hook


for path, module in model.named_children():
    module.register_forward_hook(keep(path))
with torch.no_grad():
    model(torch.zeros(1, {channels}, {height}, {width}, device=next(model.parameters()).device))

for path, module in model.named_children():
    count = sum(p.numel() for p in module.parameters())
    print(f"{{path:12}} {{count:>12,}} parameters   output {{shapes.get(path)}}")
parameters = sum(p.numel() for p in model.parameters())
print(f"{{'all':12}} {{parameters:>12,}} parameters")"""
    )


def looking(found: Weights, picture: Picture, part: str, channels: int, strongest: bool) -> str:
    """Text that runs the picture through the network; leaves `result`."""
    if picture.name == OWN_PICTURE:
        load = (
            "from PIL import Image\nfrom torchvision.transforms.functional import to_tensor\n\n"
            f'image = to_tensor(Image.open("{picture.title}").convert("RGB"))  # your file\n'
        )
    else:
        size = picture.image.shape[-1]
        load = (
            f'image = samples.sample("{picture.name}", {size})[0]  # (3, {size}, {size}), 0 to 1\n'
            "image = (image * 255).round() / 255  # as in its PNG file\n"
        )
    samples = "from engine import samples\n" if picture.name != OWN_PICTURE else ""
    nodes = "" if part == "all" else f', nodes=inside("{found.name}", "{part}")'
    order = ", strongest=True" if strongest else ""
    if found.own:
        loader, net = "own_network", f'net = own_network("{found.name}")'
    else:
        pretrained = "pretrained=True" if found.mark else f"pretrained=False, seed={found.seed}"
        loader, net = "network", f'net = network("{found.name}", {pretrained})'
    names = ", ".join(["feature_maps", *(["inside"] if nodes else []), loader])
    return (
        f"{samples}from engine.feature_maps import {names}\n\n{load}{net}\n"
        f"result = feature_maps(net, image{nodes}, channels={channels}{order})\n"
        "print(result.source)\n"
        "for block in result.maps:  # block.maps: uint8 (channels, h, w), 128 is 0\n"
        '    print(f"{block.title:24} {str(block.shape):18} {block.dead:6.1%} exactly 0, largest {block.scale:.3f}")\n'
        "for label, share in result.guesses:\n"
        '    print(f"{share:6.1%} {label}")'
    )
