"""UMAP's parts against what umap-learn makes of the same tables, and the loop against its formulas in NumPy."""

import os
import subprocess
import sys

import numpy as np
import pytest
import torch
from scipy import sparse

from engine.embedding import curve, fuzzy_graph, kernel, optimiser, umap
from engine.embedding.placing import place
from engine.embedding.trust import trustworthiness
from engine.embedding.umap_layout import Known, epochs_for, known
from engine.embedding.vectors import EmbeddingError
from tests.engine import umap_golden
from tests.engine.embedding_cases import clusters, digits

DIGITS, CLASSES = digits(umap_golden.KEPT)


@pytest.fixture(scope="module")
def learn():
    """What umap-learn made of the same tables."""
    with np.load(umap_golden.FILE) as kept:
        return {name: kept[name] for name in kept.files}


def _same(ours, learn, key):
    rows, columns = learn[f"{key} places"].astype(int)
    theirs = sparse.coo_matrix((learn[f"{key} values"], (rows, columns)), shape=ours.shape).tocsr()
    assert ours.nnz == theirs.nnz
    assert abs(ours - theirs).max() < 1e-6


@pytest.mark.parametrize("k", umap_golden.NEIGHBOURS)
@pytest.mark.parametrize("name", umap_golden.tables())
def test_the_graph_is_umap_learns(learn, name, k):
    found = known(umap_golden.tables()[name], k)
    graph = fuzzy_graph.fuzzy_graph(found.indices, found.distances)
    _same(graph, learn, f"{name} {k} graph")
    labels = umap_golden.classes(len(found.indices))
    _same(fuzzy_graph.with_classes(graph, labels), learn, f"{name} {k} told")


def test_the_curve_is_umap_learns(learn):
    for distance, expected in zip(umap_golden.DISTANCES, learn["curves"], strict=True):
        assert curve.curve(distance) == pytest.approx(expected, rel=1e-6)


def test_layouts_are_as_trustworthy_as_umap_learns(learn):
    expected = trustworthiness(DIGITS, learn["layout"], 15)
    ours = [
        trustworthiness(DIGITS, umap(DIGITS, seed=seed, n_epochs=umap_golden.EPOCHS), 15) for seed in range(5)
    ]
    assert np.median(ours) > expected - 0.005
    assert min(ours) > expected - 0.015


def test_new_points_land_where_umap_learn_puts_them(learn):
    vectors, classes = digits(umap_golden.KEPT + umap_golden.NEW)
    new = vectors[umap_golden.KEPT :]
    ours = place(DIGITS, learn["layout"], new).places

    def right(places):
        nearest = np.linalg.norm(places[:, None] - learn["layout"][None], axis=-1).argsort(1)[:, :5]
        votes = [np.bincount(CLASSES[row]).argmax() for row in nearest]
        return np.mean(votes == classes[umap_golden.KEPT :])

    assert right(ours) >= right(learn["placed"]) - 0.03
    apart = np.linalg.norm(ours - learn["placed"], axis=1) / np.ptp(learn["layout"])
    assert np.median(apart) < 0.05


def _literal(start, graph, shape, epochs, seed):
    """The loop of `optimiser` written out, one force after the other."""
    a, b = shape
    graph = optimiser._pruned(graph, epochs)
    every = (graph.data.max() / graph.data).astype(np.float32)
    due, mask = every.copy(), 2**64 - 1
    old = start.astype(np.float64)
    for epoch in range(epochs):
        alpha, new = 1 - epoch / epochs, old.copy()
        for j in range(len(old)):
            state = kernel.random_bits.py_func(np.uint64(seed) ^ np.uint64(epoch << 32) ^ np.uint64(j))
            point = old[j].copy()
            for edge in range(graph.indptr[j], graph.indptr[j + 1]):
                if due[edge] > epoch:
                    continue
                due[edge] += every[edge]
                other = old[graph.indices[edge]].copy()
                for _ in range(2):
                    difference = point - other
                    square = difference @ difference
                    force = -2 * a * b * square ** (b - 1) / (1 + a * square**b)
                    step = alpha * np.clip(force * difference, -4, 4)
                    point, other = point + step, other - step
                push = 0
                for _ in range(5):
                    state = np.uint64((int(state) + 0x9E3779B97F4A7C15) & mask)
                    k = ((int(kernel.random_bits.py_func(state)) >> 32) * len(old)) >> 32
                    difference = point - old[k]
                    square = difference @ difference
                    if square > 0:
                        force = 2 * b / ((0.001 + square) * (1 + a * square**b))
                        push = push + np.clip(force * difference, -4, 4)
                point = point + alpha * push
            new[j] = point
        old = new
    return old


@pytest.mark.parametrize("dims", [2, 3])
def test_moving_points_is_the_formulas_written_out(dims):
    table, _ = clusters(40, 6, 3)
    found = known(table, 6)
    graph = fuzzy_graph.fuzzy_graph(found.indices, found.distances)
    start = (np.random.default_rng(0).normal(size=(40, dims)) * 5).astype(np.float32)
    shape = curve.curve(0.1)
    with np.errstate(over="ignore"):
        expected = _literal(start, graph, shape, 4, 11)
    *_, (done, layout) = optimiser.unfold(start, graph, shape, epochs=4, stride=4, seed=11)
    assert done == 4
    np.testing.assert_allclose(layout, expected, atol=2e-3)


def test_the_same_seed_gives_the_same_layout_on_any_number_of_threads_and_in_any_steps():
    table, _ = clusters()
    found = known(table, 10)
    graph = fuzzy_graph.fuzzy_graph(found.indices, found.distances)
    start = np.random.default_rng(0).normal(size=(400, 2)).astype(np.float32)
    before, layouts = torch.get_num_threads(), []
    for threads, stride in ((1, 50), (2, 50), (2, 7)):
        torch.set_num_threads(threads)
        *_, (_, layout) = optimiser.unfold(start, graph, (1.5, 0.9), epochs=50, stride=stride, seed=3)
        layouts.append(layout)
    torch.set_num_threads(before)
    np.testing.assert_array_equal(layouts[0], layouts[1])
    np.testing.assert_array_equal(layouts[0], layouts[2])
    *_, (_, other) = optimiser.unfold(start, graph, (1.5, 0.9), epochs=50, stride=50, seed=4)
    assert np.abs(other - layouts[0]).max() > 0.1


THREADS = """
import numpy as np, torch
from scipy import sparse
from engine.embedding import kernel, optimiser

torch.set_num_threads(1)
torch.get_num_threads()  # in use: its first use in a thread would set the count once more
graph = sparse.random(300, 300, 0.05, "csr", np.float32, 0)
start = np.random.default_rng(0).normal(size=(300, 2)).astype(np.float32)

def steps():
    return optimiser.unfold(start, graph, (1.5, 0.9), epochs=4, stride=1, seed=0)

seen, closed = [], steps()
next(closed)
seen.append(torch.get_num_threads())
closed.close()
seen.append(torch.get_num_threads())
*_, _ = steps()
seen.append(torch.get_num_threads())
kernel.move_points = None
try:
    next(steps())
except TypeError:
    seen.append(torch.get_num_threads())
print(seen)
"""


def test_torch_keeps_its_number_of_threads_however_a_layout_ends():
    # In a process of its own, as numba starts its threads with the first layout, and sets torch's count with them.
    found = subprocess.run(
        [sys.executable, "-c", THREADS],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "NUMBA_NUM_THREADS": "2"},
    )
    assert found.stdout.strip() == "[1, 1, 1, 1]", found.stdout + found.stderr


def test_springs_hold_points_where_they_were():
    table, _ = clusters()
    found = known(table, 10)
    graph = fuzzy_graph.fuzzy_graph(found.indices, found.distances)
    home = umap(table, seed=0, n_neighbors=10)

    def motion(hold):
        anchors = (home, np.full(400, hold, np.float32))
        *_, (_, layout) = optimiser.unfold(
            home, graph, (1.5, 0.9), epochs=60, stride=60, seed=3, anchors=anchors
        )
        return np.linalg.norm(layout - home, axis=1).mean()

    assert motion(5.0) < 0.5 * motion(0.0)


def test_the_work_is_reported_and_can_be_ended():
    seen = []
    layout = umap(
        DIGITS, seed=0, n_epochs=80, report=lambda done, total, now: seen.append((done, total, now))
    )
    assert [done for done, _, _ in seen] == list(range(2, 82, 2))
    np.testing.assert_array_equal(seen[-1][2], layout)

    def stop(done, total, now):
        if done >= 300:
            raise InterruptedError

    with pytest.raises(InterruptedError):
        umap(DIGITS, seed=0, n_epochs=4000, report=stop)


def test_labels_part_the_classes():
    table, _ = clusters(300)
    labels = np.random.default_rng(8).integers(0, 3, 300)  # classes the vectors know nothing of

    def alike(layout):
        near = np.linalg.norm(layout[:, None] - layout[None], axis=-1).argsort(1)[:, 1:6]
        return (labels[near] == labels[:, None]).mean()

    assert alike(umap(table, seed=0)) < 0.45  # a third by chance
    assert alike(umap(table, seed=0, labels=labels)) > 0.7


def test_copies_of_a_vector_and_numbers_and_tensors():
    copies = np.repeat(clusters(50, 5)[0], 4, axis=0)
    layout = umap(copies, seed=0)
    assert np.isfinite(layout).all()
    tensor = umap(torch.from_numpy(copies), seed=0)
    assert isinstance(tensor, torch.Tensor)
    np.testing.assert_array_equal(tensor.numpy(), layout)
    assert umap(copies, seed=0, dims=3, n_epochs=20).shape == (200, 3)
    assert umap(copies, n_epochs=20).shape == (200, 2)  # without a seed: one is drawn


@pytest.mark.parametrize(
    ("vectors", "settings", "sentence"),
    [
        (np.ones((30, 4)), {}, "are the same"),
        (DIGITS[:10], {}, "between 2 and the number of vectors, here 10"),
        (DIGITS, {"n_neighbors": 1}, "between 2"),
        (DIGITS, {"min_dist": 1.5}, "min_dist lies between 0 and 1"),
        (DIGITS, {"dims": 4}, "2 or 3 dimensions"),
        (DIGITS, {"labels": CLASSES[:-1]}, "as many labels"),
        (
            DIGITS,
            {"neighbours": Known(np.zeros((300, 4), int), np.zeros((300, 4), np.float32))},
            "4 neighbours are known",
        ),
    ],
)
def test_what_cannot_be_laid_out_is_said(vectors, settings, sentence):
    with pytest.raises(EmbeddingError, match=sentence):
        umap(vectors, seed=0, **settings)


def test_a_copy_of_an_old_vector_lands_beside_it():
    layout = umap(DIGITS, seed=0)
    placed = place(DIGITS, layout, DIGITS[:40])
    assert (placed.indices[:, 0] == np.arange(40)).all()
    moved = np.linalg.norm(placed.places - layout[:40], axis=1)
    assert np.median(moved) < 0.02 * np.ptp(layout)
    with pytest.raises(EmbeddingError, match="not one of 300 vectors"):
        place(DIGITS, layout[:-1], DIGITS[:4])


def test_more_points_get_fewer_epochs():
    assert [epochs_for(count) for count in (500, 5000, 5001, 10_000, 20_000)] == [500, 500, 300, 300, 200]
