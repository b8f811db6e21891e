"""The terms of NT-Xent against autograd, the loss itself and the geometry of the sphere."""

import pytest
import torch

from engine.contrastive.nt_xent import nt_xent
from engine.contrastive.terms import positives, pull_and_push, terms


def pairs(count=6, width=16, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(2, count, width, generator=generator).unbind(0)


@pytest.mark.parametrize("temperature", [0.05, 0.5, 5.0])
def test_they_add_up_to_the_loss(temperature):
    z_a, z_b = pairs()
    found = terms(z_a, z_b, temperature)
    torch.testing.assert_close(found.loss, nt_xent(z_a, z_b, temperature), atol=1e-6, rtol=1e-6)
    torch.testing.assert_close(found.probability.sum(1), torch.ones(12))
    assert (found.probability.diagonal() == 0).all()
    partner = found.probability[torch.arange(12), positives(6)]
    torch.testing.assert_close(found.losses, -partner.log(), atol=1e-5, rtol=1e-4)


def test_force_is_autograds_gradient_for_every_pair():
    z_a, z_b = pairs()
    found = terms(z_a, z_b, 0.3)
    similarity = found.similarity.clone().requires_grad_()
    logits = (similarity / 0.3).masked_fill(torch.eye(12, dtype=torch.bool), -torch.inf)
    torch.nn.functional.cross_entropy(logits, positives(6)).backward()
    torch.testing.assert_close(found.force, similarity.grad + similarity.grad.T, atol=1e-6, rtol=1e-5)


def test_only_positives_are_pulled_and_every_row_balances():
    found = terms(*pairs(), 0.5)
    partner = torch.zeros(12, 12, dtype=torch.bool)
    partner[torch.arange(12), positives(6)] = True
    assert (found.force[partner] < 0).all()
    others = ~partner & ~torch.eye(12, dtype=torch.bool)
    assert (found.force[others] > 0).all()
    assert found.force.sum().abs() < 1e-6  # softmax: what is pulled together is pushed apart elsewhere


def test_pull_and_push_are_the_step_down_the_loss():
    z_a, z_b = pairs()
    found = terms(z_a, z_b, 0.2)
    pull, push = pull_and_push(found)
    leaf = found.unit.clone().requires_grad_()
    nt_xent(*leaf.chunk(2), 0.2).backward()  # through the normalisation: only the tangent part is left
    torch.testing.assert_close(pull + push, -leaf.grad, atol=1e-6, rtol=1e-4)
    towards = (pull * found.unit[positives(6)]).sum(1)
    assert (towards > 0).all()


def test_a_small_temperature_leaves_the_push_to_the_nearest_negative():
    z_a, z_b = pairs(seed=4)
    shares = []
    for temperature in (0.02, 5.0):
        negatives = terms(z_a, z_b, temperature).probability[0].clone()
        negatives[6] = 0
        shares.append((negatives.max() / negatives.sum()).item())
    assert shares[0] > 0.8
    assert shares[1] == pytest.approx(1 / 10, abs=0.02)
