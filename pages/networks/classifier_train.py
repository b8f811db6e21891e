"""The Train view: curves of all networks on one axis, and a line of figures for each."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.networks.classifier_shown import Shown
from pages.registry import PageEntry
from pages.shared import curves, frame
from pages.shared.curves import AXES


def draw(page: PageEntry, shown: Shown, x: str, log: bool) -> None:
    """Accuracy and loss, training dashed and test solid, one colour per network."""
    titles = {lane: str(about["title"]) for lane, about in shown.lanes.items()}
    marked = curves.markers(shown.markers, x)
    left, right = st.columns(2, gap="medium")
    for column, what, title in ((left, "accuracy", "Accuracy"), (right, "loss", "Loss (cross-entropy)")):
        lines = []
        for number, lane in enumerate(shown.lanes):
            name = titles[lane]
            lines.append(curves.curve(name, shown.test.get(lane, ()), x, what, group=number))
            lines.append(
                curves.curve(
                    f"{name}, training", shown.train.get(lane, ()), x, what, group=number, dashed=True
                )
            )
        percent = what == "accuracy"
        spec = curves.option(
            lines,
            x_title=AXES[x],
            y_title=f"{title}{', %' if percent else ''}: test solid, training dashed",
            marked=marked,
            log=log and not percent,
            percent=percent,
            legend=list(titles.values()),
        )
        with column:
            curves.draw(f"{page.prefix}chart_{what}", spec, alt=_alt(shown, what, title), height=300)
    table = figures(shown)
    st.markdown(markdown(table))


def _alt(shown: Shown, what: str, title: str) -> str:
    ends = []
    for lane, about in shown.lanes.items():
        value = shown.last(lane, what)
        if value is not None:
            number = f"{100 * value:.1f} %" if what == "accuracy" else f"{value:.3f}"
            ends.append(f"{about['title']} {number}")
    return f"{title} on the test pictures: {', '.join(ends) or 'nothing yet'}."


def figures(shown: Shown) -> pd.DataFrame:
    """One row per network: how good it is, what it costs, how fast it goes."""
    rows = []
    for lane, about in shown.lanes.items():
        train = shown.train.get(lane, ())
        newest = train[-1] if train else {}
        seconds = [row["seconds"] for row in train if "seconds" in row]
        examples = newest.get("examples", 0)
        speed = examples / seconds[-1] if seconds and seconds[-1] > 0 else None
        batch = shown.settings.plan.batch_size
        accuracy, loss = shown.last(lane, "accuracy"), shown.last(lane, "loss")
        rows.append(
            {
                "Network": about["title"],
                "Test accuracy": "–" if accuracy is None else f"{100 * accuracy:.2f} %",
                "Test loss": "–" if loss is None else f"{loss:.3f}",
                "Parameters": f"{about['parameters']:,}",
                "MACs per picture": f"{about['macs']:,}",
                "Pictures / s": "–" if speed is None else f"{speed:,.0f}",
                "ms per batch": "–" if speed is None else f"{1000 * batch / speed:.1f}",
            }
        )
    return pd.DataFrame(rows)


def markdown(table: pd.DataFrame) -> str:
    """A table for people: names to the left, numbers to the right."""
    head = "| " + " | ".join(table.columns) + " |"
    rule = "|:--|" + "--:|" * (len(table.columns) - 1)
    rows = ["| " + " | ".join(map(str, row)) + " |" for row in table.itertuples(index=False)]
    return "\n".join([head, rule, *rows])


def export(page: PageEntry, shown: Shown) -> None:
    """The figures and the curves as CSV."""
    rows = [
        {"network": shown.lanes[lane]["title"], "kind": kind, **row}
        for kind, found in (("train", shown.train), ("test", shown.test))
        for lane, points in found.items()
        for row in points
    ]
    frame.csv_button(page, pd.DataFrame(rows), "curves", "Curves as CSV")
