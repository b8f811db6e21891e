"""SimCLR's network: an encoder f and a projection head g, and batches of any size through it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from engine.models import Encoder, Head, encoder, encoder_features, initialise, projection_head
from engine.training import Precision

AT_ONCE = 1000  # pictures in evaluation: 12 MB of a 32 x 32 colour picture, in float32


class SimCLR(nn.Module):
    """Pictures (B, C, H, W) -> h (B, features) by `encode`, -> z (B, outputs) by calling it."""

    def __init__(self, encoder_settings: Encoder, head_settings: Head, channels: int) -> None:
        super().__init__()
        self.features = encoder_features(encoder_settings)
        self.encoder = encoder(encoder_settings, channels)
        self.head = projection_head(head_settings, self.features)

    def encode(self, images: Tensor) -> Tensor:
        """The representation h that is kept."""
        found: Tensor = self.encoder(images)
        return found

    def forward(self, images: Tensor) -> Tensor:
        """The projection z that the loss sees."""
        found: Tensor = self.head(self.encode(images))
        return found


def build(
    encoder_settings: Encoder, head_settings: Head, channels: int, seed: int, device: torch.device
) -> SimCLR:
    """A network with weights drawn from `seed`, the same on every device."""
    with torch.device(device):
        model = SimCLR(encoder_settings, head_settings, channels)
    initialise(model, None if device.type == "meta" else torch.Generator().manual_seed(seed))
    return model


@torch.no_grad()
def calibrate(model: SimCLR, images: Tensor, precision: Precision) -> None:
    """Let batch norm see pictures uint8 (N, C, H, W) once, without learning anything.

    A new network's running averages are 0 and 1 whatever it computes, so that in evaluation mode all its pictures
    look alike; a random encoder would be judged by that, not by its weights.
    """
    norms = [module for module in model.modules() if isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d)]
    usual = [module.momentum for module in norms]
    for module in norms:
        module.momentum = None  # the plain average over what it sees from here
        module.reset_running_stats()
    training = model.training
    model.train()
    with precision.autocast():
        model(precision.arrange(images.float() / 255))
    model.train(training)
    for module, momentum in zip(norms, usual, strict=True):
        module.momentum = momentum


@torch.inference_mode()
def represent(model: SimCLR, images: Tensor, precision: Precision) -> tuple[Tensor, Tensor]:
    """h (N, features) and z (N, outputs) of pictures uint8 (N, C, H, W), in evaluation mode, float32."""
    training = model.training
    model.eval()
    found_h, found_z = [], []
    for part in images.split(AT_ONCE):
        with precision.autocast():
            h = model.encode(precision.arrange(part.float() / 255))
            z = model.head(h)
        found_h.append(h.float())
        found_z.append(z.float())
    model.train(training)
    return torch.cat(found_h), torch.cat(found_z)


def weights(model: nn.Module) -> dict[str, np.ndarray]:
    """All weights and running averages as float16 arrays, to be kept or sent."""
    return {
        name: np.ascontiguousarray(
            value.detach().float().cpu().numpy().astype(np.float16)
        )  # if channels-last
        for name, value in model.state_dict().items()
        if value.is_floating_point()
    }


def load_weights(model: nn.Module, found: Mapping[str, np.ndarray]) -> None:
    """Put `weights` back. Raises ValueError where they are another network's."""
    state = model.state_dict()
    for name, value in state.items():
        if not value.is_floating_point():
            continue
        if name not in found or tuple(found[name].shape) != tuple(value.shape):
            raise ValueError(f"These weights belong to another network: {name} does not fit.")
        value.copy_(torch.from_numpy(np.asarray(found[name], dtype=np.float32)))
