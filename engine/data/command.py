"""Data sets from the command line, for who prepares a machine before class.

    python -m engine.data list
    python -m engine.data fetch cifar10
    python -m engine.data import pets.zip "my pets" --side 64
    python -m engine.data remove "my pets"

With --events every step is a line of JSON, and the end of the standard input, or any line on it, stops the work:
`tasks` runs this command that way, so that a page never waits for data and a server that ends leaves nothing behind.
"""

from __future__ import annotations

import argparse
import json
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from engine.data import fetching, registry
from engine.data.dataset import DataError
from engine.data.progress import CancelledError, Report, Step

_PAUSE = 0.1  # seconds between reports of one stage


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 where it worked, 1 with a sentence where not."""
    options = _parser().parse_args(arguments)
    if options.command == "list":
        _say(*(_line(name) for name in registry.names()))
        return 0
    stop = threading.Event()
    if options.events:
        threading.Thread(target=_listen, args=(stop,), daemon=True).start()
    tell = _events if options.events else _bar
    try:
        name = _run(options, _paced(tell), stop.is_set)
    except (DataError, KeyboardInterrupt) as error:
        cancelled = isinstance(error, CancelledError | KeyboardInterrupt)
        sentence = str(error) or "It was stopped; nothing of it was kept."
        _say(json.dumps({"error": sentence, "cancelled": cancelled}) if options.events else f"\n{sentence}")
        return 1
    _say(json.dumps({"finished": name}) if options.events else f"\n{_line(name)}")
    return 0


def _run(options: argparse.Namespace, report: Report, cancel: Callable[[], bool]) -> str:
    """Do it; the name of the set it was about."""
    if options.command == "fetch":
        fetching.fetch(options.name, report=report, cancel=cancel)
    elif options.command == "remove":
        line = _line(options.name)
        registry.remove(options.name)
        _say(f"Removed: {line}")
    else:
        dataset = registry.import_archive(
            options.path,
            options.name,
            side=options.side,
            private=options.private,
            called=options.called,
            report=report,
            cancel=cancel,
        )
        return dataset.name
    return str(options.name)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m engine.data", description="Data sets on this machine.")
    events = argparse.ArgumentParser(add_help=False)
    events.add_argument("--events", action="store_true", help="steps as lines of JSON; input stops the work")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="all data sets, and whether they are here")
    fetch = commands.add_parser("fetch", parents=[events], help="download one")
    fetch.add_argument("name")
    taken = commands.add_parser("import", parents=[events], help="make one of a zip, a folder or an .npz")
    taken.add_argument("path", type=Path)
    taken.add_argument("name")
    taken.add_argument("--side", type=int, help="pixels a side, 8 to 128; by default as the pictures are")
    taken.add_argument("--called", help="the file's own name, where PATH is a copy of it")
    taken.add_argument("--private", action="store_true", help="in no list; loaded by its full name only")
    gone = commands.add_parser("remove", parents=[events], help="delete one")
    gone.add_argument("name")
    return parser


def _line(name: str) -> str:
    try:
        card = registry.card(name)
        here = "here" if registry.available(name) else f"{card.megabytes:,.0f} MB to download"
    except DataError:
        return name
    return f"{name:16} {here:24} {card.line()}"


def _listen(stop: threading.Event) -> None:
    sys.stdin.readline()
    stop.set()


def _paced(tell: Report) -> Report:
    """Pass on the first report of every stage and its end, and of the rest a few a second."""
    last: list[float | str] = ["", 0.0]

    def report(step: Step) -> None:
        now = time.monotonic()
        if step.stage != last[0] or step.done == step.total or now - float(last[1]) > _PAUSE:
            last[:] = [step.stage, now]
            tell(step)

    return report


def _events(step: Step) -> None:
    _say(json.dumps(asdict(step)))


def _bar(step: Step) -> None:
    sys.stdout.write(f"\r{step.words():78}")
    sys.stdout.flush()


def _say(*lines: str) -> None:
    for line in lines:
        sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
