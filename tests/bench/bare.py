"""The limit: the same reading, transactions, outbox and publishing, by hand and with nothing else.

No kit, no validation, no rules that could refuse, no recovery: what the machine and the libraries
allow. It keeps and reads the same rows, syncs as often, and says the same event.
"""

import asyncio
import json
import os
import uuid
from collections import deque
from collections.abc import Sequence
from decimal import Decimal

import nats
from contracts.evaluation import SheetSubmitted
from contracts.stream import STREAM, consumer_config
from nats.aio.client import Client
from nats.aio.msg import Msg
from pydantic_core import from_json
from sortedcontainers import SortedList

from tests.bench.bare_store import Sheet, store_at, weighted
from tests.bench.world import EDITION, STAGE, WEIGHTS

BATCH_MAX = 500
SUBJECT = f"sayembara.bare.{EDITION}.standings.{STAGE}.changed"


class Bare:
    """The loop and what it holds: the scores in order."""

    def __init__(self, client: Client, store_url: str) -> None:
        self.client = client
        self.store = store_at(store_url)
        self.waiting: deque[Msg] = deque()
        self.arrived = asyncio.Event()
        self.asked = 0
        self.said = 0
        self.scores: dict[str, Decimal] = {}
        self.order = SortedList()

    async def run(self) -> None:
        declared = {
            "stream_name": STREAM,
            "config": consumer_config("bare", (SheetSubmitted.filter(),)),
        }
        request = json.dumps(declared).encode()
        await self.client.request(f"$JS.API.CONSUMER.CREATE.{STREAM}.bare", request)
        self.inbox = self.client.new_inbox()
        await self.client.subscribe(self.inbox, cb=self.take)
        while True:
            await self.ask()
            if not self.waiting:
                self.arrived.clear()
                await self.arrived.wait()
            count = min(BATCH_MAX, len(self.waiting))
            await self.work([self.waiting.popleft() for _ in range(count)])

    async def take(self, message: Msg) -> None:
        if message.data:
            self.waiting.append(message)
            self.asked -= 1
            self.arrived.set()

    async def ask(self) -> None:
        if self.asked < BATCH_MAX:
            more = 2 * BATCH_MAX - self.asked
            self.asked += more
            body = json.dumps({"batch": more}).encode()
            subject = f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.bare"
            await self.client.publish(subject, body, reply=self.inbox)

    async def work(self, messages: Sequence[Msg]) -> None:
        position = int(messages[-1].reply.split(".")[5])
        body = await asyncio.to_thread(self.in_transaction, messages, position)
        headers = {"Nats-Msg-Id": str(uuid.uuid4()), "content-type": "application/json"}
        answer = await self.client.request(SUBJECT, body.encode(), headers=headers, timeout=5)
        on_log = json.loads(answer.data)["seq"]
        await self.told(on_log, body)
        await asyncio.to_thread(self.store.mark, self.said, on_log)
        await messages[-1].ack()

    async def told(self, position: int, body: str) -> None:
        """The change is on the log."""

    def in_transaction(self, messages: Sequence[Msg], position: int) -> str:
        sheets = [_sheet(each.data) for each in messages]
        self.store.begin()
        self.store.keep_sheets(sheets)
        rows = self.rescore(sheets)
        self.store.keep_standings([(each, str(score), count) for each, score, count in rows])
        body = json.dumps(self.changed(rows, position))
        self.said += 1
        self.store.commit(self.said, body, position)
        return body

    def rescore(self, sheets: list[Sheet]) -> list[tuple[str, Decimal, int]]:
        sums: dict[str, list[int]] = {}
        for proposal, kept in self.store.sheets_of(list({each.proposal for each in sheets})):
            sums.setdefault(proposal, []).append(weighted(kept, WEIGHTS))
        total = sum(WEIGHTS.values())
        return [
            (each, round(Decimal(sum(of)) / (total * len(of)), 2), len(of))
            for each, of in sums.items()
        ]

    def changed(self, rows: list[tuple[str, Decimal, int]], position: int) -> dict[str, object]:
        for proposal, score, _ in rows:
            if proposal in self.scores:
                self.order.remove(self.scores[proposal])
            self.scores[proposal] = score
            self.order.add(score)
        told = [
            {
                "proposal": each,
                "score": str(score),
                "rank": 1 + len(self.order) - self.order.bisect_right(score),
                "sheets": count,
            }
            for each, score, count in rows
        ]
        return {"edition": EDITION, "stage": STAGE, "position": position, "rows": told}


def _sheet(body: bytes) -> Sheet:
    facts = from_json(body)
    marks = {each["criterion"]: each["value"] for each in facts["marks"]}
    return Sheet(facts["proposal"], facts["juror"], json.dumps(marks))


async def main() -> None:
    client = await nats.connect(os.environ["BENCH_NATS"])
    await Bare(client, os.environ["BENCH_STORE"]).run()


if __name__ == "__main__":
    asyncio.run(main())
