"""A page with a live run, for the tests: AppTest runs it, and so does a server of its own for the browser."""

import os
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
for folder in (ROOT, ROOT / "tests" / "engine"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

import streamlit as st  # noqa: E402
from job_cases.counting import FAULTS, Settings  # noqa: E402

from engine.jobs import Limits, Pool  # noqa: E402
from pages.registry import PageEntry  # noqa: E402
from pages.shared import curves, workers  # noqa: E402
from pages.shared.live import Live  # noqa: E402

BATCHES = int(os.environ.get("LIVE_PAGE_BATCHES", "5"))
PAGE = PageEntry("counting", "Counting", "How far does it count?", "", "", "", "count_")


def make():
    """One worker, so that a second run has to wait; a benchmark wants two."""
    count = int(os.environ.get("LIVE_PAGE_WORKERS", "1"))
    return Pool(
        count,
        limits=Limits(memory=400 * 2**20),
        roots=("job_cases",),
        paths=(str(ROOT / "tests" / "engine"),),
    )


def draw(run):
    """The curve, and what a test reads."""
    st.text(f"heard {len(run.points.get('count', []))}")
    x, log = "at", st.session_state["count_log"]
    line = curves.curve("Count", run.points.get("count", []), x, "count", group=0)
    marked = [
        curves.Marker(point["at"], f"knob {point['knob']:g}") for point in run.points.get("changed", [])
    ]
    spec = curves.option([line], x_title="Seconds", y_title="Count", marked=marked, log=log)
    curves.draw("count_curve", spec, alt="How far it counted, by seconds")


workers.pool(make)
st.title("Counting")
knob = st.slider("Knob", 0.0, 10.0, 1.0, key="count_knob")
st.text(f"knob {knob}")
epochs = st.slider("Epochs", 1, 1000, 2, key="count_epochs")
fault = st.selectbox("Fault", FAULTS, key="count_fault")
curves.axes("count_", ["examples", "seconds"])
live = Live(PAGE, "job_cases.counting", title=lambda settings: f"Counting to {BATCHES * settings['epochs']}")
live.show(Settings(epochs=epochs, batches=BATCHES, pause=0.02, knob=knob, fault=fault), draw)
if live.run.points:
    st.text(f"rows {len(live.run.table())}")
