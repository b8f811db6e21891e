"""UMAP: seconds and trustworthiness against umap-learn and TorchDR, warm and cold, 2,000 to 20,000 x 128.

    python -m benchmarks.embedding            everything (about ten minutes on two idle cores)
    python -m benchmarks.embedding 2000 5000  these sizes, and no fresh processes

Arms: ours (`engine.embedding.umap`, its own exact neighbours, seeded); umap-learn's default call; umap-learn given
our exact neighbours as `precomputed_knn` and as many epochs as ours; umap-learn with a seed, which costs it all
threads but one; TorchDR on the CPU. The last three up to 10,000 points. Warm: every arm has run before, on 4,500
points, so that all is compiled; arms take turns. Cold: a fresh process that does nothing else, import included, with
and without numba's compilation on disk.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Mapping
from statistics import median

import numpy as np
import torch

from benchmarks import common
from engine.embedding.trust import trustworthiness
from engine.embedding.umap_layout import epochs_for, known, umap

SIZES = (2_000, 5_000, 10_000, 20_000)
COLUMNS, K = 128, 15
ROUNDS = {2_000: 3, 5_000: 3, 10_000: 3, 20_000: 2}
LIMITED, COMPILED = 10_000, 4_500  # umap-learn searches exactly below 4,096 points
COLD = """
import sys, time
begun = time.perf_counter()
import numpy as np
vectors = np.load(sys.argv[1])
{call}
print(time.perf_counter() - begun)
"""
PACKAGES = ("torch", "numpy", "numba", "umap-learn", "torchdr", "pynndescent")
CALLS = {
    "ours": "from engine.embedding import umap; umap(vectors, seed=0)",
    "umap-learn": "import umap; umap.UMAP().fit_transform(vectors)",
}


def clusters(count: int, seed: int = 0) -> np.ndarray:
    """(count, 128): twenty clusters, each spread along six directions of its own, with noise."""
    generator = np.random.default_rng(seed)
    labels = generator.integers(0, 20, count)
    centres = generator.normal(size=(20, COLUMNS)) * 1.2
    bases = generator.normal(size=(20, 6, COLUMNS)) * 0.8
    inner = np.einsum("nk,nkd->nd", generator.normal(size=(count, 6)), bases[labels])
    return (centres[labels] + inner + 0.3 * generator.normal(size=(count, COLUMNS))).astype(np.float32)


def arms(vectors: np.ndarray) -> dict[str, Callable[[], np.ndarray]]:
    """Every contender as a call without arguments."""
    import torchdr
    import umap as peer

    epochs = epochs_for(len(vectors))
    seeds = iter(range(1000))

    def given_neighbours() -> np.ndarray:
        found = known(vectors, K)
        return peer.UMAP(
            n_neighbors=K, n_epochs=epochs, precomputed_knn=(found.indices, found.distances)
        ).fit_transform(vectors)

    def torch_dr() -> np.ndarray:
        return torchdr.UMAP(n_neighbors=K, max_iter=500, device="cpu", backend=None).fit_transform(vectors)

    always = {
        "ours": lambda: umap(vectors, n_neighbors=K, seed=next(seeds)),
        "umap-learn": lambda: peer.UMAP(n_neighbors=K).fit_transform(vectors),
    }
    if len(vectors) > LIMITED:
        return always
    return always | {
        "umap-learn, our neighbours and epochs": given_neighbours,
        "umap-learn, seeded": lambda: peer.UMAP(n_neighbors=K, random_state=0).fit_transform(vectors),
        "TorchDR": torch_dr,
    }


def warm(count: int) -> dict[str, Mapping[str, float]]:
    """Median seconds and trustworthiness of every arm, taking turns."""
    vectors = clusters(count)
    contenders = arms(vectors)
    seconds: dict[str, list[float]] = {name: [] for name in contenders}
    kept: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(ROUNDS[count]):
        for name, arm in contenders.items():
            begun = time.perf_counter()
            layout = arm()
            seconds[name].append(time.perf_counter() - begun)
            kept[name].append(trustworthiness(vectors, np.asarray(layout, np.float32), K))
    return {
        name: {
            "median_seconds": round(median(seconds[name]), 3),
            "slowest_seconds": round(max(seconds[name]), 3),
            "trustworthiness": round(median(kept[name]), 4),
            "rounds": len(seconds[name]),
        }
        for name in contenders
    }


def cold(count: int) -> dict[str, dict[str, float]]:
    """Seconds of a fresh process: with numba's cache on disk filled by an earlier process, and empty."""
    found: dict[str, dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        np.save(f"{folder}/vectors.npy", clusters(count))
        for name, call in CALLS.items():
            cache = f"{folder}/numba {name}"
            environment = os.environ | {"NUMBA_CACHE_DIR": cache}
            command = [sys.executable, "-W", "ignore", "-c", COLD.format(call=call), f"{folder}/vectors.npy"]
            times = []
            for _ in range(2):
                done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)  # noqa: S603 - our own
                times.append(float(done.stdout.split()[-1]))
            found[name] = {
                "empty_cache_seconds": round(times[0], 2),
                "filled_cache_seconds": round(times[1], 2),
            }
            shutil.rmtree(cache, ignore_errors=True)
    return found


def main() -> None:
    """Measure, print, save."""
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=list(SIZES))
    sizes = parser.parse_args().sizes
    findings: dict[str, object] = {"columns": COLUMNS, "neighbours": K, "threads": torch.get_num_threads()}
    for arm in arms(clusters(COMPILED)).values():
        arm()
    for count in sizes:
        results = warm(count)
        findings[f"warm {count}"] = results
        print(f"\n{count} x {COLUMNS}, warm {'':20}{'seconds':>9}{'times ours':>12}{'trust':>9}")
        for name, row in results.items():
            ratio = row["median_seconds"] / results["ours"]["median_seconds"]
            print(
                f"  {name:38}{row['median_seconds']:9.2f}{ratio:12.2f}{row['trustworthiness']:9.4f}",
                flush=True,
            )
        common.write("embedding", PACKAGES, findings)
    if len(sizes) == len(SIZES):
        findings["cold 10000"] = cold(10_000)
        print(f"\n10000, a fresh process: {json.dumps(findings['cold 10000'])}", flush=True)
        common.write("embedding", PACKAGES, findings)


if __name__ == "__main__":
    main()
