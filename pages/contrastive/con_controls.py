"""The settings of the page's run as controls. They are the same in every view of the run."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from engine import data
from engine.contrastive.experiment import Settings
from engine.contrastive.rates import SCALINGS, Scaling, formula
from engine.contrastive.views import Views
from engine.models import Encoder, Head
from engine.training import Optimisation, Plan
from pages.contrastive.con_names import PAGE
from pages.shared import data_input
from pages.shared.controls import choice, real, switch, whole

PREFIX = PAGE.prefix
TEMPERATURES = (0.05, 0.07, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 5.0, 10.0)
BATCHES = (4, 8, 16, 32, 64, 128, 256, 512, 1024)
HEADS = {"nonlinear": "Nonlinear", "linear": "Linear", "none": "None"}
OPTIMISERS = {"adamw": "AdamW", "momentum": "SGD with momentum", "lars": "LARS"}
RATES = {"adamw": 2e-3, "momentum": 0.06, "lars": 0.3}  # for a batch of 256; LARS: the paper's
RULES = {"sqrt": "Square root", "linear": "Linear", "none": "None"}
SCHEDULES = {"cosine": "Cosine", "constant": "Constant"}


@dataclass(frozen=True)
class Recipe:
    """How a data set is best looked at: the defaults of its controls, with the reason."""

    smallest: float
    hue: float
    flip: bool
    colour: bool
    why: str


RECIPES = {
    "shapes": Recipe(
        0.4,
        0.5,
        True,
        True,
        "Crops keep at least 40 % of the area: at SimCLR's 8 % the outline of a small shape is gone. The hue turns by"
        " up to half a circle: the paper's tenth leaves the colour of a one-coloured shape as good as known.",
    ),
    "photographs": Recipe(
        0.2,
        0.1,
        True,
        True,
        "As SimCLR for CIFAR-10 (B.9), but crops keep at least 20 % of the area: better for small encoders.",
    ),
    "signs": Recipe(
        0.5,
        0.0,
        False,
        False,
        "No mirror and no colours: a mirrored digit is another sign, and all are grey.",
    ),
}


def recipe(name: str) -> Recipe:
    """The defaults for a data set."""
    card = data.card(name)
    if name.startswith(("shapes", "scenes")):
        return RECIPES["shapes"]
    return RECIPES["photographs"] if card.shape[0] == 3 else RECIPES["signs"]


def keep() -> None:
    """Hold on to controls of the run that are not drawn in this view: Streamlit would drop them."""
    for key in list(st.session_state):
        name = str(key)
        if name.startswith(PREFIX) and name[len(PREFIX) :] in _KEPT:
            st.session_state[name] = st.session_state[name]


_KEPT = {
    *("data", "crop", "colour", "temperature", "batch", "epochs", "head", "negatives", "smallest", "flip"),
    *("strength", "hue", "grey", "blur", "noise", "cutout", "rotate", "sobel", "depth", "width", "kind"),
    *("hw_notebook", "hw_data", "hw_epochs", "hw_batch", "hw_seed"),
    *("outputs", "optimiser", "rate", "scaling", "warm_up", "decay", "schedule", "seed"),
}


def settings() -> Settings:
    """Draw the controls; the settings they stand for."""
    name = data_input.choose(
        PAGE, default="shapes-plain", suits=lambda card: len(card.classes) > 1 and max(card.shape[1:]) <= 96
    )
    usual = recipe(name)
    with st.container(horizontal=True):
        crop = switch("Crop", key=f"{PREFIX}crop", default=True)
        colour = switch(
            "Colours",
            key=f"{PREFIX}colour",
            default=usual.colour,
            help="Colour distortion: jitter of brightness, contrast, saturation and hue, and now and then grey.",
        )
    temperature = choice("Temperature", TEMPERATURES, key=f"{PREFIX}temperature", default=0.2)
    batch = choice("Batch size", BATCHES, key=f"{PREFIX}batch", default=256)
    epochs = whole("Epochs", 1, 100, key=f"{PREFIX}epochs", default=8)
    head = choice("Head g", list(HEADS), key=f"{PREFIX}head", default="nonlinear", titles=HEADS.__getitem__)
    with st.expander("More", icon=":material/tune:"):
        views = _views(usual, crop=crop, colour=colour)
        negatives = switch(
            "Negatives",
            key=f"{PREFIX}negatives",
            default=True,
            help="Off: only the pull between partners is left, and nothing keeps pictures apart.",
        )
        encoder, outputs = _network()
        training, rule = _training(batch)
        seed = whole("Seed", 0, 99, key=f"{PREFIX}seed", default=0, help="Same seed, same curve.")
    return Settings(
        data=name,
        encoder=encoder,
        head=Head(kind=head, outputs=outputs),
        views=views,
        temperature=temperature,
        negatives=negatives,
        training=training,
        scaling=rule,
        plan=Plan(epochs=epochs, batch_size=batch, seed=seed),
    )


def _views(usual: Recipe, *, crop: bool, colour: bool) -> Views:
    smallest = real(
        "Smallest crop (share of the area)",
        0.02,
        1.0,
        0.02,
        key=f"{PREFIX}smallest",
        default=usual.smallest,
        help=usual.why,
    )
    flip = switch("Flip", key=f"{PREFIX}flip", default=usual.flip)
    strength = real("Jitter strength s", 0.0, 1.25, 0.025, key=f"{PREFIX}strength", default=0.5)
    hue = real("Hue turned by up to (turns)", 0.0, 0.5, 0.025, key=f"{PREFIX}hue", default=usual.hue)
    grey = real("Grey, probability", 0.0, 1.0, 0.05, key=f"{PREFIX}grey", default=0.2)
    blur = real("Blur, probability", 0.0, 1.0, 0.1, key=f"{PREFIX}blur", default=0.0)
    noise = real("Noise, largest", 0.0, 0.5, 0.05, key=f"{PREFIX}noise", default=0.0)
    cutout = real("Cutout (share of the side)", 0.0, 0.9, 0.1, key=f"{PREFIX}cutout", default=0.0)
    rotate = real("Quarter turns, probability", 0.0, 1.0, 0.1, key=f"{PREFIX}rotate", default=0.0)
    sobel = real("Sobel, probability", 0.0, 1.0, 0.1, key=f"{PREFIX}sobel", default=0.0)
    return Views(
        crop=crop,
        smallest=round(smallest, 4),
        flip=flip,
        jitter=colour,
        strength=round(strength, 4),
        hue=round(hue, 4),
        grey=round(grey, 4) if colour else 0.0,
        blur=round(blur, 4),
        noise=round(noise, 4),
        cutout=round(cutout, 4),
        rotate=round(rotate, 4),
        sobel=round(sobel, 4),
    )


def _network() -> tuple[Encoder, int]:
    kind = choice(
        "Encoder",
        ("conv", "resnet"),
        key=f"{PREFIX}kind",
        default="conv",
        titles={"conv": "Convolutions", "resnet": "Residual"}.__getitem__,
    )
    depth = whole("Depth", 1, 12, key=f"{PREFIX}depth", default=4)
    width = choice("Width", (8, 16, 32, 48, 64), key=f"{PREFIX}width", default=32)
    outputs = choice("Outputs of the head", (2, 8, 16, 32, 64, 128), key=f"{PREFIX}outputs", default=64)
    return Encoder(kind=kind, depth=depth, width=width), outputs


def _training(batch: int) -> tuple[Optimisation, Scaling]:
    name = choice(
        "Optimiser",
        list(OPTIMISERS),
        key=f"{PREFIX}optimiser",
        default="adamw",
        titles=OPTIMISERS.__getitem__,
    )
    steps = [round(RATES[name] * factor, 6) for factor in (0.0, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0)]
    rate = choice(
        "Learning rate for 256", steps, key=f"{PREFIX}rate", default=steps[4], titles=lambda v: f"{v:g}"
    )
    rule: Scaling = choice(
        "Scaled to the batch", SCALINGS, key=f"{PREFIX}scaling", default="sqrt", titles=RULES.__getitem__
    )
    st.caption(f"Learning rate: {formula(rate, batch, rule)}")
    warm_up = real("Warm-up (epochs)", 0.0, 10.0, 0.5, key=f"{PREFIX}warm_up", default=0.5)
    schedule = choice(
        "Then", list(SCHEDULES), key=f"{PREFIX}schedule", default="cosine", titles=SCHEDULES.__getitem__
    )
    decay = choice("Weight decay", (0.0, 1e-6, 1e-4, 1e-2), key=f"{PREFIX}decay", default=1e-4)
    return (
        Optimisation(
            optimiser=name, learning_rate=rate, weight_decay=decay, schedule=schedule, warm_up=warm_up
        ),
        rule,
    )
