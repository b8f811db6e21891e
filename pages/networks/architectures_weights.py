"""Which weights the feature maps run with, and the offer to download torchvision's pretrained ones.

The download runs beside the page (`engine.feature_maps.Fetching`); the page looks at it twice a second and goes on
working with random weights meanwhile.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from engine import device as devices
from engine.architectures import published, title
from engine.download import RemoteFile, matches
from engine.feature_maps import (
    Fetch,
    Fetching,
    Network,
    cached,
    network,
    own,
    own_network,
    remote_file,
)
from pages.registry import PageEntry
from pages.shared import workers

PRETRAINED, RANDOM = "pretrained", "random"
KINDS = {PRETRAINED: "Pretrained", RANDOM: "Random"}
MOST_PARAMETERS = 150_000_000  # 0.6 GB in float32; two networks are kept at a time
LOOK = 0.5  # seconds between two looks at a download
MEBI = 2**20
_building = (
    threading.Lock()
)  # one network at a time, so that a class that opens ten does not need ten times the memory


@dataclass(frozen=True)
class Weights:
    """What the network runs with. `mark` changes when the file in the cache does; "" is random weights."""

    name: str
    mark: str
    seed: int

    @property
    def own(self) -> bool:
        """Whether it is a network trained by us, and comes with its weights."""
        return self.name in own()

    @property
    def title(self) -> str:
        """The network's."""
        return own().get(self.name) or title(self.name)

    @property
    def words(self) -> str:
        """For the chip."""
        if self.own:
            return "weights trained by us"
        official = published(self.name)
        if self.mark and official is not None:
            return f"pretrained weights {official.weights}"
        return f"random weights, seed {self.seed}"


@st.cache_resource(show_spinner=False)
def fetching() -> Fetching:
    """The downloads of this server."""
    return Fetching()


@st.cache_data(show_spinner=False, max_entries=256)
def _sound(path: str, checksum: str, size: int, changed: float) -> bool:  # noqa: ARG001 - part of the cache's key
    return matches(Path(path), checksum)


def _mark(name: str) -> str:
    """A sign of the pretrained file of `name` in the cache; "" where there is none or it is damaged."""
    file, path = remote_file(name), cached(name)
    if file is None or path is None:
        return ""
    about = path.stat()
    sound = _sound(str(path), file.checksum, about.st_size, about.st_mtime)
    return f"{path.name} {about.st_mtime}" if sound else ""


def weights(name: str, kind: str, seed: int) -> Weights:
    """What `name` runs with: pretrained weights if they are wanted and here, otherwise random ones."""
    if name in own():
        return Weights(name, "ours", 0)
    return Weights(name, _mark(name) if kind == PRETRAINED else "", seed)


@st.cache_resource(show_spinner=False, max_entries=2)
def ready(found: Weights) -> Network:
    """The network with its weights, shared by all sessions."""
    if found.own:
        return own_network(found.name)
    with _building:
        return network(found.name, pretrained=bool(found.mark), seed=found.seed, device=devices.pick())


def offer(page: PageEntry, name: str) -> None:
    """The offer to download, its progress, or why there is nothing to offer. For weights that are not here yet."""
    file = remote_file(name)
    if file is None:
        st.caption(
            f"Nobody has published weights for this {title(name)}: the maps below come from random ones."
        )
        return
    state = fetching().look(name, workers.owner())
    every = LOOK if state is not None and not state.over else None

    @st.fragment(run_every=every)
    def panel() -> None:
        now = fetching().look(name, workers.owner())
        arrived = now is not None and now.state == "done"
        if arrived:
            fetching().leave(name, workers.owner())
        if arrived or (now is not None and not now.over) != bool(every):
            st.rerun()  # the whole page: with the new weights, or to begin or end looking twice a second
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if now is None or now.over:
                _start(page, name, file, "" if now is None else now.problem)
            else:
                _progress(page, name, now, now.total or int(file.megabytes * MEBI))

    panel()


def _start(page: PageEntry, name: str, file: RemoteFile, problem: str) -> None:
    if problem:
        st.warning(f"{problem} The maps below come from random weights.", icon=":material/cloud_off:")
    st.button(
        f"Download pretrained weights ({file.megabytes:.0f} MB)",
        key=f"{page.prefix}fetch",
        icon=":material/download:",
        on_click=fetching().start,
        args=(name, workers.owner()),
        help=f"From {file.host}, once, into the server's cache.",
    )
    if not problem:
        st.caption("Until then the weights are random.")


def _progress(page: PageEntry, name: str, now: Fetch, total: int) -> None:
    text = f"{now.done / MEBI:.1f} of {total / MEBI:.1f} MB" if now.done else "Connecting"
    if now.state == "waiting":
        text = "Waiting for other downloads"
    st.progress(min(now.done / total, 1.0), text=text, width=320)
    st.button(
        "Cancel",
        key=f"{page.prefix}cancel",
        icon=":material/close:",
        on_click=fetching().leave,
        args=(name, workers.owner()),
    )
