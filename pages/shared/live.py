"""Live runs: one way for every page to start an experiment, hold its switch and watch it.

    live = Live(PAGE, "engine.some.experiment")
    live.show(settings, draw)      # settings from the page's widgets; draw(run) puts the picture of a run

`show` is one fragment: the buttons, a line that says where the run stands, and the page's picture. It asks the pool
for news only while a run is on. Settings that changed since the last time the page ran are sent to the run if it can
take them on, and marked on its curves; the others wait for the next start and the page says so.
The run belongs to the session: it goes on while the student is on another page and is there when she comes back.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from engine.jobs import JobError, NoSuchJob
from engine.settings import SettingError, SettingsBase
from pages.registry import PageEntry
from pages.shared import history, workers
from pages.shared.progress import Run

FAST, SLOW = 0.25, 0.5  # seconds between two looks: while it runs, while it waits
STATES = {
    "queued": ":material/hourglass_empty: Waiting",
    "running": ":material/play_arrow: Running",
    "paused": ":material/pause: Paused",
    "stopping": ":material/stop: Stopping",
    "done": ":material/check: Finished",
    "stopped": ":material/stop: Stopped",
    "failed": ":material/error: Failed",
}


class Live:
    """One experiment on one page.

    Args:
        page: The page; widget keys start with its prefix.
        experiment: Module of the experiment.
        name: Tells several experiments of a page apart.
        start: The word on the button.
        title: Names a run for the history from the settings it started with; None keeps runs out of it.
    """

    def __init__(
        self,
        page: PageEntry,
        experiment: str,
        *,
        name: str = "run",
        start: str = "Train",
        title: Callable[[Mapping[str, Any]], str] | None = None,
    ) -> None:
        self.page, self.experiment, self.start_word, self.title = page, experiment, start, title
        self._prefix = f"{page.prefix}{name}_"
        self._key = (
            f"live {page.prefix}{name}"  # not with the prefix in front: a lesson's step clears such keys
        )

    @property
    def run(self) -> Run:
        """What this session has seen of its last run."""
        if self._key not in st.session_state:
            st.session_state[self._key] = Run(job=workers.remembered(self._key))
        found: Run = st.session_state[self._key]
        return found

    def start(self, settings: SettingsBase, *, first: str | None = None) -> None:
        """Start afresh; a run that is on is stopped. `first`: "batch" or "epoch", to pause after it."""
        jobs, who = workers.pool(), workers.owner()
        if self.run.job is not None:
            jobs.forget(self.run.job, who)
        fresh = Run()
        try:
            fresh.job = jobs.submit(self.experiment, settings.to_dict(), owner=who, paused=first is not None)
            if first is not None:
                jobs.tell(fresh.job, who, "batch" if first == "batch" else "epoch")
            workers.remember(self._key, fresh.job)
            fresh.state = "queued"
            fresh.settings = settings.to_dict()
        except (JobError, SettingError) as error:
            fresh.state, fresh.sentence = "failed", str(error)
        st.session_state[self._key] = fresh

    def tell(self, command: Any, *, knob: str | None = None, value: object = None) -> None:  # noqa: ANN401 - a Command
        """Pass a command on; what the run cannot take is said on the page."""
        run = self.run
        if run.job is None:
            return
        try:
            workers.pool().tell(run.job, workers.owner(), command, knob=knob, value=value)
        except (JobError, SettingError) as error:
            run.sentence = str(error)

    def look(self) -> Run:
        """Ask the pool for news; the run with what is new."""
        run = self.run
        if run.job is not None and (run.active or run.state is None):
            try:
                run.take(workers.pool().look(run.job, workers.owner(), run.cursor))
            except NoSuchJob as error:
                if run.state is None:  # of before a reload, and forgotten since
                    run.job = None
                else:
                    run.state, run.sentence = "failed", str(error)
        if self.title is not None:
            history.keep(self.experiment, self.title, run)
        return run

    def show(
        self,
        settings: SettingsBase,
        draw: Callable[[Run], None],
        *,
        steps: bool = True,
        disabled: str = "",
    ) -> None:
        """Buttons, state and the page's picture, kept up to date.

        Args:
            settings: As the page's widgets stand.
            draw: Puts the picture of a run; called several times per second while one is on.
            steps: Whether the experiment has batches and epochs to walk through.
            disabled: Why it cannot start, if it cannot.
        """
        run = self.look()
        waiting = self._send_changes(run, settings)
        every = _interval(run)

        @st.fragment(run_every=every)
        def panel() -> None:
            now = self.look()
            if _interval(now) != every:
                st.rerun()  # once: it sets the new interval
            self._buttons(now, settings, steps=steps, disabled=disabled)
            self._say(now, waiting, settings)
            draw(now)

        panel()

    def _send_changes(self, run: Run, settings: SettingsBase) -> list[str]:
        """Turn the knobs that differ; names of the settings that need a new start."""
        if not run.active:
            return []
        waiting = []
        for knob, value, live in differences(settings, run.settings):
            if live:
                self.tell("change", knob=knob, value=value)
            else:
                waiting.append(knob)
        return waiting

    def _buttons(self, run: Run, settings: SettingsBase, *, steps: bool, disabled: str) -> None:
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            if not run.active:
                self._button(
                    self.start_word,
                    "start",
                    "play_arrow",
                    "T",
                    self.start,
                    settings,
                    primary=True,
                    off=disabled,
                )
            elif run.state == "paused":
                self._button("Go on", "go", "play_arrow", "P", self.tell, "resume", primary=True)
            else:
                self._button("Pause", "go", "pause", "P", self.tell, "pause", primary=True)
            if steps:
                for word, step, icon, shortcut in (
                    ("One batch", "batch", "skip_next", "B"),
                    ("One epoch", "epoch", "fast_forward", "E"),
                ):
                    if run.active:
                        self._button(word, step, icon, shortcut, self.tell, step)
                    else:
                        self._button(word, step, icon, shortcut, self._first, settings, step, off=disabled)
            if run.active:
                self._button("Stop", "stop", "stop", "S", self.tell, "stop")
        if disabled and not run.active:
            st.caption(disabled)

    def _first(self, settings: SettingsBase, step: str) -> None:
        self.start(settings, first=step)

    def _button(
        self,
        word: str,
        name: str,
        icon: str,
        shortcut: str,
        does: Callable[..., None],
        *args: object,
        primary: bool = False,
        off: str = "",
    ) -> None:
        st.button(
            word,
            key=f"{self._prefix}{name}",
            icon=f":material/{icon}:",
            shortcut=shortcut,
            on_click=does,
            args=args,
            type="primary" if primary else "secondary",
            disabled=bool(off),
        )

    def _say(self, run: Run, waiting: list[str], settings: SettingsBase) -> None:
        """Where the run stands, and what went wrong."""
        if run.state is None:
            return
        if run.state == "failed":
            st.warning(run.sentence, icon=":material/error:")
        else:
            st.caption(status(run))
        if trouble := history.problem():
            st.caption(f":material/history_toggle_off: {trouble}")
        if waiting and run.active:
            with st.container(horizontal=True, vertical_alignment="center"):
                st.caption(f"Changed for the next start: {', '.join(_words(name) for name in waiting)}.")
                self._button("Start again", "again", "restart_alt", "A", self.start, settings)


def status(run: Run) -> str:
    """One line: state, place in the queue, time, and what there is to say."""
    if run.state is None:
        return ""
    parts = [STATES[run.state]]
    if run.state == "queued" and run.place is not None:
        parts.append(f"place {run.place} of {run.waiting} in the queue")
    if run.seconds:
        parts.append(f"{run.seconds:.0f} s")
    if run.sentence and run.sentence.rstrip(".") != "Stopped":
        parts.append(run.sentence)
    return " · ".join(parts)


def differences(
    settings: SettingsBase, running: Mapping[str, Any], path: str = ""
) -> list[tuple[str, Any, bool]]:
    """(knob, wanted value, whether a running experiment takes it on) of every setting that differs."""
    found: list[tuple[str, Any, bool]] = []
    live = settings.live()
    for name, value in settings.to_dict().items():
        inner, now = getattr(settings, name), running.get(name)
        if isinstance(inner, SettingsBase) and isinstance(now, Mapping):
            found += differences(inner, now, f"{path}{name}.")
        elif value != now:
            found.append((path + name, value, name in live))
    return found


def _interval(run: Run) -> float | None:
    if not run.active:
        return None
    return SLOW if run.state == "queued" else FAST


def _words(knob: str) -> str:
    return knob.rsplit(".", 1)[-1].replace("_", " ")
