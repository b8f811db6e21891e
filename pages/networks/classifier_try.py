"""The Try view: what the networks say of a picture of one's own, and where the evidence lies (Grad-CAM)."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st
import torch

from engine.classifier import shipped
from engine.classifier.gradcam import NoMapsError, grad_cam
from engine.classifier.networks import unpack
from engine.classifier.shipped import Trained
from engine.classifier.tasks import Task
from engine.images import grey, square
from pages.networks.classifier_shown import STORED, Shown
from pages.registry import PageEntry
from pages.shared import assets, picture_input

_KEPT = "clf_networks"  # session: lane -> (digest of its weights, network)


def networks(shown: Shown) -> dict[str, Trained]:
    """The networks ready to run: of the session's run, or those that ship with the app."""
    if not shown.weights:
        found = {}
        for lane, about in shown.lanes.items():
            name = f"{STORED}-{about['kind']}"
            if name in shipped.names():
                found[lane] = shipped.load(name)
        return found
    kept: dict[str, tuple[str, Trained]] = st.session_state.setdefault(_KEPT, {})
    for lane, weights in shown.weights.items():
        digest = hashlib.blake2b(
            b"".join(value.tobytes() for value in weights.values()), digest_size=8
        ).hexdigest()
        if lane not in kept or kept[lane][0] != digest:
            kept[lane] = (digest, _trained(shown, lane))
    return {lane: kept[lane][1] for lane in shown.weights}


def _trained(shown: Shown, lane: str) -> Trained:
    device = torch.device("cpu")  # one small picture: moving it elsewhere costs more than it saves
    pictures = Task(shown.settings, device).train
    model = unpack(shown.lane(lane), pictures.shape, len(shown.classes), shown.weights[lane], device)
    return Trained(
        lane, model, shown.lane(lane), shown.classes, pictures.shape, pictures.mean, pictures.deviation
    )


def draw(page: PageEntry, shown: Shown) -> None:
    """Chooser, picture, probabilities and evidence of every network."""
    picture = picture_input.choose(page, size=256, numbers=False, default="astronaut")
    found = networks(shown)
    if not found:
        st.caption("The networks can be tried at the end of their first epoch.")
        return
    shape = next(iter(found.values())).shape
    image = square(picture.image, shape[-1])  # (1, C, H, W)
    if shape[0] == 1:
        image = grey(image)
    elif image.shape[1] == 1:
        image = image.expand(-1, 3, -1, -1)
    asked = _asked()
    described: list[dict[str, Any]] = []
    arrays: dict[str, pd.DataFrame] = {}
    for lane, trained in found.items():
        described.append(
            _described(lane, str(shown.lanes[lane]["title"]), trained, image, asked.get(lane), arrays)
        )
    assets.mount(
        "evidence",
        {
            "image": pd.DataFrame({"v": (image[0] * 255).round().to(torch.uint8).numpy().ravel()}),
            "height": shape[1],
            "width": shape[2],
            "channels": shape[0],
            "classes": list(shown.classes),
            "networks": described,
            "asked": asked,
            **arrays,
        },
        key=f"{page.prefix}evidence",
        provenance=shown.provenance,
        states={"asked": None},
    )
    st.caption(
        f"The picture is cut to a square and made {shape[1]} × {shape[2]} pixels small, as the networks were trained."
        " They know only their own classes: whatever you show them, they name one of those."
    )


def _asked() -> dict[str, int]:
    component = st.session_state.get("clf_evidence")
    asked = component.get("asked") if component is not None and "asked" in component else None
    return {str(lane): int(k) for lane, k in asked.items()} if isinstance(asked, dict) else {}


def _described(
    lane: str, title: str, trained: Trained, image: torch.Tensor, asked: int | None, arrays: dict[str, Any]
) -> dict[str, Any]:
    probabilities = trained.probabilities(image)[0]
    predicted = int(probabilities.argmax())
    wanted = asked if asked is not None and asked < len(probabilities) else predicted
    evidence, why = "", ""
    try:
        found = grad_cam(trained.model, trained.prepare(image), torch.tensor([wanted]))[0]
        evidence = f"evidence_{lane}"
        arrays[evidence] = pd.DataFrame({"v": found.numpy().astype(np.float32).ravel()})
    except NoMapsError as error:
        why = str(error)
    return {
        "lane": lane,
        "title": title,
        "probabilities": probabilities.tolist(),
        "predicted": predicted,
        "asked": wanted,
        "evidence": evidence,
        "why": why,
    }
