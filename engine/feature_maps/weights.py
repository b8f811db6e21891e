"""Networks with weights in them: torchvision's pretrained ones where they can be had, seeded random ones
otherwise.

`network` never touches the internet: it takes pretrained weights if their file is in the cache already, and
says in `source` what it took. `fetch` is the one function that downloads, on request: from torchvision's
server, or from EXPLORER_MIRROR if that is set (a folder of the same files in a classroom's own network).
Files are kept where torchvision keeps its own (the torch hub folder), or in EXPLORER_CACHE/weights if that is
set, and are checked against the hash in their name each time they are read.
"""

from __future__ import annotations

import os
import pickle
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from engine.architectures.building import blank, published_weights
from engine.download import Cancel, DownloadError, Progress, RemoteFile, download, matches

# DenseNet's published weights are older than today's module names: "norm.1.weight" is now "norm1.weight".
_OLD_DENSENET = re.compile(r"(denselayer\d+\.(?:norm|relu|conv))\.(\d\.)")


# What torch.load raises for bytes that are no weights, depending on where they go wrong.
_UNREADABLE = (
    RuntimeError,
    pickle.UnpicklingError,
    EOFError,
    OSError,
    ValueError,
    LookupError,
    AttributeError,
)


# A picture (1, 3, H, W) in [0, 1] -> (as the network wants it, as a person sees the same).
Entrance = Callable[[Tensor], tuple[Tensor, Tensor]]


@dataclass(frozen=True)
class Network:
    """A network ready to run. `source` says where its weights are from: "pretrained NAME", "random, seed 0".

    A network of one's own, under any other name, works as well: what happens to its pictures is its `entrance`;
    without one it gets them as they are, in [0, 1].
    """

    name: str
    model: nn.Module
    source: str
    classes: tuple[str, ...] = ()
    entrance: Entrance | None = None


def remote_file(name: str) -> RemoteFile | None:
    """The file with the published weights of the network `name`; None for networks of our own."""
    weights = published_weights(name)
    if weights is None:
        return None
    checksum = Path(weights.url).stem.rpartition("-")[2]
    mirror = os.environ.get("EXPLORER_MIRROR", "").rstrip("/")
    url = f"{mirror}/{Path(weights.url).name}" if mirror else weights.url
    return RemoteFile(url, checksum, weights.meta["_file_size"])


def folder() -> Path:
    """Where weight files are kept."""
    own = os.environ.get("EXPLORER_CACHE")
    return Path(own) / "weights" if own else Path(torch.hub.get_dir()) / "checkpoints"


def cached(name: str, file: RemoteFile | None = None) -> Path | None:
    """The path of the weights of `name` if they are here already, unchecked."""
    file = file or remote_file(name)
    places = (folder(), Path(torch.hub.get_dir()) / "checkpoints")
    return (
        next((place / file.name for place in places if (place / file.name).exists()), None) if file else None
    )


def fetch(
    name: str,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
    *,
    file: RemoteFile | None = None,
) -> Path:
    """The file with the published weights of the network `name`, downloaded if it is not here yet.

    Args:
        name: a torchvision network.
        progress: called with bytes so far and in all.
        cancel: asked several times a second; True stops.
        file: another file than torchvision's.

    Raises:
        CancelledError: `cancel` said so; nothing is left behind.
        DownloadError: no such weights, no connection, no space, or a wrong file; the message says which.
    """
    file = file or remote_file(name)
    if file is None:
        raise DownloadError(f"There are no published weights for {name}. It runs with random ones.")
    here = cached(name, file)
    if here is not None and matches(here, file.checksum):
        return here
    return download(file, folder(), progress=progress, cancel=cancel)


def load_weights(name: str, *, file: RemoteFile | None = None) -> dict[str, Tensor]:
    """The published weights of the network `name`, downloaded if they are not here yet. Raises as `fetch`."""
    return _read(name, fetch(name, file=file))


def network(
    name: str, *, pretrained: bool = True, seed: int = 0, device: torch.device | str | None = None
) -> Network:
    """The network `name` ready to run, in evaluation mode.

    Args:
        name: a name of `engine.architectures.names()`.
        pretrained: take published weights if they are in the cache.
        seed: for random weights otherwise; the same seed gives the same weights everywhere.
        device: where to put it; by default torch's default device.

    Raises:
        UnknownNetworkError: no such network.
    """
    weights, file = published_weights(name), remote_file(name)
    here = cached(name) if pretrained else None
    if weights is not None and file is not None and here is not None and matches(here, file.checksum):
        model = fill(name, _read(name, here))
        return Network(
            name, _on(model, device), f"pretrained {weights.name}", tuple(weights.meta["categories"])
        )
    return Network(name, _on(randomised(name, seed), device), f"random, seed {seed}")


def fill(name: str, state: dict[str, Tensor]) -> nn.Module:
    """The network `name` with the weights `state`.

    Raises:
        DownloadError: the weights are those of another network.
    """
    model = blank(name)
    try:
        model.load_state_dict(state, strict=True, assign=True)
    except RuntimeError as error:
        raise DownloadError(
            f"The weights do not fit {name}: they belong to another network or version."
        ) from error
    if hasattr(model, "transform_input"):
        vars(model)["transform_input"] = (
            True  # GoogLeNet and Inception were trained on other picture statistics
        )
    return model.requires_grad_(requires_grad=False).eval()


def randomised(name: str, seed: int = 0) -> nn.Module:
    """The network `name` with random weights from `seed` alone; torch's global generator is not used.

    Matrices and kernels are drawn as He et al. 2015 (https://arxiv.org/abs/1502.01852), biases are 0,
    scales 1, other tables normal with deviation 0.02.
    """
    model, generator = blank(name), torch.Generator().manual_seed(seed)
    for path, parameter in list(model.named_parameters()):
        owner, _, local = path.rpartition(".")
        value = torch.empty(parameter.shape, device="cpu")  # the generator is the processor's
        if local.endswith("bias"):
            value.zero_()
        elif local == "weight" and value.dim() == 1:
            value.fill_(1.0)
        elif value.dim() > 1 and local.endswith("weight"):
            nn.init.kaiming_normal_(value, mode="fan_in", nonlinearity="relu", generator=generator)
        else:
            value.normal_(0.0, 0.02, generator=generator)
        setattr(model.get_submodule(owner), local, nn.Parameter(value, requires_grad=False))
    for path, buffer in list(model.named_buffers()):
        if buffer.device.type == "meta":  # statistics of batch normalisation
            owner, _, local = path.rpartition(".")
            fresh = torch.ones if local == "running_var" else torch.zeros
            setattr(model.get_submodule(owner), local, fresh(buffer.shape, dtype=buffer.dtype))
    return model.eval()


def _read(name: str, path: Path) -> dict[str, Tensor]:
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
    except _UNREADABLE as error:
        raise DownloadError(f"{path.name} is damaged. Delete it and download it again.") from error
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise DownloadError(f"{path.name} holds no network weights.")
    if name.startswith("densenet"):
        return {_OLD_DENSENET.sub(r"\1\2", key): value for key, value in state.items()}
    if name == "googlenet":
        return {key: value for key, value in state.items() if not key.startswith("aux")}
    return dict(state)


def _on(model: nn.Module, device: torch.device | str | None) -> nn.Module:
    return model.to(device if device is not None else torch.get_default_device())
