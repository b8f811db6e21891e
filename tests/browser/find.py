"""Find a Chromium to test with, or install one: installed, else Playwright's own, else Debian's package as root.

`python -m tests.browser.find --install` prints its path, or says in one sentence why there is none and exits 1.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    r"C:\Program Files\Google\Chrome\Application\chrome.exe",
    r"C:\Program Files (x86)\Microsoft\Edge\Application\msedge.exe",
)


def installed() -> str | None:
    """Path of a browser that is already there."""
    for name in NAMES:
        if found := shutil.which(name):
            return found
    return next((place for place in PLACES if Path(place).exists()), None)


def playwrights_own() -> str | None:
    """Path of the browser Playwright downloaded for itself."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def _quietly(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False, timeout=600).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def find() -> str | None:
    """Path of a usable browser, without installing anything."""
    return installed() or playwrights_own()


def install() -> str | None:
    """Like `find`, but gets a browser where there is none."""
    if found := find():
        return found
    _quietly(sys.executable, "-m", "playwright", "install", "chromium")
    if found := find():
        return found
    if hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        _quietly("apt-get", "update")
        _quietly("apt-get", "install", "-y", "--no-install-recommends", "chromium")
    return find()


def main() -> int:
    """Print the path, or the sentence."""
    path = install() if "--install" in sys.argv else find()
    if path is None:
        print(
            "No Chromium for the browser tests could be found or installed: install Chromium or Chrome "
            "and run the same command again."
        )
        return 1
    print(f"Browser for the tests: {path}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
