"""Picture quality, against scikit-image, scipy, brute force and closed forms."""

import numpy as np
import pytest
import torch
from scipy.stats import wasserstein_distance
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from engine.glo import metrics


def pictures(seed, *shape):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("shape", [(3, 1, 28, 28), (2, 3, 32, 25)])
def test_ssim_and_psnr_are_scikit_images(shape):
    a = pictures(0, *shape)
    b = (a + 0.2 * torch.randn(shape, generator=torch.Generator().manual_seed(1))).clamp(0, 1)
    for found, psnr, one, other in zip(
        metrics.ssim(a, b), metrics.psnr_each(a, b), a.numpy(), b.numpy(), strict=True
    ):
        expected = structural_similarity(
            one.astype(np.float64),
            other.astype(np.float64),
            channel_axis=0,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            data_range=1.0,
        )
        assert found.item() == pytest.approx(expected, abs=2e-5)
        assert psnr.item() == pytest.approx(peak_signal_noise_ratio(one, other, data_range=1), abs=1e-3)


def test_a_set_has_the_psnr_of_its_mean_error():
    a, b = torch.zeros(2, 1, 4, 4), torch.zeros(2, 1, 4, 4)
    b[0] = 0.1  # 20 dB; the other is exact
    assert metrics.psnr(a, b).item() == pytest.approx(10 * np.log10(2 / 0.01), abs=1e-4)


def test_alike_pictures_have_similarity_one_and_small_ones_are_refused():
    a = pictures(2, 2, 1, 16, 16)
    torch.testing.assert_close(metrics.ssim(a, a), torch.ones(2))
    with pytest.raises(ValueError, match="at least 11 x 11"):
        metrics.ssim(a[..., :8], a[..., :8])


def test_a_straight_path_is_smooth_and_a_circle_has_its_angle():
    start, end = pictures(3, 1, 3, 4, 4), pictures(4, 1, 3, 4, 4)
    shares = torch.linspace(0, 1, 9).view(9, 1, 1, 1)
    straight = start + (end - start) * shares
    assert metrics.roughness(straight) < 1e-4
    assert metrics.largest_step(straight) == pytest.approx(1, abs=1e-4)
    for steps in (200, 800):
        turn = torch.linspace(0, 1.5, steps)
        circle = torch.stack([turn.cos(), turn.sin()], dim=1).view(steps, 1, 1, 2)
        assert metrics.roughness(circle) == pytest.approx(1.5, rel=0.02)


def test_a_jump_shows_as_a_long_step():
    frames = torch.tensor([0.0, 0.1, 0.2, 0.9, 1.0]).view(5, 1, 1, 1)
    assert metrics.largest_step(frames).item() == pytest.approx(0.7 / 0.25)


def test_the_nearest_picture_by_brute_force(monkeypatch):
    some, others = pictures(5, 7, 1, 5, 5), pictures(6, 11, 1, 5, 5)
    table = (some[:, None] - others[None]).square().flatten(2).mean(2).sqrt()
    monkeypatch.setattr(metrics, "CHUNK", 24)  # two pictures at a time
    distance, index = metrics.nearest_distance(some, others)
    torch.testing.assert_close(distance, table.min(1).values, atol=1e-5, rtol=0)
    assert torch.equal(index, table.argmin(1))


def test_in_one_dimension_sliced_wasserstein_is_wasserstein():
    a, b = pictures(7, 50, 1, 1, 1), 0.5 * pictures(8, 50, 1, 1, 1) + 0.3
    found = metrics.sliced_wasserstein(a, b, directions=4)
    apart = (a.flatten().sort().values - b.flatten().sort().values).square().mean().sqrt()
    torch.testing.assert_close(found, apart)
    assert wasserstein_distance(a.flatten().numpy(), b.flatten().numpy()) <= found.item() + 1e-6


def test_a_shifted_set_is_its_shift_away():
    a = pictures(9, 40, 1, 6, 6)
    generator = torch.Generator().manual_seed(0)
    found = metrics.sliced_wasserstein(a, a + 0.3, directions=20_000, generator=generator)
    assert found.item() == pytest.approx(0.3, rel=0.03)
    assert metrics.sliced_wasserstein(a, a[torch.randperm(40)]) < 1e-6
    with pytest.raises(ValueError, match="equally large"):
        metrics.sliced_wasserstein(a, a[:10])
