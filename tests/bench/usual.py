"""The peer: the usual FastStream consumer. One message, one commit, one acknowledgement.

It does the same work the way a tutorial does: keep the sheet, score the proposal, count who is
better, all in an async session that also keeps what is to be said; acknowledge. Another task looks
every tenth of a second for what is to be said, publishes it one by one, and marks it.
"""

import asyncio
import json
import os
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from contracts.evaluation import SheetSubmitted
from contracts.stream import STREAM
from faststream import AckPolicy, FastStream
from faststream.nats import JStream, NatsBroker, NatsMessage, PullSub
from sqlalchemy import event as on_engine
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from tests.bench.bare_store import weighted
from tests.bench.world import EDITION, STAGE, WEIGHTS

SUBJECT = f"sayembara.usual.{EDITION}.standings.{STAGE}.changed"
POLL_SECONDS = 0.1
TABLES = (
    "CREATE TABLE sheets (proposal text, juror text, marks text, PRIMARY KEY (proposal, juror))",
    "CREATE TABLE standings (proposal text PRIMARY KEY, score numeric, sheets integer)",
    "CREATE INDEX by_score ON standings (score)",
    "CREATE TABLE outbox (position bigint PRIMARY KEY, body text, published boolean)",
)
KEEP = text(
    "INSERT INTO sheets VALUES (:proposal, :juror, :marks)"
    " ON CONFLICT (proposal, juror) DO UPDATE SET marks = excluded.marks"
)
READ = text("SELECT marks FROM sheets WHERE proposal = :proposal")
STAND = text(
    "INSERT INTO standings VALUES (:proposal, CAST(:score AS numeric), :sheets)"
    " ON CONFLICT (proposal) DO UPDATE SET score = excluded.score, sheets = excluded.sheets"
)
RANK = text("SELECT count(*) FROM standings WHERE score > CAST(:score AS numeric)")
SAY = text("INSERT INTO outbox VALUES (:position, :body, false)")
SAID = text("SELECT position, body FROM outbox WHERE NOT published ORDER BY position LIMIT 100")
MARK = text("UPDATE outbox SET published = true WHERE position = :position")


def _engine(address: str) -> AsyncEngine:
    url = make_url(address)
    if url.get_backend_name() == "postgresql":
        folder = str(url.query["unix_sock"]).rpartition("/")[0]
        plain = url.set(drivername="postgresql+asyncpg", query={"host": folder})
        return create_async_engine(plain)
    engine = create_async_engine(url.set(drivername="sqlite+aiosqlite"))
    on_engine.listen(engine.sync_engine, "connect", _set_up_sqlite)
    return engine


def _set_up_sqlite(connection: Any, _: Any) -> None:
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=5000"):
        connection.execute(f"PRAGMA {pragma}")


broker = NatsBroker(os.environ.get("BENCH_NATS", "nats://127.0.0.1:4222"), logger=None)
engine = _engine(os.environ.get("BENCH_STORE", "sqlite://"))


async def _take(connection: AsyncConnection, event: SheetSubmitted) -> Mapping[str, Any]:
    marks = json.dumps({each.criterion: str(each.value) for each in event.marks})
    who = {"proposal": event.proposal}
    await connection.execute(KEEP, {**who, "juror": event.juror, "marks": marks})
    kept = [weighted(each, WEIGHTS) for each in await connection.scalars(READ, who)]
    score = str(round(Decimal(sum(kept)) / (sum(WEIGHTS.values()) * len(kept)), 2))
    await connection.execute(STAND, {**who, "score": score, "sheets": len(kept)})
    better = await connection.scalar(RANK, {"score": score}) or 0
    return {**who, "score": score, "rank": 1 + better, "sheets": len(kept)}


@broker.subscriber(
    SheetSubmitted.filter(),
    stream=JStream(STREAM, declare=False),
    durable="usual",
    pull_sub=PullSub(),
    ack_policy=AckPolicy.NACK_ON_ERROR,
)
async def on_sheet(event: SheetSubmitted, message: NatsMessage) -> None:
    position = message.raw_message.metadata.sequence.stream
    async with engine.begin() as connection:
        row = await _take(connection, event)
        changed = {"edition": EDITION, "stage": STAGE, "position": position, "rows": [row]}
        await connection.execute(SAY, {"position": position, "body": json.dumps(changed)})


async def publish_for_ever() -> None:
    while True:
        async with engine.begin() as connection:
            rows = list(await connection.execute(SAID))
        for row in rows:
            await broker.publish(json.loads(row.body), SUBJECT, stream=STREAM)
            async with engine.begin() as connection:
                await connection.execute(MARK, {"position": row.position})
        await asyncio.sleep(POLL_SECONDS)


async def main() -> None:
    async with engine.begin() as connection:
        for table in TABLES:
            await connection.execute(text(table))
    app = FastStream(broker, logger=None)
    publishing: list[asyncio.Task[None]] = []

    @app.after_startup
    async def publish() -> None:
        publishing.append(asyncio.create_task(publish_for_ever()))

    await app.run()


if __name__ == "__main__":
    asyncio.run(main())
