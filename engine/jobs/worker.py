"""A worker process: `python -m engine.jobs.worker`, started and spoken to by `engine.jobs.process` alone.

It imports torch and trains a few batches of nothing, so that the first job starts at full speed, says that it is
ready, and then runs one job after the other. A second thread listens: it operates the switch of the running job,
and ends the process when the server is gone, however the server went.
"""

from __future__ import annotations

import gc
import importlib
import logging
import os
import queue
import signal
import sys
import threading
import time
from dataclasses import dataclass
from typing import IO, Any

from engine import memory
from engine.experiment import Stopped
from engine.jobs import frames, machine, plain
from engine.jobs.contract import JobError
from engine.jobs.reporting import Reporter
from engine.jobs.switch import Switch, Words
from engine.settings import SettingError

RESULT = 128 * 2**20  # bytes of a result
log = logging.getLogger("explorer.worker")


@dataclass(frozen=True)
class Task:
    """What a "run" message asks for. `words`, told while it waited, count before its first batch."""

    job: str
    experiment: str
    settings: dict[str, Any]
    paused: bool
    words: list[Words]


@dataclass(frozen=True)
class Sitting:
    """A task with the switch that governs it and the way its reports take."""

    task: Task
    switch: Switch
    reporter: Reporter


class Worker:
    """The process: one listener, one job at a time."""

    def __init__(self, source: IO[bytes], target: IO[bytes]) -> None:
        self._source = source
        self._out = frames.Sender(target)
        self._sittings: queue.SimpleQueue[Sitting] = queue.SimpleQueue()
        self._current: Sitting | None = None  # set by the listener, which alone reads it

    def listen(self) -> None:
        """Take messages until the server is gone, then end the process at once."""
        try:
            while True:
                kind, *rest = frames.receive(self._source)
                if kind == "run":
                    self._current = self._prepare(Task(*rest))
                    self._sittings.put(self._current)
                elif kind == "tell":
                    job, command, knob, value = rest
                    if self._current is not None and self._current.task.job == job:
                        self._current.switch.tell(command, knob, value)
        finally:
            os._exit(0)

    def _prepare(self, task: Task) -> Sitting:
        """Make the switch at once, so that what is told right after the start is not lost."""
        reporter = Reporter(lambda *event: self._out.send("event", task.job, *event))

        def told(waiting: bool) -> None:
            reporter.release(everything=True)
            self._out.send("waiting", task.job, waiting)

        switch = Switch(paused=task.paused, told=told, between=reporter.release)
        for command, knob, value in task.words:
            switch.tell(command, knob, value)
        return Sitting(task, switch, reporter)

    def work(self) -> None:
        """Say ready, then run what comes, for ever."""
        self._out.send("ready")
        while True:
            self._run(self._sittings.get())

    def _run(self, sitting: Sitting) -> None:
        reporter = sitting.reporter
        _reset()
        state, what = "stopped", None  # type: tuple[str, object]
        try:
            what = self._compute(sitting)
            state = "done"
        except Stopped:
            pass
        except Exception as error:  # whatever it is, it is reported, and the next job runs
            log.error("A job failed.", exc_info=error)
            state, what = "failed", _sentence(error)
        reporter.release(everything=True)
        memory.give_back()  # before the server looks at what this process holds
        self._out.send("over", sitting.task.job, state, what, dict(reporter.left_out))

    def _compute(self, sitting: Sitting) -> dict[str, Any]:
        from engine import device
        from engine.jobs import experiments

        name = sitting.task.experiment
        experiment = experiments.find(name, (name.split(".", 1)[0],))
        settings = experiment.settings.from_dict(sitting.task.settings)
        found = experiment.run(settings, device.pick(), sitting.reporter, sitting.switch)
        result = plain.plain(found, "the result")
        if not isinstance(result, dict):
            raise plain.NotPlain(f"{name}.run returned a {type(result).__name__}, not a dictionary.")
        if (size := plain.size(result)) > RESULT:
            raise JobError(
                f"The result holds {size / 2**20:.0f} MB, more than the {RESULT / 2**20:.0f} MB a page can take."
            )
        return result


def _sentence(error: Exception) -> str:
    """What the reader is told. Our own errors speak for themselves; for others the log has the details."""
    if _is_memory(error):
        return "It needed more memory than one run may have: try a smaller batch or network."
    if isinstance(error, plain.NotPlain):
        return "It could not hand over what it found; the server's log has the details."
    if isinstance(error, JobError | SettingError) or type(error).__module__.startswith("engine."):
        return str(error)
    return f"It met an error of ours ({type(error).__name__}); the server's log has the details."


def _is_memory(error: Exception) -> bool:
    import torch

    words = str(error)
    return (
        isinstance(error, MemoryError | torch.OutOfMemoryError)
        or "can't allocate memory" in words
        or "out of memory" in words
    )


def _reset() -> None:
    """Nothing of the job before is left: random numbers, gradients, precision, memory of the GPU."""
    import random

    import numpy as np
    import torch

    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)
    torch.set_grad_enabled(True)
    torch.set_default_dtype(torch.float32)
    torch.use_deterministic_algorithms(False)
    if torch.cuda.is_initialized():
        torch.cuda.empty_cache()


def warm_up(threads: int, modules: list[str]) -> None:
    """Import torch and train a small network for two batches on the device jobs will use."""
    import torch

    from engine import device as devices

    torch.set_num_threads(threads)
    device = devices.pick()
    net = torch.nn.Sequential(
        torch.nn.Conv2d(3, 8, 3), torch.nn.BatchNorm2d(8), torch.nn.ReLU(), torch.nn.Flatten()
    ).to(device)
    net.append(torch.nn.Linear(8 * 30 * 30, 10, device=device))
    images, labels = (
        torch.zeros(16, 3, 32, 32, device=device),
        torch.zeros(16, dtype=torch.long, device=device),
    )
    for optimiser in (torch.optim.SGD(net.parameters(), 0.1), torch.optim.AdamW(net.parameters(), 0.1)):
        with devices.autocast(device):
            loss = torch.nn.functional.cross_entropy(net(images), labels)
        loss.backward()
        optimiser.step()
    for module in modules:
        try:
            importlib.import_module(module)
        except Exception as error:  # a job that needs it will say so
            log.error("Could not import %s.", module, exc_info=error)


def _watch_parent(parent: int) -> None:
    """End when the server is gone: for systems where the pipe is still open in some other process."""
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(0)


def main() -> None:
    """Set the process up as the server asks in its first message."""
    source, target = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(2, 1)  # whatever prints goes to the server's log, not between the messages
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C is for the server, which then ends us
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(name)s: %(message)s")
    try:
        setup: dict[str, Any] = frames.receive(source)[0]
    except EOFError:
        return
    worker = Worker(source, target)
    threading.Thread(target=worker.listen, name="listen", daemon=True).start()
    threading.Thread(target=_watch_parent, args=(os.getppid(),), name="parent", daemon=True).start()
    if hasattr(os, "nice"):
        os.nice(setup["nice"])
    memory.keep()
    warm_up(setup["threads"], setup["modules"])
    gc.collect()
    gc.freeze()
    if setup["memory"] and setup["cpu_only"]:
        machine.allow_data(setup["memory"])
    worker.work()


if __name__ == "__main__":
    main()
