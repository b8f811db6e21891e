"""Downloads from a local server, in the real formats: right, broken off, stalled, lying, cancelled, offline."""

import threading

import numpy as np
import published_files as published
import pytest
from torchvision import datasets

from engine import data
from engine.data import fetching, sources, store
from engine.data.dataset import DataError
from engine.data.progress import CancelledError

OURS = ("cifar10", "mnist", "fashion-mnist", "svhn", "stl10", "celeba")


@pytest.fixture
def server(monkeypatch, tmp_path):
    """A server with every set in small, and torchvision's addresses and checksums pointing at it."""
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "*")
    running, url = published.serve()
    cifar, stl = published.cifar()[0], published.stl()[0]
    mnist, svhn, celeba = published.mnist()[0], published.svhn()[0], published.celeba()
    published.Server.files = {
        "cifar-10-python.tar.gz": cifar,
        "stl10_binary.tar.gz": stl,
        "train_32x32.mat": svhn,
        "test_32x32.mat": svhn,
        **mnist,
        **celeba,
    }
    monkeypatch.setattr(datasets.CIFAR10, "url", f"{url}/cifar-10-python.tar.gz")
    monkeypatch.setattr(datasets.CIFAR10, "tgz_md5", published.md5(cifar))
    monkeypatch.setattr(datasets.STL10, "url", f"{url}/stl10_binary.tar.gz")
    monkeypatch.setattr(datasets.STL10, "tgz_md5", published.md5(stl))
    split_list = {
        s: [f"{url}/{s}_32x32.mat", f"{s}_32x32.mat", published.md5(svhn)] for s in ("train", "test")
    }
    monkeypatch.setattr(datasets.SVHN, "split_list", split_list)
    resources = [(file, published.md5(mnist[file])) for file, _ in datasets.MNIST.resources]
    for owner in (datasets.MNIST, datasets.FashionMNIST):
        monkeypatch.setattr(owner, "resources", resources)
        monkeypatch.setattr(owner, "mirrors", [f"{url}/away/", f"{url}/"])
    files = [(f"{url}/{name}", published.md5(content), name) for name, content in celeba.items()]
    monkeypatch.setattr(datasets.CelebA, "file_list", files)
    monkeypatch.setattr(sources, "DRIVE", "{}")
    monkeypatch.setattr(sources, "CELEBA_LABEL", "Smiling")
    yield url
    published.Server.released.set()
    running.shutdown()
    running.server_close()


def _left():
    """Files below the folder of downloads."""
    return sorted(file.name for file in (store.root() / "downloads").rglob("*") if file.is_file())


@pytest.mark.parametrize("name", OURS)
def test_every_source_arrives_whole_and_is_loaded(server, name):
    assert not data.available(name)
    with pytest.raises(DataError, match=f"not on this machine yet.*python -m engine.data fetch {name}"):
        data.load(name)
    steps = []
    data.fetch(name, report=steps.append)
    assert data.available(name)
    found = {split: data.load(name, split) for split in ("train", "test")}
    truth = {
        "cifar10": lambda: published.cifar()[1],
        "stl10": lambda: published.stl()[1],
        "svhn": lambda: dict.fromkeys(("train", "test"), published.svhn()[1]),
    }.get(name)
    if "mnist" in name:
        images, labels = zip(*published.mnist()[1].values(), strict=True)
        expected = {"train": (images[0][:, None], labels[0]), "test": (images[1][:, None], labels[1])}
    elif name == "celeba":
        expected = {"train": (None, [0, 1, 0, 1]), "test": (None, [0, 1])}
        assert found["train"].factors["Young"].values.tolist() == [1, 1, 1, 1]
        assert found["test"].factors["Smiling"].describe(1) == "yes"
        assert found["train"].images[:, 0, 32, 32].tolist() == pytest.approx([0, 30, 60, 90], abs=2)
    else:
        expected = truth()
    for split, (images, labels) in expected.items():
        if images is not None:
            assert np.array_equal(found[split].images.numpy(), images)
        assert found[split].labels.tolist() == list(labels)
        assert found[split].classes == sources.SOURCES[name].card.classes
    assert _left() == []
    downloads = [step for step in steps if step.stage.startswith("Downloading")]
    assert downloads[-1].done == downloads[-1].total
    asked = len(published.Server.asked)
    data.fetch(name)
    assert len(published.Server.asked) == asked, "it was here already"
    data.remove(name)
    assert not data.available(name)


def test_a_mirror_that_is_gone_is_passed_over(server):
    data.fetch("mnist")
    paths = [path for path, _ in published.Server.asked]
    assert paths[:2] == ["/away/train-images-idx3-ubyte.gz", "/train-images-idx3-ubyte.gz"]


def test_a_mirror_of_ones_own_is_asked_instead_of_the_publisher(server, monkeypatch):
    monkeypatch.setenv("EXPLORER_MIRROR", f"{server}/hall/")
    monkeypatch.setattr(
        datasets.CelebA, "file_list", [("id", *rest) for _, *rest in datasets.CelebA.file_list]
    )
    for name in ("cifar10", "celeba"):
        data.fetch(name)
        assert data.available(name)
    assert {path.rsplit("/", 1)[0] for path, _ in published.Server.asked} == {"/hall"}
    published.Server.behaviour = "lies"
    with pytest.raises(DataError, match="checksum is wrong"):
        data.fetch("svhn")


def test_a_download_that_breaks_goes_on_where_it_stopped(server):
    published.Server.behaviour = "breaks"
    with pytest.raises(DataError, match="continues where it stopped"):
        data.fetch("cifar10", patience=2)
    assert _left() == ["cifar-10-python.tar.gz.part"]
    assert not data.available("cifar10")
    size = (store.root() / "downloads" / "cifar10" / "cifar-10-python.tar.gz.part").stat().st_size
    published.Server.behaviour = "ok"
    data.fetch("cifar10")
    assert published.Server.asked[-1][1] == f"bytes={size}-"
    assert len(data.load("cifar10")) == 15


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [("stalls", "sent nothing for"), ("lies", "checksum is wrong"), ("404", "refuses .*404")],
)
def test_servers_that_stall_lie_or_refuse(server, behaviour, words):
    published.Server.behaviour = behaviour
    with pytest.raises(DataError, match=words) as caught:
        data.fetch("svhn", patience=0.4)
    assert str(caught.value).endswith(".")
    assert not data.available("svhn")


def test_google_drives_limit_is_explained(server):
    published.Server.behaviour = "lies"
    with pytest.raises(DataError, match=r"limits how often .* try again tomorrow"):
        data.fetch("celeba")


def test_cancel_is_obeyed_while_nothing_arrives_and_leaves_nothing(server):
    published.Server.behaviour = "stalls"
    steps = []
    with pytest.raises(CancelledError, match="nothing of it was kept"):
        data.fetch(
            "cifar10", report=steps.append, cancel=lambda: any("cifar" in step.stage for step in steps)
        )
    assert _left() == []
    assert not (store.root() / "downloads" / "cifar10").exists()


def test_cancel_between_download_and_unpacking_leaves_nothing(server):
    steps = []
    with pytest.raises(CancelledError):
        data.fetch(
            "mnist", report=steps.append, cancel=lambda: bool(steps) and steps[-1].stage == "Unpacking"
        )
    assert _left() == []
    assert not data.available("mnist")


def test_without_a_network_the_sentence_says_so(server, monkeypatch):
    monkeypatch.setattr(datasets.CIFAR10, "url", "http://127.0.0.1:9/cifar-10-python.tar.gz")
    with pytest.raises(
        DataError, match=r"no connection to 127\.0\.0\.1.*everything that is here works without it"
    ):
        data.fetch("cifar10")


def test_a_full_disk_is_noticed_before_anything_is_asked_for(server, monkeypatch):
    monkeypatch.setattr(store, "SPARE", 2**60)
    with pytest.raises(DataError, match="are free on the disk"):
        data.fetch("cifar10")
    assert published.Server.asked == []


def test_a_file_that_is_right_but_cannot_be_read(server, monkeypatch):
    content = b"not an archive"
    published.Server.files["cifar-10-python.tar.gz"] = content
    monkeypatch.setattr(datasets.CIFAR10, "tgz_md5", published.md5(content))
    with pytest.raises(DataError, match="not in the format it should have"):
        data.fetch("cifar10")
    assert not data.available("cifar10")


def test_two_at_a_time_do_not_write_into_one_file(server):
    published.Server.behaviour = "stalls"
    stop = threading.Event()
    ended = []

    def first():
        with pytest.raises(CancelledError):
            data.fetch("cifar10", cancel=stop.is_set)
        ended.append(True)

    thread = threading.Thread(target=first)
    thread.start()
    while not _left():
        stop.wait(0.02)
    with pytest.raises(DataError, match="CIFAR-10 is being downloaded already"):
        data.fetch("cifar10")
    stop.set()
    thread.join(90)
    assert ended


def test_what_has_no_source_is_refused():
    with pytest.raises(DataError, match='"shapes" cannot be downloaded; what can: cifar10, mnist'):
        data.fetch("shapes")


def test_the_cards_agree_with_torchvision():
    """Names of classes, sizes and checksums are torchvision's; read without a download."""
    assert set(fetching.SOURCES) == set(OURS)
    theirs = {"fashion-mnist": datasets.FashionMNIST.classes}
    assert [name.lower().replace("/top", "") for name in theirs["fashion-mnist"]] == [
        {"trousers": "trouser"}.get(name.lower(), name.lower())
        for name in sources.SOURCES["fashion-mnist"].card.classes
    ]
    for name, source in sources.SOURCES.items():
        files = source.files()
        total = sum(mirrors[0].megabytes for mirrors in files)
        assert total == pytest.approx(source.card.megabytes, abs=1.5)
        for mirrors in files:
            assert all(len(file.checksum) == 32 for file in mirrors)
            assert all(file.algorithm == "md5" for file in mirrors)
            assert all(file.name and file.url.startswith("http") for file in mirrors)
        assert name in data.names()
