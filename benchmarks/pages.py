"""How long a visitor waits: from the command to the first picture, between pages, from a control to its picture.

The app is started as a user starts it and visited by a headless Chromium with software rendering; times are taken
in the browser. A switch of page counts until the new page's component or chart has drawn. A control counts from the
click or key press to the moment the component holds a 512 x 512 picture computed from the new setting. A hover counts
from the pointer's event to the frame that shows its numbers.

    python -m benchmarks.pages
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles
from time import perf_counter

from playwright.sync_api import Page

from app import UNDISTURBED
from benchmarks.common import until_quiet, write
from pages.registry import PAGES
from tests.browser.serving import chromium, serve

STARTS, SWITCHES, CHANGES, HOVERS = 3, 4, 20, 200
BUDGETS = {
    "start to first page": 3000,
    "start to first picture": 6000,
    "switch to a page": 500,
    "button to picture": 150,
    "slider to picture": 350,
    "tile drawn afresh": 150,
}
READY = ".root[data-ready=true]"
DRAWN = f"{READY}, [data-testid=stMain] canvas"  # a component of ours, or a chart
HOVER = """async (board, count) => {
  const root = board.getRootNode().querySelector(".root");
  const box = board.getBoundingClientRect();
  const times = [];
  for (let i = 0; i < count; i++) {
    const before = root.dataset.row + "," + root.dataset.column;
    const at = performance.now();
    board.dispatchEvent(new PointerEvent("pointermove", {
      clientX: box.left + box.width * (0.1 + 0.8 * ((i * 37) % count) / count),
      clientY: box.top + box.height * (0.1 + 0.8 * ((i * 61) % count) / count), bubbles: true }));
    while (root.dataset.row + "," + root.dataset.column === before) {
      await new Promise(requestAnimationFrame);
      if (performance.now() - at > 500) break;
    }
    times.push(performance.now() - at);
  }
  return times;
}"""


def summary(milliseconds: list[float]) -> dict[str, float]:
    """Median, 95th percentile and count."""
    cuts = quantiles(milliseconds, n=20, method="inclusive")
    return {"median_ms": round(cuts[9], 1), "p95_ms": round(cuts[18], 1), "rounds": len(milliseconds)}


def timed(action: Callable[[], object]) -> float:
    """Milliseconds of one action."""
    start = perf_counter()
    action()
    return 1000 * (perf_counter() - start)


def first_visit(folder: Path) -> tuple[float, float]:
    """Milliseconds from the command to the first title and to the first picture one can touch."""
    with chromium() as browser:
        page = browser.new_page()
        start = perf_counter()
        with serve(folder / "log.txt") as url:
            return _arrival(page, url, start)


def _arrival(page: Page, url: str, start: float) -> tuple[float, float]:
    page.goto(f"{url}/convolution")
    page.wait_for_selector("h1", timeout=60_000)
    title = 1000 * (perf_counter() - start)
    page.wait_for_selector(READY, timeout=60_000)
    return title, 1000 * (perf_counter() - start)


def switches(page: Page, url: str) -> list[float]:
    """Milliseconds of every switch of page through the menu, after one round to warm up."""
    found = []
    for turn in range(SWITCHES + 1):
        for entry in PAGES:
            link = page.locator(f"[data-testid=stSidebarNavLink][href='{url}/{entry.slug}']")
            elapsed = timed(lambda link=link, entry=entry: _follow(page, link, entry.title))
            if turn:
                found.append(elapsed)
    return found


def _follow(page: Page, link: object, title: str) -> None:
    link.click()  # type: ignore[attr-defined]  # a Playwright locator
    page.locator("h1", has_text=title).wait_for()
    page.wait_for_selector(DRAWN, timeout=60_000)


def changes(page: Page, url: str) -> dict[str, list[float]]:
    """Milliseconds until the 512 x 512 picture is redrawn, after a click on a button and a key on a slider.

    Streamlit waits until a slider has rested before it tells the server.
    """
    page.goto(f"{url}/convolution?conv_side=512")
    page.wait_for_selector(READY, timeout=60_000)
    page.wait_for_timeout(1500)
    slider = page.locator(".st-key-conv_stride input[type=range]")
    found: dict[str, list[float]] = {"button to picture": [], "slider to picture": []}
    for turn in range(CHANGES):
        back = turn % 2 == 1
        colour = page.get_by_role("radio", name="Grey" if back else "Colour", exact=True)
        found["button to picture"].append(
            timed(
                lambda c=colour, back=back: (
                    c.click(),
                    _caption(page, "Input 512 × 512", "colours", not back),
                )
            )
        )
        slider.focus()
        key = "ArrowLeft" if back else "ArrowRight"
        size = 512 if back else 256
        found["slider to picture"].append(
            timed(
                lambda k=key, n=size: (page.keyboard.press(k), _caption(page, f"Output {n} × {n}", "", False))
            )
        )
        page.wait_for_timeout(300)
    return found


def _caption(page: Page, text: str, word: str, present: bool) -> None:
    captions = page.locator(".root .caption", has_text=text)
    if word:
        captions = captions.filter(**{"has_text" if present else "has_not_text": word})
    captions.first.wait_for(timeout=10_000)


AFRESH = """async (tile) => {
  const root = tile.getRootNode(), name = tile.dataset.name, before = tile.dataset.url, at = performance.now();
  const now = () => root.querySelector(`[data-name=${name}]`).dataset.url;
  tile.click();
  while (now() === before && performance.now() - at < 5000) await new Promise(requestAnimationFrame);
  return performance.now() - at;
}"""


def draws(page: Page, url: str) -> list[float]:
    """Milliseconds from the click on an augmentation's tile to the frame that shows another draw of it."""
    page.goto(f"{url}/augmentations")
    page.wait_for_selector(READY, timeout=60_000)
    page.wait_for_timeout(1500)
    found = []
    for turn in range(CHANGES):
        name = ("crop", "jitter", "cutout", "noise", "blur")[turn % 5]
        found.append(page.locator(f".tile-button[data-name={name}]").evaluate(AFRESH))
        page.wait_for_timeout(300)
    return found


def main() -> None:
    """Measure, print, save."""
    findings: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        starts = [first_visit(folder) for _ in range(STARTS)]
        findings["start to first page"] = summary([title for title, _ in starts])
        findings["start to first picture"] = summary([picture for _, picture in starts])
        with serve(folder / "log.txt") as url, chromium() as browser:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(url)
            page.wait_for_selector(READY, timeout=60_000)
            page.wait_for_timeout(1000 * UNDISTURBED)  # then the warm-up in the background
            until_quiet()
            findings["switch to a page"] = summary(switches(page, url))
            findings |= {what: summary(values) for what, values in changes(page, url).items()}
            findings["hover to numbers"] = summary(
                page.locator("canvas[data-side=input]").evaluate(HOVER, HOVERS)
            )
            findings["tile drawn afresh"] = summary(draws(page, url))
    for what, values in findings.items():
        print(f"{what:26}{values}  budget {BUDGETS.get(what, 'one frame')}")
    write("pages", ["streamlit", "torch", "playwright"], {"budgets_ms": BUDGETS, "found": findings})


if __name__ == "__main__":
    main()
