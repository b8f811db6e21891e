"""What the browser computes by itself for the GLO pages, against the engine: decodes, walks, games."""

import base64
import statistics

import numpy as np
import pytest
import torch
from safetensors.torch import save

from engine import models
from engine.glo import latent, portable
from engine.glo.codes import project
from engine.glo.games import GAMES, METHODS, TARGET, Game, trajectory
from engine.images import to_uint8
from engine.models import Generator
from pages.shared.assets import version

LOAD = "const load = (name) => import(new URL(`assets/${version}/common/${name}.js`, document.baseURI).href);"
DECODE = (
    """async ([version, file, codes]) => {
"""
    + LOAD
    + """
  const { parse } = await load("tensors");
  const { Generator, paint } = await load("generator");
  const bytes = Uint8Array.from(atob(file), (c) => c.charCodeAt(0));
  const generator = new Generator(parse(bytes.buffer));
  const pictures = codes.map((code) => generator.decode(code));
  const shown = pictures.map((picture) => {
    const target = new Uint8ClampedArray(4 * generator.height * generator.width);
    paint(target, picture, generator.channels);
    return [...target];
  });
  const times = Array.from({ length: 30 }, () => {
    const start = performance.now();
    generator.decode(codes[0]);
    return performance.now() - start;
  });
  return { pictures: pictures.map((p) => [...p]), shown, times, own: [...generator.code(1)], count: generator.count };
}"""
)


@pytest.mark.parametrize(
    ("shape", "kind", "activation"),
    [
        ((1, 28, 28), "nearest", "leaky_relu"),
        ((1, 25, 25), "nearest", "relu"),
        ((3, 32, 32), "transposed", "leaky_relu"),
        ((3, 20, 30), "nearest", "tanh"),
        ((1, 8, 8), "transposed", "relu"),
    ],
)
def test_a_decode_in_the_browser_is_torchs(modules, shape, kind, activation):
    plan = Generator(latent=7, width=12, upsampling=kind, activation=activation)
    network = models.generator(plan, shape)
    models.initialise(network, torch.Generator().manual_seed(0))
    codes = torch.randn(5, 7, generator=torch.Generator().manual_seed(1))
    content = portable.to_bytes(network, codes, plan, shape, "test")
    kept = portable.from_bytes(content)
    found = modules.evaluate(DECODE, [version(), base64.b64encode(content).decode(), kept.codes.tolist()])
    expected = kept.decode(kept.codes)
    pictures = torch.tensor(found["pictures"]).view(5, *shape[1:], shape[0]).permute(0, 3, 1, 2)
    torch.testing.assert_close(pictures, expected, atol=1e-5, rtol=0)
    shown = torch.tensor(found["shown"]).view(5, *shape[1:], 4)[..., :3].permute(0, 3, 1, 2)
    apart = (shown - to_uint8(expected).int()).abs()
    assert apart.max() <= 1
    assert (apart > 0).float().mean() < 1e-3
    assert found["own"] == pytest.approx(kept.codes[1].tolist())
    assert found["count"] == 5


def test_a_decode_takes_less_than_a_frame_of_ten_per_second(modules):
    plan = Generator()
    network = models.generator(plan, (1, 28, 28))
    codes = torch.zeros(1, plan.latent)
    content = portable.to_bytes(network, codes, plan, (1, 28, 28), "test")
    found = modules.evaluate(DECODE, [version(), base64.b64encode(content).decode(), codes.tolist()])
    assert statistics.median(found["times"]) < 100


def test_halves_are_read_exactly(modules):
    bits = np.arange(65536, dtype=np.uint16)
    expected = bits.view(np.float16).astype(np.float32)
    code = (
        "async ([version]) => {"
        + LOAD
        + 'const { halves } = await load("tensors");'
        + "return [...new Uint32Array(halves(Uint16Array.from({ length: 65536 }, (_, i) => i)).buffer)]; }"
    )
    found = np.array(modules.evaluate(code, [version()]), dtype=np.uint32).view(np.float32)
    number = ~np.isnan(expected)
    assert np.array_equal(found[number], expected[number])
    assert np.isnan(found[~number]).all()


@pytest.mark.parametrize("native", [True, False], ids=["by the browser", "by ourselves"])
def test_a_file_of_halves_is_read_exactly_also_where_the_browser_knows_none(modules, native):
    halves = np.arange(65536, dtype=np.uint16).view(np.float16)
    expected = halves.astype(np.float32)
    content = save({"every": torch.from_numpy(halves)})
    code = (
        "async ([version, file, native]) => {"
        + LOAD
        + 'const { parse } = await load("tensors");'
        + "const known = globalThis.Float16Array;"
        + "if (native && !known) throw new Error('this browser knows no halves');"
        + "if (!native) globalThis.Float16Array = undefined;"
        + "try { return [...new Uint32Array("
        + "    parse(Uint8Array.from(atob(file), (c) => c.charCodeAt(0)).buffer).tensors.every.values.buffer)]; }"
        + "finally { globalThis.Float16Array = known; } }"
    )
    found = modules.evaluate(code, [version(), base64.b64encode(content).decode(), native])
    found = np.array(found, dtype=np.uint32).view(np.float32)
    number = ~np.isnan(expected)
    assert np.array_equal(found[number], expected[number])
    assert np.isnan(found[~number]).all()


def test_walks_are_the_engines(modules):
    generator = torch.Generator().manual_seed(3)
    cases = []
    for turn in range(60):
        count = 2 + turn % 3
        corners = torch.randn(count, 5, generator=generator, dtype=torch.float64) * (0.2 + turn % 4)
        across, down = torch.rand(2, generator=generator, dtype=torch.float64).mul(1.4).sub(0.2).tolist()
        cases.append((corners, across, down, latent.PATHS[turn % 2]))
    code = (
        "async ([version, cases]) => {"
        + LOAD
        + 'const m = await load("latent");'
        + "return cases.map(([corners, across, down, how]) => ({"
        + "  blend: [...m.blend(corners, across, down, how)], weights: m.cornerWeights(corners.length, across, down),"
        + "  path: m.path(corners[0], corners[1], 5, how).map((c) => [...c]), ball: [...m.project(corners[0])],"
        + "  sphere: [...m.project(corners[0], 'sphere')] })); }"
    )
    found = modules.evaluate(code, [version(), [[c.tolist(), a, d, how] for c, a, d, how in cases]])
    for (corners, across, down, how), got in zip(cases, found, strict=True):
        assert got["blend"] == pytest.approx(latent.blend(corners, across, down, how).tolist(), abs=1e-12)
        assert got["weights"] == pytest.approx(latent.corner_weights(len(corners), across, down), abs=1e-12)
        expected = latent.path(corners[0], corners[1], 5, how)
        np.testing.assert_allclose(got["path"], expected.numpy(), atol=1e-12)
        assert got["ball"] == pytest.approx(project(corners[0]).tolist(), abs=1e-12)
        assert got["sphere"] == pytest.approx(project(corners[0], "sphere").tolist(), abs=1e-12)


def test_games_are_the_engines(modules):
    cases = [
        (game, method, step_size, gamma, start)
        for game in GAMES
        for method in METHODS
        for step_size, gamma in ((0.1, 0.0), (0.7, 1.3))
        for start in ((0.9, 0.4), (-1.7, 1.9), (30.0, -50.0))
    ]
    code = (
        "async ([version, cases, target]) => {"
        + LOAD
        + 'const m = await load("games");'
        + "return cases.map(([game, method, stepSize, gamma, start]) =>"
        + " m.trajectory({ game, stepSize, gamma, target }, method, start, 80)); }"
    )
    found = modules.evaluate(code, [version(), cases, TARGET])
    for (game, method, step_size, gamma, start), got in zip(cases, found, strict=True):
        expected = trajectory(Game(game, step_size, gamma), method, start, 80)
        np.testing.assert_allclose(got, expected, rtol=1e-9, atol=1e-12)
