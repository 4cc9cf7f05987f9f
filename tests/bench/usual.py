"""The peer: the usual FastStream consumer. One message, one commit, one acknowledgement.

It does the same work the way a tutorial does: keep the sheet, score the proposal, count who is
better, commit, publish the change, acknowledge. It has no outbox: a crash in between loses a
change.
"""

import asyncio
import json
import os
from decimal import Decimal
from typing import Any

from contracts.evaluation import SheetSubmitted
from contracts.stream import STREAM
from faststream import AckPolicy, FastStream
from faststream.nats import JStream, NatsBroker, NatsMessage
from kit.database import Database
from sqlalchemy import Connection, text

from tests.bench.bare_store import weighted
from tests.bench.world import EDITION, STAGE, WEIGHTS

SUBJECT = f"sayembara.usual.{EDITION}.standings.{STAGE}.changed"
TABLES = (
    "CREATE TABLE sheets (proposal text, juror text, marks text, PRIMARY KEY (proposal, juror))",
    "CREATE TABLE standings (proposal text PRIMARY KEY, score numeric, sheets integer)",
    "CREATE INDEX by_score ON standings (score)",
)
KEEP = text(
    "INSERT INTO sheets VALUES (:proposal, :juror, :marks)"
    " ON CONFLICT (proposal, juror) DO UPDATE SET marks = excluded.marks"
)
READ = text("SELECT marks FROM sheets WHERE proposal = :proposal")
STAND = text(
    "INSERT INTO standings VALUES (:proposal, :score, :sheets) ON CONFLICT (proposal)"
    " DO UPDATE SET score = excluded.score, sheets = excluded.sheets"
)
RANK = text("SELECT count(*) FROM standings WHERE score > :score")

broker = NatsBroker(os.environ.get("BENCH_NATS", "nats://127.0.0.1:4222"), logger=None)
database = Database(os.environ.get("BENCH_STORE", "sqlite://"))


def _in_transaction(connection: Connection, event: SheetSubmitted) -> dict[str, Any]:
    marks = json.dumps({each.criterion: str(each.value) for each in event.marks})
    who = {"proposal": event.proposal}
    connection.execute(KEEP, {**who, "juror": event.juror, "marks": marks})
    kept = [weighted(each, WEIGHTS) for each in connection.scalars(READ, who)]
    score = str(round(Decimal(sum(kept)) / (sum(WEIGHTS.values()) * len(kept)), 2))
    connection.execute(STAND, {**who, "score": score, "sheets": len(kept)})
    better = connection.scalar(RANK, {"score": score}) or 0
    return {**who, "score": score, "rank": 1 + better, "sheets": len(kept)}


@broker.subscriber(
    SheetSubmitted.filter(),
    stream=JStream(STREAM, declare=False),
    durable="usual",
    ack_policy=AckPolicy.NACK_ON_ERROR,
)
async def on_sheet(event: SheetSubmitted, message: NatsMessage) -> None:
    row = await database.write(lambda connection: _in_transaction(connection, event))
    position = message.raw_message.metadata.sequence.stream
    changed = {"edition": EDITION, "stage": STAGE, "position": position, "rows": [row]}
    await broker.publish(changed, SUBJECT, stream=STREAM)


async def main() -> None:
    await database.write(lambda each: [each.execute(text(table)) for table in TABLES])
    await FastStream(broker, logger=None).run()


if __name__ == "__main__":
    asyncio.run(main())
