"""The Contrastive page in a browser: its numbers are the engine's, the temperature asks the server nothing."""

import json

import pytest
import torch

from engine import data, stored_runs
from engine.contrastive import alignment, nt_xent, pull_and_push, terms, uniformity
from engine.contrastive.explorer import explore, pick, untrained
from engine.contrastive.views import Views
from pages.shared.assets import version

NUMERICS = """async ([version, z, rows, width, temperatures]) => {
  const m = await import(new URL(`assets/${version}/contrastive/terms.js`, document.baseURI).href);
  const unit = m.unitRows(z, rows, width);
  const similarity = m.similarities(unit, rows, width);
  const plain = (values) => [...values];
  return {
    ...m.spread(similarity, rows),
    similarity: plain(similarity),
    each: temperatures.map((temperature) => {
      const { probability, losses, force, loss } = m.terms(similarity, rows, temperature);
      const next = m.moved(unit, rows, width, force, 0.01);
      return { probability: plain(probability), losses: plain(losses), force: plain(force), loss, next: plain(next) };
    }),
  };
}"""
TEMPERATURES = [0.02, 0.2, 2.0]


def _close(got, want, atol=2e-5):
    torch.testing.assert_close(torch.tensor(got, dtype=torch.float32), want.flatten(), atol=atol, rtol=1e-4)


def test_the_browsers_terms_are_the_engines(modules):
    z_a, z_b = torch.randn(2, 5, 12, generator=torch.Generator().manual_seed(0)).unbind(0)
    z = torch.cat([z_a, z_b])
    answer = modules.evaluate(NUMERICS, [version(), z.flatten().tolist(), 10, 12, TEMPERATURES])
    assert answer["alignment"] == pytest.approx(alignment(z_a, z_b).item(), abs=1e-5)
    assert answer["uniformity"] == pytest.approx(uniformity(z).item(), abs=1e-5)
    for temperature, each in zip(TEMPERATURES, answer["each"], strict=True):
        found = terms(z_a, z_b, temperature)
        _close(answer["similarity"], found.similarity)
        _close(each["probability"], found.probability)
        _close(each["losses"], found.losses, 1e-4)
        _close(each["force"], found.force, 1e-4)
        assert each["loss"] == pytest.approx(nt_xent(z_a, z_b, temperature).item(), abs=1e-4)
        pull, push = pull_and_push(found)
        step = found.unit + 0.01 * (pull + push)
        along = (0.01 * found.force @ found.unit * found.unit).sum(1, keepdim=True)
        expected = torch.nn.functional.normalize(step - along * found.unit, dim=1)
        _close(each["next"], expected, 1e-3)


def _state(root):
    return json.loads(root.evaluate("node => JSON.stringify(node.dataset)"))


def _engine(temperature):
    dataset = data.load("shapes-plain", "test")
    batch = explore(
        untrained("shapes-plain"),
        dataset.images[pick(dataset, 6)],
        Views(),
        torch.Generator().manual_seed(0),
    )
    return terms(*batch.z.chunk(2), temperature)


def _slide(opened, place):
    opened.page.locator("input[aria-label=Temperature]").evaluate(
        "(node, value) => { node.value = value; node.dispatchEvent(new Event('input')); }", str(place)
    )
    opened.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def test_temperature_and_hovering_show_the_engines_numbers_and_ask_the_server_nothing(visit):
    opened = visit("contrastive?con_l_encoder=Random+weights")
    root = opened.ready()
    opened.page.wait_for_timeout(1200)  # Streamlit's own first messages
    found = _engine(0.2)
    assert float(_state(root)["loss"]) == pytest.approx(found.loss.item(), abs=1e-3)
    frames, requests = opened.frames, opened.requests
    box = opened.page.locator("canvas[data-part=matrix]").bounding_box()
    for share in (0.3, 0.8):
        opened.page.mouse.move(box["x"] + box["width"] * share, box["y"] + box["height"] * 0.5)
        opened.page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        state = _state(root)
        row, column = int(state["row"]), int(state["column"])
        for name in ("similarity", "probability", "force"):
            expected = getattr(found, name)[row, column].item()
            assert float(state[name]) == pytest.approx(expected, abs=1e-3)
    assert (opened.frames, opened.requests) == (frames, requests)
    _slide(opened, 80)
    state = _state(root)
    warm = _engine(float(state["temperature"]))
    assert float(state["temperature"]) > 0.5
    assert float(state["loss"]) == pytest.approx(warm.loss.item(), abs=1e-3)
    opened.page.wait_for_function("location.search.includes('con_l_tau')")
    opened.assert_clean()


def test_keys_pin_a_row_which_is_a_link(visit):
    opened = visit("contrastive")
    root = opened.ready()
    opened.page.locator("canvas[data-part=matrix]").focus()
    for key in ("ArrowDown", "ArrowDown", "Enter"):
        opened.page.keyboard.press(key)
    state = _state(root)
    assert (state["row"], state["pinned"]) == ("1", "true")  # places 0, 1, 2 are 1a, 1b, 2a
    opened.page.wait_for_function("location.search.includes('con_l_row=1')")
    again = visit(opened.page.url.split("/", 3)[3])
    assert _state(again.ready())["row"] == "1"
    opened.page.keyboard.press("Escape")
    assert _state(root)["pinned"] == "false"


def test_z_moves_down_the_gradient_and_comes_back(visit):
    opened = visit("contrastive")
    root = opened.ready()
    before = float(_state(root)["loss"])
    opened.page.get_by_role("button", name="Let z move").click()
    for _ in range(40):
        opened.page.wait_for_timeout(250)
        if float(_state(root)["loss"]) < before - 0.3:
            break
    opened.page.get_by_role("button", name="Stop z").click()
    assert float(_state(root)["loss"]) < before - 0.3
    opened.page.get_by_role("button", name="Put z back").click()
    assert float(_state(root)["loss"]) == pytest.approx(before, abs=1e-6)
    opened.assert_clean()


def test_training_shows_what_the_running_network_knows(visit):
    opened = visit(
        "contrastive?con_view=Train&con_data=Digits+8+x+8&con_epochs=2&con_width=8&con_depth=2", height=1200
    )
    page = opened.page
    page.set_default_timeout(90_000)
    page.locator(".st-key-con_run_start button").click()
    page.get_by_text("Finished").wait_for()
    page.get_by_role("img", name="Accuracy of neighbours").wait_for()
    page.locator(".root[data-ready=true]").first.wait_for()  # the picture of h
    row = page.get_by_role("row").filter(has_text="kNN accuracy on h")
    row.wait_for()
    assert float(row.get_by_role("cell").last.inner_text()) > 30  # guessing gets 10
    opened.assert_clean()


@pytest.mark.parametrize("view", ["What+was+kept", "Collapse", "Findings", "Homework"])
def test_the_other_views_open_on_a_stored_run(visit, view):
    if view == "Findings" and not stored_runs.exists("simclr-findings"):
        pytest.skip("the study is not in this checkout")
    opened = visit(f"contrastive?con_view={view}")
    opened.page.set_default_timeout(90_000)
    opened.page.get_by_text("stored run").first.wait_for()
    opened.page.get_by_role("heading", name="What to notice").wait_for()
    opened.assert_clean()
