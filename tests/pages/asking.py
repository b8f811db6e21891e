"""Ask routes of ours as a server asks them, without a server."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from starlette.applications import Starlette


def ask(routes, path, method="GET", headers=()):
    """Status, headers and text of the answer."""
    sent = []

    async def receive():
        return {"type": "http.request", "body": b""}

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": method, "path": path, "query_string": b"any=thing"}
    answer = Starlette(routes=routes)(scope | {"headers": list(headers)}, receive, send)
    # In this thread a browser's tests may have left their own loop running.
    with ThreadPoolExecutor(1) as aside:
        aside.submit(asyncio.run, answer).result()
    told = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return sent[0]["status"], told, b"".join(message.get("body", b"") for message in sent).decode()
