"""The Data page's ways in and out: download, import with progress, stop, remove.

The work is done by processes of its own (`engine.data.tasks`): this file starts them, looks at them twice a second
while one runs, and says in words how they ended. They go on when the reader is on another page.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import streamlit as st

from engine import data
from engine.data import DataError, library, store
from engine.data.tasks import TASKS, Task
from pages.shared import visitors, workers
from pages.shared.controls import choice

UPLOAD_MB = 200  # CIFAR-10 as JPEG files has 58
SIDES = ("automatic", 28, 32, 48, 64, 96, 128)
_POLL = 0.5
_STALE = 24 * 3600  # seconds after which an upload nobody imports is deleted
_PROBLEM = "data_problem"  # session: a sentence about what could not be started


def downloads(name: str) -> str:
    """The task that downloads a set; one for everybody."""
    return f"download {name}"


def offer_download(name: str) -> None:
    """The button for a set that is not here yet."""
    task = TASKS.look(downloads(name))
    if task is not None and not task.over:
        return
    if visitors.rule() == "off":
        st.caption("On this server only its owner adds data sets.")
        return
    megabytes = data.card(name).megabytes
    st.button(
        f"Download {megabytes:,.0f} MB",
        key="data_download",
        icon=":material/download:",
        type="primary",
        on_click=_download,
        args=(name,),
    )


def _download(name: str) -> None:
    _start(downloads(name), data.card(name).title, ["fetch", name])


def offer_import() -> None:
    """Upload a zip or arrays, or name a file on this computer; who may see the result is said before."""
    rule = visitors.rule()
    if rule == "off":
        return
    number = st.session_state.setdefault("data_uploads", 0)  # another number: the form is closed and empty
    with st.popover("Add your own", icon=":material/upload:", type="tertiary", key=f"data_add_{number}"):
        st.caption(
            "A zip with one folder of pictures per class, with or without train/ and test/ around them, or an .npz "
            "with x_train, y_train, x_test and y_test. "
            + (
                "Everybody on this computer will see it."
                if rule == "machine"
                else "Only you will see it, and whoever gets your link. It is deleted when nobody uses it for a week."
            )
        )
        upload = st.file_uploader(
            "A file", ["zip", "npz"], key=f"data_upload_{number}", max_upload_size=UPLOAD_MB
        )
        place = ""
        if visitors.at_the_machine():
            place = st.text_input(
                "Or a file or folder on this computer", key="data_path", placeholder="/home/me/pets"
            )
        default = library.suggest(Path(upload.name if upload else place).stem, data.names())
        name = st.text_input("Its name", key="data_name", placeholder=default)
        side = choice("Pixels a side", SIDES, key="data_side", default="automatic")
        # In here too: on a small screen the message beside the pictures is far above.
        if problem := st.session_state.get(_PROBLEM):
            st.caption(f":material/info: {problem}")
        st.button(
            "Import",
            key="data_import",
            type="primary",
            disabled=upload is None and not place.strip(),
            on_click=_import,
            args=(f"data_upload_{number}", place.strip(), name.strip() or default, side),
        )


def _import(upload_key: str, place: str, name: str, side: str | int) -> None:
    """Button callback: check what can be checked at once, put an upload on disk, start the task."""
    st.session_state.pop(_PROBLEM, None)
    upload = st.session_state.get(upload_key)
    rule = visitors.rule()
    try:
        tidy = library.check_name(name, data.names())
        if rule == "off" or (place and not upload and not visitors.at_the_machine()):
            raise DataError("On this server only its owner adds data sets.")
        temporary = None
        if upload is not None:
            if upload.size > UPLOAD_MB * 2**20:
                raise DataError(
                    f"This file has {upload.size / 2**20:,.0f} MB, and at most {UPLOAD_MB} are taken here."
                )
            temporary = _keep(upload.getbuffer(), Path(upload.name).suffix.lower())
            path = temporary
        else:
            path = Path(place).expanduser()
            if not path.exists():
                raise DataError(f"There is no file or folder {path.name} at that place on this computer.")
    except DataError as error:
        st.session_state[_PROBLEM] = f"{error} Nothing was imported."
        return
    arguments = ["import", f"--called={upload.name if upload is not None else path.name}"]
    arguments += [f"--side={side}"] if side != "automatic" else []
    arguments += ["--private"] if rule == "private" else []
    arguments += ["--", str(path), tidy]  # a name may begin with a dash
    key = f"import {tidy}" if rule == "machine" else f"import {tidy} {workers.owner()}"
    if _start(key, tidy, arguments, delete=temporary):
        st.session_state["data_uploads"] += 1  # and the upload leaves the server's memory
        for field in ("data_path", "data_name"):
            st.session_state[field] = ""


def _keep(content: memoryview, suffix: str) -> Path:
    """Put an upload on disk, and delete old ones that a stopped server left."""
    folder = store.root() / "uploads"
    path = folder / f"{secrets.token_hex(8)}{suffix if suffix in ('.zip', '.npz') else ''}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            with suppress(OSError):
                if time.time() - old.stat().st_mtime > _STALE:
                    old.unlink()
        store.check_room(len(content))
        path.write_bytes(content)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise DataError(f"The upload cannot be stored: {error.strerror or error}.") from error
    return path


def _start(key: str, title: str, arguments: list[str], *, delete: Path | None = None) -> bool:
    try:
        TASKS.start(key, workers.owner(), arguments, title=title, delete=delete)
    except DataError as error:
        if delete is not None:
            delete.unlink(missing_ok=True)
        st.session_state[_PROBLEM] = str(error)
        return False
    return True


def tasks(shown: str) -> None:
    """What runs and how it ended: this session's tasks, and the download of the set that is shown."""
    if problem := st.session_state.get(_PROBLEM):
        _message(problem, "data_problem_seen", _forget_problem)
    found = _found(shown)
    if not found:
        return
    running = any(not task.over for task in found)
    st.fragment(_panel, run_every=_POLL if running else None)(shown)


def _found(shown: str) -> list[Task]:
    found = list(TASKS.of(workers.owner()))
    others = TASKS.look(downloads(shown))
    if others is not None and others not in found and not others.over:
        found.append(others)
    return found


def _panel(shown: str) -> None:
    ended = False
    for number, task in enumerate(_found(shown)):
        if not task.over:
            _running(task, number)
            continue
        if task.state == "done":
            TASKS.forget(task.key)
            if library.is_private(task.result):
                visitors.adopt(task.result)
            st.session_state["data_arrived"] = task.result
            ended = True
        else:
            _message(task.sentence, f"data_seen_{number}", partial(TASKS.forget, task.key))
    if ended or st.session_state.get("data_running") != sum(not task.over for task in _found(shown)):
        st.session_state["data_running"] = sum(not task.over for task in _found(shown))
        st.rerun()


def _running(task: Task, number: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(task.step.share or 0.0, text=f"{task.title}: {task.step.words()}")
        if task.owner == workers.owner():
            st.button(
                "Stop",
                key=f"data_stop_{number}",
                icon=":material/stop:",
                disabled=task.stopping,
                on_click=TASKS.stop,
                args=(task.key, task.owner),
            )


def _forget_problem() -> None:
    st.session_state.pop(_PROBLEM, None)


def _message(sentence: str, key: str, seen: Callable[..., None]) -> None:
    words, away = st.columns([6, 1], vertical_alignment="center")
    words.warning(sentence, icon=":material/info:")
    away.button("Understood", key=key, on_click=seen, type="tertiary")


def offer_remove(name: str) -> None:
    """Delete an imported or downloaded set, after a second look."""
    card = data.card(name)
    if card.origin == "here" or not data.available(name) or not visitors.may_remove(name):
        return
    with st.popover("Remove", icon=":material/delete:", type="tertiary"):
        again = "It can be downloaded again." if card.origin == "download" else "It cannot be brought back."
        st.markdown(
            f"**{card.title}**, {sum(card.counts.values()):,} pictures, will be deleted from this computer. {again}"
        )
        st.button("Delete it", key="data_remove", type="primary", on_click=_remove, args=(name,))


def _remove(name: str) -> None:
    st.session_state.pop(_PROBLEM, None)
    try:
        data.remove(name)
    except DataError as error:
        st.session_state[_PROBLEM] = str(error)
