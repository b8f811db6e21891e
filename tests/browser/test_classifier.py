"""The classifier lab in a browser: train in front of the class, open what it got wrong, take a batch apart."""

import json

from engine.data import load

QUICK = "classifier?clf_data=Digits+8+x+8&clf_epochs=3&clf_batch=64&clf_limit=500"


def _data(root):
    return json.loads(root.evaluate("node => JSON.stringify(node.dataset)"))


def _train(opened):
    opened.page.get_by_role("button", name="Train").first.click()
    opened.page.get_by_text("Finished").first.wait_for(timeout=90_000)


def test_a_run_draws_curves_results_and_evidence(visit):
    opened = visit(QUICK)
    _train(opened)
    assert opened.page.locator("canvas").count() >= 2  # the two charts
    opened.page.get_by_role("radio", name="Results", exact=True).click()
    root = opened.ready()
    labels = load("digits", "test").labels.tolist()
    cards = opened.page.locator(".root .card canvas")
    for index in range(10):  # each picture lies beside its own label
        assert int(cards.nth(index).get_attribute("data-label")) == labels[index]
    assert _data(root)["cards"] == "10"
    opened.page.get_by_role("button", name="Surest mistakes").click()
    opened.page.wait_for_function("location.search.includes('clf_cell=mistakes')")
    assert opened.page.locator(".root .card.right").count() == 0
    matrix = opened.page.locator(".root canvas.matrix")
    matrix.focus()
    opened.page.keyboard.press("ArrowRight")
    opened.page.keyboard.press("Enter")
    opened.page.wait_for_function("location.search.includes('clf_cell=0-1')")
    opened.page.get_by_role("radio", name="Try a picture", exact=True).click()
    opened.page.wait_for_selector(".root[data-predicted]")
    bars = opened.page.locator(".root section").nth(1).locator("button.bar")
    bars.nth(2).click()
    opened.page.wait_for_function(
        "() => [...document.querySelectorAll('*')].some((n) => n.shadowRoot?.querySelectorAll('section')[1]"
        "?.querySelectorAll('button.bar')[2]?.getAttribute('aria-pressed') === 'true')"
    )
    opened.assert_clean()


def test_one_batch_is_taken_apart(visit):
    opened = visit(QUICK + "&clf_view=Slow+motion")
    opened.page.get_by_role("button", name="One batch").first.click()
    root = opened.ready(timeout=120_000)  # a worker may have to start first
    assert float(_data(root)["loss"]) > 0
    for step, name in enumerate(("Forward", "Loss", "Backward", "Update")):
        opened.page.get_by_text(f"{step + 1}. {name}.").wait_for()
        opened.page.get_by_role("button", name="One position on").click()
    opened.page.get_by_text("Paused").first.wait_for()
    opened.page.get_by_role("button", name="Stop").first.click()
    opened.page.get_by_text("Stopped").first.wait_for()
    opened.assert_clean()


def test_a_knob_turned_while_it_runs_leaves_a_marker(visit):
    opened = visit("classifier?clf_data=Digits+8+x+8&clf_epochs=50&clf_batch=16")
    opened.page.get_by_role("button", name="Train").first.click()
    opened.page.locator(".st-key-clf_chart_accuracy canvas").first.wait_for(timeout=90_000)
    slider = opened.page.locator(".st-key-clf_rate input[type=range]")
    slider.focus()
    opened.page.keyboard.press("ArrowRight")
    opened.page.wait_for_function("location.search.includes('clf_rate=')")
    opened.page.wait_for_timeout(1500)
    assert opened.page.get_by_text("Changed for the next start").count() == 0
    opened.page.get_by_role("button", name="Stop").first.click()
    opened.page.get_by_text("Stopped").first.wait_for()
    with opened.page.expect_download() as download:
        opened.page.get_by_role("button", name="Curves as CSV").click()
    assert "train" in open(download.value.path(), encoding="utf-8").read()  # noqa: SIM115, PTH123
    opened.assert_clean()
