"""Live runs in the browser: how soon training shows itself, how often, and what it costs the server.

A page with one curve and an endless small experiment (`tests/pages/live_page.py`), on a server of its own with two
workers, visited by a headless Chromium. Times are taken in the browser: from the key press to the first report on
the page; between two reports; from a moved slider to the page that has run again while two sessions train. The
server's processor time is read from the system while twenty sessions are open, two training and the others waiting
in the queue.

    python -m benchmarks.live
"""

from __future__ import annotations

import os
import tempfile
import time
from itertools import pairwise
from pathlib import Path
from statistics import quantiles

from playwright.sync_api import Browser, Page

from benchmarks.common import write
from tests.browser.serving import chromium, serve

SESSIONS, STARTS, MOVES, WATCHED = 20, 8, 20, 10.0
BATCHES = "50"  # of 20 ms in an epoch: the longest run outlasts the opening of twenty pages on a slow machine
BUDGETS = {"first_report_ms": 1000, "reports_per_second": 4, "answer_while_training_ms": 300}
WATCH = """seconds => new Promise(done => {
  const read = () => [...document.querySelectorAll('[data-testid=stText]')].find(e => e.innerText.startsWith('heard'))
    ?.innerText;
  const start = performance.now(), times = [];
  let last = read();
  const tick = () => {
    const now = read();
    if (now !== undefined && now !== last) { times.push(performance.now() - start); last = now; }
    if (performance.now() - start < 1000 * seconds) requestAnimationFrame(tick); else done(times);
  };
  tick();
})"""


def open_page(browser: Browser, url: str) -> Page:
    """The page in a clean profile."""
    page = browser.new_context(viewport={"width": 1000, "height": 700}).new_page()
    page.goto(url)
    page.locator(".st-key-count_run_start").wait_for(timeout=120_000)
    return page


def train(page: Page) -> None:
    """Press the button that starts a run."""
    page.locator("h1").click()  # a slider lets go of its value
    page.locator(".st-key-count_run_start button").click()


def endless(page: Page) -> None:
    """Set the longest run there is."""
    page.locator(".st-key-count_epochs [role=slider], .st-key-count_epochs input").first.focus()
    page.keyboard.press("End")
    page.locator(".st-key-count_epochs", has_text="1000").wait_for()


def first_reports(browser: Browser, url: str) -> list[float]:
    """Milliseconds from the press of the button to the first report on the page, on warm workers."""
    times = []
    for turn in range(STARTS + 1):
        page = open_page(browser, url)
        page.evaluate(
            "document.addEventListener('click', () => { window.pressed = performance.now(); }, true)"
        )
        page.locator(".st-key-count_run_start button").click()
        page.wait_for_function(
            "[...document.querySelectorAll('[data-testid=stText]')].some(e => /heard [1-9]/.test(e.innerText))",
            polling="raf",
        )
        if turn:  # the first one waits for the workers
            times.append(page.evaluate("performance.now() - window.pressed"))
        page.locator("text=Finished").wait_for()
        page.context.close()
    return times


def answers(page: Page) -> list[float]:
    """Milliseconds from a key on the slider to the page that has run with the new value."""
    handle = page.locator(".st-key-count_knob [role=slider], .st-key-count_knob input").first
    times = []
    for _ in range(MOVES):
        handle.focus()
        label = page.locator("[data-testid=stText]", has_text="knob").inner_text()
        start = time.perf_counter()
        page.keyboard.press("ArrowRight")
        page.wait_for_function(
            "before => [...document.querySelectorAll('[data-testid=stText]')]"
            ".some(e => e.innerText.startsWith('knob') && e.innerText !== before)",
            arg=label,
            polling="raf",
        )
        times.append(1000 * (time.perf_counter() - start))
    return times


def summary(milliseconds: list[float]) -> dict[str, float]:
    """Median and 95th percentile."""
    cuts = quantiles(milliseconds, n=20, method="inclusive")
    return {"median_ms": round(cuts[9], 1), "p95_ms": round(cuts[18], 1), "rounds": len(milliseconds)}


def server_of(url: str) -> int:
    """Number of the process that listens at `url`, among the children of this one."""
    port = url.rsplit(":", 1)[1]
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    for child in children:
        if f"--server.port\0{port}" in Path(f"/proc/{child}/cmdline").read_text():
            return int(child)
    raise RuntimeError("The server is not among the children of this process.")


def processor_seconds(pid: int) -> float:
    """Processor time a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main() -> None:
    """Measure, print, write."""
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        log = Path(folder) / "log.txt"
        with serve(log, "tests/pages/live_page.py", LIVE_PAGE_WORKERS="2", LIVE_PAGE_BATCHES=BATCHES) as url:
            first = summary(first_reports(browser, url))
            pages = [open_page(browser, url) for _ in range(2)]
            for page in pages:
                endless(page)
                train(page)
                page.locator("text=Running").wait_for()
            marks = pages[0].evaluate(WATCH, WATCHED)
            gaps = [after - before for before, after in pairwise(marks)]
            answer = summary(answers(pages[0]))
            for _ in range(SESSIONS - 2):
                pages.append(open_page(browser, url))
                train(pages[-1])
                pages[-1].locator("text=in the queue").wait_for()
            pid = server_of(url)
            before = processor_seconds(pid)
            time.sleep(WATCHED)
            share = (processor_seconds(pid) - before) / WATCHED
    findings = {
        "first_report": first,
        "between_reports": summary(gaps),
        "reports_per_second": round(1000 * len(marks) / (1000 * WATCHED), 2),
        "answer_while_training": answer,
        "server_cores_used": {
            "sessions": SESSIONS,
            "training": 2,
            "waiting": SESSIONS - 2,
            "cores": round(share, 3),
        },
        "budgets": BUDGETS,
    }
    for name, found in findings.items():
        print(f"  {name:28}{found}")
    write("live", ["streamlit", "torch", "playwright"], findings)


if __name__ == "__main__":
    main()
