"""Runs: what was trained, two of them side by side, and what may be concluded from the difference."""

from __future__ import annotations

import streamlit as st

from engine import device as devices
from engine.runs import Comparison, Run, compare, curves, flatten, shipped, to_csv, to_markdown, to_notebook
from pages.lab import runs_code, runs_list
from pages.lab import runs_words as words
from pages.lab.runs_list import PAGE, Known
from pages.registry import BY_SLUG
from pages.shared import curves as charts
from pages.shared import frame, presenter
from pages.shared.controls import choice
from pages.shared.frame import Fact
from pages.shared.provenance import Provenance

OWN = Provenance(
    "live", "Every figure was reported by the run itself, in this browser's history since it ended."
)
READ = {
    "Smith 2018: a disciplined approach to hyper-parameters": "https://arxiv.org/abs/1803.09820",
    "Bouthillier et al. 2021: accounting for variance in benchmarks": "https://arxiv.org/abs/2103.03098",
    "Pineau et al. 2020: improving reproducibility": "https://arxiv.org/abs/2003.12206",
}


def _is_shipped(run: Run) -> bool:
    return run.id.startswith(shipped.PREFIX)


def _provenance(runs: list[Run]) -> Provenance:
    """Live where one of the runs is the visitor's own, else that of the first stored one."""
    if not runs or not all(map(_is_shipped, runs)):
        return OWN
    first = runs[0]
    told = flatten({"seed": 0, **first.provenance, "date": first.created.isoformat(timespec="seconds")})
    return Provenance(
        "stored",
        f"{first.title}: kept by the study that made it.",
        {"command": str(told.pop("command")), **{key: words.setting(value) for key, value in told.items()}},
    )


def _chart(runs: list[Run]) -> None:
    """The figure of both runs on one axis."""
    offered = list(dict.fromkeys(name for run in runs for name in curves.names(run)))
    if not offered:
        st.info(
            "These runs kept figures, but no curves: the numbers stand below.", icon=":material/show_chart:"
        )
        return
    both = [name for name in offered if all(name in curves.names(run) for run in runs)]
    name = choice(
        "Figure",
        [*both, *(each for each in offered if each not in both)],
        key=f"{PAGE.prefix}figure",
        default=curves.foremost(both or offered) or offered[0],
        titles=words.figure,
    )
    have = [run for run in runs if name in curves.names(run)]
    axes = [axis for axis in charts.AXES if all(axis in curves.axes(run, name) for run in have)]
    x, log = charts.axes(PAGE.prefix, axes or ["examples"])
    percent = words.is_share(name)
    lines, marked = [], []
    for group, (run, called) in enumerate(zip(runs, words.legend(runs), strict=True)):
        if run in have:
            at, values = curves.series(run, name, x)
            lines.append(charts.Curve(called, at, values, group=group))
        marked += charts.markers(run.curves.get("marker", ()), x)
    spec = charts.option(
        lines,
        x_title=charts.AXES[x],
        y_title=f"{words.figure(name)}, %" if percent else words.figure(name),
        marked=marked,
        log=log and not percent,
        percent=percent,
    )
    ends = [f"{line.name} ends at {words.number(name, line.y[-1])}" for line in lines if line.y]
    charts.draw(f"{PAGE.prefix}chart", spec, alt=f"{words.figure(name)}. {'; '.join(ends)}.", height=330)
    missing = [run.title for run in runs if run not in have]
    if missing:
        st.caption(f"{words.plain(missing[0])} did not report this figure.")


def _about(runs: list[Run]) -> None:
    """Title, notes and what can be done with each run."""
    for column, name, run in zip(st.columns(2, gap="large"), "AB", runs, strict=False):
        with column, st.container(border=True):
            if _is_shipped(run):
                st.markdown(f"**{name}: {words.plain(run.title)}**, a stored run  \n{words.line(run)}")
                st.code(str(run.provenance.get("command", "")), language=None, wrap_lines=True)
                st.caption(
                    f"Seed {run.provenance.get('seed')}, commit {run.provenance.get('commit')},"
                    f" {run.provenance.get('hardware')}. Shipped with the app; the command makes it again."
                )
                continue
            st.text_input(
                f"{name}: title",
                run.title,
                key=f"{PAGE.prefix}title_{run.id}",
                max_chars=120,
                on_change=runs_list.describe,
                args=(run.id,),
            )
            st.text_area(
                "Notes",
                run.notes,
                key=f"{PAGE.prefix}notes_{run.id}",
                max_chars=4000,
                height=96,
                placeholder="What did you change, what did you expect, what happened?",
                on_change=runs_list.describe,
                args=(run.id,),
            )
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                _download("Notebook", to_notebook(run), f"run-{run.id[:8]}.ipynb", "application/x-ipynb+json")
                with st.popover("Delete", icon=":material/delete:", type="tertiary"):
                    st.markdown("The run, its figures, curves and notes are gone for good.")
                    st.button(
                        "Delete this run",
                        key=f"{PAGE.prefix}delete_{run.id}",
                        on_click=runs_list.remove,
                        args=(run.id,),
                    )


def _download(label: str, text: str, file: str, mime: str) -> None:
    st.download_button(
        label,
        text.encode("utf-8"),
        file_name=file,
        mime=mime,
        key=f"{PAGE.prefix}save_{file}",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
    )


def _exports(runs: list[Run], found: Known) -> None:
    """The runs on screen for a report, and all of one's own for a spreadsheet."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _download("Comparison as Markdown", to_markdown(runs), "runs.md", "text/markdown")
        _download("These runs as CSV", to_csv(runs), "runs.csv", "text/csv")
        if found.own:
            _download(f"All {len(found.own)} of yours as CSV", to_csv(found.own), "all-runs.csv", "text/csv")


def _one(run: Run) -> None:
    facts = [
        Fact(words.figure(name), "last report" if " " in name else "", words.number(name, value))
        for name, value in run.metrics.items()
        if words.told(name, value)
    ]
    frame.numbers(PAGE, facts)
    with st.expander("All settings"):
        rows = {words.plain(name): words.setting(value) for name, value in flatten(run.settings).items()}
        st.table({"": list(rows), "value": list(rows.values())})


def _two(found: Comparison) -> None:
    """Settings that differ and the figures of both, in one table."""
    rows = [
        (f"Setting `{name}`", words.plain(words.setting(one)), words.plain(words.setting(other)), "")
        for name, one, other in found.settings
    ]
    rows += [
        (
            words.figure(name),
            words.number(name, one),
            words.number(name, other),
            f"**{words.difference(name, gap)}**",
        )
        for name, one, other, gap in found.metrics
        if words.told(name, one) or words.told(name, other)
    ]
    frame.numbers_table(PAGE, ("", "A", "B", "B − A"), rows, align="lrrr", name="comparison")


def _notice(runs: list[Run], found: Comparison | None) -> list[str]:
    if not runs:
        return ["Train something first; the run is kept here when it ends."]
    if found is None:
        return [
            "**Pick a second run, B.** One run says how good a setting was; only two say what it did.",
            "Change one setting on the page it came from, train again, and both stand here.",
        ]
    said = [f"**What may be concluded.** {words.plain(found.sentence())}"]
    seeds = {str(flatten(run.settings).get("plan.seed", flatten(run.settings).get("seed"))) for run in runs}
    if len(seeds) == 1 and len(found.changes) == 1:
        said.append(
            "Both started from the same seed, so the batches came in the same order. How large chance is, another"
            " seed shows: train each once more with it before you believe a small difference."
        )
    elif len(found.changes) > 1:
        said.append("Change them one at a time: each step then has a reason.")
    said.append("A curve that still rises at its end has not been trained long enough to be judged.")
    return said


def draw() -> None:
    """The page."""
    found = runs_list.known()
    a, b, missing = runs_list.picked(found)
    runs = [run for run in (runs_list.whole(found, name) for name in (a, b) if name) if run is not None]
    frame.header(
        PAGE,
        _provenance(runs),
        device=str(devices.pick()),
        data=f"{len(found.own)} of yours, {len(found.others)} shipped",
    )
    for trouble in (found.problem, st.session_state.pop(f"{PAGE.prefix}trouble", "")):
        if trouble:
            st.warning(trouble, icon=":material/history_toggle_off:")
    if missing:
        st.info(
            "The link names a run that is not in this browser's history: runs are private. Export one to share it.",
            icon=":material/link_off:",
        )
    left, right = st.columns([3, 2], gap="medium")
    with left:
        _chart(runs)
    with right:
        runs_list.draw(found, a, b)
    if presenter.presenting():
        return
    _about(runs)
    if runs:
        _exports(runs, found)
    between = compare(*runs) if len(runs) == 2 else None
    below, beside = st.columns([3, 2], gap="large")
    with below:
        if between is not None:
            _two(between)
        elif runs:
            _one(runs[0])
        else:
            frame.numbers(PAGE, [Fact("Runs", "kept for this browser", "0")])
    with beside:
        frame.notice(_notice(runs, between))
    frame.code(
        runs_code.code(runs[0]) if runs else "from engine.runs import Runs\n\nprint(Runs().all('me'))\n"
    )
    frame.deeper(READ, "This week; Homework - Contrastive Learning", "data" if "data" in BY_SLUG else None)


draw()
