"""Codes, their optimiser and projections, against torch's optimisers on every code alone, and scikit-learn's PCA."""

import numpy as np
import pytest
import torch
from sklearn.decomposition import PCA

from engine.glo.codes import BETAS, EPSILON, Codes, project, start
from engine.glo.principal import principal_components


def seeded(seed):
    return torch.Generator().manual_seed(seed)


def gradients(codes):
    """A gradient that depends on the code, so that a wrong value shows."""
    return codes * torch.arange(1.0, codes.shape[1] + 1) - 0.3


@pytest.mark.parametrize("method", ["adam", "sgd"])
def test_rows_move_as_if_each_had_its_own_torch_optimiser(method):
    first = torch.randn(6, 4, generator=seeded(0))
    codes = Codes(first, projection="none", method=method)
    alone = [row.clone().requires_grad_() for row in first]
    build = {
        "adam": lambda row: torch.optim.Adam([row], lr=0.05, betas=BETAS, eps=EPSILON),
        "sgd": lambda row: torch.optim.SGD([row], lr=0.05),
    }[method]
    optimisers = [build(row) for row in alone]
    for batch in ([0, 1, 2], [2, 4], [5, 0], [2, 1, 0]):
        rows = torch.tensor(batch)
        codes.update(rows, gradients(codes.gather(rows)).detach(), 0.05)
        for index in batch:
            alone[index].grad = gradients(alone[index].detach()[None])[0]
            optimisers[index].step()
    torch.testing.assert_close(codes.values, torch.stack([row.detach() for row in alone]))
    torch.testing.assert_close(codes.values[3], first[3])  # never visited


def test_a_gathered_code_takes_a_gradient_and_the_table_does_not():
    codes = Codes(torch.randn(5, 3, generator=seeded(1)))
    leaf = codes.gather(torch.tensor([4, 1]))
    leaf.square().sum().backward()
    torch.testing.assert_close(leaf.grad, 2 * codes.values[[4, 1]])
    assert not codes.values.requires_grad


@pytest.mark.parametrize("projection", ["ball", "sphere"])
def test_after_every_update_the_touched_codes_obey_the_projection(projection):
    codes = Codes(3 * torch.randn(8, 5, generator=seeded(2)), projection=projection)
    for turn in range(5):
        rows = torch.arange(8)
        codes.update(rows, torch.randn(8, 5, generator=seeded(turn)), 0.5)
        norms = codes.values.norm(dim=1)
        assert (norms <= 1 + 1e-6).all()
        if projection == "sphere":
            torch.testing.assert_close(norms, torch.ones(8))


def test_the_ball_keeps_what_is_inside_and_shortens_the_rest():
    inside, outside = torch.tensor([0.3, -0.4]), torch.tensor([3.0, 4.0])
    assert torch.equal(project(inside), inside)
    torch.testing.assert_close(project(outside), torch.tensor([0.6, 0.8]))
    torch.testing.assert_close(project(project(outside)), project(outside))
    assert torch.equal(project(outside, "none"), outside)
    assert torch.isfinite(project(torch.zeros(3), "sphere")).all()


def test_a_changed_projection_holds_for_all_codes_at_once():
    codes = Codes(torch.full((3, 4), 2.0), projection="none")
    codes.reproject("ball")
    torch.testing.assert_close(codes.values.norm(dim=1), torch.ones(3))


@pytest.mark.parametrize(("rows", "width"), [(50, 12), (12, 50)])
def test_principal_components_are_scikit_learns(rows, width):
    data = torch.randn(rows, width, generator=seeded(3)) * torch.linspace(3, 0.5, width)
    ours, theirs = principal_components(data, 5), PCA(5, svd_solver="full").fit(data.double().numpy())
    np.testing.assert_allclose(ours.share.numpy(), theirs.explained_variance_ratio_, rtol=1e-5)
    for mine, other in zip(ours.axes.numpy(), theirs.components_, strict=True):
        np.testing.assert_allclose(mine, other * np.sign(mine @ other), atol=1e-5)
    torch.testing.assert_close(ours.encode(data), ours.coordinates, atol=1e-5, rtol=0)
    rebuilt = theirs.inverse_transform(theirs.transform(data.double().numpy()))
    np.testing.assert_allclose(ours.decode(ours.coordinates).numpy(), rebuilt, atol=1e-5)


def test_pca_codes_are_white_with_norm_one_on_average_and_seeded_where_data_end():
    images = torch.rand(40, 1, 6, 6, generator=seeded(4))
    codes = start(images, 10, generator=seeded(5))
    covariance = torch.cov(codes.T, correction=0)
    torch.testing.assert_close(covariance, torch.eye(10) / 10, atol=1e-5, rtol=0)
    torch.testing.assert_close(codes.square().sum(1).mean(), torch.tensor(1.0), atol=1e-4, rtol=0)
    more = start(images, 50, generator=seeded(5))
    assert more.shape == (40, 50)
    assert torch.equal(more, start(images, 50, generator=seeded(5)))
    assert 0.5 < more[:, 39:].square().sum(1).mean() * 50 / 11 < 1.5


def test_sphere_codes_have_norm_one_and_follow_the_seed():
    images = torch.zeros(30, 3, 4, 4)
    codes = start(images, 7, "sphere", generator=seeded(6))
    torch.testing.assert_close(codes.norm(dim=1), torch.ones(30))
    assert torch.equal(codes, start(images, 7, "sphere", generator=seeded(6)))
    assert not torch.equal(codes, start(images, 7, "sphere", generator=seeded(7)))


def test_names_that_do_not_exist_are_refused():
    codes = torch.zeros(2, 2)
    with pytest.raises(ValueError, match="there is no 'cube'"):
        project(codes, "cube")
    with pytest.raises(ValueError, match="not by 'magic'"):
        Codes(codes, method="magic")
    with pytest.raises(ValueError, match="not 'zeros'"):
        start(torch.zeros(2, 1, 4, 4), 2, "zeros")
