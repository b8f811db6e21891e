"""Generators in a file, by round trip and with damaged files."""

import json

import pytest
import torch

from engine import models
from engine.glo import portable
from engine.models import Generator


def made(kind="nearest", shape=(3, 25, 25)):
    plan = Generator(latent=5, width=4, upsampling=kind)
    network = models.generator(plan, shape)
    models.initialise(network, torch.Generator().manual_seed(0))
    codes = torch.randn(7, 5, generator=torch.Generator().manual_seed(1))
    return plan, network, codes, portable.to_bytes(network, codes, plan, shape, "faces", {"psnr": 24.5})


@pytest.mark.parametrize("kind", ["nearest", "transposed"])
def test_what_comes_back_is_what_was_saved_rounded_to_halves(kind):
    plan, network, codes, content = made(kind)
    found = portable.from_bytes(content)
    assert (found.plan, found.shape, found.data, found.about) == (plan, (3, 25, 25), "faces", {"psnr": 24.5})
    torch.testing.assert_close(found.codes, codes.half().float(), atol=0, rtol=0)
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.copy_(parameter.half().float())
        assert torch.equal(found.decode(found.codes), network(found.codes))
    assert not any(weight.requires_grad for weight in found.generator.parameters())


def test_the_header_lists_the_layers_in_order():
    _, network, _, content = made()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    layers = json.loads(header["__metadata__"]["layers"])
    kinds = [layer["kind"] for layer in layers]
    assert kinds == ["dense", "activation", "doubling", "activation", "doubling", "sigmoid"]
    assert layers[0] == {"kind": "dense", "channels": 8, "height": 7, "width": 7}
    assert header["layer2.weight"]["shape"] == list(network[3].weight.shape)
    assert header["codes"]["dtype"] == "F16"


def test_damaged_and_foreign_files_are_refused_in_words(tmp_path):
    content = made()[-1]
    for damaged in (
        b"",
        content[:40],
        content[:-10],
        b"PK" + content[2:],
        content.replace(b"layer2.weight", b"layer2.height"),
    ):
        with pytest.raises(portable.ModelError, match="damaged"):
            portable.from_bytes(damaged)
    with pytest.raises(portable.ModelError, match="'glo-9', not 'glo-1'"):
        portable.from_bytes(content.replace(b"glo-1", b"glo-9"))
    with pytest.raises(portable.ModelError, match="no model lost"):
        portable.read(tmp_path / "lost.safetensors")
    path = tmp_path / "kept.safetensors"
    path.write_bytes(content)
    assert portable.read(path).data == "faces"
