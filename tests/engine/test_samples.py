"""The photographs against the libraries that ship them, and without those, a downloader or a network."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import skimage.data
import torch
from sklearn.datasets import load_sample_image

from engine import samples
from engine.decoding import decode
from engine.images import ImageError

ALONE = """
import socket, sys
def refuse(*args, **kwargs):
    raise AssertionError("a sample photograph asked for the network")
socket.socket.connect = socket.getaddrinfo = refuse
from engine import samples
for name in samples.names():
    assert samples.sample(name, 64).std() > 0.03, name
print(len(samples.names()), [name for name in ("skimage", "sklearn", "pooch") if name in sys.modules])
"""


def pixels(name: str, size: int) -> np.ndarray:
    """(H, W, 3) uint8, exact where the photograph was not resized."""
    return (samples.sample(name, size)[0].permute(1, 2, 0) * 255).round().byte().numpy()


def test_all_load_without_network_downloader_or_their_libraries():
    done = subprocess.run([sys.executable, "-c", ALONE], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == f"{len(samples.names())} []", done.stderr


def test_there_are_enough_and_each_is_credited():
    assert len(samples.names()) >= 8
    for name in samples.names():
        entry = samples.about(name)
        assert entry.name == name
        assert entry.title
        assert entry.credit
        assert entry.licence
    assert len({samples.about(name).title for name in samples.names()}) == len(samples.names())


@pytest.mark.parametrize(
    ("name", "size", "expected"),
    [
        ("astronaut", 512, skimage.data.astronaut()),
        ("photographer", 512, skimage.data.camera()),
        ("bricks", 512, skimage.data.brick()),
        ("cat", 300, skimage.data.chelsea()[:, 89:389]),
        ("coffee", 400, skimage.data.coffee()[:, 70:470]),
        ("coins", 303, skimage.data.coins()[:, :303]),
        ("pagoda", 427, load_sample_image("china.jpg")[:, 55:482]),
        ("dahlia", 427, load_sample_image("flower.jpg")[:, 106:533]),
    ],
)
def test_pixels_are_those_of_the_library(name, size, expected):
    colour = expected if expected.ndim == 3 else np.repeat(expected[..., None], 3, axis=2)
    np.testing.assert_array_equal(pixels(name, size), colour)


def test_the_rocket_is_taken_from_adobe_rgb_to_srgb():
    decoded = decode(samples.about("rocket").loader(), max_side=640)
    raw = torch.from_numpy(skimage.data.rocket()).permute(2, 0, 1) / 255
    assert "own colour profile" in decoded.notes[0]
    assert (decoded.image[0, 2] - decoded.image[0, 0]).mean() > (raw[2] - raw[0]).mean()  # a bluer sky


@pytest.mark.parametrize("name", samples.names())
@pytest.mark.parametrize("size", [1, 128, 512])
def test_every_photograph_keeps_the_contract(name, size):
    photograph = samples.sample(name, size)
    assert photograph.shape == (1, 3, size, size)
    assert photograph.dtype == torch.float32
    assert 0 <= photograph.min() <= photograph.max() <= 1


def test_callers_cannot_spoil_each_others_photograph():
    first = samples.sample("cat", 32)
    kept = first.clone()
    first.zero_()
    assert torch.equal(samples.sample("cat", 32), kept)


def test_unknown_names_and_sizes_are_refused_in_words():
    with pytest.raises(ImageError, match='no sample photograph "dog"; choose one of cat, '):
        samples.sample("dog")
    for size in (0, 513):
        with pytest.raises(ImageError, match="sizes 1 to 512"):
            samples.sample("cat", size)


@pytest.mark.parametrize(
    ("package", "words"), [("skimage", "installed without it"), ("no_such_package", "not installed")]
)
def test_a_missing_file_names_the_package_to_install(package, words):
    distribution = "scikit-image" if package == "skimage" else package
    with pytest.raises(ImageError, match=words) as caught:
        samples._bundled(package, distribution, "data/missing.png")
    assert "requirements.txt" in str(caught.value)
