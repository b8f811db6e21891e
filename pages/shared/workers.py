"""The app's one pool of workers, and whose jobs are whose.

A session is known to the pool by a secret name. Its jobs live as long as its browser is connected: the keeper asks
the server once per second which sessions are, and renews their leases. Timers in the page would not do: browsers
slow them to one per minute in tabs out of sight, where a run should go on; a closed tab, on the other hand, is
known to the server at once. A lost network shorter than the lease is bridged; where the browser neither closes
nor answers, the server's own ping finds out within a minute.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

if TYPE_CHECKING:
    from engine.jobs import Jobs, Pool

_OWNER = "job_owner"  # in the session
_BEAT = 1.0  # seconds

_lock = threading.Lock()
_pool: Pool | None = None
_sessions: dict[str, str] = {}  # owner -> session of the server


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


def close() -> None:
    """Stop all jobs and workers, if there are any."""
    global _pool
    with _lock:
        closing, _pool = _pool, None
    if closing is not None:
        closing.close()


def owner() -> str:
    """This session's secret name."""
    name = st.session_state.setdefault(_OWNER, secrets.token_urlsafe(16))
    context = get_script_run_ctx()
    if context is not None:
        _sessions[name] = context.session_id
    return str(name)


def renew(jobs: Jobs) -> None:
    """Renew the leases of all owners whose browser is connected; forget the names of those without jobs."""
    if not runtime.exists():
        return
    server, owners = runtime.get_instance(), jobs.owners()
    for name, session in list(_sessions.items()):
        if name not in owners:
            _sessions.pop(name, None)
        elif server.is_active_session(session):
            jobs.renew(name)


def _keep(jobs: Pool) -> None:
    while _pool is jobs:
        renew(jobs)
        time.sleep(_BEAT)
