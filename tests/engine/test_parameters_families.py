"""Where the parameters went, for stacks and for models."""

from __future__ import annotations

from model_zoo import counted

from engine.parameters.analysis import analyse
from engine.parameters.families import FAMILIES, Share, shares
from engine.parameters.presets import PRESETS


def test_the_lectures_parameters_are_mostly_dense_and_its_work_is_mostly_convolution() -> None:
    found = {share.family: share for share in shares(analyse(PRESETS["lecture_15120"].stack).rows)}
    assert (found["convolution"].parameters, found["dense"].parameters) == (490 + 1_820, 12_810)
    first, second = 4 * 4 * 3 * 10 * 16 * 16, 3 * 3 * 10 * 20 * 8 * 8
    assert (found["convolution"].macs, found["dense"].macs) == (first + second, 12_800)
    assert found["other"] == Share("other", 0, 0, 4 * 1_280)


def test_families_add_up_to_the_whole_model() -> None:
    for name in ("alexnet", "vit_b_16", "swin_v2_t", "densenet121"):
        model = counted(name)
        parts = shares(model.rows)
        assert sum(part.parameters for part in parts) == model.parameters
        assert sum(part.macs for part in parts) == model.macs
        assert sum(part.activation_bytes for part in parts) == 4 * model.activations
        assert [part.family for part in parts] == [
            name for name in FAMILIES if name in {p.family for p in parts}
        ]


def test_alexnet_is_dense_and_a_transformer_attends() -> None:
    alexnet = {share.family: share.parameters for share in shares(counted("alexnet").rows)}
    dense = 9216 * 4096 + 4096 + 4096 * 4096 + 4096 + 4096 * 1000 + 1000
    assert alexnet == {"convolution": 61_100_840 - dense, "dense": dense, "other": 0}
    vit = {share.family: share.parameters for share in shares(counted("vit_b_16").rows)}
    assert vit["attention"] == 12 * 4 * (768 * 768 + 768)
    assert vit["normalisation"] == 25 * 2 * 768
