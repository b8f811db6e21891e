"""The controls of the Embedding page and what follows from them: pictures, vectors, settings of the experiments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import streamlit as st

from engine import data
from engine.data import Dataset
from engine.embedding import settings_grid, sources, tsne
from engine.embedding.laying_out import Settings
from engine.embedding.neighbours import METRICS
from engine.embedding.table import MOST, UPLOAD, Table
from pages.contrastive import embedding_columns, embedding_training, embedding_upload
from pages.contrastive.embedding_upload import Given
from pages.registry import BY_SLUG
from pages.shared import data_input
from pages.shared.controls import choice, real, switch, whole

PAGE = BY_SLUG["embedding"]
VIEWS = {"map": "One layout", "two": "Two layouts", "settings": "Settings", "training": "Through training"}
LAYOUTS = {"umap": "UMAP", "pca": "PCA", "tsne": "t-SNE", "homework": "t-SNE of the homework"}
COUNTS = (500, 1_000, 2_000, 5_000, 10_000, 20_000)
SPLITS = {"train": "Training pictures", "test": "Held-out pictures"}
DISTANCES = {"euclidean": "Euclidean", "cosine": "Cosine"}


@dataclass(frozen=True, eq=False)
class State:
    """Everything the page shows follows from this."""

    view: str
    table: Table
    dataset: Dataset | None
    given: Given | None
    layouts: tuple[str, ...]
    common: dict[str, Any]  # settings of `laying_out` besides table and method
    colour: str
    trouble: str = ""
    run: str = ""  # whose embedding is watched through training

    @property
    def points(self) -> str:
        """Names the set of pictures: as long as it stays the same, points move over to their new places."""
        return f"{self.table.data} {self.table.split} {self.table.count} {self.table.upload} {self.run}"

    @property
    def sequence(self) -> str:
        """Names what the frames are: a chosen epoch says nothing about a chosen setting."""
        return f"{self.view} {self.points}"

    def settings(self, layout: str) -> Settings:
        """Of the experiment that makes this layout; what a method does not use has its default."""
        used = {name: value for name, value in self.common.items() if name in _USED[layout]}
        if layout == "homework":
            used |= {"perplexity": 30.0, "iterations": tsne.HOMEWORK_ITERATIONS}
        return Settings(table=self.table, method="tsne" if layout == "homework" else layout, **used)


_USED = {
    "umap": ("n_neighbors", "min_dist", "supervised", "dims", "seed"),
    "pca": ("dims",),
    "tsne": ("perplexity", "dims", "seed"),
    "homework": ("seed",),
}


def choose_view() -> str:
    """What is looked at; stands above the picture."""
    return choice(
        "View",
        list(VIEWS),
        key="emb_view",
        default="map",
        titles=VIEWS.__getitem__,
        segmented=True,
        label_hidden=True,
    )


def controls(view: str) -> State:
    """Draw the controls beside the picture."""
    if view == "training":
        return _training()
    basic, more, own = st.container(), st.container(), st.container()
    with own:
        given = embedding_upload.choose(PAGE)
    with basic:
        name = data_input.choose(PAGE, default="mnist-5k")
        source = _source(name, given)
    with more, st.popover("More", icon=":material/tune:", type="tertiary"):
        extra = _more(name, source)
    with basic:
        most = settings_grid.MOST if view == "settings" else MOST
        table, dataset, trouble = _table(name, source, given, extra.pop("split"), most)
        table = table.change("metric", extra.pop("metric"))
        layouts = _layouts(view, table.count)
        common = extra | _knobs(layouts, table.count)
        used = given if source == UPLOAD else None
        colours = embedding_columns.titles(dataset, used)
        colour = choice(
            "Colour", list(colours), key="emb_colour", default=next(iter(colours)), titles=colours.__getitem__
        )
    return State(view, table, dataset, used, layouts, common, colour, trouble)


def _training() -> State:
    runs = embedding_training.offered()
    if not runs:
        return State("training", Table(), None, None, (), {}, "class")
    run = choice("Run", list(runs), key="emb_run", default=next(iter(runs)), titles=runs.__getitem__)
    found = embedding_training.through(run)
    dataset = None if found is None else found.dataset
    colours = embedding_columns.titles(dataset, None, judged=False)
    colour = choice(
        "Colour", list(colours), key="emb_colour", default=next(iter(colours)), titles=colours.__getitem__
    )
    table = Table(metric="cosine")
    if dataset is not None:
        table = Table(data=dataset.name, split=dataset.split, count=len(dataset), metric="cosine")
    return State("training", table, dataset, None, (), {}, colour, run=run)


def _source(name: str, given: Given | None) -> str:
    card, known = data.card(name), sources.found()
    offered = [key for key, source in known.items() if source.suits(card) and source.available()]
    if given is not None:
        offered.insert(0, UPLOAD)

    def title(key: str) -> str:
        return "Your file" if key == UPLOAD else known[key].title

    chosen = choice("Vectors", offered, key="emb_vectors", default="pixels", titles=title)
    about = given.about if given is not None and chosen == UPLOAD else known[chosen].about
    st.caption(f"{about[0].upper()}{about[1:]}.")
    return chosen


def _more(name: str, source: str) -> dict[str, Any]:
    counts = data.card(name).counts
    splits = [split for split in SPLITS if counts.get(split) and (source != UPLOAD or split == "train")]
    suits = "euclidean" if source == UPLOAD else sources.found()[source].metric
    return {
        "split": choice("Pictures from", splits, key="emb_split", default="train", titles=SPLITS.__getitem__),
        "metric": choice(
            "Distance of vectors", METRICS, key="emb_metric", default=suits, titles=DISTANCES.__getitem__
        ),
        "dims": 3 if switch("In space (3-D)", key="emb_space", help="Drag to turn it.") else 2,
        "supervised": source != UPLOAD
        and switch(
            "Tell UMAP the classes",
            key="emb_supervised",
            help="A layout that was told the classes shows what it was told, not what the vectors know.",
        ),
        "seed": whole(
            "Seed",
            0,
            20,
            key="emb_seed",
            default=0,
            help="The same seed gives the same layout on any number of cores; without one it would be no faster.",
        ),
    }


def _table(
    name: str, source: str, given: Given | None, split: str, most: int
) -> tuple[Table, Dataset | None, str]:
    """The table, its pictures, and a sentence where the two do not belong together."""
    available = data.card(name).counts[split]
    if source == UPLOAD and given is not None:
        rows = len(given.upload.vectors)
        table = Table(data=name, split=split, count=min(rows, most), source=UPLOAD, upload=given.token)
        if rows in (available, st.session_state.get("emb_count")):
            return table, data.load(name, split, table.count), ""
        return table, None, (
            f"Your file has {rows:,} rows and {data.card(name).title} {available:,} pictures: rows and pictures cannot "
            "be matched, so the rows are dots without pictures."
        )  # fmt: skip
    largest = min(most, available)
    counts = sorted({count for count in COUNTS if count < largest} | {largest})
    count = choice("Pictures", counts, key="emb_count", default=min(2_000, largest), titles="{:,}".format)
    return Table(data=name, split=split, count=count, source=source), data.load(name, split, count), ""


def _layouts(view: str, count: int) -> tuple[str, ...]:
    offered = [name for name in LAYOUTS if count <= tsne.MOST or name in ("umap", "pca")]
    single = [name for name in offered if name != "homework"]
    if view == "map":
        return (
            choice(
                "Layout", single, key="emb_layout", default="umap", titles=LAYOUTS.__getitem__, segmented=True
            ),
        )
    if view == "two":
        left = "homework" if "homework" in offered else "pca"
        return (
            choice("Left", offered, key="emb_left", default=left, titles=LAYOUTS.__getitem__),
            choice("Right", offered, key="emb_right", default="umap", titles=LAYOUTS.__getitem__),
        )
    return ()


def _knobs(layouts: tuple[str, ...], count: int) -> dict[str, Any]:
    """The settings of the chosen methods."""
    found: dict[str, Any] = {}
    if "umap" in layouts:
        found["n_neighbors"] = whole(
            "Neighbours",
            2,
            min(100, count),
            key="emb_neighbors",
            default=15,
            help="How many neighbours UMAP tries to keep: few show detail, many the whole.",
        )
        found["min_dist"] = real(
            "Smallest distance",
            0,
            0.95,
            0.05,
            key="emb_min_dist",
            default=0.1,
            help="How closely UMAP may pack points.",
        )
    if "tsne" in layouts:
        largest = min(100, (count - 1) // 3)
        found["perplexity"] = float(
            whole(
                "Perplexity",
                2,
                largest,
                key="emb_perplexity",
                default=30,
                help="About how many neighbours t-SNE tries to keep.",
            )
        )
    return found
