"""The Interpolate page in a browser: how soon one can drag, and how fast decodes follow.

A headless Chromium on a server of its own that is warm and at rest. The first drag: from opening the address to the
first picture decoded under a moved pointer, in a browser that never saw the app, in one that did, and from the click
in the app's own menu; beside it, taking turns, the time to an empty component on an otherwise empty page of Streamlit.
The rate: decodes per second while the pointer moves over the pad, and the milliseconds of one decode.

    python -m benchmarks.glo_pages
"""

from __future__ import annotations

import math
import tempfile
import time
from pathlib import Path
from statistics import median

from playwright.sync_api import Browser, BrowserContext

from app import UNDISTURBED
from benchmarks import bare
from benchmarks.common import until_quiet, write
from tests.browser.serving import chromium, serve

VISITS, MOVES = 3, 60


def visits(browser: Browser, url: str, model: str, nothing: str) -> dict[str, float]:
    """Two visits with one browser, and two to the bare page `nothing` with another."""
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    address = f"{url}/interpolate?lat_model={model}"
    first, second = drag(context, address), drag(context, address)
    menu = drag(context, f"{url}/convolution", f"{url}/interpolate")
    context.close()
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    bare_first, bare_second = bare.seconds(context, nothing), bare.seconds(context, nothing)
    context.close()
    return {
        "bare_streamlit_s": round(bare_first, 2),
        "bare_streamlit_again_s": round(bare_second, 2),
        "first_drag_s": first["first_drag_s"],
        "first_drag_again_s": second["first_drag_s"],
        "first_drag_from_another_page_s": menu["first_drag_s"],
        "decodes_per_s": second["decodes_per_s"],
        "decode_ms": second["decode_ms"],
    }


def drag(context: BrowserContext, url: str, link: str = "") -> dict[str, float]:
    """One visit: seconds to the first decode of a drag, decodes per second, milliseconds of a decode.

    With `link` the page at `url` is another one, already there, and the menu's link is followed.
    """
    page = context.new_page()
    page.set_default_timeout(120_000)
    start = time.perf_counter()
    page.goto(url)
    if link:
        page.wait_for_selector(".root[data-ready=true]")
        start = time.perf_counter()
        page.locator(f"[data-testid=stSidebarNavLink][href='{link}']").click()
        page.locator("canvas[data-part=pad]").wait_for()
    root = page.wait_for_selector(".root[data-ready=true]")
    if root is None:
        raise RuntimeError("The pad did not appear.")
    box = page.locator("canvas[data-part=pad]").bounding_box()
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
        "first_drag_s": round(first, 2),
        "decodes_per_s": round(rate, 1),
        "decode_ms": round(median(each), 2),
    }


def main() -> None:
    """Measure, print, write."""
    with (
        tempfile.TemporaryDirectory() as folder,
        chromium() as browser,
        serve(Path(folder) / "log.txt") as url,
        bare.served(Path(folder)) as nothing,
    ):
        visits(browser, url, "Faces", nothing)
        time.sleep(UNDISTURBED)
        until_quiet()
        drags = {
            model: [visits(browser, url, model.replace(" ", "+"), nothing) for _ in range(VISITS)]
            for model in ("Faces", "MNIST digits")
        }
    findings: dict[str, object] = {
        model: {key: median(found[key] for found in each) for key in each[0]} for model, each in drags.items()
    }
    findings["budgets"] = {"first_drag_s": 2, "decodes_per_s": 10}
    for name, found in findings.items():
        print(f"  {name:16}{found}")
    write("glo_pages", ("streamlit", "torch", "playwright"), findings)


if __name__ == "__main__":
    main()
