"""A browser that nobody looks over: what a visitor waits for.

Playwright notes every request of a page and every answer. A page of this app makes 130 of them, and on two cores that
bookkeeping took 0.7 of the 3.1 seconds Playwright found. This speaks to Chromium over its own protocol, and asks of it
no more than a visitor does: open an address, look for the figure, move the mouse.
"""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from websockets.sync.client import ClientConnection, connect

from tests.browser.find import find
from tests.browser.serving import FLAGS

LOOK = 0.02  # seconds between two looks
LONGEST = 120.0
# The first element of our class `root`, in the shadow of one of Streamlit's components; kept once it is found.
FIGURE = """(() => {
  if (window.figure?.isConnected) return window.figure;
  for (const host of document.querySelectorAll("[data-testid^=stBidiComponent]"))
    for (const at of [host, ...host.querySelectorAll("*")]) {
      const found = at.shadowRoot?.querySelector(".root");
      if (found) return (window.figure = found);
    }
})()"""


class Browser:
    """A headless Chromium with a profile in `folder`: new if the folder is, else one that was here before."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._number = 0

    def ask(self, method: str, session: str | None = None, **parameters: object) -> dict[str, Any]:
        """Send one command of the DevTools protocol; its answer. Raises RuntimeError where Chromium refuses."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        self._socket.send(json.dumps(message if session is None else message | {"sessionId": session}))
        while True:
            answer = json.loads(self._socket.recv(LONGEST))
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']['message']}")
                return dict(answer["result"])


class Page:
    """One page, empty at first."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._target = browser.ask("Target.createTarget", url="about:blank")["targetId"]
        self._session = browser.ask("Target.attachToTarget", targetId=self._target, flatten=True)["sessionId"]
        time.sleep(0.3)  # its process has started

    def open(self, url: str) -> None:
        """Go to an address."""
        self._browser.ask("Page.navigate", self._session, url=url)

    def value(self, script: str) -> Any:  # noqa: ANN401 - whatever the script gives
        """What a script gives; None while the page is being replaced by another."""
        try:
            found = self._browser.ask(
                "Runtime.evaluate", self._session, expression=script, returnByValue=True
            )
        except RuntimeError:
            return None
        return found["result"].get("value")

    def until(self, script: str, every: float = LOOK) -> Any:  # noqa: ANN401
        """Look until a script gives something true; what it gives."""
        end = time.perf_counter() + LONGEST
        while not (found := self.value(script)):
            if time.perf_counter() > end:
                raise RuntimeError(f"It did not happen: {script}")
            time.sleep(every)
        return found

    def ready(self) -> None:
        """Wait until the figure is there and answers."""
        self.until(f"({FIGURE})?.dataset.ready === 'true'")

    def mouse(self, kind: str, x: float, y: float, *, held: bool = False) -> None:
        """mouseMoved, mousePressed or mouseReleased."""
        button = "left" if held or kind != "mouseMoved" else "none"
        self._browser.ask(
            "Input.dispatchMouseEvent",
            self._session,
            type=kind,
            x=x,
            y=y,
            button=button,
            buttons=int(held),
            clickCount=int(kind != "mouseMoved"),
        )

    def close(self) -> None:
        """Close it."""
        self._browser.ask("Target.closeTarget", targetId=self._target)


@contextmanager
def chromium(folder: Path, width: int = 1440, height: int = 900) -> Iterator[Browser]:
    """A browser whose profile lies in `folder`."""
    path = find()
    if path is None:
        raise RuntimeError("No Chromium: run `python -m tests.browser.find --install`.")
    asked = [
        "--headless",
        "--remote-debugging-port=0",
        f"--user-data-dir={folder}",
        f"--window-size={width},{height}",
    ]
    command = [path, *asked, *FLAGS, "about:blank"]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)  # noqa: S603 - a browser we found
    try:
        address = next(
            (found for line in process.stderr or () if (found := re.search(r"ws://\S+", line))), None
        )
        if address is None:
            raise RuntimeError("Chromium did not start.")
        with connect(address.group(0), max_size=None) as socket:
            yield Browser(socket)
    finally:
        process.terminate()
        process.wait(30)
