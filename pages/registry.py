"""Every page of the app, in lecture order. Adding a page is one file and one line here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PageEntry:
    """One page.

    Attributes:
        slug: URL path; "" is home.
        title: As in the menu.
        question: The one sentence under the title: what this page answers.
        icon: A Material icon.
        section: Menu heading, in lecture order.
        file: Path below `pages/`.
        prefix: Every widget key, and so every URL parameter, of the page starts with it.
        figures: Our components on its first view; a browser that opens the page by a link fetches them ahead.
    """

    slug: str
    title: str
    question: str
    icon: str
    section: str
    file: str
    prefix: str
    figures: tuple[str, ...] = ()


PAGES: tuple[PageEntry, ...] = (
    PageEntry(
        "",
        "Deep Vision Explorer",
        "How does a network get from pixels to meaning?",
        ":material/map:",
        "",
        "home.py",
        "home_",
        ("map",),
    ),
    PageEntry(
        "convolution",
        "Convolution",
        "What does a small window of weights find when it slides over a picture?",
        ":material/grid_on:",
        "Building blocks",
        "basics/convolution.py",
        "conv_",
        ("convolution",),
    ),
    PageEntry(
        "pooling",
        "Pooling",
        "What survives when many values become one?",
        ":material/compress:",
        "Building blocks",
        "basics/pooling.py",
        "pool_",
        ("pooling",),
    ),
    PageEntry(
        "parameters",
        "Parameters",
        "How many numbers does a network learn, and where do they live?",
        ":material/calculate:",
        "Building blocks",
        "basics/parameters.py",
        "par_",
        ("network",),
    ),
    PageEntry(
        "architectures",
        "Architectures",
        "How are the famous networks built, and where do their parameters and their work sit?",
        ":material/account_tree:",
        "Networks",
        "networks/architectures.py",
        "arch_",
        ("architecture",),
    ),
    PageEntry(
        "classifier",
        "Classifier",
        "What do a plain network and a CNN learn from the same pictures?",
        ":material/model_training:",
        "Networks",
        "networks/classifier.py",
        "clf_",
    ),
    PageEntry(
        "augmentations",
        "Augmentations",
        "What may change in a picture before it is another picture?",
        ":material/auto_fix_high:",
        "Contrastive learning",
        "contrastive/augmentations.py",
        "aug_",
        ("augmentations",),
    ),
    PageEntry(
        "contrastive",
        "Contrastive learning",
        "How can a network learn to see without being told what anything is?",
        ":material/join_inner:",
        "Contrastive learning",
        "contrastive/contrastive.py",
        "con_",
        ("contrastive",),
    ),
    PageEntry(
        "embedding",
        "Embedding space",
        "What does an encoder know, and how far can a map of it be believed?",
        ":material/scatter_plot:",
        "Contrastive learning",
        "contrastive/embedding.py",
        "emb_",
        ("scatter",),
    ),
    PageEntry(
        "glo",
        "GLO",
        "Can a generator learn without an opponent, if every picture has a code of its own?",
        ":material/gesture:",
        "Generative models",
        "generative/glo.py",
        "glo_",
        ("glo",),
    ),
    PageEntry(
        "interpolate",
        "Interpolate",
        "What lies between two pictures, where no picture was?",
        ":material/blur_on:",
        "Generative models",
        "generative/interpolate.py",
        "lat_",
        ("latent",),
    ),
    PageEntry(
        "saddle-points",
        "Saddle points",
        "Why is a game of two networks hard to train, and what happens without an opponent?",
        ":material/landscape:",
        "Generative models",
        "generative/saddle_points.py",
        "sad_",
        ("saddle",),
    ),
    PageEntry(
        "data",
        "Data",
        "What is in the pictures, before a network sees them?",
        ":material/photo_library:",
        "Lab",
        "lab/data.py",
        "data_",
        ("shelf", "gallery"),
    ),
    PageEntry(
        "runs",
        "Runs",
        "What did one changed setting change?",
        ":material/compare_arrows:",
        "Lab",
        "lab/runs.py",
        "runs_",
        ("runs",),
    ),
)

BY_SLUG = {entry.slug: entry for entry in PAGES}
