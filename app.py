"""The server. `streamlit run app.py` starts it.

It serves `pages/router.py` as the app behind a front door of ours, the browser code of our components as cacheable ES
modules, and the pictures the components draw. While the first visitor's browser loads Streamlit, a background thread
imports torch; once that visitor's page is drawn, it imports and touches what the other pages need, and starts the
worker processes that experiments run in. They end with the server.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Route

ROOT = Path(__file__).resolve().parent
if str(ROOT) not in sys.path:  # `streamlit run` puts the script's folder first, other launchers may not
    sys.path.insert(0, str(ROOT))

from pages.shared import assets, atlas, figure_first, front, pictures, workers  # noqa: E402  (the path is set just above)
from pages.shared.arrival import ARRIVAL  # noqa: E402
from pages.shared.errors import report  # noqa: E402
from pages.shared.visitor import Visitors  # noqa: E402

log = logging.getLogger("explorer")
COMES = 4.0  # seconds in which a first visitor comes who waited for the start
DRAWN = 30.0  # and in which that visitor's page is drawn
UNDISTURBED = 10.0  # then, before the workers compile what is needed later


def warm_up() -> None:
    """Import what every page needs, touch it once, and move it out of the garbage collector's sight."""
    try:
        import torch
    finally:
        ARRIVAL.ready()
    ARRIVAL.first_page(COMES, DRAWN)

    from engine import architectures, augment, convolution, kernels, pooling, samples
    from engine.embedding import laying_out  # noqa: F401 - scipy, before the collector's sight is cleared
    from engine.kernels import learned

    learned.family()
    architectures.names()  # and with it torchvision's models, a second's import
    with torch.inference_mode():
        for name in samples.names():
            samples.sample(name)
        picture = samples.sample(samples.names()[0])
        weight = kernels.build("sobel_x", 3).expand(1, 3, 3, 3)
        pooling.pool(convolution.convolve(picture, weight, padding="same"), "max", 2)
        augment.simclr_views(picture, torch.Generator())
    architectures.graph("resnet50")  # imports torchvision
    gc.collect()
    gc.freeze()
    log.info("Warm: torch %s with %d threads.", torch.__version__, torch.get_num_threads())
    workers.pool()
    time.sleep(UNDISTURBED)
    workers.warm("engine.embedding.warming")


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[dict[str, object]]:
    """Start the warm-up beside the server, never in front of it."""
    ARRIVAL.importing()
    threading.Thread(target=warm_up, name="warm-up", daemon=True).start()
    yield {}
    await asyncio.to_thread(workers.close)


app = st.App(
    "pages/router.py",
    lifespan=lifespan,
    on_script_error=report,
    middleware=[Middleware(Visitors)],
    routes=[
        *front.ROUTES,
        *figure_first.ROUTES,
        Route("/assets/{version}/{path:path}", assets.serve),
        Route("/pictures/{name}", pictures.serve),
        Route("/atlas/{stamp}/{file}", atlas.serve),
    ],
)
