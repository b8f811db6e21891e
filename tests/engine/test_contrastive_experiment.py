"""SimCLR runs: equal seeds, equal curves; knobs act on the next batch; it learns; it collapses when told to."""

import time

import numpy as np
import pytest
import torch
from contrastive_cases import Listener, small

from engine import data
from engine.contrastive import examination, experiment
from engine.contrastive.experiment import Settings, rated, run, two_views
from engine.contrastive.model import build, load_weights, represent
from engine.contrastive.views import Views, identical, without_colour
from engine.experiment import FreeRun
from engine.models import Head
from engine.training import Optimisation, Plan
from engine.training.precision import choose

CPU = torch.device("cpu")


class Hand(FreeRun):
    """Turns knobs before the batches that are named: {number of the batch: {knob: value}}."""

    def __init__(self, turns):
        super().__init__()
        self.turns, self.batch = turns, -1

    def before_batch(self, *, new_epoch=False):
        self.batch += 1
        return self.turns.get(self.batch, {})


class Each(FreeRun):
    """Waits long enough before each batch that the loop reports it."""

    def before_batch(self, *, new_epoch=False):
        time.sleep(0.025)
        return {}


@pytest.fixture(autouse=True)
def _few(monkeypatch):
    original, threads = experiment.Examiner, torch.get_num_threads()
    torch.set_num_threads(1)  # small work: more would wait for each other
    monkeypatch.setattr(
        experiment, "Examiner", lambda *a, **k: original(*a, known=200, asked=120, pairs=32, **k)
    )
    yield
    torch.set_num_threads(threads)


def curve(listener, name="loss"):
    return [values[name] for values in listener.of("train")]


def test_equal_seeds_give_equal_curves_and_weights_and_others_do_not():
    found = []
    for seed in (3, 3, 4):
        listener = Listener()
        result = run(small(plan=Plan(epochs=2, batch_size=64, seed=seed)), CPU, listener, Each())
        found.append((curve(listener), result["numbers"], result["weights"]))
    assert len(found[0][0]) == 8
    assert found[0][0] == found[1][0]
    assert found[0][1] == found[1][1]
    assert all(np.array_equal(found[0][2][name], found[1][2][name]) for name in found[0][2])
    assert found[0][0] != found[2][0]


def test_the_reports_hold_what_the_page_draws():
    listener = Listener()
    result = run(small(), CPU, listener, FreeRun())
    first, last = listener.of("test")[0], listener.of("picture")[-1]
    assert {
        "knn_h",
        "knn_z",
        "probe_h",
        "alignment",
        "uniformity",
        "rank_h",
        "rank_z",
        "spread",
        "epoch",
    } <= set(first)
    assert last["h"].shape == (120, 32)
    assert last["h"].dtype == np.uint8
    assert last["positive"].sum() == pytest.approx(1, abs=1e-5)
    assert set(last["factors"]) == {"shape", "hue", "size", "x", "y", "rotation"}
    assert result["factors"] == last["factors"]
    train = listener.of("train")[-1]
    assert {"loss", "positive", "negative", "learning_rate", "examples_per_second"} <= set(train)


def test_quantised_h_is_h_within_half_a_step():
    h = torch.randn(50, 8, generator=torch.Generator().manual_seed(0))
    stored = examination.quantise(h)
    assert np.abs(examination.restore(stored) - h.numpy()).max() <= stored["h_step"] * 0.5001


def test_weights_come_back_in_sixteen_bits_and_only_into_their_own_network():
    settings = small()
    model = build(settings.encoder, settings.head, 3, 1, CPU)
    other = build(settings.encoder, settings.head, 3, 2, CPU)
    kept = experiment.weights(model)
    load_weights(other, kept)
    images = data.load("shapes-plain", "test", 20).images
    exact = choose(model, torch.device("meta"))  # float32
    first, second = (represent(each, images, exact)[0] for each in (model, other))
    torch.testing.assert_close(first, second, atol=2e-3, rtol=2e-2)
    with pytest.raises(ValueError, match="another network"):
        load_weights(build(settings.encoder, Head(outputs=8), 3, 1, CPU), kept)


def test_every_knob_acts_on_the_next_batch():
    turns = {
        1: {"temperature": 1.0},
        2: {"negatives": False},
        3: {"views.crop": False, "views.jitter": False},
        4: {"training.learning_rate": 0.0},
        5: {"plan.batch_size": 32},
    }
    listener, hand = Listener(), Hand(turns)
    run(small(plan=Plan(epochs=3, batch_size=64)), CPU, listener, hand)
    texts = [marker["text"] for marker in listener.of("marker")]
    assert texts == [
        "temperature 0.2 → 1",
        "negatives True → False",
        "crop True → False",
        "jitter True → False",
        "learning rate 0.002 → 0",
        "batch size 64 → 32",
    ]
    assert listener.of("train")[-1]["learning_rate"] == 0


def test_without_augmentation_the_two_views_are_the_picture():
    images = data.load("shapes-plain", "test", 8).images
    generator = torch.Generator().manual_seed(0)
    for view in two_views(images, identical(), generator):
        assert torch.equal(view, images.float() / 255)
    first, second = two_views(images, Views(), generator)
    assert not torch.equal(first, second)
    coloured = two_views(images, without_colour(Views(crop=False, flip=False)), generator)
    assert torch.equal(*coloured)


def test_the_rate_follows_the_batch():
    base = small(training=Optimisation(learning_rate=0.1), scaling="linear", plan=Plan(batch_size=512))
    assert rated(base).learning_rate == pytest.approx(0.2)
    assert rated(base.change("scaling", "sqrt")).learning_rate == pytest.approx(0.1 * 2**0.5)
    assert rated(base.change("scaling", "none")).learning_rate == 0.1


def test_it_learns_to_tell_pictures_apart():
    listener = Listener()
    settings = small(plan=Plan(epochs=6, batch_size=32), temperature=0.5, views=Views(smallest=0.6))
    result = run(settings, CPU, listener, FreeRun())
    losses, first = curve(listener), listener.of("test")[0]
    assert losses[-1] < losses[0] - 0.1
    gaps = [numbers["positive"] - numbers["negative"] for numbers in (first, result["numbers"])]
    assert gaps[1] > gaps[0] + 0.15


def test_without_negatives_it_collapses():
    listener = Listener()
    settings = small(
        negatives=False,
        plan=Plan(epochs=4, batch_size=32),
        training=Optimisation(learning_rate=1e-2, schedule="constant"),
    )
    result = run(settings, CPU, listener, FreeRun())
    first, last = listener.of("test")[0], result["numbers"]
    assert last["negative"] > 0.97 > 0.6 > first["negative"]
    assert last["uniformity"] > -0.1 > -1.5 > first["uniformity"]
    assert last["rank_z"] < 3 < first["rank_z"] / 2
    assert last["spread"] < 0.15 < first["spread"]


def test_examinations_stay_within_their_share(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(experiment.time, "monotonic", lambda: now[0])
    train, test = data.load("shapes-plain", "train", 64), data.load("shapes-plain", "test")
    session = experiment.Run(small(), train, test, CPU, lambda *_: None)

    def examine():
        session._examined = (now[0], 1.5)
        return {"asked": 1.0}

    session.examine = examine
    assert session.test("", session.learner, True) == {"asked": 1.0}
    now[0] += 9.0
    assert session.test("", session.learner, True) == {}
    now[0] += 2.0  # 1.5 s are 15 % of 10
    assert session.test("", session.learner, True) == {"asked": 1.0}


def test_grey_pictures_of_another_size_and_no_head_run_too():
    result = run(small(data="digits", head=Head(kind="none")), CPU, Listener(), FreeRun())
    assert result["factors"] == {}
    assert result["numbers"]["knn_h"] == pytest.approx(result["numbers"]["knn_z"], abs=0.02)


def test_a_set_that_is_not_there_says_so():
    with pytest.raises(data.DataError, match="no data set"):
        run(small(data="nothing"), CPU, Listener(), FreeRun())


def test_settings_go_to_plain_data_and_back():
    settings = small(temperature=0.07, views=Views(crop=False))
    assert Settings.from_dict(settings.to_dict()) == settings
