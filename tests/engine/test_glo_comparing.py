"""The comparison of GLO, autoencoder and PCA: its figures against the definitions, on a handful of pictures."""

import pytest
import torch
from sklearn.decomposition import PCA

from engine import data
from engine.experiment import FreeRun
from engine.glo import comparing, metrics, training
from engine.glo.comparing import Rival, Settings
from engine.jobs.plain import plain
from engine.models import Generator
from engine.training import Plan

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def outcome():
    reports = []
    settings = Settings(
        training.Settings(
            data="faces", limit=40, generator=Generator(latent=6, width=4), plan=Plan(epochs=2, batch_size=8)
        ),
        unseen=8,
    )
    result = comparing.run(
        settings, CPU, lambda kind, values: reports.append((kind, plain(dict(values)))), FreeRun()
    )
    return reports, result["figures"]


def test_every_rival_has_every_figure_and_examples(outcome):
    reports, table = outcome
    assert set(table) == {"glo", "autoencoder", "pca", "data"}
    for name in ("glo", "autoencoder", "pca"):
        assert set(table[name]) == {"psnr_train", "psnr", "ssim", "roughness", "jump", "novelty", "distance"}
    examples = dict(reports)["examples"]
    assert examples["unseen"].shape == (8, 1, 25, 25)
    assert examples["glo_path"].shape == (10, 1, 25, 25)
    assert examples["pca_samples"].shape == (8, 1, 25, 25)


def test_pca_is_scikit_learns_and_its_paths_are_straight(outcome):
    _, table = outcome
    seen = data.load("faces", "train", 40).images.float().div(255)
    unseen = data.load("faces", "test", 8).images.float().div(255)
    theirs = PCA(6, svd_solver="full").fit(seen.flatten(1).double().numpy())
    rebuilt = theirs.inverse_transform(theirs.transform(unseen.flatten(1).double().numpy())).clip(0, 1)
    found = metrics.psnr(torch.tensor(rebuilt).view_as(unseen), unseen)
    assert table["pca"]["psnr"] == pytest.approx(found.item(), abs=1e-3)
    assert table["pca"]["roughness"] < 0.3  # clipped, else exactly 0


def test_a_rival_that_copies_has_no_novelty():
    seen = torch.randint(
        0, 256, (30, 1, 12, 12), generator=torch.Generator().manual_seed(0), dtype=torch.uint8
    )
    unseen = torch.rand(6, 1, 12, 12, generator=torch.Generator().manual_seed(1))
    pictures = seen.float() / 255
    codes = torch.randn(30, 3, generator=torch.Generator().manual_seed(2))

    def nearest(asked):
        return pictures[torch.cdist(asked, codes).argmin(1)]

    figures = comparing.judge(Rival(codes, nearest, unseen), seen, unseen)
    assert figures["novelty"] < 1e-3
    assert figures["psnr"] == figures["psnr_train"] == pytest.approx(120)
    assert figures["ssim"] == pytest.approx(1)
    assert figures["jump"] > 3
