"""The code panels of the Contrastive page. They run as pasted."""

from __future__ import annotations

from collections.abc import Sequence

from engine.contrastive.views import Views

_NT_XENT = """\
unit = F.normalize(z, dim=1)  # length 1: the product of two rows is their cosine
logits = unit @ unit.T / {temperature:g}  # (2N, 2N), divided by the temperature
logits.fill_diagonal_(-torch.inf)  # nobody is asked about itself
partner = torch.arange(len(z)).roll(len(z) // 2)  # row i and row i + N show the same picture
loss = F.cross_entropy(logits, partner)
print(loss.item())"""


def views(family: Views) -> str:
    """The family as one writes it: what differs from its defaults."""
    usual = Views().to_dict()
    given = [f"{name}={value!r}" for name, value in family.to_dict().items() if value != usual[name]]
    return f"Views({', '.join(given)})"


def loss(name: str, places: Sequence[int], family: Views, encoder: str, seed: int, temperature: float) -> str:
    """Text that computes the Loss view's loss as `loss`. `encoder`: "random", "shipped" or "own"."""
    made = f'untrained("{name}")  # random weights'
    source = "from engine.contrastive.explorer import explore, untrained"
    if encoder == "shipped":
        made = f'read("{name}").model  # trained, from assets/weights'
        source = (
            "from engine.contrastive.explorer import explore\nfrom engine.contrastive.portable import read"
        )
    elif encoder == "own":
        made += " stand in for those of your session"
    return (
        "import torch\nfrom torch.nn import functional as F\n\nfrom engine import data\n"
        f"{source}\nfrom engine.contrastive.views import Views\n\n"
        f"model = {made}\n"
        f'images = data.load("{name}", "test").images[{list(places)}]  # uint8 (N, C, H, W)\n'
        f"batch = explore(model, images, {views(family)}, torch.Generator().manual_seed({seed}))\n"
        "z = batch.z  # (2N, d): first views, then second views\n\n"
        + _NT_XENT.format(temperature=temperature)
    )
