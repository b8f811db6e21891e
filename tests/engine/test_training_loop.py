"""The loop: it learns, races see the same batches, knobs turn on the next batch, and a checkpoint goes on exactly."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
import torch
from torch import nn

from engine import models
from engine.experiment import FreeRun, Stopped, ignore
from engine.settings import SettingsBase
from engine.training import CheckpointError, Diverged, Learner, Loop, Optimisation, Plan, supervised
from engine.training.supervised import Changes, Pictures

CPU = torch.device("cpu")


PLAN = Plan(epochs=2, batch_size=20, seed=4)
OPTIMISATION = Optimisation(learning_rate=0.01)
CHANGES = Changes(shift=1)


@dataclass(frozen=True)
class Settings(SettingsBase):
    plan: Plan = PLAN
    optimisation: Optimisation = OPTIMISATION
    changes: Changes = CHANGES


def pictures(count=100):
    """Bright left half or bright right half, with noise: easy, unless it is flipped."""
    generator = torch.Generator().manual_seed(0)
    labels = torch.arange(count) % 2
    images = torch.randint(0, 120, (count, 1, 8, 8), generator=generator, dtype=torch.uint8)
    for index, label in enumerate(labels.tolist()):
        images[index, :, :, 4 * label : 4 * label + 4] += 100
    return Pictures(images, labels, 2, CPU)


def small(settings, name="cnn", dropout=0.5, seed=0):
    if name == "cnn":
        plan = models.CNN(channels=(4,), strides=(2,), hidden=8, dropout=dropout)
        model = models.cnn(plan, (1, 8, 8), 2)
    else:
        model = models.mlp(models.MLP(widths=(8,)), (1, 8, 8), 2)
    models.initialise(model, torch.Generator().manual_seed(seed))
    learner = Learner(
        model,
        lambda model, batch: supervised.cross_entropy(model, batch, precision=learner.precision),
        settings.optimisation,
        device=CPU,
        macs=10,
    )
    return learner


def make(settings=None, names=("",), seen=None, **options):
    settings = settings or Settings()
    data = pictures()
    learners = {name: small(settings, name or "cnn") for name in names}
    test = pictures(40)

    def fetch(indices, generator):
        batch = data.batch(indices, generator, loop.settings.changes)
        if seen is not None:
            seen.append((indices.tolist(), batch[0].sum().item()))
        return batch

    def turn(settings):
        for learner in learners.values():
            learner.settings = settings.optimisation
        data.spoil(settings.changes.label_noise, settings.plan.seed)

    def check(name, learner, full):
        logits = supervised.predict(learner.model, test, learner.precision, first=None if full else 10)
        return {"accuracy": (logits.argmax(1) == test.labels[: len(logits)]).float().mean().item()}

    loop = Loop(
        settings,
        learners,
        len(data),
        fetch,
        device=CPU,
        plan=lambda s: s.plan,
        turn=turn,
        test=check,
        **options,
    )
    return loop


class Script:
    """A control that changes knobs before given batches, and stops before one."""

    def __init__(self, changes=None, stop=None):
        self.changes, self.stop, self.batches, self.epochs = changes or {}, stop, 0, 0

    def before_batch(self, *, new_epoch=False):
        if self.batches == self.stop:
            raise Stopped
        self.batches += 1
        self.epochs += new_epoch
        return self.changes.get(self.batches, {})


class Log(list):
    def __call__(self, kind, values):
        self.append((kind, dict(values)))

    def of(self, kind):
        return [values for found, values in self if found == kind]


def weights(loop):
    return [
        value.clone() for learner in loop.learners.values() for value in learner.model.state_dict().values()
    ]


def same(first, second):
    return all(torch.equal(a, b) for a, b in zip(weights(first), weights(second), strict=True))


def test_it_learns_and_reports_where_it_stands():
    settings = Settings(plan=Plan(epochs=8, batch_size=20), changes=Changes(shift=1, flip=False))
    loop, log, script = make(settings), Log(), Script()
    loop.run(script, log)
    assert (script.batches, script.epochs) == (40, 8)
    last = log.of("test")[-1]
    assert last["accuracy"] == 1.0
    assert last["full"]
    assert (last["examples"], last["epoch"], last["macs"]) == (800, 8.0, 800 * 3 * 10)
    train = log.of("train")
    assert train[0]["examples"] == 20  # the first batch is reported at once
    assert train[-1]["loss"] < 0.3 < train[0]["loss"]
    assert train[-1]["seconds"] == last["seconds"] > 0
    assert {"accuracy", "learning_rate", "examples_per_second"} <= set(train[-1])
    epochs = log.of("epoch")
    assert [epoch["examples"] for epoch in epochs] == list(range(100, 801, 100))
    weighted = sum(report["loss"] * batches for report, batches in zip(train, _steps(train), strict=True))
    assert sum(epoch["loss"] * 5 for epoch in epochs) == pytest.approx(weighted)


def _steps(reports):
    """Batches each report is the mean of."""
    counts = [report["batches"] for report in reports]
    return [after - before for before, after in zip([0, *counts], counts, strict=False)]


def test_one_step_is_the_step_one_would_type():
    settings = Settings(
        optimisation=Optimisation("momentum", 0.1, 0.9, 0.0, "constant"),
        changes=Changes(shift=0, flip=False),
    )
    loop = make(settings, ["mlp"])
    model = models.mlp(models.MLP(widths=(8,)), (1, 8, 8), 2)
    models.initialise(model, torch.Generator().manual_seed(0))
    optimiser = torch.optim.SGD(model.parameters(), 0.1, momentum=0.9)
    data, learner = pictures(), loop.learners["mlp"]
    learner.precision = replace(learner.precision, dtype=None)
    order = torch.randperm(100, generator=torch.Generator().manual_seed(4 * 1_000_003))
    for start in (0, 20, 40):
        indices = order[start : start + 20]
        loop.batch()
        optimiser.zero_grad()
        images = (data.images[indices] - data.mean) / data.deviation
        nn.functional.cross_entropy(model(images), data.labels[indices]).backward()
        optimiser.step()
    for ours, theirs in zip(learner.model.parameters(), model.parameters(), strict=True):
        assert torch.allclose(ours, theirs, atol=1e-6)


def test_equal_seeds_give_equal_numbers_and_others_do_not():
    loops = [make(), make(), make(Settings(plan=Plan(epochs=2, batch_size=20, seed=5)))]
    for loop in loops:
        torch.rand(1)  # the global state is nobody's
        loop.run(FreeRun(), ignore)
    assert same(loops[0], loops[1])
    assert not same(loops[0], loops[2])


def test_runs_that_race_see_the_same_batches_and_are_as_if_alone():
    alone, together = [], []
    single, race = make(names=["cnn"], seen=alone), make(names=["cnn", "mlp"], seen=together)
    log = Log()
    single.run(FreeRun(), ignore)
    race.run(FreeRun(), log)
    assert alone == together
    mine, raced = single.learners["cnn"].model.state_dict(), race.learners["cnn"].model.state_dict()
    assert all(torch.equal(mine[name], raced[name]) for name in mine)
    assert log.of("train cnn")[-1]["examples"] == log.of("train mlp")[-1]["examples"] == 200
    assert log.of("test mlp")


def test_a_knob_turns_on_the_next_batch_and_leaves_a_marker():
    script = Script(
        {
            3: {"optimisation.learning_rate": 0.5, "changes.flip": False},
            5: {"plan.batch_size": 40},
            6: {"changes.label_noise": 0.5, "optimisation.weight_decay": 0.01},
        }
    )
    seen, log = [], Log()
    loop = make(
        replace(Settings(), optimisation=Optimisation(learning_rate=0.01, schedule="constant")), seen=seen
    )
    rates = []
    learner = loop.learners[""]
    learner.after = lambda _: rates.append(learner.optimiser.param_groups[0]["lr"])
    loop.run(script, log)
    assert rates[:4] == [0.01, 0.01, 0.5, 0.5]
    assert [len(indices) for indices, _ in seen[:6]] == [20, 20, 20, 20, 40, 40]
    assert [marker["text"] for marker in log.of("marker")] == [
        "learning rate 0.01 → 0.5",
        "flip True → False",
        "batch size 20 → 40",
        "label noise 0 → 0.5",  # weight decay was turned to what it was: no marker
    ]
    assert [marker["examples"] for marker in log.of("marker")] == [40, 40, 80, 120]
    assert loop.settings.optimisation.learning_rate == 0.5


def test_a_batch_size_turned_up_at_the_end_ends_the_run():
    loop, script = make(), Script({10: {"plan.batch_size": 64}})
    loop.run(script, ignore)
    assert loop.examples == 180  # nine batches of 20; the rest of the epoch is smaller than 64


@pytest.mark.parametrize("stop", [3, 5, 8])
def test_a_checkpoint_goes_on_as_if_never_interrupted(tmp_path, stop):
    changes = {2: {"optimisation.learning_rate": 0.02}, 7: {"changes.shift": 0}}
    whole, log, log_again = make(names=["cnn", "mlp"]), Log(), Log()
    whole.run(Script(changes), log)

    first = make(names=["cnn", "mlp"])
    with pytest.raises(Stopped):
        first.run(Script(changes, stop), ignore)
    first.save(tmp_path / "run" / "checkpoint.pt")
    again = make(names=["cnn", "mlp"])
    again.resume(tmp_path / "run" / "checkpoint.pt")
    rest = {batch - stop: turned for batch, turned in changes.items() if batch > stop}
    again.run(Script(rest), log_again)
    assert same(whole, again)
    for kind in ("epoch cnn", "epoch mlp"):  # the epoch that was interrupted included
        expected, found = log.of(kind)[-1], log_again.of(kind)[-1]
        assert {**found, "seconds": 0} == {**expected, "seconds": 0}
    assert again.examples == whole.examples
    assert again.settings == whole.settings
    assert [file.name for file in (tmp_path / "run").iterdir()] == ["checkpoint.pt"]


def test_a_wrong_checkpoint_is_refused_in_words(tmp_path):
    loop = make()
    path = tmp_path / "checkpoint.pt"
    with pytest.raises(CheckpointError, match=r"There is no checkpoint checkpoint\.pt"):
        loop.resume(path)
    path.write_bytes(b"not a checkpoint")
    with pytest.raises(CheckpointError, match=r"checkpoint\.pt is damaged or no checkpoint"):
        loop.resume(path)
    make(names=["mlp"]).save(path)
    with pytest.raises(CheckpointError, match=r"checkpoint\.pt is a checkpoint of another run"):
        loop.resume(path)
    path.write_bytes(path.read_bytes()[:-200])
    with pytest.raises(CheckpointError, match="damaged"):
        loop.resume(path)


def test_a_run_that_diverges_says_so_and_a_race_goes_on_without_it():
    wild = Optimisation("sgd", 100, schedule="constant")
    loop = make(Settings(plan=Plan(epochs=100, batch_size=20), optimisation=wild), ["mlp"])
    loop.learners["mlp"].model[-1].weight.data.fill_(float("inf"))
    with pytest.raises(Diverged, match="the learning rate is too high"):
        loop.run(FreeRun(), ignore)
    race, log = make(names=["cnn", "mlp"]), Log()
    race.learners["mlp"].model[-1].weight.data.fill_(float("nan"))
    race.run(FreeRun(), log)
    assert [marker["text"] for marker in log.of("marker")] == ["mlp diverged"]
    assert log.of("test cnn")[-1]["examples"] == 200
    assert not log.of("test mlp")


def test_gradients_are_clipped_to_a_norm():
    settings = Settings(optimisation=Optimisation("sgd", 1.0, schedule="constant", clip=0.01))
    loop = make(settings, ["mlp"])
    before = torch.cat([weight.detach().flatten() for weight in loop.learners["mlp"].model.parameters()])
    loop.batch()
    after = torch.cat([weight.detach().flatten() for weight in loop.learners["mlp"].model.parameters()])
    moved = (after - before * (1 - 0)).norm().item()
    assert 0.005 < moved < 0.05  # the clipped gradient, and the decay of the weights


def test_parts_of_a_model_may_learn_at_their_own_rates():
    model = nn.ParameterDict({"codes": torch.ones(2, 2), "net": torch.ones(2, 2)})
    learner = Learner(
        model,
        lambda model, _: (model["codes"].sum() + model["net"].sum(), {}),
        Optimisation("sgd", 0.1, weight_decay=0.0, schedule="constant"),
        device=CPU,
        parameters=[
            {"params": [model["codes"]], "scale": 10.0, "decays": False},
            {"params": [model["net"]]},
        ],
    )
    learner.step(None, done=0, total=1)
    assert torch.allclose(model["codes"], torch.zeros(2, 2))
    assert torch.allclose(model["net"], torch.full((2, 2), 0.9))
