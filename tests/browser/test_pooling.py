"""The Pooling page in a browser: its numbers are the engine's, and touching it asks the server nothing."""

import json

import pytest
import torch

from engine import images, pooling, samples
from engine.convolution import convolve
from pages.shared.assets import version

NUMERICS = """async ([version, cases]) => {
  const m = await import(new URL(`assets/${version}/common/pooling.js`, document.baseURI).href);
  return cases.map((c) => {
    const map = { values: Float32Array.from(c.values), height: c.height, width: c.width };
    const pooled = m.pool(map, c);
    const gradient = m.gradients(map, c, pooled);
    const strip = { window: c.window, stride: c.window };
    const crops = [0, 1].map((left) => m.pool(m.columns(map, left, c.width - 1), c).maps);
    const out = { winners: {}, maps: {}, gradients: {}, last: {}, steps: {}, shares: {} };
    for (const mode of m.MODES) {
      out.maps[mode] = [...pooled.maps[mode].values];
      out.gradients[mode] = [...gradient[mode].values];
      const maps = m.repeated(map, mode, strip);
      out.steps[mode] = maps.length;
      out.last[mode] = maps.at(-1).values[0];
      out.shares[mode] = m.difference(crops[0][mode], crops[1][mode]).share;
    }
    for (const mode of ["max", "min"]) out.winners[mode] = [...pooled.winners[mode]];
    out.strided = [...m.strided(map, c.convolution).values];
    out.back = [...m.convolutionGradient(map, c.convolution).values];
    return out;
  });
}"""


def _cases():
    """Forty random maps, half of them with many equal values, so that ties occur."""
    generator = torch.Generator().manual_seed(11)

    def pick(options):
        return options[int(torch.randint(len(options), (1,), generator=generator))]

    for number in range(40):
        height, width = pick([5, 8, 11]), pick([6, 7, 12])
        window = (pick([2, 3, 4]), pick([2, 3, 4]))
        stride = (pick([1, 2, 3]), pick([1, 2, 5]))
        pad = (pick(range(window[0] // 2 + 1)), pick(range(window[1] // 2 + 1)))
        image = torch.randn(1, 1, height, width, generator=generator)
        if number % 2:
            image = image.round()
        kernel = pick([2, 3])
        weight = torch.randn(1, 1, kernel, kernel, generator=generator)
        yield image, {"window": window, "stride": stride, "padding": pad}, weight


def _data(image, sliding, weight):
    size = weight.shape[-1]
    convolution = {
        "kernel": size,
        "weights": weight.flatten().tolist(),
        "stride": sliding["stride"],
        "pad": size // 2,
    }
    return {
        "values": image.flatten().tolist(),
        "height": image.shape[-2],
        "width": image.shape[-1],
        "window": sliding["window"],
        "stride": sliding["stride"],
        "pad": sliding["padding"],
        "convolution": convolution,
    }


def _close(got, want):
    torch.testing.assert_close(torch.tensor(got, dtype=torch.float32), want.flatten(), atol=1e-5, rtol=1e-5)


def test_the_browsers_pooling_is_the_engines(modules):
    cases = list(_cases())
    answers = modules.evaluate(NUMERICS, [version(), [_data(*case) for case in cases]])
    for answer, (image, sliding, weight) in zip(answers, cases, strict=True):
        for mode in pooling.MODES:
            _close(answer["maps"][mode], pooling.pool(image, mode, **sliding))
            _close(answer["gradients"][mode], pooling.route_gradient(image, mode, **sliding))
            strip = pooling.repeated(image, mode, sliding["window"])
            assert answer["steps"][mode] == len(strip)
            assert answer["last"][mode] == pytest.approx(strip[-1].item(), abs=1e-5)
            share = pooling.share_changed(lambda x, m=mode, s=sliding: pooling.pool(x, m, **s), image)
            assert answer["shares"][mode] == pytest.approx(share, abs=1e-6)
        for mode in ("max", "min"):
            rows, columns = pooling.winners(image, mode, **sliding)
            assert answer["winners"][mode] == (rows * image.shape[-1] + columns).flatten().tolist()
        leaf = image.clone().requires_grad_()
        output = convolve(leaf, weight, stride=sliding["stride"], padding=weight.shape[-1] // 2)
        output.sum().backward()
        _close(answer["strided"], output.detach())
        _close(answer["back"], leaf.grad)


def _state(root):
    return json.loads(root.evaluate("node => JSON.stringify(node.dataset)"))


def test_hovering_shows_the_engines_values_and_asks_the_server_nothing(visit):
    opened = visit("pooling")
    root = opened.ready()
    opened.page.wait_for_timeout(1200)  # Streamlit's own first messages
    picture = images.grey(images.to_uint8(samples.sample("cat", 128)).float() / 255)
    expected = {mode: pooling.pool(picture, mode, 2)[0, 0] for mode in pooling.MODES}
    frames, requests = opened.frames, opened.requests
    for side in ("input", "max", "l2"):
        box = opened.page.locator(f"canvas[data-side={side}]").bounding_box()
        for share in (0.2, 0.7):
            opened.page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] * (1 - share))
            opened.page.evaluate(
                "new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
            )
            state = _state(root)
            row, column = int(state["row"]), int(state["column"])
            assert abs(column - 64 * share) < 2
            for mode, values in expected.items():
                assert float(state[mode]) == pytest.approx(values[row, column].item(), abs=1e-5)
    assert (opened.frames, opened.requests) == (frames, requests)
    opened.assert_clean()


def test_keys_move_pin_and_release_and_play_reaches_the_last_position(visit):
    opened = visit("pooling?pool_picture=Numbers:%20an%20edge")
    root = opened.ready()
    opened.page.locator("canvas[data-side=max]").focus()
    for key in ("Home", "ArrowRight", "ArrowDown"):
        opened.page.keyboard.press(key)
    state = _state(root)
    assert (state["row"], state["column"], state["pinned"]) == ("1", "1", "true")
    opened.page.wait_for_function("location.search.includes('pool_at=1%2C1')")
    opened.page.keyboard.press("Escape")
    assert _state(root)["pinned"] == "false"
    opened.page.locator("select.speed").select_option("20")
    opened.page.get_by_role("button", name="Play (space)").click()
    opened.page.wait_for_selector(".root[data-row='3'][data-column='3']")
    opened.assert_clean()


def test_the_pages_code_is_copied_and_needs_no_highlighter_in_the_browser(visit):
    opened = visit("pooling")
    page = opened.page
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    listing = page.locator(".listing").first
    copy = listing.get_by_role("button", name="Copy")
    copy.click()
    listing.get_by_role("button", name="Copied").wait_for()
    # Chromium without a screen has a clipboard of its own; it ends lines as the system does.
    copied = page.evaluate("navigator.clipboard.readText()").replace("\r\n", "\n")
    assert copied == listing.locator("code").inner_text()
    assert copied.startswith("import torch")
    keyword = listing.locator(".kn").first.evaluate("node => getComputedStyle(node).color")
    assert keyword != listing.locator("code").evaluate("node => getComputedStyle(node).color")
    fetched = page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name).join(' ')")
    assert "SyntaxHighlighter" not in fetched
    opened.assert_clean()
