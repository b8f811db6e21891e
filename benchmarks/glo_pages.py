"""The Interpolate page in a browser: how soon one can drag, and how fast decodes follow.

A headless Chromium on a server of its own that is warm and at rest. The first drag: from opening the address to the
first picture decoded under a moved pointer, in a browser that never saw the app, in one that did, and from the click
in the app's own menu; beside it, taking turns, the time to an empty component on an otherwise empty page of Streamlit.
Nobody looks over these browsers (see `watched`). The rate: decodes per second while the pointer moves over the pad, and
the milliseconds of one decode, by Playwright, which also says how soon it finds the first drag.

    python -m benchmarks.glo_pages
"""

from __future__ import annotations

import math
import tempfile
import time
from pathlib import Path
from statistics import median

from playwright.sync_api import BrowserContext

from app import UNDISTURBED
from benchmarks import bare, watched
from benchmarks.common import until_quiet, write
from tests.browser.serving import chromium, serve

VISITS, MOVES = 5, 60


PAD = "canvas[data-part=pad]"


def first_drag(page: watched.Page) -> None:
    """Drag on the pad as soon as it is there, until a picture is decoded under the pointer."""
    page.ready()
    script = (
        f"(() => {{ const root = {watched.FIGURE}, box = root.querySelector('{PAD}').getBoundingClientRect();"
    )
    script += " return [box.x, box.y, box.width, box.height, Number(root.dataset.decodes)]; })()"
    x, y, width, height, before = page.value(script)
    page.mouse("mouseMoved", x + width / 2, y + height / 2)
    page.mouse("mousePressed", x + width / 2, y + height / 2, held=True)
    page.mouse("mouseMoved", x + width / 3, y + height / 3, held=True)
    page.until(f"Number(({watched.FIGURE}).dataset.decodes) > {before}", every=0.005)


def arrive(page: watched.Page, url: str) -> float:
    """Seconds from the address until the page's figure is there."""
    start = time.perf_counter()
    page.open(url)
    page.ready()
    return time.perf_counter() - start


def by_address(browser: watched.Browser, url: str) -> tuple[float, float]:
    """Seconds from the address until the pad is there, and until the first drag."""
    page = watched.Page(browser)
    start = time.perf_counter()
    there = arrive(page, url)
    first_drag(page)
    found = time.perf_counter() - start
    page.close()
    return there, found


def by_menu(browser: watched.Browser, url: str, model: str) -> float:
    """Seconds from the click on the page's link in the menu of another page; the model is the one last chosen."""
    page = watched.Page(browser)
    page.open(f"{url}/convolution?lat_model={model}")
    page.ready()
    start = time.perf_counter()
    page.value("document.querySelector(\"[data-testid=stSidebarNavLink][href$='/interpolate']\").click()")
    page.until(f"Boolean(({watched.FIGURE})?.querySelector('{PAD}'))")
    first_drag(page)
    found = time.perf_counter() - start
    page.close()
    return found


def empty(browser: watched.Browser, url: str) -> float:
    """Seconds from the address of the bare page to its component."""
    page = watched.Page(browser)
    found = arrive(page, url)
    page.close()
    return found


def visits(url: str, model: str, nothing: str) -> dict[str, float]:
    """A new browser for the bare page and a new one for ours, then each again, known by then."""
    address = f"{url}/interpolate?lat_model={model}"
    with tempfile.TemporaryDirectory() as folder:
        with watched.chromium(Path(folder) / "bare") as browser:
            bare_new, _, bare_known = (empty(browser, nothing) for _ in range(3))
        with watched.chromium(Path(folder) / "ours") as browser:
            new, _, known = (by_address(browser, address) for _ in range(3))
            menu = by_menu(browser, url, model)
    return {
        "bare_streamlit_s": round(bare_new, 2),
        "bare_streamlit_again_s": round(bare_known, 2),
        "pad_is_there_s": round(new[0], 2),
        "first_drag_s": round(new[1], 2),
        "pad_is_there_again_s": round(known[0], 2),
        "first_drag_again_s": round(known[1], 2),
        "first_drag_from_another_page_s": round(menu, 2),
    }


def drag(context: BrowserContext, url: str) -> dict[str, float]:
    """One visit: seconds to the first decode of a drag, decodes per second, milliseconds of a decode."""
    page = context.new_page()
    page.set_default_timeout(120_000)
    start = time.perf_counter()
    page.goto(url)
    root = page.wait_for_selector(".root[data-ready=true]")
    if root is None:
        raise RuntimeError("The pad did not appear.")
    box = page.locator(PAD).bounding_box()
    if box is None:
        raise RuntimeError("The pad has no size.")

    def decodes() -> int:
        return int(root.get_attribute("data-decodes") or 0)

    before = decodes()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 3, box["y"] + box["height"] / 3)
    while decodes() == before:
        page.wait_for_timeout(5)
    first = time.perf_counter() - start
    page.wait_for_selector(".root[data-pictures=true]")
    before, start, each = decodes(), time.perf_counter(), []
    for move in range(MOVES):
        angle = 2 * math.pi * move / MOVES
        page.mouse.move(
            box["x"] + box["width"] * (0.5 + 0.4 * math.sin(angle)),
            box["y"] + box["height"] * (0.5 + 0.4 * math.cos(angle)),
        )
        each.append(float(root.get_attribute("data-milliseconds") or 0))
    rate = (decodes() - before) / (time.perf_counter() - start)
    page.mouse.up()
    page.close()
    return {
        "first_drag_again_by_playwright_s": round(first, 2),
        "decodes_per_s": round(rate, 1),
        "decode_ms": round(median(each), 2),
    }


def main() -> None:
    """Measure, print, write."""
    drags: dict[str, list[dict[str, float]]] = {"Faces": [], "MNIST digits": []}
    with (
        tempfile.TemporaryDirectory() as folder,
        chromium() as browser,
        serve(Path(folder) / "log.txt") as url,
        bare.served(Path(folder)) as nothing,
    ):
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        drag(context, f"{url}/interpolate")
        time.sleep(UNDISTURBED)
        until_quiet()
        for _ in range(VISITS):
            for model, found in drags.items():
                named = model.replace(" ", "+")
                found.append(
                    visits(url, named, nothing) | drag(context, f"{url}/interpolate?lat_model={named}")
                )
    findings: dict[str, object] = {
        model: {key: median(found[key] for found in each) for key in each[0]} for model, each in drags.items()
    }
    findings["budgets"] = {"first_drag_s": 2, "decodes_per_s": 10}
    for name, found in findings.items():
        print(f"  {name:16}{found}")
    write("glo_pages", ("streamlit", "torch", "playwright"), findings)


if __name__ == "__main__":
    main()
