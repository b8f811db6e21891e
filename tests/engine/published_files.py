"""Tiny files in the formats the data sets are published in, and a server that gives them, or misbehaves."""

from __future__ import annotations

import gzip
import hashlib
import io
import pickle
import struct
import tarfile
import threading
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

import numpy as np
from PIL import Image
from scipy.io import savemat


def _random(*shape, seed=0):
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


class _Python2(pickle._Pickler):
    """Writes byte strings as Python 2 did, which published CIFAR-10."""

    dispatch: ClassVar = dict(pickle._Pickler.dispatch)

    def save_bytes(self, value):
        size = len(value)
        self.write(b"U" + bytes([size]) if size < 256 else b"T" + struct.pack("<i", size))
        self.write(value)
        self.memoize(value)

    dispatch[bytes] = save_bytes


def _python2(value):
    """A pickle as of Python 2, when NumPy had its old name."""
    buffer = io.BytesIO()
    _Python2(buffer, protocol=2).dump(value)
    return buffer.getvalue().replace(b"numpy._core.multiarray", b"numpy.core.multiarray")


def cifar():
    """cifar-10-python.tar.gz with 3 pictures a batch; what is in it as {split: (images, labels)}."""
    buffer = io.BytesIO()
    truth = {"train": ([], []), "test": ([], [])}
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for number, name in enumerate(
            [*(f"data_batch_{n}" for n in range(1, 6)), "test_batch", "batches.meta"]
        ):
            images, labels = _random(3, 3072, seed=number), [number, (number + 1) % 10, 9]
            batch = {
                b"data": images,
                b"labels": labels,
                b"batch_label": name.encode(),
                b"filenames": [b"x"] * 3,
            }
            if name == "batches.meta":
                batch = {b"label_names": [b"airplane"], b"num_vis": 3072}
            else:
                split = "test" if name == "test_batch" else "train"
                truth[split][0].append(images.reshape(3, 3, 32, 32))
                truth[split][1].extend(labels)
            data = _python2(batch)
            entry = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue(), {split: (np.concatenate(x), np.array(y)) for split, (x, y) in truth.items()}


def idx(values):
    """A gzipped IDX file."""
    head = bytes([0, 0, 8, values.ndim]) + b"".join(int(n).to_bytes(4, "big") for n in values.shape)
    return gzip.compress(head + values.astype(np.uint8).tobytes())


def mnist():
    """The four files of MNIST, {name: bytes}, and what is in them."""
    truth = {
        "train": (_random(7, 28, 28, seed=1), np.arange(7) % 10),
        "t10k": (_random(4, 28, 28, seed=2), np.arange(4)),
    }
    files = {}
    for split, (images, labels) in truth.items():
        files[f"{split}-images-idx3-ubyte.gz"] = idx(images)
        files[f"{split}-labels-idx1-ubyte.gz"] = idx(labels)
    return files, truth


def svhn(seed=0):
    """A .mat file, and what is in it; its digit 0 is labelled 10."""
    images, labels = _random(32, 32, 3, 6, seed=seed), np.array([1, 2, 10, 4, 5, 10], np.uint8)[:, None]
    buffer = io.BytesIO()
    savemat(buffer, {"X": images, "y": labels}, do_compression=True)
    return buffer.getvalue(), (images.transpose(3, 2, 0, 1), np.array([1, 2, 0, 4, 5, 0]))


def stl():
    """stl10_binary.tar.gz, and what is in it."""
    truth = {
        "train": (_random(3, 3, 96, 96, seed=3), [0, 4, 9]),
        "test": (_random(2, 3, 96, 96, seed=4), [1, 2]),
    }
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        parts = {"class_names.txt": b"airplane\n", "unlabeled_X.bin": bytes(1000)}
        for split, (images, labels) in truth.items():
            parts[f"{split}_X.bin"] = images.transpose(0, 1, 3, 2).tobytes()
            parts[f"{split}_y.bin"] = (np.array(labels) + 1).astype(np.uint8).tobytes()
        for name, data in parts.items():
            entry = tarfile.TarInfo(f"stl10_binary/{name}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue(), truth


def celeba():
    """The three files of CelebA, {name: bytes}: 6 pictures, train but for the last two. Picture n is grey 30 * n."""
    names = [f"{number:06d}.jpg" for number in range(1, 7)]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for number, name in enumerate(names):
            jpeg = io.BytesIO()
            image = Image.new("RGB", (178, 218), (255, 0, 0))
            image.paste((30 * number,) * 3, (15, 35, 163, 183))
            image.save(jpeg, "JPEG", quality=95)
            archive.writestr(f"img_align_celeba/{name}", jpeg.getvalue())
    lines = ["6", "Bald Smiling Young"] + [
        f"{name} -1 {1 if n % 2 else -1} 1" for n, name in enumerate(names)
    ]
    splits = [f"{name} {0 if n < 4 else 2}" for n, name in enumerate(names)]
    return {
        "img_align_celeba.zip": buffer.getvalue(),
        "list_attr_celeba.txt": "\n".join(lines).encode() + b"\n",
        "list_eval_partition.txt": "\n".join(splits).encode() + b"\n",
    }


def md5(data):
    """As publishers give it."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


class Server(BaseHTTPRequestHandler):
    """Gives `files` by the end of the path. `behaviour`: ok, breaks (half, then closes), stalls, lies or 404."""

    files: ClassVar[dict[str, bytes]] = {}
    behaviour: ClassVar[str] = "ok"
    asked: ClassVar[list[tuple[str, str | None]]] = []
    released: ClassVar[threading.Event] = threading.Event()

    def do_GET(self):
        name = self.path.split("/")[-1]
        behaviour, asked = self.behaviour, self.headers.get("Range")
        self.asked.append((self.path, asked))
        if behaviour == "404" or "/away/" in self.path or name not in self.files:
            self.send_error(404)
            return
        content = b"<html>please log in</html>" if behaviour == "lies" else self.files[name]
        start = int(asked.split("=")[1].rstrip("-")) if asked else 0
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        if behaviour in ("breaks", "stalls"):
            self.wfile.write(content[start : start + max(1, (len(content) - start) // 2)])
            self.wfile.flush()
            if behaviour == "stalls":
                self.released.wait(20)
            return
        self.wfile.write(content[start:])

    def log_message(self, *_): ...


def serve():
    """A running server and its address; call `.shutdown()`."""
    Server.files, Server.behaviour, Server.asked = {}, "ok", []
    Server.released.clear()
    running = ThreadingHTTPServer(("127.0.0.1", 0), Server)
    running.daemon_threads = True
    running.handle_error = lambda *_: None  # clients hang up on purpose
    threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    return running, f"http://127.0.0.1:{running.server_port}"
