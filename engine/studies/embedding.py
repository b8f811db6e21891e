"""Makes the stored layouts of the Embedding page: what it shows before anything was computed.

    python -m engine.studies.embedding [embedding-umap] [embedding-homework] [embedding-grid]

`assets/runs/embedding-umap`, `-homework` and `-grid`: 2,000 digits of mnist-5k by their pixels, under UMAP's usual
settings, under the homework's t-SNE, and under thirty settings with random vectors beside them. About half a minute
on two cores, 1 MB in all.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from engine import device as devices
from engine import stored_runs
from engine.embedding import laying_out, settings_grid
from engine.embedding.table import Table
from engine.embedding.tsne import HOMEWORK_ITERATIONS
from engine.experiment import FreeRun, ignore
from engine.settings import SettingsBase

COMMAND = "python -m engine.studies.embedding"
TABLE = Table(data="mnist-5k", count=2_000)
BITS: Mapping[str, int] = {"layout": 16, "distances": 16, "density": 16, "trust": 8, "kept_at": 8} | {
    f"{side}layouts": 16 for side in ("", "noise_")
}
RUNS: Mapping[str, tuple[str, Callable[..., dict[str, Any]], SettingsBase]] = {
    "embedding-umap": ("engine.embedding.laying_out", laying_out.run, laying_out.Settings(table=TABLE)),
    "embedding-homework": (
        "engine.embedding.laying_out",
        laying_out.run,
        laying_out.Settings(table=TABLE, method="tsne", iterations=HOMEWORK_ITERATIONS),
    ),
    "embedding-grid": (
        "engine.embedding.settings_grid",
        settings_grid.run,
        settings_grid.Settings(table=TABLE),
    ),
}


def main(names: Sequence[str] = ()) -> None:
    """Compute the named ones, or all three, and store them."""
    for name, (experiment, run, settings) in RUNS.items():
        if names and name not in names:
            continue
        result = run(settings, devices.pick(), ignore, FreeRun())
        arrays = {key: value for key, value in result.items() if isinstance(value, np.ndarray)}
        if "indices" in arrays:
            arrays["indices"] = arrays["indices"].astype(np.uint16)
        headline = {key: value for key, value in result.items() if key not in arrays}
        stored_runs.write(
            name,
            arrays,
            command=COMMAND,
            settings=settings.to_dict(),
            seed=0,
            headline={"experiment": experiment} | headline,
            bits={key: bits for key, bits in BITS.items() if key in arrays},
            packages=("torch", "numpy", "scikit-learn", "numba"),
        )


if __name__ == "__main__":
    main(sys.argv[1:])
