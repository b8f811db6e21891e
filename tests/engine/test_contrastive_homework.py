"""The notebooks' losses against their own formulas, and what the races show."""

import math

import pytest
import torch
from contrastive_cases import Listener

from engine import data
from engine.contrastive import homework
from engine.contrastive.homework import ARMS, NOTEBOOKS, Race, Settings, principal_plane, run
from engine.contrastive.homework_losses import distances, itself, margin_loss, pair_up
from engine.experiment import FreeRun
from engine.training import Plan

CPU, META = torch.device("cpu"), torch.device("meta")


@pytest.fixture(autouse=True)
def _few(monkeypatch):
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    for name, value in (("KNOWN", 150), ("ASKED", 80), ("FOLLOWED", 40)):
        monkeypatch.setattr(homework, name, value)
    yield
    torch.set_num_threads(threads)


def small(notebook, **changes):
    base = {"data": "digits", "pictures": 192, "plan": Plan(epochs=3, batch_size=64)}
    return Settings(notebook=notebook, **{**base, **changes})


def test_a_batch_against_itself_as_keras_computes_it():
    z = torch.randn(6, 4, generator=torch.Generator().manual_seed(0))
    unit = z / z.norm(dim=1, keepdim=True)
    logits = (unit @ unit.T / 0.1).tolist()
    rows = [-math.log(math.exp(row[i]) / sum(map(math.exp, row))) for i, row in enumerate(logits)]
    assert itself(z).item() == pytest.approx(sum(rows) / 6, abs=1e-5)


def test_itself_is_small_for_any_spread_out_vectors_without_any_view():
    z = torch.randn(256, 128, generator=torch.Generator().manual_seed(0))
    floor = math.log(1 + 255 * math.exp(-10))  # all cosines 0: 0.0115
    assert floor < itself(z).item() < 3 * floor
    assert itself(z[:, :1].abs()).item() == pytest.approx(math.log(256), abs=1e-4)  # all on one point


def test_margin_loss_is_the_notebooks():
    same, output = torch.tensor([1, 0, 1, 0]), torch.tensor([0.5, 0.2, 0.0, 1.5])
    assert margin_loss(same, output).item() == pytest.approx((0.25 + 0.64 + 0 + 0) / 4)
    half = torch.full((4,), 0.5)  # what an untrained sigmoid says: the notebook's first loss
    assert margin_loss(same, half).item() == pytest.approx(0.25)


def test_pairs_are_of_one_class_and_of_two_in_turn():
    labels = torch.tensor([0, 1, 0, 2, 1, 0])
    indices, same = pair_up(labels, torch.Generator().manual_seed(0))
    first, second = labels[indices].unflatten(0, (-1, 2)).unbind(1)
    assert same.tolist() == [1, 0] * 6
    assert (first == second).tolist() == same.bool().tolist() or labels[3] == 2
    assert ((first == second) | (same == 0)).all()
    assert (first != second)[same == 0].all()
    h = torch.tensor([[0.0, 0.0], [3.0, 4.0], [1.0, 1.0], [1.0, 1.0]])
    assert distances(h).tolist() == pytest.approx([5.0, 0.0], abs=1e-5)


def test_a_sigmoid_may_turn_the_meaning_of_a_distance_round():
    distance = torch.tensor([0.1, 3.0])  # a pair that is alike, a pair that is not
    for weight, near_is_small in ((2.0, True), (-2.0, False)):
        output = (weight * distance - weight).sigmoid()
        assert (output[0] < output[1]).item() is near_is_small


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_a_race_reports_every_run_and_its_corrections(notebook):
    listener = Listener()
    result = run(small(notebook), CPU, listener, FreeRun())
    assert set(result["numbers"]) == set(ARMS[notebook])
    for arm in ARMS[notebook]:
        tests = [values for values in listener.of(f"test {arm}") if "knn" in values]
        assert len(tests) == 4  # before, and after each epoch
        assert listener.of(f"picture {arm}")[-1]["layout"].shape == (40, 2)
        assert {"loss", "epoch"} <= set(listener.of(f"train {arm}")[-1])
    again = run(small(notebook), CPU, Listener(), FreeRun())
    assert again["numbers"] == result["numbers"]


def test_runs_of_a_race_start_alike_and_see_the_same_batches():
    train, test = data.load("digits", "train", 64), data.load("digits", "test")
    race = Race(small("cached"), train, test, CPU, lambda *_: None)
    first, *others = (learner.model.state_dict() for learner in race.learners.values())
    for other in others:
        assert all(torch.equal(first[name], other[name]) for name in first)
    source = torch.Generator().manual_seed(1)
    one, two = race.fetch(torch.arange(8), source), race.fetch(torch.arange(8), source)
    assert torch.equal(one.fixed[0], two.fixed[0])  # drawn once
    assert not torch.equal(one.fresh[0], two.fresh[0])  # drawn anew
    assert not torch.equal(one.fresh[0], one.fresh[1])


def test_the_loss_of_a_batch_against_itself_falls_far_with_nothing_learned_from_views():
    listener = Listener()
    run(small("cached", pictures=320, plan=Plan(epochs=6, batch_size=32)), CPU, listener, FreeRun())
    losses = [values["loss"] for values in listener.of("train as written")]
    assert losses[0] < math.log(32) + 0.1
    assert losses[-1] < 0.35 * math.log(32)


def test_pictures_divided_by_255_twice_hold_the_first_notebook_up_at_a_guess():
    listener = Listener()
    run(small("simple", pictures=320, plan=Plan(epochs=3, batch_size=32)), CPU, listener, FreeRun())
    assert listener.of("train as written")[-1]["loss"] > 0.9 * math.log(32)  # biases outgrow such pictures


def test_weights_are_drawn_as_keras_draws_them():
    model = homework.Network(3)
    homework.as_keras(model, torch.Generator().manual_seed(0))
    for layer, fans in ((model.encoder[0], 9 * (3 + 32)), (model.head[0], 128 + 256)):
        bound = (6 / fans) ** 0.5
        assert 0.97 * bound < layer.weight.abs().max().item() <= bound
        assert (layer.bias == 0).all()
    images = torch.rand(2, 3, 32, 32, generator=torch.Generator().manual_seed(1))
    one, other = (torch.nn.functional.normalize(model(images * scale), dim=1) for scale in (1, 1 / 255))
    torch.testing.assert_close(one, other, atol=1e-4, rtol=0)  # scale alone changes nothing at the start


def test_the_plane_is_the_one_of_the_largest_spread():
    table = torch.randn(50, 6, generator=torch.Generator().manual_seed(0)) * torch.tensor(
        [9.0, 5, 1, 1, 1, 1]
    )
    plane = principal_plane(table)
    values = torch.linalg.svdvals(table - table.mean(0))[:2]
    torch.testing.assert_close(plane.norm(dim=0), values, atol=1e-3, rtol=1e-4)


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_a_step_of_every_run_is_possible_on_meta(notebook, monkeypatch):
    train, test = data.load("digits", "train", 32), data.load("digits", "test")
    race = Race(small(notebook, plan=Plan(batch_size=8)), train, test, META, lambda *_: None)
    race.loop.batch()
    assert all(p.is_meta for learner in race.learners.values() for p in learner.model.parameters())
