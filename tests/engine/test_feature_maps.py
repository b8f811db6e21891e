"""Feature maps against torchvision's own extractor, and weights from files, seeds and damaged copies."""

from __future__ import annotations

import hashlib
import io
import threading
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional
from torchvision.models import ConvNeXt, VisionTransformer, get_model_weights
from torchvision.models.convnext import CNBlockConfig
from torchvision.models.feature_extraction import create_feature_extractor

from engine.architectures import graph, names
from engine.architectures.building import blank
from engine.classifier import networks, shipped
from engine.classifier.settings import Lane
from engine.feature_maps import (
    DownloadError,
    FeatureMapError,
    Network,
    RemoteFile,
    cached,
    feature_maps,
    inside,
    load_weights,
    network,
    own,
    own_network,
    places,
    remote_file,
    weights,
)
from engine.feature_maps.activations import prepare
from engine.feature_maps.weights import fill, randomised
from engine.images import LUMA


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EXPLORER_CACHE", str(tmp_path))
    monkeypatch.setenv("TORCH_HOME", str(tmp_path / "torch"))
    return tmp_path / "weights"


@pytest.fixture(scope="module")
def resnet() -> Network:
    return Network("resnet18", randomised("resnet18", seed=3), "random, seed 3")


@pytest.fixture(scope="module")
def picture() -> Tensor:
    return torch.rand(3, 240, 300, generator=torch.Generator().manual_seed(1))


def values(item) -> Tensor:
    return (item.maps.float() - 128) / 127 * item.scale


def test_maps_are_those_of_torchvisions_extractor(resnet: Network, picture: Tensor) -> None:
    result = feature_maps(resnet, picture, channels=512)
    blocks = ["maxpool", "layer1", "layer2", "layer3", "layer4"]
    with torch.no_grad():
        theirs = create_feature_extractor(randomised("resnet18", seed=3), blocks)(
            prepare("resnet18", picture)
        )
    assert [item.node for item in result.maps] == [":stem", *blocks[1:]]
    for item, expected in zip(result.maps, theirs.values(), strict=True):
        assert item.shape == tuple(expected.shape[1:])
        assert (values(item) - expected[0]).abs().max() <= item.scale / 254 * 1.001
        assert item.dead == pytest.approx(float((expected == 0).float().mean()))
        assert torch.all(item.maps[expected[0] == 0] == 128)
    assert result.source == "random, seed 3"
    assert result.guesses == ()


def test_the_picture_is_shown_as_the_network_saw_it(resnet: Network) -> None:
    steps = torch.arange(240).view(1, 240, 1).expand(3, 240, 320) / 255
    seen = feature_maps(resnet, steps, channels=1).seen
    assert seen.shape == (3, 224, 224)
    scaled = functional.interpolate(steps[None], (256, 341), mode="bilinear", antialias=True)
    expected = scaled[0, :, 16:240, 58:282]  # the weights' recipe: shorter side 256, the middle 224 x 224
    assert (seen - expected).abs().max() < 2e-3


def test_parts_to_look_into_and_what_is_in_them() -> None:
    assert places("resnet18") == {
        ":stem": "Stem",
        **{f"layer{i}": "BasicBlock \N{MULTIPLICATION SIGN} 2" for i in (1, 2, 3, 4)},
        ":head": "Head",
    }
    assert inside("resnet18", "layer2") == ("layer2.0", "layer2.1")
    assert inside("resnet18", "layer2.1")[:3] == ("layer2.1.conv1", "layer2.1.bn1", "layer2.1.relu")
    assert inside("vit_b_16", "encoder.layers.encoder_layer_0..encoder.layers.encoder_layer_11")[0] == (
        "encoder.layers.encoder_layer_0"
    )
    with pytest.raises(FeatureMapError, match="no part called 'layer9'"):
        inside("resnet18", "layer9")


@pytest.mark.parametrize("name", ["alexnet", "mobilenet_v2", "googlenet"])
def test_every_part_offered_can_be_shown(name: str) -> None:
    net = Network(name, randomised(name), "random, seed 0")
    shown = [node for part in places(name) for node in inside(name, part)]
    found = feature_maps(net, torch.rand(3, 64, 64), nodes=shown, channels=1, side=4).maps
    assert [item.node for item in found] == shown


def test_large_maps_are_averaged_down_and_channels_chosen(resnet: Network, picture: Tensor) -> None:
    (full,) = feature_maps(resnet, picture, nodes=["layer1.0.conv1"], channels=64, side=56).maps
    (small,) = feature_maps(resnet, picture, nodes=["layer1.0.conv1"], channels=5, side=14).maps
    (loud,) = feature_maps(resnet, picture, nodes=["layer1.0.conv1"], channels=5, strongest=True).maps
    averaged = values(full)[:5].reshape(5, 14, 4, 14, 4).mean(dim=(2, 4))
    assert torch.allclose(values(small), averaged, atol=full.scale / 100)
    assert small.channels == (0, 1, 2, 3, 4)
    energy = values(full).abs().mean(dim=(1, 2))
    assert set(loud.channels) == set(energy.topk(5).indices.tolist())


def test_sessions_sharing_a_model_see_their_own_picture_and_leave_no_hooks(resnet: Network) -> None:
    pictures = [torch.full((3, 224, 224), level) for level in (0.1, 0.5, 0.9)]
    alone = [feature_maps(resnet, picture, channels=4) for picture in pictures]
    together: dict[int, object] = {}
    threads = [
        threading.Thread(
            target=lambda i=i: together.__setitem__(i, feature_maps(resnet, pictures[i], channels=4))
        )
        for i in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for i, expected in enumerate(alone):
        for one, other in zip(together[i].maps, expected.maps, strict=True):
            assert one.scale == pytest.approx(other.scale, rel=1e-5)
            assert (one.maps.int() - other.maps.int()).abs().max() <= 1
    assert not any(module._forward_hooks for module in resnet.model.modules())


def test_transformer_tokens_become_patches() -> None:
    torch.manual_seed(0)
    model = VisionTransformer(32, 8, num_layers=2, num_heads=2, hidden_dim=12, mlp_dim=24).eval()
    image = torch.rand(3, 32, 32)
    result = feature_maps(Network("ours", model, "trained here"), image, channels=3)
    blocks = [f"encoder.layers.encoder_layer_{i}" for i in range(2)]
    assert [item.node for item in result.maps] == blocks
    with torch.no_grad():
        tokens = create_feature_extractor(model, blocks)(image[None])
    for item, name in zip(result.maps, blocks, strict=True):
        assert item.shape == (12, 4, 4)
        expected = tokens[name][0, 1:, :3].T.reshape(3, 4, 4)
        assert (values(item) - expected).abs().max() <= item.scale / 250


def test_channels_last_outputs_are_turned() -> None:
    settings = [CNBlockConfig(8, 16, 1), CNBlockConfig(16, None, 1)]
    net = Network("ours", ConvNeXt(settings).eval(), "trained here")
    (item,) = feature_maps(net, torch.rand(3, 64, 64), nodes=["features.1.0.block.3"], channels=2).maps
    assert item.shape == (32, 16, 16)


@pytest.mark.parametrize(
    ("image", "nodes", "words"),
    [
        (torch.rand(1, 240, 300), None, r"float \(3, H, W\)"),
        (torch.zeros(3, 24, 24, dtype=torch.uint8), None, "float"),
        (torch.rand(2, 3, 24, 24), None, "float"),
        (torch.rand(3, 24, 24), ["layer9"], "no part called 'layer9'"),
        (torch.rand(3, 24, 24), ["fc"], "no picture"),
        (torch.rand(3, 24, 24), ["layer1.0.add"], "no picture"),
    ],
)
def test_wrong_requests_are_answered_in_words(resnet: Network, image: Tensor, nodes, words: str) -> None:
    with pytest.raises(FeatureMapError, match=words):
        feature_maps(resnet, image, nodes=nodes)


# --- weights ---


@pytest.mark.parametrize("name", names())
def test_only_weights_and_statistics_are_left_to_fill(name: str) -> None:
    waiting = {path.rpartition(".")[2] for path, buffer in blank(name).named_buffers() if buffer.is_meta}
    assert waiting <= {"running_mean", "running_var", "num_batches_tracked"}


@pytest.mark.parametrize("name", ["mobilenet_v1", "shufflenet_v2_x0_5", "efficientnet_b0"])
def test_random_weights_are_complete_and_keep_signals_finite(name: str) -> None:
    model = randomised(name)
    assert {value.device.type for value in model.state_dict().values()} == {"cpu"}
    with torch.no_grad():
        assert torch.isfinite(model(torch.rand(1, 3, 64, 64))).all()


def test_a_seed_gives_the_same_weights_and_leaves_torchs_generator_alone() -> None:
    torch.manual_seed(7)
    before = torch.get_rng_state()
    one, same, other = (randomised("squeezenet1_1", seed).state_dict() for seed in (4, 4, 5))
    assert torch.equal(torch.get_rng_state(), before)
    assert all(torch.equal(one[key], same[key]) for key in one)
    assert not torch.equal(one["features.0.weight"], other["features.0.weight"])


def test_without_a_file_the_source_says_random() -> None:
    net = network("squeezenet1_1", seed=2)
    assert (net.source, net.classes) == ("random, seed 2", ())
    assert cached("squeezenet1_1") is None


def stored(state: dict[str, Tensor], folder: Path, stem: str = "net") -> RemoteFile:
    buffer = io.BytesIO()
    torch.save(state, buffer)
    checksum = hashlib.sha256(buffer.getvalue()).hexdigest()[:8]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{stem}-{checksum}.pth").write_bytes(buffer.getvalue())
    return RemoteFile(f"http://127.0.0.1:9/{stem}-{checksum}.pth", checksum, len(buffer.getvalue()) / 2**20)


def test_a_file_in_the_cache_is_used_and_named(
    cache: Path, monkeypatch: pytest.MonkeyPatch, picture: Tensor
) -> None:
    trained = randomised("squeezenet1_1", seed=9)
    file = stored(trained.state_dict(), cache)
    monkeypatch.setattr(weights, "remote_file", lambda _: file)
    net = network("squeezenet1_1")
    assert net.source == "pretrained IMAGENET1K_V1"
    assert all(torch.equal(a, b) for a, b in zip(net.model.parameters(), trained.parameters(), strict=True))
    result = feature_maps(net, picture)
    assert len(result.guesses) == 5
    assert set(dict(result.guesses)) <= set(get_model_weights("squeezenet1_1").DEFAULT.meta["categories"])
    assert network("squeezenet1_1", pretrained=False).source == "random, seed 0"


def test_a_damaged_file_in_the_cache_is_not_used(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = stored(randomised("squeezenet1_1").state_dict(), cache)
    path = cache / file.name
    path.write_bytes(path.read_bytes()[:-100])
    monkeypatch.setattr(weights, "remote_file", lambda _: file)
    assert network("squeezenet1_1").source == "random, seed 0"
    with pytest.raises(DownloadError, match="no connection"):
        load_weights("squeezenet1_1", file=file)


def test_a_file_with_the_right_checksum_may_still_hold_nonsense(cache: Path) -> None:
    with pytest.raises(DownloadError, match="holds no network weights"):
        load_weights("resnet18", file=stored({"weight": "text"}, cache, "text"))
    other = load_weights("resnet18", file=stored(randomised("squeezenet1_1").state_dict(), cache))
    with pytest.raises(DownloadError, match="do not fit resnet18"):
        fill("resnet18", other)
    path = cache / "junk-9f86d081.pth"  # the SHA-256 of "test"
    path.write_bytes(b"test")
    with pytest.raises(DownloadError, match="damaged"):
        load_weights("resnet18", file=RemoteFile(f"http://127.0.0.1:9/{path.name}", "9f86d081", 1))


def test_densenets_old_names_are_understood(cache: Path) -> None:
    model = randomised("densenet121", seed=1)
    old = {
        key.replace("norm1.", "norm.1.")
        .replace("norm2.", "norm.2.")
        .replace("conv1.", "conv.1.")
        .replace("conv2.", "conv.2.")
        if "denselayer" in key
        else key: value
        for key, value in model.state_dict().items()
    }
    assert "features.denseblock1.denselayer1.norm.1.weight" in old
    filled = fill("densenet121", load_weights("densenet121", file=stored(old, cache)))
    assert all(torch.equal(a, b) for a, b in zip(filled.parameters(), model.parameters(), strict=True))


def test_googlenets_training_heads_are_left_out(cache: Path) -> None:
    state = {**randomised("googlenet").state_dict(), "aux1.fc2.bias": torch.zeros(1000)}
    filled = fill("googlenet", load_weights("googlenet", file=stored(state, cache)))
    assert filled.transform_input


def test_remote_files_are_named_by_their_checksum() -> None:
    file = remote_file("resnet50")
    assert (file.name, file.checksum, file.host) == (
        "resnet50-11ad3fa6.pth",
        "11ad3fa6",
        "download.pytorch.org",
    )
    assert file.megabytes == pytest.approx(97.8, abs=0.1)
    assert remote_file("mobilenet_v1") is None
    with pytest.raises(DownloadError, match="no published weights for mobilenet_v1"):
        load_weights("mobilenet_v1")


def test_weights_can_come_from_a_server_of_ones_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPLORER_MIRROR", "http://lab.example/weights/")
    assert remote_file("resnet50").url == "http://lab.example/weights/resnet50-11ad3fa6.pth"
    assert remote_file("resnet50").checksum == "11ad3fa6"


def test_every_torchvision_checksum_is_hexadecimal() -> None:
    for name in names():
        file = remote_file(name)
        assert file is None or (len(file.checksum) >= 8 and int(file.checksum, 16) >= 0)


def test_nodes_shown_by_default_are_nodes_of_the_graph(resnet: Network, picture: Tensor) -> None:
    drawn = graph("resnet18")
    assert all(drawn.find(item.node) is not None for item in feature_maps(resnet, picture).maps)


# --- networks of our own ---


def test_a_shipped_classifier_is_offered_and_sees_pictures_as_in_training(tmp_path: Path) -> None:
    lanes = {"colour": ("cnn", (3, 32, 32)), "grey": ("resnet", (1, 28, 28)), "dense": ("plain", (3, 32, 32))}
    for name, (kind, shape) in lanes.items():
        lane = Lane.from_dict({"kind": kind})
        shipped.save(
            name,
            networks.build(lane, shape, 4),
            lane,
            classes="abcd",
            shape=shape,
            mean=torch.full((shape[0],), 120.0),
            deviation=torch.full((shape[0],), 60.0),
            about={},
            folder=tmp_path,
        )
    assert list(own(tmp_path)) == ["colour", "grey"]
    assert own(tmp_path)["colour"] == "Our own CNN (colour)"
    image = torch.rand(1, 3, 50, 70, generator=torch.Generator().manual_seed(2))
    for name in own(tmp_path):
        trained = shipped.load(name, tmp_path)
        given = (
            image
            if trained.shape[0] == 3
            else (image * image.new_tensor(LUMA).view(3, 1, 1)).sum(1, keepdim=True)
        )
        result = feature_maps(own_network(name, tmp_path), image, channels=2)
        assert result.seen.shape == trained.shape
        assert result.source == "trained by us"
        expected = trained.probabilities(given)[0].sort(descending=True)
        assert [share for _, share in result.guesses] == pytest.approx(expected.values.tolist(), abs=1e-5)
        assert [label for label, _ in result.guesses] == ["abcd"[i] for i in expected.indices]
        assert len(result.maps) >= 4
