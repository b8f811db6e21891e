"""The Data page without a browser: numbers and code are the engine's; sets come, are seen by the right ones, go."""

import time

import published_files
import pytest
import torch
from archive_kit import classes, pack

from engine import data
from engine.data import shapes, store
from engine.data.tasks import TASKS
from pages.lab import data_factors
from pages.lab.data_code import STEPS
from pages.lab.data_sets import plain
from pages.registry import BY_SLUG
from pages.shared import visitors
from tests.pages.listings import listings


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
    (store.root() / "built").parent.mkdir(parents=True, exist_ok=True)


def _facts(test):
    table = next(element.value for element in test.markdown if element.value.startswith("| Quantity |"))
    rows = [line.strip("| ").split("|") for line in table.splitlines()[2:]]
    return {row[0].strip(): row[-1].strip().strip("*") for row in rows}


def _snippet(test):
    return next(block for block in listings(test) if "import torch" in block)


def _run(text):
    space = {}
    exec(compile(text, "snippet", "exec"), space)
    return space


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"data_set": "Digits 8 x 8", "data_split": "Test"},
        {"data_set": "Faces"},
        {"data_set": "Photo crops", "data_view": "Statistics"},
    ],
    ids=lambda query: "-".join(query.values()) or "default",
)
def test_the_code_runs_as_pasted_and_gives_the_pages_numbers(app, query):
    test = app("data", **query)
    assert not test.exception
    space, facts = _run(_snippet(test)), _facts(test)
    names = ("grey",) if len(space["mean"]) == 1 else ("red", "green", "blue")
    for channel, name in enumerate(names):
        mean, std = facts[f"Mean / deviation, {name}"].split(" / ")
        assert space["mean"][channel].item() == pytest.approx(float(mean), abs=6e-5)
        assert space["std"][channel].item() == pytest.approx(float(std), abs=6e-5)
    split = space["dataset"].split
    assert facts[f"Pictures, {split}"] == f"{len(space['labels']):,}"
    shown = {"data_set": test.selectbox(key="data_set").value}
    assert space["dataset"].name == shown["data_set"]


@pytest.mark.parametrize(
    "state",
    [{}, {"shape": "heart", "hue": 200, "x": -0.3, "texture": "dots", "count": "3", "side": 64}],
    ids=["default", "changed"],
)
def test_the_code_of_a_picture_draws_it(app, state):
    test = app("data", data_view="Factors")
    for name, value in state.items():
        test.session_state[f"data_f_{name}"] = value
    test.run()
    assert not test.exception
    picture = _run(_snippet(test))["picture"]
    expected = {**data_factors.START, **state}
    side = expected.pop("side", 32)
    torch.testing.assert_close(picture, shapes.render(data_factors.tensors([expected]), side=side))


def test_the_code_of_a_scene_says_its_caption(app, capsys):
    test = app("data", data_set="Scenes", data_view="Factors")
    _run(_snippet(test))
    assert capsys.readouterr().out.strip() == "a red star above two blue circles"
    test.selectbox(key="data_s_relation").set_value("alone").run()
    test.slider(key="data_s_number0").set_value(6).run()
    assert not test.exception
    _run(_snippet(test))
    assert capsys.readouterr().out.strip() == "six red stars"


def test_two_groups_never_have_one_colour_and_never_too_many_objects(app):
    test = app("data", data_set="Scenes", data_view="Factors")
    test.selectbox(key="data_s_relation").set_value("alone").run()
    test.slider(key="data_s_number0").set_value(6).run()
    test.selectbox(key="data_s_relation").set_value("below").run()
    assert test.slider(key="data_s_number0").value == 3
    test.selectbox(key="data_s_colour0").set_value("blue").run()
    assert not test.exception
    assert test.selectbox(key="data_s_colour1").value != "blue"


def test_the_changes_of_the_rows_are_measured(app):
    test = app("data", data_view="Factors")
    start = data_factors.tensors([data_factors.START])
    hues = [40 * n for n in range(1, 9)]
    others = shapes.render(data_factors.tensors([{**data_factors.START, "hue": hue} for hue in hues]))
    change = (others - shapes.render(start)).abs().mean().item()
    assert _facts(test)["Change of hue"] == f"{100 * change:.2f} %"


def test_a_click_on_a_picture_of_a_row_takes_its_value_over(app):
    test = app("data", data_view="Factors")
    test.session_state["data_factors"] = {"picked": {"name": "hue", "value": 120}}
    test.run()
    assert test.slider(key="data_f_hue").value == 120
    for hostile in ({"name": "hue", "value": 1e9}, {"name": "set", "value": "x"}, "text", {"name": "shape"}):
        test.session_state["data_factors"] = {"picked": hostile}
        test.run()
        assert not test.exception
    assert test.slider(key="data_f_hue").value == 120


def test_the_factors_of_a_picture_become_the_controls(app):
    test = app("data")
    test.session_state["data_gallery"] = {"explore": 17, "view": None}
    test.run()
    assert not test.exception
    factors = data.load("shapes").factors
    assert test.selectbox(key="data_f_shape").value == factors["shape"].describe(17)
    assert test.slider(key="data_f_hue").value == round(float(factors["hue"].values[17]))
    assert test.slider(key="data_f_x").value == pytest.approx(float(factors["x"].values[17]), abs=0.0051)


@pytest.mark.parametrize("index", range(len(STEPS)), ids=[step.title for step in STEPS])
def test_every_lecture_step_opens(app, index):
    test = app("data")
    test.button(key=f"data_goto_{index}").click().run()
    assert not test.exception
    for name, value in STEPS[index].state.items():
        assert test.session_state[f"data_{name}"] == value


def test_a_set_that_is_not_here_says_how_to_get_it(app):
    test = app("data", data_set="CIFAR-10")
    assert not test.exception
    assert test.button(key="data_download").label == "Download 163 MB"
    assert any("python -m engine.data fetch cifar10" in caption.value for caption in test.caption)


@pytest.mark.parametrize(
    "query",
    [
        {"data_only": "class:99"},
        {"data_only": "shape:1:2:3", "data_by": "nothing"},
        {"data_at": "9" * 40},
        {"data_at": "-1", "data_only": "'"},
        {"data_set": "no such set", "data_view": "Nothing", "data_split": "x"},
        {"data_set": "pets~0123456789abcdef"},
        {"data_set": "x" * 5000},
    ],
    ids=range(7),
)
def test_hostile_links_open_the_page(app, query):
    test = app("data", **query)
    assert not test.exception
    assert _facts(test)["Pictures, train"] == "10,000"


def _wait(test, seconds=90):
    """Run the page until no task is left."""
    deadline = time.monotonic() + seconds
    while any(not task.over for task in TASKS._tasks.values()):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return test.run()


def _give(test, path, name):
    test.file_uploader(key="data_upload_0").upload(path.name, path.read_bytes(), "application/zip").run()
    test.text_input(key="data_name").set_value(name).run()
    return test.button(key="data_import").click().run()


def test_an_import_arrives_is_shown_and_removed(app, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_IMPORTS", "machine")
    path = pack(tmp_path / "pets.zip", classes("cat", "dog", each=10))
    test = _wait(_give(app("data"), path, "my pets"))
    assert not test.exception
    assert test.selectbox(key="data_set").value == "my pets"
    assert _facts(test)["Pictures, train"] == "16"
    assert "Imported from pets.zip." in [words.value for words in test.markdown]
    assert list((store.root() / "uploads").iterdir()) == [], "the upload was left on disk"
    assert "my pets" in app("data").selectbox(key="data_set").options, "not for everybody on this machine"
    test.button(key="data_remove").click().run()
    assert not test.exception
    assert test.selectbox(key="data_set").value == "shapes"
    assert "my pets" not in data.names()


def test_a_visitors_import_is_seen_by_the_visitor_and_by_whom_the_link_is_given(app, tmp_path):
    path = pack(tmp_path / "pets.zip", classes("cat", "dog", each=10))
    test = _wait(_give(app("data"), path, "my pets"))
    name = test.selectbox(key="data_set").value
    assert name.startswith("my pets~")
    assert "my pets" not in " ".join(app("data").selectbox(key="data_set").options)
    linked = app("data", data_set=name)
    assert linked.selectbox(key="data_set").value == name
    assert _facts(linked)["Pictures, train"] == "16"
    linked.button(key="data_remove").click().run()
    assert not test.run().exception
    assert test.selectbox(key="data_set").value == "shapes"


def test_a_broken_import_says_why_and_changes_nothing(app, tmp_path):
    path = tmp_path / "pets.zip"
    path.write_bytes(b"PK\3\4 nothing of the kind")
    before = data.names()
    test = _wait(_give(app("data"), path, "my pets"))
    assert not test.exception
    (warning,) = test.warning
    assert "damaged or cut short" in warning.value
    assert data.names() == before
    test.button(key="data_seen_0").click().run()
    assert not test.warning


@pytest.fixture
def mirror(monkeypatch):
    """A server near by in place of the publishers'."""
    running, url = published_files.serve()
    published_files.Server.files = {"cifar-10-python.tar.gz": b"x" * 900_000}
    monkeypatch.setenv("no_proxy", "*")
    monkeypatch.setenv("EXPLORER_MIRROR", url)
    yield published_files.Server
    published_files.Server.released.set()
    running.shutdown()
    running.server_close()


def _until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_download_shows_how_far_it_is_survives_a_page_switch_and_stops(app, mirror):
    mirror.behaviour = "stalls"
    test = app("data", data_set="CIFAR-10")
    test.button(key="data_download").click().run()
    assert not test.exception
    task = TASKS.look("download cifar10")
    _until(lambda: task.over or "Downloading" in task.step.stage)
    assert not task.over, task.sentence
    test.switch_page(BY_SLUG[""].file).run()
    test.switch_page(BY_SLUG["data"].file).run()
    (bar,) = test.get("progress")
    assert bar.proto.text.startswith("CIFAR-10: Downloading cifar-10-python.tar.gz: 0.")
    other = app("data", data_set="CIFAR-10")
    assert other.get("progress"), "others see that it is on its way"
    assert not [button for button in other.button if (button.key or "").startswith("data_stop")], (
        "and cannot stop it"
    )
    test.button(key="data_stop_0").click().run()
    _until(lambda: task.over)
    assert test.run().warning[0].value == "The download was stopped; nothing of it was kept."
    assert not list((store.root() / "downloads").iterdir())
    test.button(key="data_seen_0").click().run()


def test_a_download_of_the_wrong_file_and_one_without_a_network_say_so(app, mirror, monkeypatch):
    test = app("data", data_set="CIFAR-10")
    test.button(key="data_download").click().run()
    test = _wait(test)
    assert "its checksum is wrong" in test.warning[0].value
    test.button(key="data_seen_0").click().run()
    monkeypatch.setenv("EXPLORER_MIRROR", "http://127.0.0.1:9")
    test.button(key="data_download").click().run()
    test = _wait(test)
    assert "There is no connection to 127.0.0.1." in test.warning[0].value
    test.button(key="data_seen_0").click().run()
    assert not test.exception
    assert not test.warning


def test_a_name_that_is_taken_is_refused_before_anything_starts(app, tmp_path):
    path = pack(tmp_path / "pets.zip", classes("cat", "dog"))
    test = _give(app("data"), path, "Shapes")
    assert 'There is a data set "Shapes" already' in test.warning[0].value
    assert not any(not task.over for task in TASKS._tasks.values())
    test.button(key="data_problem_seen").click().run()
    assert not test.warning


def test_a_server_whose_owner_allows_no_imports(app, monkeypatch):
    monkeypatch.setenv("EXPLORER_IMPORTS", "off")
    test = app("data", data_set="MNIST")
    assert not test.exception
    assert not [button for button in test.button if button.key in ("data_download", "data_import")]
    assert any("only its owner adds" in caption.value for caption in test.caption)


@pytest.mark.parametrize(
    ("address", "headers", "expected"),
    [
        (None, {"Host": "localhost:8501"}, True),
        ("127.0.0.1", {"host": "127.0.0.1:8501"}, True),
        ("::1", {"host": "[::1]:8501"}, True),
        (None, {"host": "localhost"}, True),
        ("10.0.0.7", {"host": "localhost:8501"}, False),
        (None, {"host": "app.example.org"}, False),
        (None, {"host": "localhost:8501", "X-Forwarded-For": "10.0.0.7"}, False),
        (None, {"host": "localhost:8501", "Via": "1.1 proxy"}, False),
        (None, {"host": "localhost.evil.org:8501"}, False),
        (None, {}, False),
    ],
)
def test_who_sits_at_the_machine(address, headers, expected):
    lower = {name.lower(): value for name, value in headers.items()}
    assert visitors.local(address, lower) is expected


def test_somebodys_own_words_are_shown_as_they_are():
    assert plain("a*b|c_d<e>![x](http://y)") == r"a\*b\|c\_d\<e\>\!\[x\]\(http\://y\)"
