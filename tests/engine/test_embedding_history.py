"""Layouts through training: what stays is held, what changes moves, and a run can be stored."""

import numpy as np
import pytest

from engine import stored_runs
from engine.embedding.history import BITS, PREFIX, Alignment, History, motion, shared
from engine.embedding.vectors import EmbeddingError
from tests.engine.embedding_cases import clusters

TABLE, LABELS = clusters(300, 12, 5)


def _after_a_move():
    """The same vectors, but each point of one cluster has gone to the side of a point of another."""
    generator = np.random.default_rng(2)
    moved, going = TABLE.copy(), LABELS == 0
    hosts = generator.choice(np.flatnonzero(LABELS == 1), going.sum())
    moved[going] = TABLE[hosts] + generator.normal(size=(going.sum(), 12)).astype(np.float32) * 0.1
    return moved, going


def test_points_whose_neighbours_stay_are_held_and_others_move():
    moved, going = _after_a_move()
    history = History(n_neighbors=10)
    first = history.add(0, TABLE)
    second = history.add(1, moved)
    step = motion(first.layout, second.layout)
    near_neither = ~going & (LABELS != 1)
    assert np.median(step[going]) > 5 * np.median(step[near_neither])
    assert np.median(step[near_neither]) < 0.1
    assert second.overlap[near_neither].mean() > 0.8


def test_nothing_moves_far_where_nothing_changed():
    history = History(n_neighbors=10)
    first = history.add(0, TABLE)
    again = history.add(1, TABLE)
    free = History(n_neighbors=10, alignment=Alignment(epochs=200, rate=1.0, hold=0.0))
    free.add(0, TABLE)
    loose = free.add(1, TABLE)
    assert (again.overlap == 1).all()
    assert np.median(motion(first.layout, again.layout)) < 0.5 * np.median(motion(first.layout, loose.layout))
    assert abs(again.trustworthiness - first.trustworthiness) < 0.02


def test_equal_vectors_give_equal_histories():
    one, other = (History(seed=3, n_neighbors=8) for _ in range(2))
    for history in (one, other):
        history.add(0, TABLE)
        history.add(1, TABLE * 1.1 + 0.3)
    np.testing.assert_array_equal(one.frames[1].layout, other.frames[1].layout)


def test_shared_neighbours_are_counted():
    before = np.array([[0, 1, 2], [1, 0, 2], [2, 0, 1]])
    after = np.array([[0, 2, 3], [1, 0, 2], [2, 3, 4]])
    np.testing.assert_allclose(shared(before, after), [1 / 3, 1, 0])


def test_what_is_stored_comes_back_and_is_small(tmp_path):
    history = History(n_neighbors=10)
    for epoch in range(3):
        history.add(epoch, TABLE * (1 + epoch))
    stored_runs.write(
        "h", history.arrays(np.arange(300)), command="c", settings={}, seed=0, headline={}, bits=BITS, folder=tmp_path
    )  # fmt: skip
    arrays = stored_runs.load("h", folder=tmp_path).arrays
    layouts = arrays[f"{PREFIX}layouts"]
    assert layouts.shape == (3, 300, 2)
    expected = np.stack([frame.layout for frame in history.frames])
    np.testing.assert_allclose(layouts, expected, atol=2e-3)
    assert arrays[f"{PREFIX}neighbours"].shape == (300, 9)
    assert not (arrays[f"{PREFIX}neighbours"] == np.arange(300)[:, None]).any()
    size = (tmp_path / "h" / stored_runs.ARRAYS).stat().st_size
    assert (
        size * (2000 / 300) * (20 / 3) <= 2**20
    )  # 2,000 points through 20 epochs, counting neighbours twenty times


def test_what_cannot_be_followed_is_said():
    history = History()
    with pytest.raises(EmbeddingError, match="Nothing was added"):
        history.arrays(np.arange(3))
    history.add(0, TABLE)
    with pytest.raises(EmbeddingError, match="300 pictures are followed, not 299"):
        history.add(1, TABLE[1:])
    with pytest.raises(EmbeddingError, match="has collapsed"):
        history.add(1, np.ones_like(TABLE))
