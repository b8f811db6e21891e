"""Counting any module: against published figures, other counters, closed forms, and without side effects."""

from __future__ import annotations

import resource
import threading
from collections.abc import Callable
from math import prod

import pytest
import torch
from model_zoo import counted
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils import parametrizations
from torch.utils.flop_counter import FlopCounterMode
from torchvision.models import get_model_weights, googlenet, resnet18
from torchvision.models.googlenet import InceptionAux

from engine.architectures.building import OWN, build, input_shape, names, published_weights
from engine.parameters.counting import Breakdown, breakdown
from engine.parameters.formulas import TIMES
from engine.parameters.tracing import CountingError, trace

PUBLISHED = [name for name in names() if name not in OWN]


@pytest.mark.parametrize("name", PUBLISHED)
def test_parameters_are_exactly_the_published_ones(name: str) -> None:
    assert counted(name).parameters == published_weights(name).meta["num_params"]


@pytest.mark.parametrize("name", PUBLISHED)
def test_macs_are_the_published_ones_to_their_last_digit(name: str) -> None:
    """`_ops` is in billions with three decimals; no model differs by more than that rounding."""
    assert abs(counted(name).macs / 1e9 - published_weights(name).meta["_ops"]) < 0.00051


def test_all_models_of_torchvision_are_there() -> None:
    assert len(PUBLISHED) == 80


def test_googlenet_differs_from_torchvisions_bare_constructor_by_its_training_heads() -> None:
    """`googlenet(weights=None)` keeps two auxiliary heads that the published network drops."""
    with torch.device("meta"):
        bare = breakdown(googlenet(weights=None, init_weights=False), (3, 224, 224))
        heads = [InceptionAux(channels, 1000) for channels in (512, 528)]
    published = counted("googlenet")
    assert bare.parameters - published.parameters == sum(
        p.numel() for head in heads for p in head.parameters()
    )
    assert bare.macs == published.macs


@pytest.mark.parametrize(
    "name", ["googlenet", "inception_v3", "swin_v2_t", "vit_b_16", "maxvit_t", "densenet121"]
)
def test_every_parameter_formula_reads_as_its_number(name: str) -> None:
    for row in counted(name).rows:
        check_formula(row.formula, row.parameters)


def check_formula(text: str, expected: int) -> None:
    for side in text.split(" = "):
        assert eval(side.replace(TIMES, "*").replace(",", ""), {"__builtins__": {}}) == expected


def test_attention_is_counted_with_its_products() -> None:
    rows = {row.name: row for row in counted("vit_b_16").rows}
    row = rows["encoder.layers.encoder_layer_0.self_attention"]
    assert row.parameters == 4 * (768 * 768 + 768)
    assert row.macs == 4 * 197 * 768 * 768 + 2 * 12 * 197 * 197 * 64
    assert "scores" in row.macs_formula
    assert rows["class_token"].parameters == 768
    assert rows["encoder.pos_embedding"].formula == "1 x 197 x 768 = 151,296".replace("x", TIMES)


def test_rows_of_layers_that_only_run_in_training_say_so() -> None:
    aux = [row for row in counted("inception_v3").rows if row.name.startswith("AuxLogits")]
    assert aux
    assert all(row.calls == 0 and row.macs == 0 for row in aux)
    assert all(row.note == "does not run in evaluation" for row in aux)


# --- odd models, each with its closed form ---


class Tied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.table, self.out = nn.Embedding(50, 8), nn.Linear(8, 50, bias=False)
        self.out.weight = self.table.weight

    def forward(self, x: Tensor) -> Tensor:
        return self.out(self.table(x))


class Twice(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Conv2d(3, 3, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(self.layer(x)) if x.mean(dim=0).shape[0] == 3 else x


class Functional(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.weight, self.scale = nn.Parameter(torch.randn(6, 3, 3, 3)), nn.Parameter(torch.ones(6, 1, 1))
        self.proj = nn.Linear(6, 2)

    def forward(self, x: Tensor) -> Tensor:
        x = functional.conv2d(input=x, weight=self.weight, padding=1) * self.scale
        x = torch.einsum("bchw,bdhw->bcd", x, x)
        return functional.linear(x @ x.mT, self.proj.weight, bias=self.proj.bias)


class Cross(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, kdim=5, vdim=7, batch_first=True, add_bias_kv=True)

    def forward(self, x: Tensor) -> Tensor:
        return self.attention(x, x.new_zeros(x.shape[0], 6, 5), x.new_zeros(x.shape[0], 6, 7))[0]


ODD: dict[str, tuple[Callable[[], nn.Module], tuple[int, ...], int, int]] = {
    "linear": (lambda: nn.Linear(7, 5), (7,), 40, 35),
    "groups": (lambda: nn.Conv2d(8, 16, 3, groups=4), (8, 10, 10), 16 * 2 * 9 + 16, 8 * 8 * 16 * 2 * 9),
    "conv1d": (lambda: nn.Conv1d(2, 4, 5), (1, 2, 20), 44, 16 * 4 * 2 * 5),
    "conv3d": (lambda: nn.Conv3d(1, 2, 3), (1, 1, 5, 6, 7), 56, 3 * 4 * 5 * 2 * 27),
    "transposed": (
        lambda: nn.ConvTranspose2d(4, 6, 3, 2, groups=2),
        (4, 5, 5),
        4 * 3 * 9 + 6,
        25 * 4 * 3 * 9,
    ),
    "weights shared by two layers": (Tied, (1, 4), 400, 4 * 400),
    "layer run twice": (Twice, (3, 6, 6), 84, 2 * 36 * 81),
    "functions": (Functional, (3, 4, 4), 162 + 6 + 14, 16 * 162 + 16 * 36 + 216 + 6 * 6 * 2),
    "recurrent": (lambda: nn.LSTM(3, 5, batch_first=True), (1, 9, 3), 20 * 8 + 40, 9 * 20 * 8),
    "cross attention": (
        Cross,
        (1, 4, 8),
        8 * (8 + 5 + 7) + 24 + 2 * 8 + 8 * 8 + 8,
        4 * 64 + 6 * 8 * 5 + 6 * 8 * 7 + 2 * 4 * 7 * 8 + 4 * 64,
    ),
    "weight norm": (lambda: parametrizations.weight_norm(nn.Linear(4, 3)), (1, 4), 4 * 3 + 3 + 3, 12),
    "complex reshaping": (
        lambda: nn.Sequential(nn.PixelShuffle(2), nn.Flatten(), nn.Linear(64, 2)),
        (4, 4, 4),
        130,
        128,
    ),
}


@pytest.mark.parametrize("case", ODD)
def test_odd_models_against_their_closed_form(case: str) -> None:
    make, shape, parameters, macs = ODD[case]
    model = make()
    dtype = torch.int64 if case == "weights shared by two layers" else torch.float32
    result = breakdown(model, shape, dtype=dtype)
    assert result.parameters == parameters == sum(p.numel() for p in model.parameters())
    assert result.macs == macs
    for row in result.rows:
        check_formula(row.formula, row.parameters)


@pytest.mark.parametrize(
    "case", [case for case in ODD if case not in ("weights shared by two layers", "recurrent")]
)
def test_odd_models_against_torchs_own_counter_on_real_tensors(case: str) -> None:
    make, shape, _, macs = ODD[case]
    model = make()
    batched = shape if len(shape) not in (1, 3) or case in ("conv1d", "cross attention") else (1, *shape)
    with FlopCounterMode(display=False) as counter:
        out = model(torch.zeros(batched))
    assert counter.get_total_flops() == 2 * macs
    assert breakdown(model, batched).output_shape == tuple(out.shape)


def test_shared_weights_are_counted_in_the_first_row_and_named_in_the_second() -> None:
    rows = breakdown(Tied(), (1, 4), dtype=torch.int64).rows
    assert [row.parameters for row in rows] == [400, 0]
    assert rows[1].note == "shares table.weight, counted there"
    assert rows[1].formula == "0"


# --- other counters ---


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["resnet18", "mobilenet_v2"])
def test_fvcore_agrees_after_its_normalisation_and_pooling_are_taken_out(name: str) -> None:
    from fvcore.nn import FlopCountAnalysis, parameter_count

    model = build(name).to_empty(device="cpu")
    analysis = FlopCountAnalysis(model, torch.zeros(1, 3, 64, 64)).unsupported_ops_warnings(False)
    by_operator = analysis.by_operator()
    ours = breakdown(model, (3, 64, 64))
    assert ours.macs == by_operator["conv"] + by_operator["linear"]
    assert ours.parameters == parameter_count(model)[""]


@pytest.mark.parametrize("name", ["alexnet", "resnet18"])
def test_ptflops_agrees_up_to_the_elementwise_work_it_adds(name: str) -> None:
    from ptflops import get_model_complexity_info

    model = build(name).to_empty(device="cpu")
    macs, parameters = get_model_complexity_info(
        model, (3, 224, 224), as_strings=False, print_per_layer_stat=False, backend="pytorch", verbose=False
    )
    ours = breakdown(model, (3, 224, 224))
    assert ours.parameters == parameters
    assert 1 < macs / ours.macs < 1.01  # it adds biases, normalisation, activations and pooling


# --- what the call leaves behind, and what it refuses ---


@pytest.fixture
def small() -> nn.Module:
    torch.manual_seed(0)
    return nn.Sequential(
        nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.Dropout(), nn.Flatten()
    )


def test_the_model_is_left_as_it_was(small: nn.Module) -> None:
    before = {name: value.clone() for name, value in small.state_dict().items()}
    small[1].eval()
    breakdown(small, (3, 8, 8))
    assert [m.training for m in small] == [True, False, True, True, True]
    assert all(torch.equal(value, before[name]) for name, value in small.state_dict().items())
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in small.modules())


def test_hooks_are_removed_after_an_error(small: nn.Module) -> None:
    with pytest.raises(CountingError):
        breakdown(small, (5, 8, 8))
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in small.modules())
    assert small.training


def test_nothing_is_allocated_however_large_the_picture() -> None:
    model = build("vgg16")
    start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    result = breakdown(model.features, (3, 32_768, 32_768))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start
    assert result.activations * 4 > 500e9  # bytes the activations would need
    assert grown < 50_000  # kilobytes


def test_another_thread_using_the_model_is_not_recorded() -> None:
    model, stop, counts = resnet18().eval(), threading.Event(), []

    def use() -> None:
        with torch.no_grad():
            while not stop.is_set():
                counts.append(model(torch.zeros(1, 3, 32, 32)).shape)

    user = threading.Thread(target=use)
    user.start()
    try:
        results = [breakdown(model, (3, 64, 64)) for _ in range(5)]
    finally:
        stop.set()
        user.join()
    assert len(set(results)) == 1
    assert results[0] == breakdown(model, (3, 64, 64))
    assert set(counts) == {(1, 1000)}


def test_threads_counting_the_same_model_agree() -> None:
    model, results = build("resnet18"), []
    threads = [
        threading.Thread(target=lambda: results.append(breakdown(model, (3, 64, 64)))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    assert len(set(results)) == 1


def test_shapes_keep_a_batch_axis_only_if_one_was_given(small: nn.Module) -> None:
    alone, batch = breakdown(small, (3, 8, 8)), breakdown(small, (5, 3, 8, 8))
    assert alone.rows[0].output_shape == (4, 6, 6)
    assert alone.output_shape == (4 * 36,)
    assert batch.rows[0].output_shape == (5, 4, 6, 6)
    assert batch.macs == 5 * alone.macs
    assert batch.parameters == alone.parameters


def test_in_place_layers_put_out_no_memory_of_their_own(small: nn.Module) -> None:
    assert [row.activations for row in breakdown(small, (3, 8, 8)).rows] == [144, 144, 0, 144, 144]


class Looks(nn.Module):
    def forward(self, x: Tensor) -> Tensor:
        return x if x.mean().item() > 0 else -x


@pytest.mark.parametrize(
    ("model", "shape", "words"),
    [
        (nn.Sequential(nn.Conv2d(3, 4, 3)), (4, 8, 8), r"stops at 0 \(Conv2d\)"),
        (nn.Conv2d(3, 4, 9), (3, 8, 8), "Kernel size can't be greater"),
        (nn.Conv2d(3, 4, 3), (), "sizes of at least 1"),
        (nn.Conv2d(3, 4, 3), (3, 0, 8), "sizes of at least 1"),
        (nn.LazyLinear(4), (3,), "lazy layers"),
        (Looks(), (3, 8, 8), "item"),
    ],
)
def test_models_that_cannot_be_counted_say_why(model: nn.Module, shape: tuple[int, ...], words: str) -> None:
    with pytest.raises(CountingError, match=words) as caught:
        breakdown(model, shape)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "name",
    ["resnet18", "mobilenet_v2", "mobilenet_v3_small", "vit_b_32", "convnext_tiny", "swin_v2_t", "vgg11_bn"],
)
def test_shape_shortcuts_change_nothing(name: str) -> None:
    model, shape = build(name), input_shape(name)
    quick, thorough = trace(model, shape), trace(model, shape, shortcuts=False)
    assert [(c.path, c.inputs, c.output_shape, c.work) for c in quick.calls] == [
        (c.path, c.inputs, c.output_shape, c.work) for c in thorough.calls
    ]


def test_a_model_on_the_processor_counts_like_one_on_meta() -> None:
    assert breakdown(resnet18(), (3, 224, 224)) == counted("resnet18")


def test_output_shapes_are_those_of_a_real_run() -> None:
    model, seen = resnet18().eval(), {}
    for name, module in model.named_modules():
        if not list(module.children()):
            module.register_forward_hook(
                lambda _, __, out, name=name: seen.__setitem__(name, tuple(out.shape))
            )
    with torch.no_grad():
        model(torch.zeros(1, 3, 224, 224))
    result: Breakdown = breakdown(model, (1, 3, 224, 224))
    assert {row.name: row.output_shape for row in result.rows} == seen
    assert result.trainable == result.parameters == 11_689_512
    assert result.buffers == sum(b.numel() for b in model.buffers())
    assert prod(result.output_shape) == len(get_model_weights("resnet18").DEFAULT.meta["categories"])
