"""Networks in files."""

import pytest
import torch
from contrastive_cases import small
from safetensors.torch import save

from engine import data
from engine.contrastive import portable
from engine.contrastive.model import build
from engine.contrastive.portable import WeightsError


def test_a_network_comes_back_with_its_settings(tmp_path):
    settings = small(temperature=0.3)
    model = build(settings.encoder, settings.head, 3, 5, torch.device("cpu")).eval()
    content = portable.to_bytes(model, settings, 3, {"knn_h": 0.5})
    portable.path_of("shapes-plain", folder=tmp_path).write_bytes(content)
    assert portable.shipped("shapes-plain", folder=tmp_path)
    found = portable.read("shapes-plain", folder=tmp_path)
    assert (found.settings, found.channels, found.about) == (settings, 3, {"knn_h": 0.5})
    images = data.load("shapes-plain", "test", 4).images / 255
    with torch.no_grad():
        torch.testing.assert_close(found.model(images), model(images), atol=5e-3, rtol=5e-2)
    assert not found.model.training
    assert len(content) < 60_000


def test_other_files_are_refused_in_words(tmp_path):
    with pytest.raises(WeightsError, match='no trained encoder for "nothing"'):
        portable.read("nothing", folder=tmp_path)
    for content in (b"", b"junk" * 100, save({"a": torch.zeros(1)})):
        with pytest.raises(WeightsError, match="damaged"):
            portable.from_bytes(content)
    with pytest.raises(WeightsError, match="format 'glo-1'"):
        portable.from_bytes(save({"a": torch.zeros(1)}, {"format": "glo-1"}))
    settings = small()
    model = build(settings.encoder, settings.head, 3, 5, torch.device("cpu"))
    grey = portable.to_bytes(model, settings, 1)
    with pytest.raises(WeightsError, match="damaged"):
        portable.from_bytes(grey)
