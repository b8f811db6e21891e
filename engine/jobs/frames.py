"""Messages between server and worker: length, then pickle, over the worker's standard input and output.

Pipes of one's own work the same on every system, carry nothing of the server's memory or modules into the worker
(unlike `multiprocessing`, which imports the server's main module again), and end when either side dies, however
it dies. Both ends are processes of ours; nothing from a visitor is unpickled.
"""

from __future__ import annotations

import pickle
import struct
import threading
from typing import IO, Any

_LENGTH = struct.Struct("<Q")
LARGEST = 256 * 2**20  # bytes; whoever sends has checked much smaller bounds of its own


class Sender:
    """Writes messages; safe to use from several threads."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def send(self, *message: object) -> None:
        """Send one message. Raises OSError or ValueError where the other side has gone."""
        body = pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL)
        with self._lock:
            self._stream.write(_LENGTH.pack(len(body)))
            self._stream.write(body)
            self._stream.flush()


def receive(stream: IO[bytes]) -> tuple[Any, ...]:
    """The next message. Raises EOFError where the other side has gone, in the middle of a message or between two."""
    head = _exactly(stream, _LENGTH.size)
    (length,) = _LENGTH.unpack(head)
    if length > LARGEST:
        raise EOFError
    message = pickle.loads(_exactly(stream, length))  # noqa: S301 - from our own process
    if not isinstance(message, tuple):
        raise EOFError
    return message


def _exactly(stream: IO[bytes], count: int) -> bytes:
    data = stream.read(count)
    if len(data) < count:
        raise EOFError
    return data
