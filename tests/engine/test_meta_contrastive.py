"""Contrastive learning on the `meta` device: same shapes and types as on the processor, nothing moved by itself."""

import pytest
import torch

from engine.contrastive import (
    alignment,
    attraction,
    effective_rank,
    nt_xent,
    pull_and_push,
    spread,
    terms,
    uniformity,
)

META = torch.device("meta")


def views(device):
    return torch.ones(6, 16, device=device), torch.ones(6, 16, device=device)


OPERATIONS = {
    "nt_xent": lambda device: nt_xent(*views(device)),
    "attraction": lambda device: attraction(*views(device)),
    "force": lambda device: terms(*views(device)).force,
    "pull and push": lambda device: torch.stack(pull_and_push(terms(*views(device)))),
    "alignment": lambda device: alignment(*views(device)),
    "uniformity": lambda device: uniformity(views(device)[0]),
    "effective rank": lambda device: effective_rank(views(device)[0]),
    "spread": lambda device: spread(views(device)[0]),
}


@pytest.mark.parametrize("name", OPERATIONS)
def test_it_runs_on_meta(name):
    found, expected = OPERATIONS[name](META), OPERATIONS[name](torch.device("cpu"))
    assert found.is_meta
    assert (found.shape, found.dtype) == (expected.shape, expected.dtype)


def test_the_gradient_runs_on_meta():
    leaf = torch.ones(6, 16, device=META, requires_grad=True)
    nt_xent(leaf, leaf).backward()
    assert leaf.grad.is_meta
