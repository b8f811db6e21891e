"""The Embedding page in a browser: how soon the first picture stands, and how smooth 10,000 pictures are.

A headless Chromium without a graphics processor, so WebGL2 is drawn in software: the worst case for a visitor.

- First view: from the address to the component that has drawn the stored layout, on a server that is warm and at
  rest; in a browser that never saw the app, in one that did, and through the app's own menu.
- Hover: the pointer moves over 10,000 pictures at the display's pace; frames per second, and how long the slowest
  frames took. The points themselves are not drawn again for it.
- Zoom, between once and twice the size, and shift: every frame draws all points again. Where that takes too long the
  page leaves dots out until the hand rests; `fewest_dots` is the smallest share of them that was drawn.

    python -m benchmarks.embedding_page
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

from playwright.sync_api import Browser, BrowserContext, Page

from app import UNDISTURBED
from benchmarks import bare
from benchmarks.common import until_quiet, write
from tests.browser.serving import chromium, serve

MANY = "?emb_data=Shapes&emb_vectors=Random+numbers&emb_count=10%2C000&emb_layout=PCA"
VISITS, WATCHED = 5, 4.0
PATIENCE = 180_000
BUDGETS = {"first_view_ms": 1000, "hover_frames_per_second": 60}
HOW = ("browser new to the app", "browser that knows the app")
FRAMES = """seconds => new Promise(done => {
  const started = performance.now(), times = [];
  let last = started;
  const tick = (now) => {
    times.push(now - last);
    last = now;
    if (now - started < 1000 * seconds) requestAnimationFrame(tick); else done(times.slice(1));
  };
  requestAnimationFrame(tick);
})"""
MOVES = """([seconds, kind]) => {
  const roots = [...document.querySelectorAll("*")].map((node) => node.shadowRoot?.querySelector(".root"));
  const root = roots.find((node) => node?.dataset.shown) ?? document.querySelector(".root[data-shown]");
  const canvas = root.querySelector("canvas.over");
  const box = canvas.getBoundingClientRect(), started = performance.now();
  const step = (now) => {
    const angle = (now - started) / 300, reach = 0.35 * Math.abs(Math.sin(angle / 5));
    const at = {
      clientX: box.x + box.width * (0.5 + reach * Math.cos(angle)),
      clientY: box.y + box.height * (0.5 + reach * Math.sin(angle)),
      bubbles: true, cancelable: true, pointerId: 1, pointerType: "mouse",
    };
    const over = now - started > 1000 * seconds;
    const turn = { ctrlKey: true, deltaY: -Math.sin(angle) * 14 };
    if (kind === "zoom") canvas.dispatchEvent(new WheelEvent("wheel", { ...at, ...turn }));
    else canvas.dispatchEvent(new PointerEvent(over ? "pointerup" : "pointermove", at));
    const { dots, shown, sprites } = root.dataset;
    window.fewest = Math.min(window.fewest, dots / (shown - sprites));
    if (!over) requestAnimationFrame(step);
  };
  const middle = { clientX: box.x + box.width / 2, clientY: box.y + box.height / 2 };
  const down = new PointerEvent("pointerdown", { ...middle, bubbles: true, pointerId: 1, pointerType: "mouse" });
  if (kind === "shift") canvas.dispatchEvent(down);
  window.fewest = 1;
  requestAnimationFrame(step);
}"""


def opened(context: BrowserContext, url: str, *, pictures: bool = False) -> Page:
    """The page in a new tab, once the component has drawn."""
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    page.goto(url)
    page.wait_for_selector(".root[data-ready=true]")
    if pictures:
        page.wait_for_selector(".root[data-pictures=true]")
    return page


def profile(browser: Browser) -> BrowserContext:
    """A browser that has not seen anything yet."""
    return browser.new_context(viewport={"width": 1440, "height": 900})


def first_views(browser: Browser, url: str, nothing: str) -> dict[str, dict[str, dict[str, float]]]:
    """Milliseconds from the address, or the click, to the picture; beside it, taking turns, a page with a small
    picture, and the bare page `nothing`."""
    times: dict[str, dict[str, list[float]]] = {
        slug: {} for slug in ("bare Streamlit", "embedding", "pooling")
    }
    for _ in range(VISITS + 1):
        context = profile(browser)
        for how in HOW:
            times["bare Streamlit"].setdefault(how, []).append(1000 * bare.seconds(context, nothing))
        context.close()
        for slug, found in list(times.items())[1:]:
            context = profile(browser)
            for how in HOW:
                start = time.perf_counter()
                page = opened(context, f"{url}/{slug}")
                found.setdefault(how, []).append(1000 * (time.perf_counter() - start))
                page.close()
            page = opened(context, f"{url}/convolution")
            start = time.perf_counter()
            page.locator(f"[data-testid=stSidebarNavLink][href='{url}/{slug}']").click()
            page.locator("h1", has_text=slug.capitalize()).wait_for()
            page.wait_for_selector(".root[data-ready=true]")
            found.setdefault("from another page", []).append(1000 * (time.perf_counter() - start))
            context.close()
    return {
        slug: {
            how: {"median_ms": round(median(each[1:])), "slowest_ms": round(max(each[1:])), "visits": VISITS}
            for how, each in found.items()
        }
        for slug, found in times.items()
    }


def smoothness(page: Page, kind: str) -> dict[str, float]:
    """Frames per second and the slowest twentieth while the pointer is busy; beside it the browser's own pace."""
    resting = page.evaluate(FRAMES, 1.0)
    root = page.locator(".root[data-ready=true]")
    drawn = int(root.get_attribute("data-frames") or 0)
    page.evaluate(MOVES, [WATCHED, kind])
    busy = page.evaluate(FRAMES, WATCHED)
    drawn = int(root.get_attribute("data-frames") or 0) - drawn
    return {
        "frames_per_second": round(1000 / (sum(busy) / len(busy)), 1),
        "drawn_per_second": round(1000 * drawn / sum(busy), 1),
        "fewest_dots": round(page.evaluate("window.fewest"), 2),
        "median_ms": round(median(busy), 1),
        "p95_ms": round(quantiles(busy, n=20, method="inclusive")[18], 1),
        "resting_frames_per_second": round(1000 / (sum(resting) / len(resting)), 1),
    }


def main() -> None:
    """Measure, print, save."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder) / "log.txt") as url,
        bare.served(Path(folder)) as nothing,
        chromium() as browser,
    ):
        opened(profile(browser), f"{url}/embedding").context.close()
        time.sleep(UNDISTURBED)
        until_quiet()
        views = first_views(browser, url, nothing)
        page = opened(profile(browser), f"{url}/embedding{MANY}", pictures=True)
        root = page.locator(".root[data-ready=true]")
        page.get_by_text("of neighbours").first.wait_for()  # the layout is done and judged
        page.wait_for_timeout(1000)
        findings = {
            "budgets": BUDGETS,
            "first_view": views,
            "points": int(root.get_attribute("data-shown") or 0),
            "renderer": root.get_attribute("data-renderer"),
            "hover": smoothness(page, "hover"),
            "zoom": smoothness(page, "zoom"),
            "shift": smoothness(page, "shift"),
        }
    print(findings)
    write("embedding_page", ("streamlit", "playwright"), findings)


if __name__ == "__main__":
    main()
