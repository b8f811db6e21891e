"""The Runs page in a browser: a visitor's own runs, two picked by a click, notes that stay, the link."""

from __future__ import annotations

import hashlib

from engine.runs import Runs
from pages.shared.visitor import COOKIE


def _keep(store, owner, title, rate):
    curve = [{"accuracy": 0.1 + rate * step, "examples": 100 * step} for step in range(6)]
    return store.add(
        owner,
        experiment="engine.classifier.experiment",
        title=title,
        settings={"rate": rate},
        metrics={"test accuracy": curve[-1]["accuracy"]},
        curves={"test": curve},
        seconds=3.0,
    )


def test_two_runs_are_picked_compared_and_described(visit):
    opened = visit("runs")
    page = opened.page
    opened.ready(90_000)
    token = next(each["value"] for each in opened.context.cookies() if each["name"] == COOKIE)
    owner = hashlib.sha256(token.encode()).hexdigest()[:40]
    store = Runs()  # the server's own
    kept = [_keep(store, owner, f"Rate {rate}", rate) for rate in (0.05, 0.1)]
    try:
        page.reload()
        page.wait_for_selector(
            f".root[data-ready=true][data-a='{kept[1].id}'][data-b='{kept[0].id}']", timeout=90_000
        )
        page.locator("text=Only rate differs, 0.1 and 0.05").wait_for(timeout=90_000)
        page.locator("button[aria-label='Rate 0.05 as run A']").click()  # they change places
        page.wait_for_selector(f".root[data-a='{kept[0].id}'][data-b='{kept[1].id}']", timeout=90_000)
        page.locator("text=Only rate differs, 0.05 and 0.1").wait_for(timeout=90_000)
        assert f"runs_a={kept[0].id}" in page.url
        notes = page.get_by_label("Notes").first
        notes.fill("Slower, as expected.")
        notes.press("Control+Enter")
        page.locator(".note", has_text="Slower, as expected.").wait_for(timeout=90_000)
        page.reload()
        page.locator(".note", has_text="Slower, as expected.").wait_for(timeout=90_000)
        with page.expect_download(timeout=90_000) as download:
            page.get_by_text("Comparison as Markdown").click()
        assert "| rate | 0.05 | 0.1 |" in download.value.path().read_text()
        opened.assert_clean()
    finally:
        for run in kept:
            store.remove(run.id, owner)
        store.close()
