"""Vectors by trained networks: encoders, classifiers and codes that come with the app, torchvision's where they are.

Each family finds what is on this machine by name, so what a study adds to `assets/weights` is offered at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from functools import lru_cache

import torch
from torch import Tensor, nn

from engine import images
from engine.classifier import shipped
from engine.contrastive import portable
from engine.data import Card, Dataset
from engine.embedding.sources import BATCH, Source, forward
from engine.embedding.vectors import EmbeddingError
from engine.feature_maps import weights
from engine.glo import shelf
from engine.glo.portable import ModelError

LAYERS = {"h": "the representation h of", "z": "the projection z, which the loss compared, of"}
IMAGENET = ("resnet18", "mobilenet_v2")  # small enough for a processor
SIDE = 96  # pixels: a tenth of the work of 224, and a 32 x 32 picture has no more to say
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def sources() -> Iterator[Source]:
    """One entry per network that is here."""
    for path in sorted(portable.FOLDER.glob("simclr-*.safetensors")):
        name = path.stem.removeprefix("simclr-")
        with suppress(portable.WeightsError):  # a damaged file is not offered
            network = _simclr(name)
            yield from (simclr(name, layer, network) for layer in LAYERS)
    yield from (classifier(name) for name in shipped.names())
    yield from (codes(name) for name in shelf.names())
    yield from (pretrained(name) for name in IMAGENET if weights.cached(name) is not None)


@lru_cache(maxsize=8)
def _simclr(name: str) -> portable.Portable:
    return portable.read(name)


def simclr(name: str, layer: str, network: portable.Portable) -> Source:
    """A SimCLR encoder: h, which is kept, or z, which the loss compared and the lecture throws away."""

    def compute(dataset: Dataset, device: torch.device) -> Tensor:
        model = network.model
        return forward(
            nn.Sequential(model.encoder, model.head) if layer == "z" else model.encoder,
            dataset.images,
            device,
        )

    def suits(card: Card) -> bool:
        return card.shape[0] == network.channels

    return Source(
        f"simclr-{name}-{layer}"[:40],
        f"SimCLR {layer}, {name}",
        f"{LAYERS[layer]} a SimCLR encoder trained on {name} without any label",
        compute,
        "cosine",
        suits=suits,
    )


def classifier(name: str) -> Source:
    """The layer before the last of a trained classifier: what it decides from."""
    network = shipped.load(name)

    def compute(dataset: Dataset, device: torch.device) -> Tensor:
        body = nn.Sequential(*list(network.model)[:-1]).to(device)
        with torch.inference_mode():
            parts = [
                body(network.prepare(part.to(device).float() / 255)).flatten(1)
                for part in dataset.images.split(BATCH)
            ]
        return torch.cat(parts).float()

    def suits(card: Card) -> bool:
        return card.shape[0] == network.shape[0]

    about = f"the layer before the last of the classifier {name}, which was trained on labels"
    return Source(f"classifier-{name}"[:40], f"Classifier {name}", about, compute, suits=suits)


def codes(name: str) -> Source:
    """GLO's codes, one per training picture, learned and not computed: new pictures have none."""

    def compute(dataset: Dataset, device: torch.device) -> Tensor:
        try:
            learned = shelf.load(name).codes
        except ModelError as error:
            raise EmbeddingError(str(error)) from error
        if dataset.split != "train" or len(dataset) > len(learned):
            raise EmbeddingError(
                f"GLO has learned codes for {len(learned):,} training pictures and for no others."
            )
        return learned[: len(dataset)].to(device)

    about = "GLO's codes, learned together with its generator, one per picture"
    return Source(
        f"glo-{name}"[:40], "GLO codes", about, compute, suits=lambda card: card.name == name, encodes=False
    )


def pretrained(name: str) -> Source:
    """A torchvision network trained on ImageNet, without its last layer."""

    def compute(dataset: Dataset, device: torch.device) -> Tensor:
        network = weights.network(name, device=device).model
        head = "fc" if hasattr(network, "fc") else "classifier"
        setattr(network, head, nn.Identity())
        mean, deviation = (torch.tensor(values, device=device).view(3, 1, 1) for values in (MEAN, DEVIATION))
        parts = []
        with torch.inference_mode():
            for part in dataset.images.split(BATCH):
                colour = part.to(device).float() / 255
                colour = images.resize(colour, SIDE, SIDE).expand(-1, 3, -1, -1)
                parts.append(network((colour - mean) / deviation).flatten(1))
        return torch.cat(parts).float()

    return Source(
        f"imagenet-{name}",
        f"ImageNet {name}",
        f"{name} as trained on a million photographs",
        compute,
        "cosine",
    )
