"""Experiments in worker processes: a bounded queue, progress, and a hand on the switch.

Pages know the `Jobs` protocol only. `Pool` is it on this machine; a cluster would be another class with the same
five methods, and neither pages nor experiments would change.
"""

from engine.jobs.contract import Event, JobError, Jobs, Look, NoSuchJob, QueueFull, State
from engine.jobs.pool import Limits, Pool

__all__ = ["Event", "JobError", "Jobs", "Limits", "Look", "NoSuchJob", "Pool", "QueueFull", "State"]
