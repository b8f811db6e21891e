"""How fast a network opens on the Architectures page, and how smoothly its blocks do.

The app is started as a user starts it and visited by a headless Chromium with software rendering. Each listed network
is chosen in the menu of networks; the time runs from the Enter key to the drawing in the page. The first visit traces
the network and counts what training keeps, the later ones find both done. Frames are counted while one block opens
(340 ms), after the page has come to rest.

    python -m benchmarks.architectures
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from playwright.sync_api import Page

from benchmarks.common import write
from engine.architectures import LISTED
from tests.browser.serving import chromium, serve

BUDGET_MS = 500
ROUNDS = 5
READY = ".root[data-ready=true]"
OPENINGS = (
    ("resnet50", "layer3"),
    ("resnet50", "layer3.1"),
    ("densenet121", "features.denseblock1"),
    ("resnet152", "layer3"),
)
FRAMES = """async (id) => {
  const roots = [...document.querySelectorAll("*")].map((e) => e.shadowRoot).filter(Boolean);
  const host = roots.find((r) => r.querySelector(".drawing"));
  const panel = host.querySelector(".panel");
  host.querySelector(`[data-id="${id}"]`).dispatchEvent(new MouseEvent("click", { bubbles: true }));
  const times = [performance.now()];
  do {
    await new Promise(requestAnimationFrame);
    times.push(performance.now());
  } while (panel.dataset.moving !== "false" || times.length < 4);
  const gaps = times.slice(1).map((t, i) => t - times[i]);
  return { frames: gaps.length, worst_ms: Math.max(...gaps), total_ms: times.at(-1) - times[0] };
}"""


def choose(page: Page, title: str) -> float:
    """Milliseconds from the Enter key to the drawing of the network called `title`."""
    field = page.locator(".st-key-arch_network input")
    field.click()
    field.fill(title)
    page.get_by_role("option", name=title, exact=True).wait_for()
    start = perf_counter()
    page.keyboard.press("Enter")
    page.locator(".name b", has_text=title).wait_for(timeout=30_000)
    return 1000 * (perf_counter() - start)


def openings(page: Page, url: str) -> dict[str, dict[str, float]]:
    """Frames, the longest one and the whole time of some openings, medians over the rounds."""
    found = {}
    for name, block in OPENINGS:
        rounds = []
        for _ in range(ROUNDS):
            parent = block.rpartition(".")[0]
            page.goto(f"{url}/architectures?arch_network={LISTED[name]}&arch_open={parent}")
            page.wait_for_selector(READY, timeout=60_000)
            page.wait_for_timeout(1500)
            rounds.append(page.evaluate(FRAMES, block))
        found[f"{name} {block}"] = {key: round(median(each[key] for each in rounds), 1) for key in rounds[0]}
    return found


def main() -> None:
    """Measure, print, save."""
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder) / "log.txt") as url,
        chromium() as browser,
    ):
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.goto(f"{url}/architectures")
        page.wait_for_selector(READY, timeout=60_000)
        page.wait_for_timeout(8000)  # the warm-up in the background
        times: dict[str, list[float]] = {title: [] for title in LISTED.values()}
        order = [*list(LISTED.values())[1:], next(iter(LISTED.values()))]
        for _ in range(ROUNDS + 1):
            for title in order:
                times[title].append(choose(page, title))
                page.wait_for_timeout(400)
        found = {
            title: {
                "first_ms": round(values[0], 1),
                "median_ms": round(median(values[1:]), 1),
                "longest_ms": round(max(values[1:]), 1),
            }
            for title, values in times.items()
        }
        frames = openings(page, url)
    slow = [title for title, values in found.items() if values["median_ms"] > BUDGET_MS]
    for title, values in found.items():
        print(f"{title:20}{values}")
    for what, values in frames.items():
        print(f"{what:36}{values}")
    print(f"over the budget of {BUDGET_MS} ms: {slow or 'none'}")
    findings = {"budget_ms": BUDGET_MS, "rounds": ROUNDS, "over": slow, "networks": found, "openings": frames}
    write("architectures", ["streamlit", "torch", "torchvision", "playwright"], findings)


if __name__ == "__main__":
    main()
