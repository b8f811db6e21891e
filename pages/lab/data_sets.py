"""The Data page's shelf of all sets, and what is kept of each: thumbnails, statistics, facts."""

from __future__ import annotations

import streamlit as st

from engine import data
from engine.data import Card, DataError, Dataset, statistics
from engine.data.statistics import Statistics
from pages.shared import assets, atlas
from pages.shared.frame import Fact
from pages.shared.provenance import Provenance

SHELF = Provenance("live", "The pictures on the cards are the first test pictures of each set.")
_MARKS = frozenset("\\`*_{}[]()#+!|<>~:$")  # what Markdown gives a meaning


def _card(name: str) -> dict[str, object]:
    card = data.card(name)
    here = data.available(name)
    state = (
        "imported" if card.origin == "import" else "here" if here else f"{card.megabytes:,.0f} MB to download"
    )
    picture, width = atlas.thumb(name) if here else ("", 0)
    classes = "1 class" if len(card.classes) == 1 else f"{len(card.classes):,} classes"
    return {
        "name": name,
        "title": card.title,
        "line": f"{sum(card.counts.values()):,} pictures, {classes}",
        "state": state,
        "kind": "here" if here else "away",
        "picture": picture,
        "width": width,
    }


def shelf(offered: tuple[str, ...], chosen: str) -> None:
    """All sets in one row; a click is read by `clicked` when the page reruns."""
    cards = []
    for name in offered:
        try:
            cards.append(_card(name))
        except DataError:
            continue  # removed by somebody else in this moment
    assets.mount(
        "shelf", {"cards": cards, "chosen": chosen}, key="data_shelf", provenance=SHELF, triggers=("chosen",)
    )


@st.cache_resource(max_entries=8, show_spinner=False)
def _counted(name: str, split: str, stamp: str) -> tuple[Statistics, float | None]:  # noqa: ARG001 - the cache's key
    """Statistics of a split, and what the nearest mean picture of the training split gets right of the test split."""
    found = statistics.statistics(data.load(name, split))
    card = data.card(name)
    if len(card.classes) < 2 or not all(card.counts.get(each) for each in ("train", "test")):
        return found, None
    means = found.means if split == "train" else statistics.statistics(data.load(name)).means
    return found, statistics.nearest_mean_accuracy(means, data.load(name, "test"))


def counted(dataset: Dataset) -> tuple[Statistics, float | None]:
    """Statistics of a split and the nearest mean's test accuracy, counted once for all sessions."""
    return _counted(dataset.name, dataset.split, atlas.stamp(dataset))


def facts(dataset: Dataset, found: Statistics, nearest: float | None) -> list[Fact]:
    """The page's numbers."""
    channels, height, width = dataset.images.shape[1:]
    values = channels * height * width
    size = len(dataset) * values
    names = ("grey",) if channels == 1 else ("red", "green", "blue")
    rows = [
        Fact(f"Pictures, {dataset.split}", f"{len(dataset.classes):,} classes", f"{len(dataset):,}"),
        Fact("Values of a picture", f"{channels} × {height} × {width}", f"{values:,}"),
        Fact("In memory, 8 bits", f"{len(dataset):,} × {values:,}", f"{size / 2**20:,.1f} MB"),
        Fact("As 32-bit floats", "× 4 bytes", f"{4 * size / 2**20:,.1f} MB"),
    ]
    for channel, name in enumerate(names):
        rows.append(
            Fact(
                f"Mean / deviation, {name}",
                "over all pixels, 0 to 1",
                f"{found.mean[channel]:.4f} / {found.std[channel]:.4f}",
            )
        )
    if len(dataset.classes) > 1:
        most = dataset.classes[int(found.counts.argmax())]
        rows.append(
            Fact(
                "Always the largest class",
                f"{most}: {int(found.counts.max()):,}",
                f"{100 * found.largest_share:.1f} %",
            )
        )
    if nearest is not None:
        rows.append(Fact("Nearest mean picture", "test pictures it gets right", f"{100 * nearest:.1f} %"))
    return rows


def about(card: Card) -> None:
    """What a set is, from whom, and how it came here."""
    st.markdown(plain(card.description) if card.origin == "import" else card.description)
    lines = [f"**Source** {card.source}"] if card.source else []
    lines += [f"**Licence** {card.licence}"] if card.licence else []
    st.caption("  \n".join([card.line(), *lines]))
    for note in card.notes:
        st.caption(note)
    if card.left_out:
        with st.expander(f"Files that were left out ({len(card.left_out)})"):
            st.table(
                {"File": [file for file, _ in card.left_out], "Reason": [why for _, why in card.left_out]}
            )


def plain(text: str) -> str:
    """Somebody's own text so that Markdown shows it as it is."""
    return "".join(f"\\{sign}" if sign in _MARKS else sign for sign in text)
