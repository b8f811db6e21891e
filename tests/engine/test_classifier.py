"""The lab's engine: tasks against literal loops, results against scikit-learn, Grad-CAM against the class activation
map, and a race that learns, tells what it did and is the same twice."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import sklearn.metrics
import torch
from torch import nn
from torch.nn import functional

from engine.classifier import LANES, Lane, Outcome, Settings, networks, tasks
from engine.classifier.experiment import Race, run
from engine.classifier.gradcam import NoMapsError, grad_cam
from engine.experiment import FreeRun, Stopped, ignore
from engine.models import CNN, MLP, ResNet
from engine.settings import SettingError
from engine.training import Optimisation, Plan
from engine.training.supervised import Changes

CPU = torch.device("cpu")
QUICK = Optimisation(learning_rate=0.01)
SMALL = Settings(
    data="digits",
    limit=400,
    first=Lane("plain", plain=MLP(widths=(32,)), optimisation=QUICK),
    second=Lane("cnn", cnn=CNN(channels=(8, 8), strides=(1, 2), hidden=16, dropout=0.2), optimisation=QUICK),
    plan=Plan(epochs=6, batch_size=25),
    changes=Changes(shift=0, flip=False),
)


class Listener:
    """Keeps what an experiment reports."""

    def __init__(self):
        self.events = []

    def __call__(self, kind, values):
        self.events.append((kind, dict(values)))

    def of(self, kind):
        return [values for name, values in self.events if name == kind]


@pytest.fixture(scope="module")
def finished():
    listener = Listener()
    return listener, run(SMALL, CPU, listener, FreeRun())


def test_shuffling_is_one_permutation_and_keeps_colours_together():
    images = torch.randint(0, 256, (3, 3, 5, 7), dtype=torch.uint8)
    order = tasks.permutation(5, 7)
    found = tasks.shuffled(images)
    for place, origin in enumerate(order.tolist()):
        here, there = divmod(place, 7), divmod(origin, 7)
        assert torch.equal(found[:, :, here[0], here[1]], images[:, :, there[0], there[1]])
    assert sorted(order.tolist()) == list(range(35))


@pytest.mark.parametrize("distance", [0, 1, 3])
def test_moving_repeats_the_border(distance):
    images = torch.randint(0, 256, (2, 1, 6, 5), dtype=torch.uint8)
    found = tasks.moved(images, distance)
    for row in range(6):
        for column in range(5):
            origin = images[:, :, max(row - distance, 0), max(column - distance, 0)]
            assert torch.equal(found[:, :, row, column], origin)


def test_a_race_learns_and_reports_what_the_page_draws(finished):
    listener, result = finished
    (race,) = listener.of("race")
    assert race["lanes"]["first"]["parameters"] == (64 + 1) * 32 + (32 + 1) * 10
    assert [lane["title"] for lane in race["lanes"].values()] == ["Plain network", "CNN"]
    for name in ("first", "second"):
        tests = listener.of(f"test {name}")
        assert tests[0]["examples"] == 0
        assert tests[0]["accuracy"] < 0.35
        assert tests[-1]["accuracy"] > 0.7
        assert result["lanes"][name]["accuracy"] == tests[-1]["accuracy"]
        probabilities = listener.of(f"results {name}")[-1]["probabilities"]
        assert probabilities.shape == (359, 10)
        np.testing.assert_allclose(probabilities.astype(np.float32).sum(1), 1, atol=5e-3)
        assert len(result["lanes"][name]["robustness"]) == 9
    assert listener.of("filters second")[-1]["weights"].shape == (8, 1, 3, 3)
    assert listener.of("filters first")[-1]["weights"].shape == (32, 1, 8, 8)


def test_reported_weights_predict_what_was_reported(finished):
    listener, _ = finished
    for name, lane in SMALL.lanes.items():
        weights = listener.of(f"network {name}")[-1]["weights"]
        model = networks.unpack(lane, (1, 8, 8), 10, weights, CPU)
        test = tasks.Task(SMALL, CPU).tested
        with torch.inference_mode():
            found = model(test.normalise(test.images)).softmax(1)
        reported = torch.from_numpy(listener.of(f"results {name}")[-1]["probabilities"].astype(np.float32))
        torch.testing.assert_close(found, reported, atol=0.03, rtol=0)  # the run may have used bfloat16
        assert (found.argmax(1) == reported.argmax(1)).float().mean() > 0.97


def _weights(settings, watch=False):
    listener = Listener()
    race = Race(replace(settings, slow_motion=watch), CPU, listener)
    race.loop.run(FreeRun(), ignore)
    return {name: networks.pack(learner.model) for name, learner in race.loop.learners.items()}, listener


def test_the_same_seed_gives_the_same_weights_and_watching_changes_nothing():
    short = replace(SMALL, limit=100, plan=Plan(epochs=1, batch_size=50))
    once, _ = _weights(short)
    again, _ = _weights(short)
    watched, listener = _weights(short, watch=True)
    for name in once:
        for weight in once[name]:
            np.testing.assert_array_equal(once[name][weight], again[name][weight])
            np.testing.assert_array_equal(once[name][weight], watched[name][weight])
    assert len(listener.of("slow second")) == 2


def test_a_batch_taken_apart_adds_up():
    settings = replace(
        SMALL,
        slow_motion=True,
        limit=50,
        plan=Plan(epochs=1, batch_size=50),
        first=Lane(
            "plain", plain=MLP(widths=(6,)), optimisation=Optimisation("sgd", 0.5, 0.0, 0.0, "constant")
        ),
        second=Lane(),
    )
    listener = Listener()
    race = Race(settings, CPU, listener)
    before = networks.pack(race.loop.learners["first"].model)
    race.loop.run(FreeRun(), ignore)
    after = networks.pack(race.loop.learners["first"].model)
    (slow,) = listener.of("slow first")
    dense = {row["name"]: row for row in slow["layers"] if row["parameters"]}
    assert [row["kind"] for row in slow["layers"]] == ["Flatten", "Linear", "ReLU", "Linear"]
    for path, row in dense.items():
        moved = [after[name] - before[name] for name in after if name.startswith(f"{path}.")]
        norm = np.sqrt(sum((part**2).sum() for part in moved))
        assert row["update_norm"] == pytest.approx(norm, rel=1e-4)
        assert row["update_norm"] == pytest.approx(0.5 * row["gradient_norm"], rel=1e-4)  # plain SGD
    assert slow["loss"] == pytest.approx(slow["loss_before"], rel=1e-5)  # no dropout here
    assert slow["loss_after"] < slow["loss_before"]
    np.testing.assert_allclose(slow["probabilities_before"].sum(1), 1, rtol=1e-5)


def test_knobs_turn_while_it_runs_and_a_stop_leaves_results():
    class Hand:
        calls = 0

        def before_batch(self, *, new_epoch=False):
            self.calls += 1
            if self.calls == 4:
                return {
                    "second.optimisation.learning_rate": 0.02,
                    "shift_test": 2,
                    "changes.label_noise": 0.5,
                }
            if self.calls == 7:
                raise Stopped
            return {}

    listener = Listener()
    with pytest.raises(Stopped):
        run(SMALL, CPU, listener, Hand())
    texts = [marker["text"] for marker in listener.of("marker")]
    assert texts == ["learning rate 0.01 → 0.02", "shift test 0 → 2", "label noise 0 → 0.5"]
    assert listener.of("results first")[-1]["shift"] == 2


def test_results_are_scikit_learns():
    generator = torch.Generator().manual_seed(3)
    labels = torch.randint(0, 4, (300,), generator=generator)
    logits = torch.randn(300, 4, generator=generator) + 2 * functional.one_hot(labels, 4)
    outcome = Outcome(logits.softmax(1), labels, ("a", "b", "c", "d"))
    truth, guess = labels.numpy(), outcome.predicted.numpy()
    np.testing.assert_array_equal(outcome.confusion.numpy(), sklearn.metrics.confusion_matrix(truth, guess))
    wanted = sklearn.metrics.precision_recall_fscore_support(truth, guess)
    found = (outcome.scores.precision, outcome.scores.recall, outcome.scores.f1)
    for mine, theirs in zip(found, wanted, strict=False):
        np.testing.assert_allclose(mine.numpy(), theirs)
    cell = outcome.cell(1, 2)
    assert len(cell) == outcome.confusion[1, 2]
    assert ((labels[cell] == 1) & (outcome.predicted[cell] == 2)).all()
    assert (outcome.confidence[cell].diff() <= 0).all()
    mistakes = outcome.mistakes(10)
    assert (labels[mistakes] != outcome.predicted[mistakes]).all()
    wrong = outcome.confidence[labels != outcome.predicted]
    torch.testing.assert_close(outcome.confidence[mistakes], wrong.sort(descending=True).values[:10])


def test_grad_cam_is_the_class_activation_map_where_pooling_meets_a_dense_layer():
    """Zhou et al. 2016: the dense layer's weights times the maps; Grad-CAM's weights are those over the places."""
    torch.manual_seed(0)
    lane = Lane("resnet", resnet=ResNet(widths=(4, 8), blocks=1))
    model = networks.build(lane, (3, 16, 16), 5).eval()
    images, classes = torch.randn(3, 3, 16, 16), torch.tensor([0, 4, 2])
    found = grad_cam(model, images, classes)
    with torch.inference_mode():
        maps = nn.Sequential(*list(model)[:-3])(images)
        evidence = torch.einsum("bk,bkhw->bhw", model[-1].weight[classes], maps).relu()[:, None]
        expected = functional.interpolate(
            evidence / evidence.amax((2, 3), keepdim=True).clamp(min=1e-12), size=(16, 16), mode="bilinear"
        )[:, 0]
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=1e-4)


def test_grad_cam_needs_maps():
    model = networks.build(Lane("plain"), (1, 8, 8), 10).eval()
    with pytest.raises(NoMapsError, match="flattens the picture first"):
        grad_cam(model, torch.zeros(1, 1, 8, 8), torch.tensor([0]))


def test_names_sizes_and_refusals():
    lanes = {"first": Lane("cnn"), "second": Lane("cnn"), "third": Lane("resnet", resnet=ResNet(skip=False))}
    assert list(networks.titles(lanes).values()) == ["CNN 1", "CNN 2", "ResNet-8 without skips"]
    assert networks.size(Lane("plain"), (3, 32, 32), 10).parameters == 646_260  # Foster, chapter 2
    with pytest.raises(SettingError, match="at least one network"):
        Settings(first=Lane(), second=Lane())
    assert Settings.from_dict(Settings().to_dict()) == Settings()
    assert tuple(Settings().lanes) == LANES[:2]


@pytest.mark.parametrize("kind", ["plain", "cnn", "resnet"])
def test_a_step_runs_on_meta(kind):
    """No move to a processor and no look at a value between two reports."""
    meta = torch.device("meta")
    settings = replace(SMALL, first=Lane(kind), second=Lane())
    race = Race(settings, meta, ignore)
    race.loop.batch()
    assert next(race.loop.learners["first"].model.parameters()).is_meta
