"""A GLO run from end to end on a handful of pictures: what it reports, that it repeats, what knobs do."""

import numpy as np
import pytest
import torch

from engine.experiment import FreeRun
from engine.glo import portable, training, watching
from engine.glo.learning import CodeSettings
from engine.glo.training import Settings
from engine.jobs.plain import plain
from engine.models import Generator
from engine.training import Plan

CPU = torch.device("cpu")
TINY = Settings(
    data="faces",
    limit=24,
    generator=Generator(latent=6, width=4),
    plan=Plan(epochs=3, batch_size=8),
    autoencoder=True,
    heldout=3,
)


class Reports(list):
    def __call__(self, kind, values):
        self.append((kind, plain(dict(values))))

    def of(self, kind):
        return [values for found, values in self if found == kind]


@pytest.fixture(scope="module")
def run():
    reports = Reports()
    return reports, training.run(TINY, CPU, reports, FreeRun())


def test_it_reports_curves_batches_moments_and_the_model(run):
    reports, result = run
    kinds = {kind for kind, _ in reports}
    assert {"train glo", "train autoencoder", "test glo", "test autoencoder", "batch", "model"} <= kinds
    moments = sorted(kind for kind in kinds if kind.startswith("moment"))
    first, last = reports.of(moments[0])[0], reports.of(moments[-1])[0]
    assert first["examples"] == 0
    assert last["examples"] == 3 * 24
    assert (
        last["made_glo"].shape == last["made_autoencoder"].shape == first["pictures"].shape == (10, 1, 25, 25)
    )
    assert last["codes"].shape == (24, 6)
    assert last["norms"].sum() == 24
    layouts = [reports.of(kind)[0] for kind in sorted(kinds) if kind.startswith("layout")]
    assert [one["epoch"] for one in layouts] == sorted({one["epoch"] for one in layouts})
    assert layouts[0]["epoch"] < 1
    assert layouts[-1]["examples"] == 3 * 24
    assert all(one["layout"].shape == (24, 2) and np.isfinite(one["layout"]).all() for one in layouts)
    view = reports.of("batch")[-1]
    assert view["codes"].shape == view["gradient"].shape == view["moved"].shape == (8, 6)
    assert view["layers"] == ["dense", "doubling 1", "doubling 2"]
    assert (view["layer_norms"] > 0).all()
    assert set(result["figures"]) == {
        f"psnr_{split}_{name}" for split in ("train", "heldout") for name in ("glo", "autoencoder")
    }


def test_the_model_in_the_result_makes_the_pictures_of_the_last_moment(run):
    reports, result = run
    found = portable.from_bytes(result["model"].tobytes())
    last = max(kind for kind, _ in reports if kind.startswith("moment"))
    shown = reports.of(last)[0]["made_glo"]
    rows = watching.fixed_rows(torch.zeros(24, dtype=torch.int64), 10)
    made = (found.decode(found.codes[rows]) * 255).round().numpy()
    assert np.abs(made - shown).max() <= 3  # halves, and bfloat16 while training
    assert found.about["settings"] == TINY.to_dict()


def test_equal_seeds_give_equal_runs_and_the_rival_does_not_disturb_it(run):
    _, result = run
    alone = training.run(TINY.change("autoencoder", False), CPU, Reports(), FreeRun())
    mine, other = (portable.from_bytes(found["model"].tobytes()) for found in (alone, result))
    assert torch.equal(mine.codes, other.codes)
    assert torch.equal(mine.decode(mine.codes), other.decode(other.codes))
    reseeded = TINY.change("plan", TINY.plan.change("seed", 1)).change("heldout", 0)
    assert training.run(reseeded, CPU, Reports(), FreeRun())["figures"] != result["figures"]


class Turning(FreeRun):
    """Turns one knob before the second batch."""

    def __init__(self, knob, value):
        super().__init__()
        self.changes = [{}, {knob: value}]

    def before_batch(self, *, new_epoch=False):
        return self.changes.pop(0) if self.changes else {}


@pytest.mark.parametrize(
    ("knob", "value"),
    [
        ("codes.projection", "sphere"),
        ("codes.learn", False),
        ("codes.rate", 0.5),
        ("loss.name", "mixed"),
        ("optimisation.learning_rate", 0.0),
        ("plan.batch_size", 24),
    ],
)
def test_knobs_turn_while_it_runs(knob, value):
    reports = Reports()
    settings = TINY.change("heldout", 0).change("codes", CodeSettings(projection="none"))
    result = training.run(settings, CPU, reports, Turning(knob, value))
    assert len(reports.of("marker")) == 1
    found = portable.from_bytes(result["model"].tobytes())
    if value == "sphere":
        torch.testing.assert_close(found.codes.norm(dim=1), torch.ones(24), atol=2e-3, rtol=0)


def test_fixed_pictures_show_every_class():
    labels = torch.tensor([3, 3, 1, 0, 1, 2, 3])
    assert watching.fixed_rows(labels, 5).tolist() == [3, 2, 5, 0, 1]
    assert watching.fixed_rows(labels, 2).tolist() == [3, 2]
    assert watching.fixed_rows(labels, 50).tolist() == [3, 2, 5, 0, 1, 4, 6]


@pytest.mark.parametrize("learn", [True, False])
def test_codes_that_do_not_move_are_laid_out_once_and_every_layout_says_what_it_keeps(learn):
    reports = Reports()
    settings = (
        TINY.change("heldout", 0).change("autoencoder", False).change("codes", CodeSettings(learn=learn))
    )
    training.run(settings, CPU, reports, FreeRun())
    layouts = [values for kind, values in reports if kind.startswith("layout")]
    assert (len(layouts) > 1) == learn
    assert all(0 <= one["kept"] <= 1 and 0 < one["trustworthiness"] <= 1 for one in layouts)
