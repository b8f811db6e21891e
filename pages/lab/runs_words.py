"""Names and numbers of runs as a reader sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from engine.runs import Run, compare, curves
from engine.runs.comparing import LANES

SHARES = ("accuracy", "knn", "probe")
FEW, SHORT = 2, 40  # settings, and letters of both values of one, that fit a line
_SPECIAL = {"knn_h": "kNN on h", "knn_z": "kNN on z", "psnr": "PSNR", "macs": "MACs"}


def figure(name: str) -> str:
    """ "test second accuracy" to "Test accuracy, second network"."""
    *kind, label = name.split(" ")
    label = _SPECIAL.get(label, label.replace("_", " "))
    if not kind:
        return label[0].upper() + label[1:]
    words = f"{kind[0]} {label}"
    if kind[1:]:
        lane = " ".join(kind[1:])
        words += f", {lane} network" if lane in LANES else f", {lane}"
    return words[0].upper() + words[1:]


def number(name: str, value: object) -> str:
    """A figure as text; shares as per cent."""
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if is_share(name) and 0 <= value <= 1:
        return f"{100 * value:.2f} %"
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value):,}"
    return f"{value:.4g}"


def difference(name: str, value: float | None) -> str:
    """The second run's figure minus the first's."""
    if value is None:
        return "–"
    if value == 0:
        return "0"
    if is_share(name):
        text = f"{100 * value:+.2f}\u00a0points"
    else:
        text = f"{int(value):+,}" if float(value).is_integer() else f"{value:+.4g}"
    return text.replace("-", "\u2212", 1)


def is_share(name: str) -> bool:
    """Whether the figure is a share of the pictures."""
    label = name.replace(".", " ").rsplit(" ", 1)[-1]
    return any(label.startswith(each) for each in SHARES)


def setting(value: object) -> str:
    """A setting's value."""
    if value is None:
        return "–"
    if isinstance(value, list | tuple):
        return ", ".join(map(setting, value)) or "none"
    return f"{value:g}" if isinstance(value, float) else str(value)


def brief(name: str) -> str:
    """ "optimisation.learning_rate" to "learning rate"."""
    return name.rsplit(".", 1)[-1].replace("_", " ")


def changed(before: Run, run: Run) -> str:
    """What a run changed against the one before it, in a line."""
    told = _changes(before, run)
    if not told:
        return "the same settings again"
    if len(told) > FEW:
        return f"{len(told)} settings changed"
    if any(len(old + new) > SHORT for _, old, new in told):
        return " and ".join(name for name, _, _ in told) + " changed"
    return "; ".join(f"{name} {new}, was {old}" for name, old, new in told)


def _changes(first: Run, second: Run) -> list[tuple[str, str, str]]:
    return [
        (brief(name), setting(one), setting(other)) for name, one, other in compare(first, second).changes
    ]


def legend(runs: Sequence[Run]) -> list[str]:
    """Names of the runs A and B in a figure: their titles, and where these are the same what differs."""
    names = [run.title for run in runs]
    if len(runs) == 2 and names[0] == names[1]:
        told = _changes(*runs)
        if 0 < len(told) <= FEW and all(len(one + other) <= SHORT for _, one, other in told):
            names = [", ".join(f"{each[0]} {each[side]}" for each in told) for side in (1, 2)]
    return [f"{letter}: {name}" for letter, name in zip("AB", names, strict=False)]


def told(name: str, value: object) -> bool:
    """Whether a figure says something about what was learned, or at what cost."""
    return not name.endswith(("learning_rate", "examples_per_second")) and (name, value) != ("macs", 0)


def duration(seconds: float) -> str:
    """Seconds or minutes."""
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.1f} min"


def line(run: Run) -> str:
    """When, how long, how it ended."""
    parts = [run.created.strftime("%d %b %Y, %H:%M UTC"), duration(run.seconds)]
    return " · ".join(
        [part for part in parts if part != "0 s"] + ([] if run.state == "done" else [run.state])
    )


def best(metrics: Mapping[str, Any], most: int = 2) -> list[tuple[str, str]]:
    """The figures a list has room for: (name, value)."""
    numbers = {name: value for name, value in metrics.items() if isinstance(value, int | float)}
    wished = [name for wish in curves.WISHED for name in numbers if wish in name]
    tests = [name for name in wished if name.startswith("test")] or wished
    return [(_brief(name), number(name, numbers[name])) for name in dict.fromkeys(tests[:most])]


def _brief(name: str) -> str:
    words = figure(name).removeprefix("Test ").removesuffix(" network")
    return words[0].lower() + words[1:] if not words[:2].isupper() else words


def plain(text: str) -> str:
    """A reader's words inside Markdown: nothing in them has a meaning there."""
    return "".join(f"\\{sign}" if sign in "\\`*_{}[]()#+!|<>~:$" else sign for sign in text)
