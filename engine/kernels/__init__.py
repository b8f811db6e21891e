"""Named kernels: what each does, the sizes and parameters it has, and its values as a (k, k) tensor.

`FAMILIES` lists them, `build` makes one, `normalise` and `flip` change one. Tested against OpenCV,
scikit-image and closed forms.
"""

from engine.kernels.families import Group, KernelError, KernelFamily, Parameter
from engine.kernels.lecture import LECTURE_FILTER, LECTURE_NOTE, LECTURE_PATCHES, LECTURE_RESULTS
from engine.kernels.registry import FAMILIES, build
from engine.kernels.transforms import flip, normalise

__all__ = [
    "FAMILIES",
    "LECTURE_FILTER",
    "LECTURE_NOTE",
    "LECTURE_PATCHES",
    "LECTURE_RESULTS",
    "Group",
    "KernelError",
    "KernelFamily",
    "Parameter",
    "build",
    "flip",
    "normalise",
]
