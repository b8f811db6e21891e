"""Data: look at every picture before a network does."""

from __future__ import annotations

from typing import Any

import streamlit as st

from engine import data
from engine import device as devices
from engine.data import DataError, Dataset, browsing
from engine.data.statistics import Statistics, factor_counts
from engine.images import sheet
from pages.lab import data_add, data_code, data_factors, data_sets
from pages.registry import BY_SLUG
from pages.shared import assets, atlas, frame, pictures, presenter, visitors
from pages.shared.controls import choice
from pages.shared.data_input import coming, title
from pages.shared.frame import Fact
from pages.shared.provenance import Provenance

PAGE = BY_SLUG["data"]
PROVENANCE = Provenance("live", "The pictures are the set itself; torch counts the numbers over all of them.")
PARAMETERS = ("data_only", "data_by", "data_at")  # which pictures, in which order, which one is pinned
RENDERED = ("shapes", "scenes")


def _events() -> None:
    """What was clicked inside a component is put into the controls before they are drawn."""
    if chosen := _event("data_shelf", "chosen"):
        st.session_state["data_set"] = chosen
    if arrived := st.session_state.pop("data_arrived", None):
        st.session_state["data_set"] = arrived
    current = st.session_state.get("data_set", "shapes")
    picked = _event("data_factors", "picked")
    if isinstance(picked, dict) and current in RENDERED:
        data_factors.pick(current, str(picked.get("name")), picked.get("value"))
    index = _event("data_gallery", "explore")
    if isinstance(index, int | float) and current == "shapes":
        split = str(st.session_state.get("data_split", "train"))
        if 0 <= index < data.card("shapes").counts[split]:
            data_factors.take("shapes", int(index), split)
            st.session_state["data_view"] = "Factors"
    opened = _event("data_statistics", "opened")
    if isinstance(opened, int | float):
        st.session_state["data_view"] = "Pictures"
        st.query_params["data_only"] = f"class:{int(opened)}"
        for name in ("data_by", "data_at"):
            st.query_params.pop(name, None)


def _event(key: str, name: str) -> Any:  # noqa: ANN401 - what the browser sent
    component = st.session_state.get(key)
    return component.get(name) if component is not None and name in component else None


def _view_of(key: str) -> dict[str, Any]:
    """Which pictures the browser looks at: from the component, or on arrival from the address."""
    component = st.session_state.get("data_gallery")
    view = component.get("view") if component is not None and "view" in component else None
    if isinstance(view, dict) and view.get("key") == key:
        only, by, at = str(view.get("only") or ""), str(view.get("by") or ""), view.get("at")
        for name, value in zip(PARAMETERS, (only, by, "" if at is None else str(int(at))), strict=True):
            if value:
                st.query_params[name] = value
            else:
                st.query_params.pop(name, None)
    only, by, at = (st.query_params.get(name, "") for name in PARAMETERS)
    return {"only": only, "by": by, "at": int(at) if at.isdecimal() and len(at) < 7 else None}


def _possible(dataset: Dataset, view: dict[str, Any]) -> dict[str, Any]:
    """The same view with everything left out that this set does not have."""
    try:
        browsing.choose(dataset, only=atlas.pair(view["only"]), by=view["by"])
    except DataError:
        return {"only": "", "by": "", "at": None}
    return view


def _gallery(dataset: Dataset) -> None:
    key = f"{dataset.name} {dataset.split} {atlas.stamp(dataset)}"
    factors = [
        {
            "name": factor.name,
            "categories": list(factor.categories),
            "counts": factor_counts(factor)[1].tolist() if factor.categories else [],
        }
        for factor in dataset.factors.values()
    ]
    assets.mount(
        "gallery",
        {
            "key": key,
            "base": f"atlas/{atlas.stamp(dataset)}",
            "set": dataset.name,
            "split": dataset.split,
            "title": dataset.card.title,
            "side": dataset.images.shape[-1],
            "total": len(dataset),
            "page": browsing.PAGE,
            "columns": browsing.COLUMNS,
            "classes": list(dataset.classes),
            "counts": dataset.labels.bincount(minlength=len(dataset.classes)).tolist(),
            "factors": factors,
            "explorable": dataset.name == "shapes",
            "view": _possible(dataset, _view_of(key)),
        },
        key="data_gallery",
        provenance=PROVENANCE,
        states={"view": None},
        triggers=("explore",),
    )


def _statistics(dataset: Dataset, found: Statistics) -> None:
    other = data.load(dataset.name, "test" if dataset.split == "train" else "train")
    factors = []
    for factor in dataset.factors.values():
        names, counts = factor_counts(factor)
        factors.append({"name": factor.name, "names": list(names), "counts": counts.tolist()})
    assets.mount(
        "statistics",
        {
            "names": list(dataset.classes),
            "counts": found.counts.tolist(),
            "other": other.labels.bincount(minlength=len(dataset.classes)).tolist(),
            "split": dataset.split,
            "means": pictures.url(sheet(found.means.cpu(), 64)[0]),
            "side": dataset.images.shape[-1],
            "histogram": found.histogram.tolist(),
            "factors": factors,
        },
        key="data_statistics",
        provenance=PROVENANCE,
        triggers=("opened",),
    )


def _notice(dataset: Dataset, found: Statistics, nearest: float | None) -> list[str]:
    said = []
    if nearest is not None:
        guess = 100 * found.largest_share
        said.append(
            f"**One mean picture per class already gets {100 * nearest:.1f} % of the test pictures right**; always "
            f"saying the largest class gets {guess:.1f} %. A network is only worth its training above both."
        )
    else:
        said.append("**There is nothing to tell apart here.** Generators and embeddings can use it.")
    most, least = int(found.counts.max()), int(found.counts.min())
    if most > 1.2 * least:
        said.append(
            f"The classes are not equally large: {least:,} to {most:,} pictures. Accuracy favours the large ones."
        )
    spread = float(found.std.mean())
    said.append(
        f"All pixels together have mean {float(found.mean.mean()):.3f} and deviation {spread:.3f}. Networks train "
        "better on (value − mean) / deviation, channel by channel."
    )
    if dataset.factors:
        said.append(
            "Every cause of these pictures is known: sort them by one, and see what it looks like alone."
        )
    return said


def _factor_notice(name: str, changes: dict[str, float]) -> list[str]:
    most, least = max(changes, key=changes.__getitem__), min(changes, key=changes.__getitem__)
    first = (
        f"**In each row one cause changes and the others stay.** Here `{most}` changes the pixels most, by "
        f"{100 * changes[most]:.1f} % of the range on average, and `{least}` least, by {100 * changes[least]:.1f} %."
    )
    if name == "scenes":
        return [first, "Another arrangement changes nearly all pixels and not one word of the sentence."]
    label = 100 * changes["shape"]
    louder = sum(value > changes["shape"] for value in changes.values())
    second = (
        f"The label is the shape alone, which changes {label:.1f} %: {louder} of the other nine causes are louder in "
        "the pixels. A classifier has to become deaf to them; a contrastive network becomes deaf to what its "
        "augmentations change."
    )
    return [first, second]


def _away(name: str) -> None:
    """A set that is not here: what it is and how to get it."""
    card = data.card(name)
    with st.container(border=True):
        st.markdown(f"#### {card.title}")
        st.markdown(card.description)
        st.caption(f"{card.line()}  \n{card.source}  \nLicence: {card.licence}")
        data_add.offer_download(name)
        st.caption(
            f"Without the page: `python -m engine.data fetch {name}`. It is checked against its checksum."
        )
    assets.mount("shelf", {"cards": [], "chosen": ""}, key="data_none", provenance=PROVENANCE)


def _controls(offered: tuple[str, ...]) -> tuple[str, str, str]:
    """Set, view and split; of a set that is not here the set alone."""
    name = choice("Data set", offered, key="data_set", default="shapes", titles=title)
    if not data.available(name):
        return name, "Pictures", "train"
    views = ["Pictures", "Statistics"] + (["Factors"] if name in RENDERED else [])
    view = choice("View", views, key="data_view", default="Pictures", segmented=True)
    counts = data.card(name).counts
    splits = [split for split in ("train", "test") if counts.get(split)]
    split = "train"
    if view != "Factors":
        split = choice(
            "Split", splits, key="data_split", default=splits[0], titles=str.capitalize, segmented=True
        )
    return name, view, split


def _shown(name: str, view: str, split: str, state: dict[str, Any]) -> tuple[list[Fact], list[str], str]:
    """Draw the view; its numbers, what to notice, and the code.

    Raises:
        DataError: the set is damaged or was removed in this moment.
    """
    if view == "Factors":
        changes = data_factors.show(name, state)
        return data_factors.facts(changes), _factor_notice(name, changes), data_code.drawing(name, state)
    dataset = data.load(name, split)
    if view == "Pictures":
        _gallery(dataset)
    found, nearest = data_sets.counted(dataset)
    if view == "Statistics":
        _statistics(dataset, found)
    return (
        data_sets.facts(dataset, found, nearest),
        _notice(dataset, found, nearest),
        data_code.pytorch(dataset),
    )


def draw() -> None:
    """The page."""
    offered = visitors.offered(st.query_params.get("data_set"))
    _events()
    current = coming("data_set", "shapes", offered)
    frame.header(
        PAGE,
        PROVENANCE,
        device=str(devices.pick()),
        data=data.card(current).title,
        steps=data_code.STEPS,
        parameters=PARAMETERS,
    )
    if not presenter.presenting():
        data_sets.shelf(offered, current)
    left, right = st.columns([5, 2], gap="medium")
    with right:
        name, view, split = _controls(offered)
        here = data.available(name)
        state = data_factors.controls(name) if view == "Factors" and here else {}
        if not presenter.presenting():
            if view != "Factors" and here:
                data_sets.about(data.card(name))
            data_add.offer_import()
            data_add.offer_remove(name)
    with left:
        data_add.tasks(name)
        if not here:
            _away(name)
            return
        try:
            numbers, said, code = _shown(name, view, split, state)
        except DataError as error:
            st.warning(f"{error}", icon=":material/broken_image:")
            return
    if presenter.presenting():
        return
    below, beside = st.columns([3, 2], gap="large")
    with below:
        frame.numbers(PAGE, numbers)
    with beside:
        frame.notice(said)
    frame.code(code, data_code.keras(name))
    frame.deeper(
        {
            "Krizhevsky 2009: learning multiple layers of features from tiny images (CIFAR-10)": (
                "https://www.cs.toronto.edu/~kriz/learning-features-2009-TR.pdf"
            ),
            "LeCun et al. 1998: gradient-based learning applied to document recognition (MNIST)": (
                "https://doi.org/10.1109/5.726791"
            ),
            "Higgins et al. 2017: beta-VAE, where factors of pictures became a measure": (
                "https://openreview.net/forum?id=Sy2fzU9gl"
            ),
        },
        "CIFAR 10",
        "classifier" if "classifier" in BY_SLUG else None,
    )


draw()
