"""NT-Xent against the paper's loops, closed forms, symmetries, and lightly's implementation."""

import math

import pytest
import torch

from engine.contrastive.nt_xent import attraction, nt_xent


def algorithm_1(z_a, z_b, temperature):
    """Chen et al. 2020, Algorithm 1, line by line: z_2k-1 and z_2k are the two views of picture k."""
    count = len(z_a)
    z = [row for pair in zip(z_a, z_b, strict=True) for row in pair]
    s = [[float(a @ b / (a.norm() * b.norm())) for b in z] for a in z]

    def term(i, j):
        below = sum(math.exp(s[i][k] / temperature) for k in range(2 * count) if k != i)
        return -math.log(math.exp(s[i][j] / temperature) / below)

    total = sum(term(2 * k - 1 - 1, 2 * k - 1) + term(2 * k - 1, 2 * k - 1 - 1) for k in range(1, count + 1))
    return total / (2 * count)


def pairs(count, width, seed=0, **look):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(2, count, width, generator=generator, **look).unbind(0)


@pytest.mark.parametrize("count", [1, 2, 4])
@pytest.mark.parametrize("width", [1, 2, 16, 64])
@pytest.mark.parametrize("temperature", [0.1, 0.5, 1.0, 10.0])
def test_it_is_algorithm_1(count, width, temperature):
    z_a, z_b = pairs(count, width, seed=count * width)
    assert nt_xent(z_a, z_b, temperature).item() == pytest.approx(
        algorithm_1(z_a, z_b, temperature), abs=2e-5
    )


@pytest.mark.parametrize("temperature", [0.05, 0.5, 2.0])
def test_it_and_its_gradient_are_lightlys(temperature):
    from lightly.loss import NTXentLoss

    ours = [z.clone().requires_grad_() for z in pairs(64, 128)]
    theirs = [z.clone().requires_grad_() for z in pairs(64, 128)]
    a, b = nt_xent(*ours, temperature), NTXentLoss(temperature)(*theirs)
    assert a.item() == pytest.approx(b.item(), abs=1e-6)
    a.backward()
    b.backward()
    for mine, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine.grad, other.grad, atol=1e-6, rtol=1e-5)


@pytest.mark.parametrize("count", [1, 3, 50])
def test_equal_embeddings_leave_a_guess_among_all_others(count):
    z = torch.randn(1, 8, generator=torch.Generator().manual_seed(1)).expand(count, 8) * 3
    for temperature in (0.1, 1.0):
        assert nt_xent(z, z, temperature).item() == pytest.approx(math.log(2 * count - 1), abs=1e-5)


def test_orthogonal_pictures_have_a_closed_form():
    z = torch.eye(16)
    temperature = 0.5
    expected = math.log(math.exp(1 / temperature) + 2 * 16 - 2) - 1 / temperature
    assert nt_xent(z, z, temperature).item() == pytest.approx(expected, abs=1e-6)


def test_it_does_not_care_which_view_is_first_how_long_rows_are_or_how_they_are_turned():
    z_a, z_b = pairs(32, 8)
    loss = nt_xent(z_a, z_b)
    turn = torch.linalg.qr(torch.randn(8, 8, generator=torch.Generator().manual_seed(3)))[0]
    order = torch.randperm(32, generator=torch.Generator().manual_seed(4))
    for other in (
        nt_xent(z_b, z_a),
        nt_xent(7 * z_a, 0.01 * z_b),
        nt_xent(z_a @ turn, z_b @ turn),
        nt_xent(z_a[order], z_b[order]),
    ):
        torch.testing.assert_close(other, loss, atol=1e-5, rtol=0)


def test_its_gradient_is_right():
    z_a, z_b = (z.requires_grad_() for z in pairs(3, 4, dtype=torch.float64))

    def in_double(a, b):
        """The same formula without the cast to float32, which finite differences could not see through."""
        unit = torch.nn.functional.normalize(torch.cat([a, b]), dim=1)
        logits = (unit @ unit.T / 0.3).fill_diagonal_(-torch.inf)
        return torch.nn.functional.cross_entropy(logits, torch.arange(6).roll(3))

    assert torch.autograd.gradcheck(in_double, (z_a, z_b))
    expected = torch.autograd.grad(in_double(z_a, z_b), z_a)[0]
    found = torch.autograd.grad(nt_xent(z_a, z_b, 0.3), z_a)[0]
    torch.testing.assert_close(found, expected, atol=1e-6, rtol=1e-5)


def test_half_precision_around_it_does_not_blunt_it():
    z_a, z_b = pairs(64, 32)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        inside = nt_xent(z_a, z_b, 0.1)
    assert inside.dtype == torch.float32
    assert inside.item() == nt_xent(z_a, z_b, 0.1).item()


def test_extremes_stay_finite():
    z_a, z_b = pairs(16, 4)
    zeros = torch.zeros_like(z_a).requires_grad_()
    for loss in (nt_xent(z_a, z_b, 0.001), nt_xent(1e20 * z_a, 1e-20 * z_b), nt_xent(zeros, z_b)):
        assert torch.isfinite(loss)
    nt_xent(zeros, z_b).backward()
    assert torch.isfinite(zeros.grad).all()


@pytest.mark.parametrize(
    ("z_a", "z_b", "temperature", "says"),
    [
        (torch.zeros(3, 4), torch.zeros(2, 4), 0.5, r"two tensors \(N, d\), not \(3, 4\) and \(2, 4\)"),
        (torch.zeros(4), torch.zeros(4), 0.5, r"\(N, d\)"),
        (torch.zeros(0, 4), torch.zeros(0, 4), 0.5, r"\(N, d\)"),
        (torch.zeros(3, 4), torch.zeros(3, 4), 0.0, "temperature must be above 0, not 0"),
        (torch.zeros(3, 4), torch.zeros(3, 4), float("nan"), "temperature must be above 0, not nan"),
    ],
)
def test_what_makes_no_sense_is_refused(z_a, z_b, temperature, says):
    for loss in (nt_xent, attraction):
        with pytest.raises(ValueError, match=says):
            loss(z_a, z_b, temperature)


def test_attraction_is_the_numerator_and_least_at_one_point():
    z_a, z_b = pairs(5, 8)
    cosines = [float(a @ b / (a.norm() * b.norm())) for a, b in zip(z_a, z_b, strict=True)]
    assert attraction(z_a, z_b, 0.2).item() == pytest.approx(-sum(cosines) / 5 / 0.2, abs=1e-5)
    point = torch.ones(5, 8)
    assert attraction(point, point, 0.2).item() == pytest.approx(-1 / 0.2, abs=1e-5)
