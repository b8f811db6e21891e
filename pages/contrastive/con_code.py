"""The code panels of the Contrastive page. They run as pasted."""

from __future__ import annotations

from collections.abc import Sequence

from engine import data
from engine.contrastive import homework as homework_engine
from engine.contrastive.experiment import Settings, rated
from engine.contrastive.homework import strong
from engine.contrastive.portable import shipped
from engine.contrastive.views import Views
from engine.models import Encoder, Head
from engine.settings import SettingsBase

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


_OPTIMISERS = {
    "adamw": "torch.optim.AdamW(model.parameters(), lr={rate:.4g}, weight_decay={decay:g})",
    "momentum": "torch.optim.SGD(model.parameters(), lr={rate:.4g}, momentum=0.9, weight_decay={decay:g})",
    "lars": "LARS(model.parameters(), lr={rate:.4g}, momentum=0.9, weight_decay={decay:g})",
}


def training(settings: Settings) -> str:
    """Text that trains as the page does, but for warm-up, schedule and half precision."""
    name, optimiser = settings.data, settings.training.optimiser
    rate = rated(settings).learning_rate
    made = _OPTIMISERS[optimiser].format(rate=rate, decay=settings.training.weight_decay)
    lars = "from engine.training.lars import LARS\n" if optimiser == "lars" else ""
    function = "nt_xent" if settings.negatives else "attraction"
    encoder, head = _call("Encoder", settings.encoder, Encoder()), _call("Head", settings.head, Head())
    channels = data.card(name).shape[0]
    return (
        "import torch\n\nfrom engine import data\n"
        f"from engine.contrastive import knn_accuracy, {function}\n"
        "from engine.contrastive.experiment import two_views\n"
        "from engine.contrastive.model import build\n"
        "from engine.contrastive.views import Views\n"
        f"from engine.models import Encoder, Head\n{lars}\n"
        f'train, test = data.load("{name}", "train"), data.load("{name}", "test", 1000)\n'
        f'model = build({encoder}, {head}, {channels}, {settings.plan.seed}, torch.device("cpu"))\n'
        f"optimiser = {made}\n"
        f"generator = torch.Generator().manual_seed({settings.plan.seed})\n\n"
        f"for epoch in range({settings.plan.epochs}):\n"
        f"    for batch in torch.randperm(len(train), generator=generator).split({settings.plan.batch_size}):\n"
        f"        first, second = two_views(train.images[batch], {views(settings.views)}, generator)\n"
        "        z = model(torch.cat([first, second]))  # (2B, d): one pass for both views\n"
        f"        loss = {function}(*z.chunk(2), temperature={settings.temperature:g})\n"
        "        optimiser.zero_grad()\n        loss.backward()\n        optimiser.step()\n"
        "    print(epoch, loss.item())\n\n"
        "with torch.inference_mode():\n    model.eval()\n"
        "    known, asked = (model.encode(images / 255) for images in (train.images[:2000], test.images))\n"
        "accuracy = knn_accuracy(known, train.labels[:2000], asked, test.labels)\n"
        'print(f"kNN on h: {100 * accuracy:.1f} %")'
    )


def kept(settings: Settings) -> str:
    """Text that reads every factor from an encoder, the shipped one where there is one."""
    name = settings.data
    made, source = (
        (f'read("{name}").model', "from engine.contrastive.portable import read")
        if shipped(name)
        else (f'untrained("{name}")  # train it first', "from engine.contrastive.explorer import untrained")
    )
    return (
        "import torch\n\nfrom engine import data\nfrom engine.contrastive import probe\n"
        f"{source}\n\nmodel = {made}\n"
        f'train, test = data.load("{name}", "train", 2000), data.load("{name}", "test", 1000)\n'
        "with torch.inference_mode():\n"
        "    known, asked = (model.encode(images / 255) for images in (train.images, test.images))\n"
        "found = probe(known, train.factors, asked, test.factors)\n"
        "for factor in found:\n"
        '    print(f"{factor.name:10} {factor.measure:8} {factor.value:.3f}, kept {factor.kept:.2f}")'
    )


def finding(name: str) -> str:
    """Text that measures one arm of a finding again, as the stored study did."""
    if name == "labels":
        return (
            "from engine.contrastive.findings import BASE\n"
            "from engine.studies.contrastive_findings import measure_labels\n\n"
            "found = measure_labels(BASE)  # trains once, then on 1 % and 10 % of the labels\n"
            "for name, accuracy in found.items():\n"
            '    print(f"{name}: {100 * accuracy:.1f} %")'
        )
    return (
        "from engine.contrastive.findings import FINDINGS\n"
        "from engine.studies.contrastive_findings import measure_arm\n\n"
        f'arm = FINDINGS["{name}"].arms[-1]\n'
        "found, run = measure_arm(arm.settings)  # a minute or so\n"
        "print(arm.title, {name: round(value, 3) for name, value in found.items()})"
    )


_MENDED = {
    "simple": (
        "first, second = two_views(images, family, generator)  # two views, scaled once\n"
        "    loss = nt_xent(*network(torch.cat([first, second])).chunk(2), temperature=0.1)"
    ),
    "cached": (
        "first, second = two_views(images, family, generator)  # drawn anew in every epoch\n"
        "    loss = nt_xent(*network(torch.cat([first, second])).chunk(2), temperature=0.1)"
    ),
    "pairs": (
        "indices, same = pair_up(labels, generator)  # one of the class, one of another\n"
        "    h = network.encoder(images / 255)[indices]\n"
        "    loss = margin_loss(same, distances(h))  # the distance itself, without dense layer and sigmoid"
    ),
}


def homework(settings: homework_engine.Settings) -> str:
    """Text that runs one epoch of the correction of a notebook."""
    name, notebook = settings.data, settings.notebook
    channels = data.card(name).shape[0]
    return (
        "import torch\n\nfrom engine import data\n"
        "from engine.contrastive import nt_xent\n"
        "from engine.contrastive.experiment import two_views\n"
        "from engine.contrastive.homework import Network, as_keras\n"
        "from engine.contrastive.homework_losses import distances, margin_loss, pair_up\n"
        "from engine.contrastive.views import Views\n\n"
        f"generator = torch.Generator().manual_seed({settings.plan.seed})\n"
        f"network = Network({channels})  # the notebook's encoder and head\n"
        "as_keras(network, generator)\n"
        "optimiser = torch.optim.AdamW(network.parameters(), lr=1e-3, weight_decay=0)\n"
        f'train, family = data.load("{name}"), {views(strong(channels))}\n'
        f"for batch in torch.randperm(len(train), generator=generator).split({settings.plan.batch_size}):\n"
        "    images, labels = train.images[batch], train.labels[batch]\n"
        f"    {_MENDED[notebook]}\n"
        "    optimiser.zero_grad()\n    loss.backward()\n    optimiser.step()\n"
        "print(loss.item())"
    )


def _call(name: str, settings: SettingsBase, usual: SettingsBase) -> str:
    """A settings class as one writes it: what differs from its defaults."""
    given = [f"{field}={here!r}" for field, (here, _) in settings.differences(usual).items()]
    return f"{name}({', '.join(given)})"
