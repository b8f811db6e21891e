"""Numbers and what to notice on the Embedding page: the rules for not misreading a layout, each where it applies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.embedding.history import motion
from engine.embedding.votes import votes
from pages.contrastive.embedding_columns import labels_of
from pages.contrastive.embedding_state import LAYOUTS, State
from pages.contrastive.embedding_views import Picture
from pages.shared.frame import Fact
from pages.shared.scatter import Touch

FEW = 6  # neighbours at which clumps appear in random numbers
APART = "\N{NO-BREAK SPACE}/\N{NO-BREAK SPACE}"  # two values of a cell stay on one line


def facts(state: State, picture: Picture, frame: int) -> list[Fact]:
    """Aligned numbers of what is on screen."""
    if state.view == "settings":
        return _grid_facts(picture, frame)
    if state.view == "training":
        return _training_facts(picture, frame)
    found = [Fact("Points", "pictures that are laid out", f"{state.table.count:,}")]
    for name, result in zip(state.layouts, picture.results, strict=False):
        if result is None:
            continue
        title, k = LAYOUTS[name], result["judged_by"]
        if len(found) == 1:
            found.append(Fact("Numbers per vector", "dimensions of the space", f"{result['columns']:,}"))
            found += _class_facts(state, result)
            if result["duplicates"]:
                found.append(
                    Fact("Copies", "vectors that repeat an earlier one exactly", f"{result['duplicates']:,}")
                )
        found += [
            Fact(
                f"{title}: trustworthiness",
                f"1 if the {k} nearest seen are true neighbours",
                f"{result['trustworthiness']:.4f}",
            ),
            Fact(
                f"{title}: continuity",
                f"1 if the {k} true neighbours are near",
                f"{result['continuity']:.4f}",
            ),
            Fact(
                f"{title}: neighbours kept",
                f"of the {k} true ones, mean",
                f"{k * result['kept']:.1f} of {k}",
            ),
        ]
        if picture.provenance.kind == "live":  # a stored one took its time on another machine
            how = "vectors, neighbours and layout, in a worker"
            found.append(Fact(f"{title}: time", how, f"{result['seconds']:.1f} s"))
        if name == "pca":
            share = 100 * float(sum(result["shares"]))
            found.append(Fact("PCA: variance shown", "sum along the axes / all", f"{share:.1f} %"))
    return found


def _class_facts(state: State, result: Mapping[str, Any]) -> list[Fact]:
    labels, classes = labels_of(state.dataset, state.given)
    if labels is None or len(labels) != len(result["indices"]):
        return []
    right = float((votes(labels, result["indices"].astype(np.int64), len(classes)) == labels).mean())
    chance = float(np.bincount(labels).max()) / len(labels)
    k = result["indices"].shape[1]
    return [
        Fact("Class by neighbours", f"majority of the {k} nearest vectors is right", f"{100 * right:.1f} %"),
        Fact("Class by guessing", "always the most frequent class", f"{100 * chance:.1f} %"),
    ]


def _grid_facts(picture: Picture, frame: int) -> list[Fact]:
    if not picture.results or picture.results[0] is None:
        return []
    result = picture.results[0]
    distances = len(result["min_dist"])
    k, distance = result["n_neighbors"][frame // distances], result["min_dist"][frame % distances]
    found = [
        Fact("Neighbours", "n_neighbors of the layout shown", f"{k}"),
        Fact("Smallest distance", "min_dist of the layout shown", f"{distance:g}"),
    ]
    for name, title in (("", "These vectors"), ("noise_", "Random vectors")):
        found += [
            Fact(
                f"{title}: trustworthiness", "15 neighbours", f"{result[name + 'trustworthiness'][frame]:.4f}"
            ),
            Fact(f"{title}: continuity", "15 neighbours", f"{result[name + 'continuity'][frame]:.4f}"),
            Fact(f"{title}: neighbours kept", "of 15, mean", f"{15 * result[name + 'kept'][frame]:.1f}"),
        ]
    best = int(np.argmax(result["trustworthiness"]))
    at = f"{result['n_neighbors'][best // distances]} and {result['min_dist'][best % distances]:g}"
    found.append(
        Fact("Most trustworthy", f"at neighbours and distance {at}", f"{result['trustworthiness'][best]:.4f}")
    )
    return found


def notice(state: State, picture: Picture, touch: Touch | None, frame: int) -> list[str]:
    """Two or three sentences on what is on screen, the warnings that apply first."""
    if state.view == "settings":
        return _grid_notice(picture, frame)
    if state.view == "training":
        return _training_notice(picture, frame)
    said: list[str] = []
    results = {
        name: result
        for name, result in zip(state.layouts, picture.results, strict=False)
        if result is not None
    }
    if state.table.source == "noise":
        said.append(
            "**These vectors are random numbers.** Whatever shapes appear, the method made them: remember this picture "
            "when real vectors give a similar one."
        )
    if state.common.get("supervised") and "umap" in state.layouts:
        said.append(
            "**UMAP was told the classes.** That they lie apart says nothing about the vectors; look at the errors of "
            "the neighbours instead."
        )
    if "umap" in state.layouts and state.common["n_neighbors"] <= FEW:
        said.append(
            f"**With {state.common['n_neighbors']} neighbours UMAP finds clumps in anything**, in random numbers too: "
            "the view Settings shows both side by side."
        )
    if touch is not None and touch.chosen is not None and results:
        said.append(
            "**The lines lead to the true neighbours**, found among the vectors. Dashed ones are lost: the layout put "
            "others nearer. Two numbers cannot keep what many numbers hold."
        )
    if len(results) == 2:
        said.append(_compare(results))
    for name, result in results.items():
        said += _about(name, result, len(results) == 1)
    if state.common.get("dims") == 3:
        said.append("Drag to turn it: what looks close from one side may lie far apart in depth.")
    return said[:3] or ["The layout is on its way; the picture shows the principal components meanwhile."]


def _about(name: str, result: Mapping[str, Any], alone: bool) -> list[str]:
    k = result["judged_by"]
    if name == "pca":
        share = 100 * float(sum(result["shares"]))
        return [
            (
                f"**PCA is a shadow**: of all {result['columns']:,} directions it shows those with the largest spread, "
                f"{share:.0f} % of the variance. Distances here are never larger than the true ones, often far smaller."
            )
        ]
    if not alone:
        return []
    if name == "umap":
        return [
            (
                f"**Near is meant, far is not.** Of {k} true neighbours it keeps {k * result['kept']:.1f} on average; "
                "how far clumps lie from each other, and on which side, says little."
            ),
            (
                "**Sizes mean nothing.** UMAP gives crowded and empty regions the same room: colour by Density to see "
                "how crowded they were."
            ),
        ]
    return [
        (
            f"**t-SNE keeps neighbours, {k * result['kept']:.1f} of {k} on average, and little else.** Sizes of clumps "
            "and the distances between them depend on the perplexity."
        )
    ]


def _compare(results: Mapping[str, Mapping[str, Any]]) -> str:
    (left, a), (right, b) = results.items()
    better = left if a["kept"] >= b["kept"] else right
    return (
        f"**The same vectors, two layouts.** Of {a['judged_by']} true neighbours {LAYOUTS[left]} keeps "
        f"{a['judged_by'] * a['kept']:.1f}, {LAYOUTS[right]} {b['judged_by'] * b['kept']:.1f}: {LAYOUTS[better]} is "
        "closer to the vectors, which no look at the pictures alone could tell. Hover: one picture "
        "shows on both sides."
    )


def _grid_notice(picture: Picture, frame: int) -> list[str]:
    if not picture.results or picture.results[0] is None:
        return [
            "Thirty settings and as many layouts of random vectors are being computed; then the sliders move freely."
        ]
    result = picture.results[0]
    distances = len(result["min_dist"])
    k, distance = result["n_neighbors"][frame // distances], result["min_dist"][frame % distances]
    said = [
        (
            "**The right side is the control**: random vectors, in which there is nothing to find. What both sides "
            "share, the setting made."
        )
    ]
    if k <= 10:
        said.append(
            f"**{k} neighbours: clumps and strands in random numbers.** Each point looks only at its own surroundings, "
            "and by chance some are a little denser. Do not call them clusters."
        )
    else:
        said.append(
            f"**{k} neighbours**: random numbers become one even cloud. What still falls apart on the left side is in "
            "the vectors."
        )
    if distance <= 0.1:
        said.append(
            "**Tight clumps are a choice**: the smallest distance packs points, whatever their true distances."
        )
    else:
        said.append(
            "**Room inside clumps is a choice** too: a larger smallest distance spreads points evenly."
        )
    return said


def _training_facts(picture: Picture, frame: int) -> list[Fact]:
    through = picture.through
    if through is None:
        return []
    at = min(frame, len(through.epochs) - 1)
    found = [
        Fact("Points", "held-out pictures that are followed", f"{len(through.dataset):,}"),
        Fact("Epoch", "of the layout shown", f"{round(through.epochs[at], 1):g}"),
    ]
    titles = ("Trustworthiness", "Continuity", "Neighbours kept")
    for n, title in enumerate(titles):
        now, first = through.judged[at][n], through.judged[0][n]
        found.append(Fact(title, "now / at the first epoch", f"{now:.4f}{APART}{first:.4f}"))
    if at:
        step = motion(through.layouts[at - 1], through.layouts[at])
        found.append(
            Fact(
                "Motion since the last epoch", "median step / radius of the layout", f"{np.median(step):.3f}"
            )
        )
        whole = motion(through.layouts[0], through.layouts[at])
        found.append(
            Fact(
                "Motion since the first epoch", "median way / radius of the layout", f"{np.median(whole):.3f}"
            )
        )
    if through.neighbours is not None:
        labels = through.dataset.labels.numpy()
        right = (
            votes(labels, through.neighbours.indices.astype(np.int64), len(through.dataset.classes)) == labels
        )
        k = through.neighbours.indices.shape[1]
        found.append(
            Fact(
                "Class by neighbours, last epoch",
                f"majority of the {k} nearest is right",
                f"{100 * right.mean():.1f} %",
            )
        )
    return found


def _training_notice(picture: Picture, frame: int) -> list[str]:
    if picture.through is None:
        return [
            "No run has left its vectors here yet. Train on the page of contrastive learning, then come back."
        ]
    said = [
        (
            "**Motion means change.** Each layout begins where the last one ended, and springs hold every point that "
            "kept its neighbours: what moves has found others."
        ),
        (
            "Choose a picture and press **Follow**: its trail is the way the encoder's opinion of it took. Colour by "
            "another factor to see which one the encoder comes to order."
        ),
    ]
    if frame == 0:
        said.append("This is the beginning: whatever is ordered here, no training has done.")
    return said
