"""The view that compares codes: GLO's, an autoencoder's and PCA's, as long as each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from engine import stored_runs
from engine.glo import comparing, training
from engine.glo.comparing import PCA
from engine.glo.training import GLO, RIVAL
from engine.training import Optimisation, Plan
from pages.generative import compare_code, story
from pages.generative.model_input import ORDER, TITLES
from pages.registry import PageEntry
from pages.shared import assets, frame, presenter
from pages.shared.controls import choice, whole
from pages.shared.live import Live
from pages.shared.progress import Run
from pages.shared.provenance import Provenance

RIVALS = {GLO: "GLO", RIVAL: "Autoencoder", PCA: "PCA"}
SAID = RIVALS | {RIVAL: "the autoencoder"}
PARTS = {"rebuilt": "Held-out pictures", "path": "A path between two training pictures", "samples": "Samples"}
LIVE = Provenance("live", "A worker of this server has just trained and measured: engine.glo.comparing.")
FIGURES = {
    "psnr_train": ("Training pictures rebuilt", "PSNR, dB", 2, "more"),
    "psnr": ("Held-out pictures rebuilt", "PSNR, dB", 2, "more"),
    "ssim": ("Held-out pictures rebuilt", "SSIM", 3, "more"),
    "roughness": ("Turning of straight paths", "radians, 0 is a cross-fade", 2, ""),
    "jump": ("Longest step of a path over its mean step", "1 is even", 2, "less"),
    "novelty": ("Samples to the nearest training picture", "RMS", 3, ""),
    "distance": ("Samples to held-out pictures", "sliced Wasserstein", 4, "less"),
}


def _stored() -> dict[str, str]:
    """Data set -> title, of the comparisons that are stored."""
    stored = [name for name in ORDER if stored_runs.exists(f"glo-{name}")]
    kept = {name: stored_runs.manifest(f"glo-{name}").get("arrays", {}) for name in stored}
    return {name: TITLES[name] for name in stored if "examples/unseen" in kept[name]}


def draw(page: PageEntry) -> None:
    """Pictures of all three, the table, and a way to run it here."""
    titles = _stored()
    left, right = st.columns([4, 1], gap="medium")
    with right:
        name = choice(
            "Data", [*titles] or ["faces"], key="lat_compared", default="faces", titles=TITLES.__getitem__
        )
        part = choice("Pictures", list(PARTS), key="lat_part", default="rebuilt", titles=PARTS.__getitem__)
        epochs = whole("Epochs, if run here", 5, 100, key="lat_compare_epochs", default=40)
    settings = comparing.Settings(
        training.Settings(
            data=name,
            optimisation=Optimisation(learning_rate=6e-3, weight_decay=0.0, schedule="cosine"),
            plan=Plan(epochs=epochs, batch_size=16 if name == "faces" else 64),
            autoencoder=True,
            heldout=0,
        ),
        unseen=20 if name == "faces" else 100,
    )
    live = Live(page, "engine.glo.comparing", name="compare", start="Run it here")
    kept = story.stored(f"glo-{name}") if titles else None

    def figure(run: Run) -> None:
        finished = run.result is not None and "examples" in run.latest
        shown = run if finished else kept
        if shown is None:
            st.info("No comparison is stored for these pictures. Run it here: it takes some minutes.")
            return
        _pictures(shown, part, LIVE if finished else _provenance(name))
        if run.active and (stage := run.points.get("stage")):
            st.caption(str(stage[-1]["text"]))

    with left:
        live.show(settings, figure, steps=False)
    if presenter.presenting():
        return
    shown = live.run if live.run.result is not None else kept
    table: Mapping[str, Any] = (
        shown.result["figures"] if shown is not None and shown.result is not None else {}
    )
    below, beside = st.columns([3, 2], gap="large")
    with below:
        _table(page, table)
    with beside:
        frame.notice(_notice(table))
    frame.code(compare_code.pytorch(name))


def _provenance(name: str) -> Provenance:
    kept = stored_runs.load(f"glo-{name}")
    return Provenance(
        "stored", "GLO and the autoencoder trained on the same batches, PCA computed.", kept.provenance()
    )


def _pictures(run: Run, part: str, provenance: Provenance) -> None:
    shown = {
        key: values[0] if values.ndim == 5 else values
        for key, values in run.latest["examples"].items()
        if isinstance(values, np.ndarray)
    }
    lanes = []
    if part == "rebuilt":
        lanes.append(story.fixed_lane(shown["unseen"], "As they are", 10))
    lanes += [story.fixed_lane(shown[f"{name}_{part}"], title, 10) for name, title in RIVALS.items()]
    assets.mount(
        "film",
        {
            "id": f"{run.job} {part}",
            "name": f"compare-{part}",
            "frames": [""],
            "lanes": lanes,
            "tile": list(shown["unseen"].shape[-2:]),
            "columns": 10,
            "largest": 3,
            "quiet": True,
        },
        key="lat_compare_film",
        provenance=provenance,
    )


def _table(page: PageEntry, table: Mapping[str, Any]) -> None:
    """The figures of all three, the best one of a row in bold."""
    st.subheader("Numbers", anchor=False)
    if not table:
        st.caption("Nothing is measured yet.")
        return
    rows, lines = (
        [],
        ["| Quantity | Unit | " + " | ".join(RIVALS.values()) + " |", "|:--|:--|" + "--:|" * len(RIVALS)],
    )
    for key, (what, unit, digits, better) in FIGURES.items():
        values = {name: table[name].get(key) for name in RIVALS}
        known = [value for value in values.values() if value is not None]
        best = max(known) if better == "more" else min(known) if better == "less" else None
        cells = [
            "" if v is None else f"**{v:.{digits}f}**" if v == best else f"{v:.{digits}f}"
            for v in values.values()
        ]
        lines.append(f"| {what} | {unit} | " + " | ".join(cells) + " |")
        rows.append(
            {"quantity": what, "unit": unit, **{RIVALS[name]: value for name, value in values.items()}}
        )
    st.markdown("\n".join(lines))
    st.caption(
        f"For scale: unseen real pictures are {table['data']['novelty_heldout']:.3f} from their nearest"
        f" training picture, and training pictures {table['data']['floor']:.4f} from held-out ones. Bold: the"
        " better, where more or less is better."
    )
    frame.csv_button(page, pd.DataFrame(rows), "compare")


def _notice(table: Mapping[str, Any]) -> list[str]:
    if not table:
        return ["Run it here: GLO and the autoencoder train on the same batches, PCA is computed."]
    glo, auto, pca = (table[name] for name in RIVALS)
    said = []
    order = sorted(RIVALS, key=lambda name: -table[name]["psnr"])
    said.append(
        f"With as many numbers per picture, held-out pictures are rebuilt best by {SAID[order[0]]}"
        f" ({table[order[0]]['psnr']:.1f} dB), then {SAID[order[1]]} ({table[order[1]]['psnr']:.1f} dB) and"
        f" {SAID[order[2]]} ({table[order[2]]['psnr']:.1f} dB). GLO searches a code for each; the autoencoder"
        " needs one pass, PCA one product."
    )
    said.append(
        f"PCA's paths are cross-fades (turning {pca['roughness']:.2f}); those of GLO ({glo['roughness']:.2f})"
        f" and of the autoencoder ({auto['roughness']:.2f}) turn: the picture changes shape on the way."
    )
    nearest = min(RIVALS, key=lambda name: table[name]["distance"])
    said.append(
        f"As a set, samples of {SAID[nearest]} are nearest to real pictures. Novelty alone is no merit: noise"
        " is novel too."
    )
    return said
