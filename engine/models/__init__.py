"""The networks the app trains: each a frozen dataclass of settings and one function that builds it.

`mlp` and `cnn` are the lecture's two networks, `resnet` a small one with skip connections, `encoder` and
`projection_head` are SimCLR's two halves, `generator` makes pictures from codes and `mirror` is its way back.
All run on any device, `meta` included. Initial weights and dropout come from a passed `torch.Generator` (see
`initialise`), so that equal seeds give equal runs.
"""

from engine.models.cnn import CNN, cnn
from engine.models.encoder import Encoder, encoder, encoder_features
from engine.models.generator import Generator, generator
from engine.models.head import Head, projection_head
from engine.models.initialising import initialise, randomise
from engine.models.mirror import mirror
from engine.models.mlp import MLP, mlp
from engine.models.resnet import ResNet, resnet

__all__ = [
    "CNN",
    "MLP",
    "Encoder",
    "Generator",
    "Head",
    "ResNet",
    "cnn",
    "encoder",
    "encoder_features",
    "generator",
    "initialise",
    "mirror",
    "mlp",
    "projection_head",
    "randomise",
    "resnet",
]
