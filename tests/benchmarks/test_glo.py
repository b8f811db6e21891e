"""What the GLO benchmark compares: the peer's step is the peer's, and both sides compute what they say."""

import numpy as np
import torch

from benchmarks import glo
from benchmarks.minimal_glo import LapLoss, MinimalGlo, build_gauss_kernel, project_l2_ball
from engine.glo.codes import project


def test_the_peers_kernel_is_no_gaussian():
    kernel = build_gauss_kernel(5, 2.0, 3)
    assert kernel.shape == (3, 1, 5, 5)
    assert torch.linalg.matrix_rank(kernel[0, 0].double(), rtol=1e-5) == 2


def test_the_peers_cache_hits_for_one_channel_only():
    for channels, hits in ((1, True), (3, False)):
        loss = LapLoss(2)
        images = torch.rand(2, channels, 16, 16)
        loss(images, images)
        kept = loss._gauss_kernel
        loss(images, images)
        assert (loss._gauss_kernel is kept) == hits


def test_a_peer_step_moves_only_its_rows_and_projects_them():
    torch.manual_seed(0)
    z = np.random.default_rng(0).normal(size=(6, 4))
    peer = MinimalGlo(z, channels=1, n_filter=2, batch_size=2, loss=torch.nn.MSELoss())
    before = peer.z.copy()
    np.testing.assert_allclose(before, project(torch.tensor(z)).numpy(), atol=1e-12)
    first = peer.step(torch.rand(2, 1, 32, 32) * 2 - 1, np.array([1, 4]))
    assert first > 0
    assert np.array_equal(peer.z[[0, 2, 3, 5]], before[[0, 2, 3, 5]])
    assert not np.array_equal(peer.z[1], before[1])
    assert (np.linalg.norm(peer.z, axis=1) <= 1 + 1e-6).all()
    assert peer.reconstruct(6).shape == (6, 1, 32, 32)
    assert np.allclose(project_l2_ball(np.array([[3.0, 4.0]])), [[0.6, 0.8]])


def test_batches_come_round_and_every_picture_once_an_epoch():
    following = glo._order(10)
    rows = torch.cat([following(5) for _ in range(4)])
    assert sorted(rows[:10].tolist()) == sorted(rows[10:].tolist()) == list(range(10))
