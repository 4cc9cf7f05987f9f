"""The bare HTTP edge: the same server, one row per request, those that wait share a commit.

It checks nothing. With BENCH_PUBLISH it also puts each sheet on the log, as evaluation does.
"""

import asyncio
import json
import os
import sqlite3
import uuid
from typing import Any

import nats
import uvicorn
from contracts.evaluation import SheetSubmitted
from fastapi import FastAPI, Request, Response
from kit.log import Log
from kit.outgoing import Outgoing

from tests.bench.world import EDITION, STAGE

app = FastAPI()
waiting: list[tuple[dict[str, Any], "asyncio.Future[None]"]] = []
arrived = asyncio.Event()


@app.put("/editions/{edition}/stages/{stage}/proposals/{proposal}/sheets/{juror}")
async def take(proposal: str, juror: str, request: Request) -> Response:
    marks = json.loads(await request.body())["marks"]
    named = [{"criterion": name, "value": mark} for name, mark in marks.items()]
    sheet = {"edition": EDITION, "stage": STAGE, "proposal": proposal, "juror": juror}
    kept: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    waiting.append(({**sheet, "marks": named, "version": 1}, kept))
    arrived.set()
    await kept
    return Response(b"{}", media_type="application/json")


def commit(store: sqlite3.Connection, bodies: list[str]) -> None:
    store.execute("BEGIN IMMEDIATE")
    store.executemany("INSERT INTO outbox (body) VALUES (?)", [(each,) for each in bodies])
    store.execute("COMMIT")


async def serve_store(store: sqlite3.Connection, log: Log | None) -> None:
    while True:
        await arrived.wait()
        arrived.clear()
        group = waiting[:]
        waiting.clear()
        bodies = [json.dumps(sheet) for sheet, _ in group]
        await asyncio.to_thread(commit, store, bodies)
        for _, kept in group:
            kept.set_result(None)
        if log is not None:
            subject = SheetSubmitted.filter().replace("*", EDITION, 1)
            rows = [
                Outgoing(
                    0,
                    subject.replace("*", sheet["proposal"]),
                    {"Nats-Msg-Id": str(uuid.uuid4())},
                    body.encode(),
                )
                for (sheet, _), body in zip(group, bodies, strict=True)
            ]
            await log.publish(rows)


async def main() -> None:
    path = os.environ["BENCH_STORE"].removeprefix("sqlite:///")
    store = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        store.execute(f"PRAGMA {pragma}")
    store.execute("CREATE TABLE outbox (id integer PRIMARY KEY, body text)")
    log = None
    if os.environ.get("BENCH_PUBLISH"):
        log = Log(await nats.connect(os.environ["BENCH_NATS"]))
    port = int(os.environ["BENCH_PORT"])
    server = uvicorn.Server(uvicorn.Config(app, port=port, access_log=False, log_level="error"))
    await asyncio.gather(server.serve(), serve_store(store, log))


if __name__ == "__main__":
    asyncio.run(main())
