"""Makes the stored GLO runs and models: assets/runs/glo-NAME and assets/weights/glo-NAME.safetensors.

python -m engine.studies.glo mnist-5k faces shapes     GLO, autoencoder and PCA compared; GLO's model is kept
python -m engine.studies.glo frozen sphere             the control experiment: random codes that never learn, that do
python -m engine.studies.glo beside vanishing          a GAN beside GLO from four seeds; its vanishing gradient
"""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from engine import device as devices
from engine import memory, stored_runs
from engine.experiment import FreeRun
from engine.glo import beside, comparing, portable, shelf, training, vanishing
from engine.glo.learning import CodeSettings, Loss
from engine.glo.recording import Recorder
from engine.models import Generator
from engine.settings import SettingsBase
from engine.training import Optimisation, Plan

FALLING = Optimisation(learning_rate=6e-3, weight_decay=0.0, schedule="cosine")
COMPARED: dict[str, comparing.Settings] = {
    "mnist-5k": comparing.Settings(
        training.Settings(data="mnist-5k", optimisation=FALLING, plan=Plan(epochs=60, batch_size=64)),
        unseen=1000,
    ),
    "faces": comparing.Settings(
        training.Settings(data="faces", limit=80, optimisation=FALLING, plan=Plan(epochs=300, batch_size=16)),
        unseen=20,
    ),
    "shapes": comparing.Settings(
        training.Settings(
            data="shapes",
            limit=4000,
            generator=Generator(latent=64),
            loss=Loss(name="mixed"),
            optimisation=FALLING,
            plan=Plan(epochs=30, batch_size=64),
        ),
        unseen=300,
    ),
}
FROZEN = training.Settings(
    data="mnist-5k",
    codes=CodeSettings(start="sphere", learn=False),
    optimisation=FALLING,
    plan=Plan(epochs=60, batch_size=64),
    heldout=0,
)
SPHERE = FROZEN.change("codes", FROZEN.codes.change("learn", True))
CONTROLS = {"frozen": FROZEN, "sphere": SPHERE}
BESIDE = beside.Settings(plan=Plan(epochs=16, batch_size=64))
SEEDS = 4
VANISHING = vanishing.Settings()
BITS = {"moment/codes": 8, "layout/layout": 16, "batch/codes": 8, "batch/moved": 8, "batch/gradient": 8}


def compare(name: str) -> Path:
    """Train GLO and the autoencoder on a data set, compare them with PCA, keep GLO's model."""
    settings, recorder = COMPARED[name], Recorder()
    start = time.perf_counter()
    result = comparing.run(settings, devices.pick(), recorder, FreeRun())
    seconds = time.perf_counter() - start
    headline = {**_rounded(result["figures"]), "seconds": round(seconds, 1)}
    made = portable.from_bytes(result["model"].tobytes())
    about = {
        **made.about,
        "psnr_train": headline["glo"]["psnr_train"],
        "psnr_heldout": headline["glo"]["psnr"],
        "command": _command(name),
    }
    content = portable.to_bytes(made.generator, made.codes, made.plan, made.shape, made.data, about)
    shelf.WEIGHTS.mkdir(parents=True, exist_ok=True)
    (shelf.WEIGHTS / f"{shelf.PREFIX}{name}{shelf.ENDING}").write_bytes(content)
    return _write(name, recorder.arrays(), settings, settings.training.plan.seed, headline)


def control(name: str) -> Path:
    """GLO on the digits from random codes: they never learn, or, from the same start, they do."""
    settings, recorder = CONTROLS[name], Recorder()
    result = training.run(settings, devices.pick(), recorder, FreeRun())
    return _write(name, recorder.arrays(), settings, settings.plan.seed, _rounded(result["figures"]))


def both() -> Path:
    """A GAN and GLO beside each other, once per seed; samples are kept of the first."""
    arrays: dict[str, np.ndarray] = {}
    figures: dict[str, list[float]] = {}
    for seed in range(SEEDS):
        recorder = Recorder()
        settings = BESIDE.change("plan", BESIDE.plan.change("seed", seed))
        result = beside.run(settings, devices.pick(), recorder, FreeRun())
        for key, values in recorder.arrays().items():
            if seed == 0 or not key.startswith("moment/"):
                arrays[key if seed == 0 else f"seed {seed} {key}"] = values
        for key, value in result["figures"].items():
            figures.setdefault(key, []).append(round(value, 4))
    return _write("beside", arrays, BESIDE, BESIDE.plan.seed, {**figures, "seeds": SEEDS})


def vanish() -> Path:
    """The generator's gradient as the discriminator learns on."""
    recorder = Recorder()
    result = vanishing.run(VANISHING, devices.pick(), recorder, FreeRun())
    return _write("vanishing", recorder.arrays(), VANISHING, VANISHING.seed, _rounded(result["figures"]))


def main(name: str) -> Path:
    """Make one stored run. Raises KeyError for a name that is none."""
    others = {"beside": both, "vanishing": vanish}
    if name in CONTROLS:
        return control(name)
    return others[name]() if name in others else compare(name)


def _write(
    name: str,
    arrays: Mapping[str, np.ndarray],
    settings: SettingsBase,
    seed: int,
    headline: Mapping[str, Any],
) -> Path:
    return stored_runs.write(
        f"glo-{name}",
        arrays,
        command=_command(name),
        settings=settings.to_dict(),
        seed=seed,
        headline=headline,
        bits={key: bits for key, bits in BITS.items() if key in arrays},
        packages=("torch", "numpy", "safetensors"),
    )


def _command(name: str) -> str:
    return f"python -m engine.studies.glo {name}"


def _rounded(figures: Mapping[str, Any]) -> dict[str, Any]:
    """The figures to four digits after the point; tables of figures likewise."""
    return {
        key: _rounded(value) if isinstance(value, Mapping) else round(value, 4)
        for key, value in figures.items()
    }


if __name__ == "__main__":
    memory.keep()
    for wanted in sys.argv[1:]:
        sys.stdout.write(f"{main(wanted)}\n")
