"""The code panel of the Embedding page."""

from __future__ import annotations

from engine.embedding import settings_grid
from pages.contrastive.embedding_state import State
from pages.contrastive.embedding_training import LIVE


def pytorch(state: State) -> str:
    """PyTorch and the engine for the settings on screen; runs as pasted in the project's folder."""
    if state.view == "training":
        return _through_training(state)
    table = state.table
    count = min(table.count, settings_grid.MOST) if state.view == "settings" else table.count
    lines = ["from engine import data, embedding", "from engine.embedding import sources", "import torch", ""]
    if table.source == "upload":
        lines += [
            "import numpy as np",
            'vectors = torch.from_numpy(np.load("vectors.npy")).float()  # your file',
        ]
    else:
        lines += [
            f'pictures = data.load("{table.data}", "{table.split}", {count})',
            f'vectors = sources.vectors("{table.source}", pictures, torch.device("cpu"))  # (N, D)',
        ]
    metric = f'metric="{table.metric}"'
    lines.append(f"indices, distances = embedding.nearest_neighbours(vectors, 16, {metric})  # itself first")
    for layout in state.layouts or ("umap",):
        lines += ["", *_call(layout, state, metric)]
        lines.append(f'print("{layout}", embedding.trustworthiness(vectors, layout, 15, {metric}))')
    lines += [
        "",
        "# umap-learn takes the same neighbours:",
        "# umap.UMAP(precomputed_knn=(indices.numpy(), distances.numpy())).fit_transform(vectors)",
    ]
    return "\n".join(lines)


def _through_training(state: State) -> str:
    lines = [
        "from engine import stored_runs",
        "from engine.embedding.history import History",
        "",
        f'run = stored_runs.load("{state.run}").arrays',
        'for n, epoch in enumerate(run["embedding_epochs"]):',
        '    layout, kept = run["embedding_layouts"][n], run["embedding_trustworthiness"][n]  # (N, 2)',
        '    print(epoch, layout.shape, f"{kept:.4f}")',
        "",
        "# A training of your own: one line after every epoch.",
        'history = History(metric="cosine")',
        "# frame = history.add(epoch, vectors)   (N, D) -> frame.layout (N, 2), frame.trustworthiness",
    ]
    if state.run == LIVE or not state.run:
        lines = [lines[1], "", *lines[8:]]
    return "\n".join(lines)


def _call(layout: str, state: State, metric: str) -> list[str]:
    settings = state.settings(layout)
    if layout == "pca":
        return [f"layout = embedding.pca(vectors, {settings.dims})"]
    if settings.method == "tsne":
        return [
            "from sklearn.manifold import TSNE",
            (
                f"model = TSNE({settings.dims}, perplexity={settings.perplexity:g}, max_iter={settings.iterations},"
                f" {metric}, random_state={settings.seed})"
            ),
            "layout = model.fit_transform(vectors.numpy())",
        ]
    labels = ", labels=pictures.labels.numpy()" if settings.supervised else ""
    return [
        f"layout = embedding.umap(vectors, n_neighbors={settings.n_neighbors}, min_dist={settings.min_dist:g},",
        f"                        {metric}, dims={settings.dims}, seed={settings.seed}{labels})",
    ]
