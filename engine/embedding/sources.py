"""Where vectors come from: a registry with one entry per encoder.

    vectors = sources.vectors("pixels", data.load("shapes", limit=2000), device)      (N, D) float32

An entry says what its vectors are, on which data sets it can speak and whether its weights are here, and computes
them. Adding an encoder is adding one entry, here or, for trained networks found by name, in `trained`; the page, the
jobs and the settings offer it by themselves.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from engine.data import Card, Dataset
from engine.embedding.neighbours import Metric
from engine.embedding.vectors import EmbeddingError
from engine.models.encoder import Encoder, encoder

BATCH = 256
NOISE_COLUMNS = 128


@dataclass(frozen=True)
class Source:
    """One kind of vectors.

    Attributes:
        name: In links and settings.
        title: In menus.
        about: One sentence for the reader, without a full stop.
        compute: (data set, device) -> (N, D) float32.
        metric: The distance that suits these vectors.
        suits: Whether it can speak about a data set, from its card.
        available: Whether all it needs is on this machine.
        missing: What to do where it is not.
        encodes: Whether it can make a vector of a picture it has never seen.
    """

    name: str
    title: str
    about: str
    compute: Callable[[Dataset, torch.device], Tensor]
    metric: Metric = "euclidean"
    suits: Callable[[Card], bool] = lambda _: True
    available: Callable[[], bool] = lambda: True
    missing: str = ""
    encodes: bool = True


def pixels(dataset: Dataset, device: torch.device) -> Tensor:
    """The pictures themselves: (N, C * H * W) in 0..1."""
    return dataset.images.flatten(1).to(device).float() / 255


def noise(dataset: Dataset, device: torch.device) -> Tensor:
    """Numbers drawn at random, as many vectors as pictures: (N, 128). Seed 0."""
    generator = torch.Generator().manual_seed(0)
    return torch.randn(len(dataset), NOISE_COLUMNS, generator=generator).to(device)


def untrained(dataset: Dataset, device: torch.device) -> Tensor:
    """A convolutional encoder with the weights it begins with, (N, 256). Seed 0."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = encoder(Encoder(), dataset.images.shape[1])
    return forward(net, dataset.images, device)


def forward(net: nn.Module, images: Tensor, device: torch.device) -> Tensor:
    """What `net` makes of uint8 pictures (N, C, H, W) taken to 0..1, a batch at a time: (N, D)."""
    net = net.to(device).eval()
    with torch.inference_mode():
        parts = [net(part.to(device).float() / 255).flatten(1) for part in images.split(BATCH)]
    return torch.cat(parts).float()


BASICS = (
    Source("pixels", "Raw pixels", "the brightness of every pixel, without any network", pixels),
    Source(
        "untrained", "Untrained network", "a convolutional encoder before its first training step", untrained
    ),
    Source(
        "noise",
        "Random numbers",
        "128 random numbers per picture, which know nothing of it",
        noise,
        encodes=False,
    ),
)


def found() -> dict[str, Source]:
    """Every source by name: the basic ones, then the networks whose weights are on this machine."""
    from engine.embedding import trained

    return {source.name: source for source in (*BASICS, *trained.sources())}


def vectors(name: str, dataset: Dataset, device: torch.device) -> Tensor:
    """(N, D) vectors of all pictures. Raises EmbeddingError where there is no such source or it cannot speak here."""
    offered = found()
    if name not in offered:
        raise EmbeddingError(f'There are no vectors called "{name[:30]}"; there are {", ".join(offered)}.')
    source = offered[name]
    if not source.suits(dataset.card):
        raise EmbeddingError(f"{source.title} cannot be computed for {dataset.card.title}.")
    if not source.available():
        raise EmbeddingError(source.missing)
    return source.compute(dataset, device)
