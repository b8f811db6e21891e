"""Order, schedules, optimisers, augmentation: each against torch's own or a loop typed from the paper."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as some
from torch import nn

from engine.training import augmenting, lars, optimisers, schedules
from engine.training.batches import Batches, Place, permutation
from engine.training.optimisers import Optimisation

CPU = torch.device("cpu")


# Order


@given(some.integers(1, 60), some.lists(some.integers(1, 70), min_size=1, max_size=30), some.integers(0, 9))
def test_an_epoch_shows_nothing_twice_and_a_batch_is_full(count, sizes, seed):
    batches = Batches(count, seed, CPU)
    shown = {}
    for size in sizes:
        expected = batches.upcoming(size)
        indices = batches.next(size)
        assert len(indices) == min(size, count)
        assert batches.place == Place(expected.epoch, expected.position + len(indices))
        shown.setdefault(batches.place.epoch, []).extend(indices.tolist())
    for epoch, indices in shown.items():
        assert len(set(indices)) == len(indices) <= count
        assert indices == permutation(count, seed, epoch)[: len(indices)].tolist()


def test_epochs_and_seeds_differ_and_a_place_is_enough_to_go_on():
    assert not torch.equal(permutation(99, 0, 0), permutation(99, 0, 1))
    assert not torch.equal(permutation(99, 0, 1), permutation(99, 1, 0))
    first = Batches(50, 3, CPU)
    first.next(20), first.next(20)
    again = Batches(50, 3, CPU, first.place)
    assert torch.equal(first.next(8), again.next(8))
    assert torch.equal(first.next(8), again.next(8))
    with pytest.raises(ValueError, match="the data set is empty"):
        Batches(0, 0, CPU)


# Schedules


def torchs(make, steps):
    weight = nn.Parameter(torch.zeros(1))
    optimiser = torch.optim.SGD([weight], 1.0)
    schedule = make(optimiser)
    found = []
    for _ in range(steps):
        found.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        schedule.step()
    return found


def test_schedules_are_torchs():
    scheduler, steps = torch.optim.lr_scheduler, 40
    ours = lambda name, warm_up=0.0: [  # noqa: E731
        schedules.factor(name, step, steps, warm_up) for step in range(steps)
    ]
    assert ours("cosine") == pytest.approx(torchs(lambda o: scheduler.CosineAnnealingLR(o, steps), steps))
    assert ours("linear") == pytest.approx(torchs(lambda o: scheduler.LinearLR(o, 1, 0, steps), steps))
    assert ours("constant") == [1.0] * steps
    # torch counts steps from the first to the last, so its 40 steps are ours at 0, 1, ..., 39 of 39.
    cycle = torchs(lambda o: scheduler.OneCycleLR(o, 1.0, total_steps=40, cycle_momentum=False), 40)
    found = [schedules.factor("one_cycle", step, 39, 0.3 * 40 - 1) for step in range(40)]
    assert found == pytest.approx(cycle, abs=1e-9)


@given(some.sampled_from(schedules.NAMES), some.floats(0, 200), some.floats(1, 100), some.floats(0, 150))
def test_a_factor_lies_between_0_and_1_whatever_is_asked(name, done, total, warm_up):
    assert 0 <= schedules.factor(name, done, total, warm_up) <= 1


def test_warm_up_rises_linearly_then_the_schedule_covers_the_rest():
    assert [schedules.factor("cosine", done, 100, 20) for done in (0, 5, 20)] == [0, 0.25, 1]
    assert schedules.factor("cosine", 60, 100, 20) == pytest.approx(0.5)
    assert schedules.factor("constant", 10, 100, 20) == 0.5


# Optimisers


def quadratic(name, steps=30, **knobs):
    """Weights after some steps on a small quadratic, with a matrix, a bias, and knobs turned half way."""
    generator = torch.Generator().manual_seed(1)
    matrix = nn.Parameter(torch.randn(3, 4, generator=generator))
    bias = nn.Parameter(torch.randn(3, generator=generator))
    inputs = torch.randn(8, 4, generator=generator)
    plan = Optimisation(optimiser=name, learning_rate=0.05, weight_decay=0.1, momentum=0.8)
    optimiser = optimisers.build(optimisers.groups([matrix, bias], plan), plan)
    trail = []
    for step in range(steps):
        if step == steps // 2:
            optimisers.turn(optimiser, Optimisation(name, 0.02, 0.5, 0.3), 0.5)
        optimiser.zero_grad()
        (inputs @ matrix.T + bias).square().mean().backward()
        trail.append((matrix.grad.clone(), bias.grad.clone()))
        optimiser.step()
    return matrix.detach(), bias.detach(), trail, optimiser


def literal(name, trail):
    """The same updates, number by number, from the gradients."""
    generator = torch.Generator().manual_seed(1)
    weights = [torch.randn(3, 4, generator=generator), torch.randn(3, generator=generator)]
    memory = [(torch.zeros_like(weight), torch.zeros_like(weight)) for weight in weights]
    for step, gradients in enumerate(trail):
        turned = step >= len(trail) // 2
        rate, momentum, decay = (0.02 * 0.5, 0.5, 0.3) if turned else (0.05, 0.8, 0.1)
        for index, gradient in enumerate(gradients):
            weight, (speed, square) = weights[index], memory[index]
            wd = decay if weight.ndim > 1 else 0.0
            for place in np.ndindex(*weight.shape):
                w, g = weight[place].item(), gradient[place].item()
                if name == "adamw":
                    w -= rate * wd * w
                    m = momentum * speed[place].item() + (1 - momentum) * g
                    v = 0.999 * square[place].item() + 0.001 * g * g
                    speed[place], square[place] = m, v
                    m /= 1 - momentum ** (step + 1)
                    v /= 1 - 0.999 ** (step + 1)
                    weight[place] = w - rate * m / (math.sqrt(v) + 1e-8)
                    continue
                d = g + wd * w
                if name == "sgd":
                    weight[place] = w - rate * d
                    continue
                v = momentum * speed[place].item() + d
                speed[place] = v
                weight[place] = w - rate * (d + momentum * v if name == "nesterov" else v)
    return weights


@pytest.mark.parametrize("name", ["sgd", "momentum", "nesterov", "adamw"])
def test_an_optimiser_is_its_formula_and_knobs_turn_between_steps(name):
    matrix, bias, trail, _ = quadratic(name)
    expected = literal(name, trail)
    assert torch.allclose(matrix, expected[0], atol=1e-4)
    assert torch.allclose(bias, expected[1], atol=1e-4)


def test_lars_is_its_algorithm_number_by_number():
    """From the official code: trust ratio per layer, momentum around the scaled step, biases plain."""
    generator = torch.Generator().manual_seed(3)
    matrix, bias, zero = (
        nn.Parameter(torch.randn(2, 3, generator=generator)),
        nn.Parameter(torch.randn(2, generator=generator)),
        nn.Parameter(torch.zeros(2, 2)),
    )
    ours = [matrix.tolist(), [bias.tolist()], zero.tolist()]
    speeds = [[[0.0] * len(row) for row in rows] for rows in ours]
    made = lars.LARS(
        [{"params": [matrix, zero], "weight_decay": 0.2}, {"params": [bias], "adapt": False}],
        0.5,
        momentum=0.7,
        eta=0.01,
    )
    for _ in range(5):
        gradients = [torch.randn(*weight.shape, generator=generator) for weight in (matrix, bias, zero)]
        for weight, gradient in zip((matrix, bias, zero), gradients, strict=True):
            weight.grad = gradient
        made.step()
        for index, gradient in enumerate(gradients):
            rows = gradient.tolist() if gradient.ndim > 1 else [gradient.tolist()]
            decay = 0.0 if index == 1 else 0.2
            change = [
                [g + decay * w for g, w in zip(gs, ws, strict=True)]
                for gs, ws in zip(rows, ours[index], strict=True)
            ]
            size = math.sqrt(sum(w * w for row in ours[index] for w in row))
            norm = math.sqrt(sum(d * d for row in change for d in row))
            trust = 0.01 * size / norm if index != 1 and size > 0 and norm > 0 else 1.0
            for y, row in enumerate(change):
                for x, d in enumerate(row):
                    speeds[index][y][x] = 0.7 * speeds[index][y][x] + 0.5 * trust * d
                    ours[index][y][x] -= speeds[index][y][x]
    assert torch.allclose(matrix, torch.tensor(ours[0]), atol=1e-6)
    assert torch.allclose(bias, torch.tensor(ours[1][0]), atol=1e-6)
    assert torch.allclose(zero, torch.tensor(ours[2]), atol=1e-6)


def test_lars_steps_do_not_depend_on_the_size_of_the_gradient():
    after = []
    for scale in (1.0, 1000.0):
        weight = nn.Parameter(torch.arange(6.0).reshape(2, 3))
        weight.grad = scale * torch.ones(2, 3)
        lars.LARS([weight], 1.0, eta=0.1).step()
        after.append(weight.detach())
    assert torch.allclose(*after)


def test_lars_takes_a_closure_and_leaves_weights_without_gradient():
    weight, idle = nn.Parameter(torch.ones(2, 2)), nn.Parameter(torch.ones(2, 2))
    made = lars.LARS([weight, idle], 0.1)

    def closure():
        made.zero_grad()
        loss = weight.square().sum()
        loss.backward()
        return loss.item()

    assert made.step(closure) == 4.0
    assert torch.equal(idle, torch.ones(2, 2))
    assert not torch.equal(weight, torch.ones(2, 2))


@pytest.mark.parametrize("name", optimisers.NAMES)
def test_biases_and_norms_never_decay_and_frozen_weights_are_left_out(name):
    model = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    model[0].weight.requires_grad_(False)
    plan = Optimisation(optimiser=name, weight_decay=0.5)
    parts = optimisers.groups(model.parameters(), plan)
    assert len(parts) == 1
    made = optimisers.build(parts, plan)
    assert made.param_groups[0]["weight_decay"] == 0.0


# Augmentation


def test_a_shift_is_a_window_of_the_mirrored_picture():
    images = torch.randint(0, 256, (7, 3, 5, 6), dtype=torch.uint8)
    moved = augmenting.shift(images, 2, torch.Generator().manual_seed(0))
    places = torch.randint(0, 5, (2, 7), generator=torch.Generator().manual_seed(0))
    for b in range(7):
        padded = np.pad(images[b].numpy(), ((0, 0), (2, 2), (2, 2)), mode="reflect")
        y, x = places[:, b].tolist()
        assert np.array_equal(moved[b].numpy(), padded[:, y : y + 5, x : x + 6])
    assert torch.equal(augmenting.shift(images.float(), 2, torch.Generator().manual_seed(0)), moved.float())
    assert augmenting.shift(images, 0, None) is images


def test_a_flip_mirrors_about_half_and_changes_nothing_else():
    images = torch.randint(0, 256, (500, 1, 2, 3), dtype=torch.uint8)
    flipped = augmenting.flip(images, torch.Generator().manual_seed(0))
    mirrored = [
        torch.equal(a, b.flip(2)) and not torch.equal(a, b) for a, b in zip(flipped, images, strict=True)
    ]
    kept = [torch.equal(a, b) for a, b in zip(flipped, images, strict=True)]
    assert all(m or k for m, k in zip(mirrored, kept, strict=True))
    assert 200 < sum(mirrored) < 300


@settings(max_examples=30)
@given(some.floats(0, 1), some.floats(0, 1), some.integers(2, 12), some.integers(0, 5))
def test_more_wrong_labels_add_to_fewer_and_each_is_really_wrong(low, high, classes, seed):
    low, high = sorted((low, high))
    labels = torch.arange(400) % classes
    few, many = (augmenting.wrong_labels(labels, share, classes, seed) for share in (low, high))
    changed = few != labels
    assert torch.equal(few[changed], many[changed])
    assert ((many >= 0) & (many < classes)).all()
    assert (many != labels).float().mean().item() == pytest.approx(high, abs=0.12)


def test_one_class_has_no_wrong_label():
    labels = torch.zeros(5, dtype=torch.long)
    assert augmenting.wrong_labels(labels, 0.5, 1, 0) is labels
