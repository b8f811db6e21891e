"""What the page says about the three notebooks of the homework: kind, precise, useful."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """About one notebook.

    Attributes:
        title: On the switch.
        does: What it does, in one or two sentences.
        happens: What happens because of it.
        mend: What the correction changes.
        good: What it does well.
    """

    title: str
    does: str
    happens: str
    mend: str
    good: str


WORDS = {
    "simple": Words(
        "1: batch against itself",
        "One view per picture. The batch is compared with itself and the labels are `arange(N)`: row *i* should be"
        " most similar to column *i*, which is the same row. Pictures are divided by 255 when loaded and again in"
        " the network.",
        "The right answer has cosine 1 before anything is learned, so no encoder has to find out what two views of a"
        " picture share. The course's own run ends at a loss near 0.018, by spreading pictures apart, whatever they"
        " show. Here it falls as well, more slowly, since pictures divided by 255 twice are nearly black, while the"
        " neighbours do not get better.",
        "Two views of each picture, NT-Xent between them, and one division by 255.",
        "The network, the head, the temperature and the loop are sound: the correction changes four lines.",
    ),
    "pairs": Words(
        "2: labelled pairs",
        "Pairs from labels, the distance of their h, then a dense layer and a sigmoid, then the margin loss. That"
        " loss expects a distance: small for the same class, at least 1 for two classes.",
        "Between distance and loss stands a weight that may have either sign. If it is drawn negative, near pairs get"
        " a *large* output, and the encoder learns to push equals apart until the weight turns. Keras' accuracy"
        " reads an output above 0.5 as *same*, the loss means *different*: a good model shows an accuracy near 0.",
        "The margin loss on the distance itself, as Hadsell, Chopra and LeCun wrote it in 2006; *same* is read as a"
        " distance below half the margin.",
        "Balanced pairs, one alike and one not for every picture, are what this loss needs. With labels it learns"
        " more of the classes than the others can: it is told them.",
    ),
    "cached": Words(
        "3: views cached once",
        "As notebook 1, with pictures scaled once. The augmentation is drawn before the loop and kept: `map` stands"
        " before `cache`, so every epoch sees the same pictures.",
        "Nothing is ever compared but a picture with itself, so the loss falls to about 0.02 and the neighbours are"
        " what the architecture gives. The middle run has two views, drawn once: it learns, but may learn these"
        " views by heart.",
        "Two views, drawn anew in every epoch: in `tf.data`, `cache` first and `map` after it.",
        "Caching is the right idea for decoding and resizing; only what is random has to come behind it.",
    ),
}
ARM_TITLES = {
    "as written": "As written",
    "two views, still cached": "Two views, still cached",
    "corrected": "Corrected",
}
