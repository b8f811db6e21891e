"""The lecture's worked example: a 3 x 3 filter on two portions of a grey picture gives 2.8 and -0.1.

The slide's second portion, as printed, gives 0.3 and not the -0.1 printed beside it. Turning the sign of one
cell puts that right, and only one cell can: the top right one, printed 0.2, here -0.2. `LECTURE_NOTE` says so
to whoever compares with the slide. Tested by trying every cell's sign.
"""

from __future__ import annotations

LECTURE_FILTER = ((1.0, 1.0, 1.0), (0.0, 0.0, 0.0), (-1.0, -1.0, -1.0))
LECTURE_PATCHES = (
    ((0.6, 0.4, 0.6), (0.1, -0.2, -0.3), (-0.5, -0.4, -0.3)),
    ((-0.7, 0.6, -0.2), (0.1, 0.5, -0.3), (-0.3, -0.4, 0.5)),
)
LECTURE_RESULTS = (2.8, -0.1)
PRINTED_SECOND_PATCH = ((-0.7, 0.6, 0.2), (0.1, 0.5, -0.3), (-0.3, -0.4, 0.5))
LECTURE_NOTE = (
    "The slide prints 0.2 in the top right cell of its second example, which would give 0.3; its result of"
    " -0.1 needs -0.2 there, so that is what stands here."
)
