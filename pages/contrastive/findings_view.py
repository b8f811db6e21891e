"""Findings: what the SimCLR paper found, measured again on rendered shapes, its numbers beside ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from engine import data, stored_runs
from engine.contrastive.experiment import Settings
from engine.contrastive.findings import BASE, FINDINGS, LABELS_CLAIM, LABELS_PAPER, SHARES, Finding
from engine.stored_runs import StoredRun, StoredRunError
from pages.contrastive import con_code, run_charts
from pages.contrastive.con_names import PAGE, TRAIN
from pages.contrastive.run_charts import Bars
from pages.shared import frame, presenter
from pages.shared.controls import choice
from pages.shared.provenance import Provenance, chip

PREFIX = PAGE.prefix
RUN = "simclr-findings"
LABELS = "labels"
TITLES = {name: finding.title for name, finding in FINDINGS.items()} | {LABELS: "1 % and 10 % of the labels"}
PROVENANCE = Provenance(
    "stored",
    "Trained by engine.studies.contrastive_findings; the paper's numbers are quoted.",
    {"command": "python -m engine.studies.contrastive_findings"},
)
CLOSE = 1.0  # points: less than this between two arms is called the same


@dataclass(frozen=True)
class Result:
    """Our numbers of a finding, in per cent, one per arm: linear probe and neighbours on h and z."""

    probe_h: list[float]
    probe_z: list[float]
    knn_h: list[float]
    knn_z: list[float]
    random: float


@st.cache_resource(max_entries=1, show_spinner=False)
def _load() -> StoredRun | None:
    try:
        return stored_runs.load(RUN)
    except StoredRunError:
        return None


def there() -> bool:
    """Whether the study is there: without it there is no such view."""
    return stored_runs.exists(RUN)


def _result(run: StoredRun, name: str) -> Result:
    """Means over the seeds."""
    measures = list(run.headline["measures"])
    table = 100 * run.arrays[name].mean(0)  # (arms, measures)

    def column(measure: str) -> list[float]:
        return [round(float(value), 1) for value in table[:, measures.index(measure)]]

    random = float(100 * run.arrays["random"][:, measures.index("probe_h")].mean())
    return Result(column("probe_h"), column("probe_z"), column("knn_h"), column("knn_z"), round(random, 1))


def draw() -> None:
    """A finding, both charts, numbers, what to notice and the code of one arm."""
    run = _load()
    there = list(run.headline["findings"]) if run is not None else []
    titles = {name: title for name, title in TITLES.items() if name in there or name == LABELS}
    left, right = st.columns([3, 1], gap="medium")
    with right:
        name = choice(
            "Finding",
            list(titles),
            key=f"{PREFIX}finding",
            default=next(iter(titles)),
            titles=titles.__getitem__,
        )
    if run is None:
        with left:
            st.warning(
                "The stored study is damaged: `python -m engine.studies.contrastive_findings` makes it again."
            )
        return
    if name == LABELS:
        _labels(run, left)
    else:
        with right:
            _set_up(FINDINGS[name], name)
        _finding(run, name, left)


def _finding(run: StoredRun, name: str, left: st.delta_generator.DeltaGenerator) -> None:
    finding, result = FINDINGS[name], _result(run, name)
    titles = [arm.title for arm in finding.arms]
    paper = [arm.paper for arm in finding.arms]
    with left:
        st.markdown(f"**The paper:** {finding.claim}")
        _chip(run)
        ours, theirs = st.columns([3, 2], gap="small") if any(paper) else (st.container(), None)
        with ours:
            st.caption("Ours: a linear layer on rendered shapes, small encoder")
            run_charts.bars(
                f"{PREFIX}chart_ours",
                titles,
                [Bars("h", result.probe_h, 0), Bars("z", result.probe_z, 1)],
                x_title=finding.axis,
                level=("Random weights", result.random),
                height=360,
            )
        if theirs is not None:
            with theirs:
                st.caption(f"The paper's: {finding.source}")
                run_charts.bars(
                    f"{PREFIX}chart_theirs",
                    titles,
                    [Bars("paper", paper, 7)],
                    x_title=finding.axis,
                    height=360,
                )
    if presenter.presenting():
        return
    below, beside = st.columns([3, 2], gap="large")
    with below:
        rows = [
            (
                titles[place],
                *(
                    f"{column[place]:.1f}"
                    for column in (result.probe_h, result.probe_z, result.knn_h, result.knn_z)
                ),
                "none given" if paper[place] is None else f"{paper[place]:.1f}",
            )
            for place in range(len(titles))
        ]
        frame.numbers_table(
            PAGE,
            (finding.axis, "Probe h (%)", "Probe z (%)", "kNN h (%)", "kNN z (%)", "Paper (%)"),
            rows,
            align="lrrrrr",
            name=f"finding-{name}",
        )
        st.caption(f"The paper's column: {finding.measured}; {finding.source}.")
    with beside:
        frame.notice(_notice(name, finding, result))
    frame.code(con_code.finding(name))


def _chip(run: StoredRun) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        chip(Provenance("stored", PROVENANCE.how, run.provenance()))
        seeds = int(run.headline["seeds"])
        words = "one seed" if seeds == 1 else f"means of {seeds} seeds"
        st.caption(
            f"{data.card(BASE.data).title}, {words}, {run.headline['minutes']:g} minutes of training in all."
        )


def _notice(name: str, finding: Finding, result: Result) -> list[str]:
    values, titles = result.probe_h, [arm.title for arm in finding.arms]
    best, worst = int(np.argmax(values)), int(np.argmin(values))
    said = [
        (
            f"**Ours.** {finding.axis} {titles[best]} is the best with {values[best]:.1f} %, {titles[worst]} the last"
            f" with {values[worst]:.1f} %; random weights give {result.random:.1f} %."
        )
    ]
    if name == "head":
        gap = values[-1] - result.probe_z[-1]
        said.append(
            f"**h against z.** Behind the nonlinear head a linear layer reads {abs(gap):.1f} points"
            f" {'less' if gap > 0 else 'more'} from z than from h. The paper: more than 10 less."
        )
    said.append(_agreement(finding, values))
    said.append(
        "Ours is a small encoder, a few minutes and ten shapes; the paper's is ResNet-50, days and a thousand"
        " classes. Compare directions, not heights, and mind that a point or two is chance."
    )
    return said


def _agreement(finding: Finding, values: Sequence[float]) -> str:
    """Whether ours goes the paper's way, as far as its numbers go."""
    known = [place for place, arm in enumerate(finding.arms) if arm.paper is not None]
    if len(known) < 2:
        return f"**The paper** gives {finding.measured}."
    theirs = [float(finding.arms[place].paper or 0) for place in known]
    ours = [values[place] for place in known]
    peak, own = known[int(np.argmax(theirs))], known[int(np.argmax(ours))]
    titles = [arm.title for arm in finding.arms]
    if peak == own or abs(values[peak] - values[own]) < CLOSE:
        return f"**The same direction:** among the arms the paper has numbers for, both are best at {titles[peak]}."
    return (
        f"**Not the same:** the paper is best at {titles[peak]}, ours at {titles[own]}, which is worth a question:"
        " data, encoder and length all differ."
    )


def _labels(run: StoredRun, left: st.delta_generator.DeltaGenerator) -> None:
    names = list(run.headline["labels"])
    table = 100 * run.arrays["labels"].mean(0)

    def value(arm: str, share: float) -> float:
        return round(float(table[names.index(f"{arm} {share:g}")]), 1)

    shares = [f"{100 * share:g} % of the labels" for share in SHARES]
    scratch, tuned = ([value(arm, share) for share in SHARES] for arm in ("scratch", "pretrained"))
    with left:
        st.markdown(f"**The paper:** {LABELS_CLAIM}")
        _chip(run)
        ours, theirs = st.columns(2, gap="small")
        with ours:
            st.caption("Ours: accuracy on rendered shapes")
            run_charts.bars(
                f"{PREFIX}chart_ours",
                shares,
                [Bars("from scratch", scratch, 7), Bars("pretrained by SimCLR", tuned, 0)],
                height=360,
            )
        with theirs:
            st.caption("The paper's: top-5 on ImageNet, table 7")
            run_charts.bars(
                f"{PREFIX}chart_theirs",
                shares,
                [
                    Bars("from scratch", [LABELS_PAPER[share][0] for share in SHARES], 7),
                    Bars("pretrained by SimCLR", [LABELS_PAPER[share][1] for share in SHARES], 0),
                ],
                height=360,
            )
    if presenter.presenting():
        return
    below, beside = st.columns([3, 2], gap="large")
    with below:
        rows = [
            (
                shares[place],
                f"{scratch[place]:.1f}",
                f"{tuned[place]:.1f}",
                f"{LABELS_PAPER[share][0]:.1f}",
                f"{LABELS_PAPER[share][1]:.1f}",
            )
            for place, share in enumerate(SHARES)
        ]
        frame.numbers_table(
            PAGE,
            (
                "Labels",
                "Ours, scratch (%)",
                "Ours, pretrained (%)",
                "Paper, scratch (%)",
                "Paper, pretrained (%)",
            ),
            rows,
            align="lrrrr",
            name="finding-labels",
        )
    with beside:
        lead = [after - before for before, after in zip(scratch, tuned, strict=True)]
        frame.notice(
            [
                (
                    f"**Ours.** With 1 % of the labels, ten pictures of each shape, pretraining is worth {lead[0]:+.1f}"
                    f" points; with 10 %, {lead[1]:+.1f}."
                ),
                (
                    "Both arms are the same network, with the same labelled pictures, updates, crops and flips. Only"
                    " the weights they start from differ."
                ),
                (
                    "**The paper** counts a picture as right if its class is among the first five of a thousand; ours"
                    " only if it is the first of ten."
                ),
            ]
        )
    frame.code(con_code.finding(LABELS))


def _set_up(finding: Finding, name: str) -> None:
    """Take an arm to the Train view."""
    titles = [arm.title for arm in finding.arms]
    arm = choice(finding.axis, titles, key=f"{PREFIX}arm_{name}", default=titles[-1])
    st.button(
        "Set up in Train",
        key=f"{PREFIX}arm_go",
        icon=":material/play_arrow:",
        on_click=_take,
        args=(finding.arms[titles.index(arm)].settings,),
        help="Turns the controls of the Train view to this arm's settings: run it again, live.",
    )


def _take(settings: Settings) -> None:
    """Button callback."""
    wanted: Mapping[str, object] = {
        "view": TRAIN,
        "data": settings.data,
        "crop": settings.views.crop,
        "colour": settings.views.jitter,
        "strength": settings.views.strength,
        "hue": settings.views.hue,
        "temperature": settings.temperature,
        "batch": settings.plan.batch_size,
        "epochs": settings.plan.epochs,
        "head": settings.head.kind,
        "outputs": settings.head.outputs,
        "depth": settings.encoder.depth,
        "width": settings.encoder.width,
    }
    for key, value in wanted.items():
        st.session_state[f"{PREFIX}{key}"] = value
