"""The Embedding page without a browser: its numbers are the engine's, its code runs, bad vectors are answered."""

import io

import numpy as np
import pytest
import torch
from PIL import Image

from engine import data, embedding, stored_runs
from engine.contrastive.examination import quantise
from engine.embedding import handed_over
from engine.embedding.follow import Follow
from engine.embedding.votes import votes
from pages.contrastive import embedding_results
from pages.contrastive.embedding_lesson import STEPS
from pages.contrastive.embedding_words import APART
from pages.shared import workers
from pages.shared.progress import Run
from tests.pages.inline_jobs import Inline
from tests.pages.listings import listings

SMALL = {"emb_data": "digits", "emb_count": 500}


@pytest.fixture
def jobs(monkeypatch, tmp_path):
    """Experiments run at once, in this process; nothing is remembered from other tests."""
    inline = Inline()
    monkeypatch.setattr(workers, "pool", lambda make=None: inline)
    monkeypatch.setattr(embedding_results, "MEMORY", embedding_results.Memory())
    monkeypatch.setattr(handed_over, "_folder", lambda: tmp_path)
    return inline


def _open(app, **state):
    test = app("embedding")
    for key, value in (SMALL | state).items():
        test.session_state[key] = value
    test.run()
    assert not test.exception
    return test


def _facts(test):
    table = next(element.value for element in test.markdown if element.value.startswith("| Quantity |"))
    rows = [line.strip("| ").split("|") for line in table.splitlines()[2:]]
    return {row[0].strip(): row[-1].strip().strip("*") for row in rows}


def _said(test):
    return " ".join(element.value for element in (*test.markdown, *test.caption, *test.warning))


def test_the_numbers_are_the_engines(app, jobs):
    facts = _facts(_open(app))
    pictures = data.load("digits", "train", 500)
    vectors = pictures.images.flatten(1).float() / 255
    layout = embedding.umap(vectors, seed=0)
    kept = embedding.quality(vectors, layout, 15)
    assert facts["UMAP: trustworthiness"] == f"{kept.trustworthiness:.4f}"
    assert facts["UMAP: continuity"] == f"{kept.continuity:.4f}"
    assert facts["UMAP: neighbours kept"] == f"{15 * kept.kept:.1f} of 15"
    indices, _ = embedding.nearest_neighbours(vectors.numpy(), 15, include_self=False)
    right = (votes(pictures.labels.numpy(), indices, 10) == pictures.labels.numpy()).mean()
    assert facts["Class by neighbours"] == f"{100 * right:.1f} %"
    assert facts["Numbers per vector"] == str(vectors.shape[1])


@pytest.mark.parametrize(
    "state",
    [
        {},
        {"emb_layout": "pca", "emb_space": True},
        {"emb_view": "two", "emb_left": "tsne", "emb_right": "pca", "emb_perplexity": 9},
        {"emb_supervised": True, "emb_neighbors": 7, "emb_min_dist": 0.4, "emb_metric": "cosine"},
    ],
    ids=str,
)
def test_the_code_runs_as_pasted_and_gives_the_pages_numbers(app, jobs, state, capsys):
    test = _open(app, **state)
    facts = _facts(test)
    exec(compile(next(block for block in listings(test) if "import data" in block), "code", "exec"), {})
    printed = [line.split() for line in capsys.readouterr().out.splitlines()]
    titles = {"umap": "UMAP", "pca": "PCA", "tsne": "t-SNE"}
    assert printed
    for name, value in printed:
        assert facts[f"{titles[name]}: trustworthiness"] == f"{float(value):.4f}"


def test_what_was_computed_once_is_not_computed_again(app, jobs):
    _open(app)
    before = len(jobs.submitted)
    _open(app)
    assert len(jobs.submitted) == before
    _open(app, emb_neighbors=5)
    assert len(jobs.submitted) == before + 1
    assert jobs.submitted[-1][1]["n_neighbors"] == 5


def test_while_it_is_computed_the_components_are_shown(app, jobs):
    jobs.mode = "hang"
    test = _open(app)
    assert any("Epoch" in bar.text for bar in test.get("progress")) or "Computing" in _said(test)
    assert test.button(key="emb_stop_left")
    test.button(key="emb_stop_left").click().run()
    assert jobs.told[-1][1] == "stop"


def test_settings_stand_beside_random_vectors(app, jobs, monkeypatch):
    monkeypatch.setattr("engine.embedding.settings_grid.NEIGHBOURS", (5, 15))
    monkeypatch.setattr("engine.embedding.settings_grid.DISTANCES", (0.0, 0.1))
    test = _open(app, emb_view="settings")
    facts = _facts(test)
    assert facts["Neighbours"] == "15"
    assert facts["Smallest distance"] == "0.1"
    assert float(facts["These vectors: trustworthiness"]) > float(facts["Random vectors: trustworthiness"])
    assert "control" in _said(test)


@pytest.mark.parametrize("index", range(len(STEPS)), ids=[step.title for step in STEPS])
def test_every_lecture_step_opens(app, jobs, index):
    jobs.mode = "queue"  # what is computed has its own tests
    test = app("embedding")
    test.button(key=f"emb_goto_{index}").click().run()
    assert not test.exception
    for name, value in STEPS[index].state.items():
        assert test.session_state[f"emb_{name}"] == value


def _upload(test, name, content):
    test.file_uploader(key="emb_table_file").upload(name, content).run()
    assert not test.exception
    return test


def _npy(array):
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()


def test_vectors_of_ones_own_are_laid_out_with_their_classes(app, jobs):
    generator = np.random.default_rng(0)
    labels = generator.integers(0, 3, 90)
    rows = [
        f"{'abc'[label]},{label * 9 + generator.normal():.3f},{generator.normal():.3f},1" for label in labels
    ]
    test = _upload(_open(app), "mine.csv", ("label,x,y,z\n" + "\n".join(rows)).encode())
    assert test.session_state["emb_vectors"] == "upload"
    facts = _facts(test)
    assert (facts["Points"], facts["Numbers per vector"]) == ("90", "3")
    assert "cannot be matched" in _said(test)


def test_as_many_rows_as_pictures_keep_the_pictures(app, jobs):
    table = np.random.default_rng(0).normal(size=(500, 6)).astype(np.float32)
    test = _upload(_open(app), "mine.npy", _npy(table))
    assert _facts(test)["Class by guessing"].endswith("%")


BAD = {
    "constant.npy": (_npy(np.ones((40, 3))), "are the same"),
    "nan.npy": (_npy(np.full((40, 3), np.nan)), "no numbers"),
    "objects.npy": (_npy(np.array([[{}]] * 5, dtype=object)), "Python objects"),
    "cut.npy": (_npy(np.ones((40, 3)))[:-9], "promises 40 x 3"),
    "words.csv": (b"a,b\n1,2\n3,x\n4,5\n6,7", '"x" in row 2'),
    "ragged.csv": (b"1,2\n3\n4,5", "has 1 values"),
    "picture.txt": (b"\xff\xfe\x00", "no text"),
    "line.npy": (_npy(np.arange(50.0)[:, None]), "lie on a line"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_tables_are_answered_in_words(app, jobs, name):
    content, sentence = BAD[name]
    test = _upload(_open(app), name, content)
    assert sentence in _said(test)


def test_one_class_and_copies_are_laid_out(app, jobs):
    table = np.repeat(np.random.default_rng(1).normal(size=(30, 5)), 4, axis=0)
    rows = "\n".join(",".join(f"{v:.5f}" for v in row) + ",only" for row in table)
    facts = _facts(_upload(_open(app), "copies.csv", rows.encode()))
    assert facts["Copies"] == "90"
    assert facts["Class by neighbours"] == "100.0 %"


def test_a_picture_of_ones_own_is_put_in(app, jobs):
    test = _open(app)
    stream = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (70, 50, 3), np.uint8)).save(stream, "PNG")
    test.file_uploader(key="emb_own").upload("me.png", stream.getvalue()).run()
    assert not test.exception
    assert jobs.submitted[-1][0] == "engine.embedding.putting_in"
    test.file_uploader(key="emb_own").upload("bad.png", b"nothing").run()
    assert "stays as it was" in _said(test)


def test_a_selection_has_a_gallery_a_histogram_and_a_way_out(app, jobs):
    import base64

    mask = np.zeros(500, bool)
    mask[[3, 8, 200]] = True
    test = _open(app)
    test.session_state["emb_scatter"] = {
        "selected": base64.b64encode(np.packbits(mask).tobytes()).decode(),
        "chosen": 3,
        "frame": None,
    }
    test.run()
    assert not test.exception
    assert "3 of 500 selected" in _said(test)
    assert "| Class | Pictures |" in _said(test)
    assert "true neighbours" in _said(test)
    test.button(key="emb_send_convolution").click().run()
    assert not test.exception
    given, title, _ = test.session_state["own_picture"]
    assert title == "Digits 8 x 8, picture 3"
    assert (given[0] * 255 == data.load("digits", "train", 500).images[3]).all()
    assert test.session_state["conv_picture"] == "own"


def test_a_stored_run_is_watched_through_training(app, jobs, capsys):
    test = _open(app, emb_view="training")
    kept = stored_runs.load("simclr-shapes-plain").arrays["embedding_trustworthiness"]
    assert _facts(test)["Trustworthiness"] == f"{kept[-1]:.4f}{APART}{kept[0]:.4f}"
    exec(compile(next(block for block in listings(test) if "History" in block), "code", "exec"), {})
    assert f"{kept[-1]:.4f}" in capsys.readouterr().out.splitlines()[-1]


def _live(epoch, vectors, layouts=(), state="done"):
    run = Run(job="mine", state=state, settings={"data": "shapes-plain"})
    numbered = {f"layout {place:03d}": {"epoch": place + 0.5, **one} for place, one in enumerate(layouts)}
    placed = dict(layouts[-1]) if layouts else {}
    run.latest = {"picture": {"epoch": epoch, **quantise(vectors), **placed}, **numbered}
    return run


def test_ones_own_simclr_run_is_watched_from_its_first_layout(app, jobs):
    """All layouts are there, though this is the first look at the run."""
    generator = torch.Generator().manual_seed(0)
    follow = Follow("cosine")
    vectors = [torch.randn(300, 8, generator=generator) for _ in range(2)]
    first, now = (follow(each, epoch) for epoch, each in enumerate(vectors))
    test = app("embedding")
    test.session_state["live con_run"] = _live(1.5, vectors[-1], [first, now])
    test.session_state["emb_view"] = "training"
    test.run()
    assert not test.exception
    facts = _facts(test)
    assert (facts["Points"], facts["Epoch"]) == ("300", "1.5")
    assert facts["Trustworthiness"] == f"{now['trustworthiness']:.4f}{APART}{first['trustworthiness']:.4f}"
    assert facts["Continuity"] == f"{now['continuity']:.4f}{APART}{first['continuity']:.4f}"
    assert not jobs.submitted  # the run laid them out itself


def test_vectors_of_a_run_that_have_collapsed_are_answered_in_words(app, jobs):
    test = app("embedding")
    test.session_state["live con_run"] = _live(1, torch.ones(300, 8))
    test.session_state["emb_view"] = "training"
    test.run()
    assert not test.exception
    assert "same vector" in " ".join(element.value for element in test.warning)


@pytest.mark.parametrize("hostile", ["-1", "99999999999", "x", "7", ""])
def test_a_hostile_link_is_ignored(app, jobs, hostile):
    jobs.mode = "queue"
    test = app("embedding", emb_at=hostile, emb_frame=hostile, emb_view=hostile, emb_count=hostile)
    assert not test.exception
