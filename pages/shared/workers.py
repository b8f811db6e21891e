"""The app's one pool of workers, and whose jobs are whose.

A session is known to the pool by a secret name. Its jobs live as long as its browser is connected: the keeper asks
the server once per second which sessions are, and renews their leases. Timers in the page would not do: browsers
slow them to one per minute in tabs out of sight, where a run should go on; a closed tab, on the other hand, is
known to the server at once. A lost network shorter than the lease is bridged; where the browser neither closes
nor answers, the server's own ping finds out within a minute.

Reloading the page begins a new session. It takes over the name, and with it the runs, of the session the same
browser has just lost, if that is before their lease ends.
"""

from __future__ import annotations

import logging
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.shared.visitor import visitor

if TYPE_CHECKING:
    from engine.jobs import Jobs, Pool

log = logging.getLogger("explorer")

_WARMER = "the server itself"
_OWNER = "job_owner"  # in the session
_BEAT = 1.0  # seconds

_lock = threading.Lock()
_pool: Pool | None = None


@dataclass
class _Session:
    """Who goes by a name: the server's session, the browser's visitor, and the jobs by the key of their page."""

    session: str
    visitor: str
    jobs: dict[str, str] = field(default_factory=dict)


_names: dict[str, _Session] = {}


def pool(make: Callable[[], Pool] | None = None) -> Jobs:
    """The pool; the first call makes it (with `make`, or as the app needs it) and starts its workers."""
    global _pool
    from engine.jobs import Pool

    with _lock:
        if _pool is None:
            _pool = Pool(modules=("engine.training",)) if make is None else make()
            threading.Thread(target=_keep, args=(_pool,), name="keeper", daemon=True).start()
        found = _pool
    found.start()
    return found


def warm(experiment: str) -> None:
    """Let every worker run a small experiment of a heavy kind once, so that the first real one starts at once."""
    from engine.jobs import JobError

    with _lock:
        jobs = _pool
    if jobs is None:  # the server is stopping
        return
    try:
        names = [
            jobs.submit(experiment, {}, owner=_WARMER) for _ in range(min(jobs.count, jobs.limits.per_owner))
        ]
        while not all(jobs.look(name, _WARMER).over for name in names):
            time.sleep(_BEAT)
    except JobError as error:  # it is stopping now, or its queue is full of real runs
        log.info("Workers were not warmed for %s: %s", experiment, error)


def close() -> None:
    """Stop all jobs and workers, if there are any."""
    global _pool
    with _lock:
        closing, _pool = _pool, None
        _names.clear()
    if closing is not None:
        closing.close()


def owner() -> str:
    """This session's secret name."""
    context = get_script_run_ctx()
    session = "" if context is None else context.session_id
    with _lock:
        name = st.session_state.get(_OWNER)
        if name is None:
            name = _inherited(visitor()) or secrets.token_urlsafe(16)
            st.session_state[_OWNER] = name
        entry = _names.setdefault(name, _Session(session, visitor()))
        entry.session = session
    return str(name)


def remember(key: str, job: str) -> None:
    """Note which job a page has started, for the session that follows after a reload."""
    name = owner()
    with _lock:
        if name in _names:
            _names[name].jobs[key] = job


def remembered(key: str) -> str | None:
    """The job this page had started before a reload."""
    entry = _names.get(owner())
    return None if entry is None else entry.jobs.get(key)


def renew(jobs: Jobs) -> None:
    """Renew the leases of all owners whose browser is connected; forget the names of those without jobs."""
    owners = jobs.owners()
    with _lock:
        known = dict(_names)
    for name, entry in known.items():
        if _connected(entry.session):
            jobs.renew(name)
        elif name not in owners:
            with _lock:
                _names.pop(name, None)


def _inherited(browser: str) -> str | None:
    """The name of a session of the same browser that has lost its connection and still has jobs."""
    if _pool is None:
        return None
    owners = _pool.owners()
    for name, entry in reversed(_names.items()):
        if entry.visitor == browser and name in owners and not _connected(entry.session):
            return name
    return None


def _connected(session: str) -> bool:
    return runtime.exists() and runtime.get_instance().is_active_session(session)


def _keep(jobs: Pool) -> None:
    while _pool is jobs:
        renew(jobs)
        time.sleep(_BEAT)
