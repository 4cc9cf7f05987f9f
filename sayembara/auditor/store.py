"""The auditor's tables and queries inside one transaction."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from contracts.ids import EditionId, StageId
from kit import bulk
from kit.store import Store
from sqlalchemy import Row, Table, delete, func, insert, select, update

from sayembara.audit.checkpoints import Kept
from sayembara.audit.tree import BYTES
from sayembara.auditor.tables import (
    checkpoints,
    cosignatures,
    events,
    frozen,
    leaves,
    nodes,
    progress,
    schedule,
    verifications,
)
from sayembara.auditor.tree import ROW, KeptTree, nodes_over, rows_with

EVENT_ID = re.compile(r"[!-~]{1,64}")
"""What is looked up by its id; a message whose id is none of these is a leaf all the same."""


@dataclass(frozen=True)
class Progress:
    """How far the tree goes, and the positions that decide when it is signed."""

    size: int = 0
    traffic: int = 0
    closing: int = 0
    missing: int = 0


@dataclass
class AuditorStore(Store):
    """What the auditor keeps."""

    def progress(self) -> Progress:
        """How far the tree goes."""
        columns = [progress.c[name] for name in ("size", "traffic", "closing", "missing")]
        row = self.connection.execute(select(*columns)).one_or_none()
        return Progress(*row) if row else Progress()

    def keep_progress(self, known: Progress) -> None:
        """Write it down."""
        self.put(progress, [{"id": 1, **vars(known)}])

    def tree(self, size: int | None = None) -> KeptTree:
        """The tree over the first `size` messages; over all when nothing is said."""
        return KeptTree(self.progress().size if size is None else size, self._row, self._node)

    def append(self, known: Progress, hashes: Sequence[bytes]) -> Progress:
        """Add these leaves after the last one."""
        row, inside = divmod(known.size, ROW)
        last = self._row(row)[: inside * BYTES] if inside else b""
        rows = rows_with(known.size, last, list(hashes))
        whole = nodes_over(rows, self._node)
        self.put(leaves, [{"chunk": number, "hashes": row} for number, row in rows])
        self.put(nodes, [{"level": at, "number": number, "hash": it} for at, number, it in whole])
        return replace(known, size=known.size + len(hashes))

    def _row(self, number: int) -> bytes:
        query = select(leaves.c.hashes).where(leaves.c.chunk == number)
        return bytes(self.connection.execute(query).scalar_one())

    def leaves(self, after: int, most: int) -> bytes:
        """The hashes of the leaves that follow the first `after`, at most about so many."""
        row, inside = divmod(after, ROW)
        among = leaves.c.chunk.between(row, row + most // ROW)
        rows = self.connection.scalars(
            select(leaves.c.hashes).where(among).order_by(leaves.c.chunk)
        )
        return b"".join(rows)[inside * BYTES :]

    def _node(self, level: int, number: int) -> bytes:
        query = select(nodes.c.hash).where(nodes.c.level == level, nodes.c.number == number)
        return bytes(self.connection.execute(query).scalar_one())

    def keep_events(self, positions: Iterable[tuple[str, int]]) -> None:
        """Note where each event is, by its id; the first place counts."""
        fresh: dict[str, int] = {}
        for event, position in positions:
            if EVENT_ID.fullmatch(event):
                fresh.setdefault(event, position)
        among = bulk.among(self.connection.dialect.name, events.c.event, "ids")
        known = self.connection.scalars(select(events.c.event).where(among), {"ids": list(fresh)})
        for event in known.all():
            del fresh[event]
        self._insert(events, [{"event": key, "position": at} for key, at in fresh.items()])

    def position_of(self, event: str) -> int | None:
        """Where the event with that id is on the log; None when it was not heard."""
        return self.connection.scalar(select(events.c.position).where(events.c.event == event))

    def freeze(self, edition: EditionId, stage: StageId) -> None:
        """The public standings of the stage are frozen."""
        if not self.is_any_frozen(edition, (stage,)):
            self._insert(frozen, [{"edition": edition, "stage": stage}])

    def unfreeze(self, edition: EditionId, stage: StageId) -> None:
        """They are not frozen any more."""
        here = (frozen.c.edition == edition, frozen.c.stage == stage)
        self.connection.execute(delete(frozen).where(*here))

    def is_any_frozen(self, edition: EditionId, stages: Iterable[StageId]) -> bool:
        """Whether one of these stages is frozen."""
        query = select(frozen.c.stage).where(frozen.c.edition == edition)
        return not set(stages).isdisjoint(self.connection.scalars(query))

    def keep_checkpoint(self, size: int, note: str, signed_at: datetime) -> None:
        """Keep a signed note, unless one of that size is kept."""
        if self.checkpoint(size) is None:
            self._insert(checkpoints, [{"size": size, "note": note, "signed_at": signed_at}])

    def checkpoint(self, size: int) -> Kept | None:
        """The checkpoint of that size with its countersignatures; None when none is kept."""
        return self._first(checkpoints.c.size == size)

    def newest(self) -> Kept | None:
        """The newest checkpoint; None before the first."""
        return self._first(checkpoints.c.size > 0)

    def _first(self, condition: Any) -> Kept | None:
        query = select(checkpoints).where(condition).order_by(checkpoints.c.size.desc()).limit(1)
        row = self.connection.execute(query).one_or_none()
        return self._kept([row])[0] if row else None

    def checkpoints(self, after: int = 0, most: int | None = None) -> list[Kept]:
        """The checkpoints of more messages than that, the oldest first, at most so many."""
        query = select(checkpoints).where(checkpoints.c.size > after).order_by(checkpoints.c.size)
        return self._kept(self.connection.execute(query.limit(most)).all())

    def _kept(self, rows: Sequence[Row[Any]]) -> list[Kept]:
        if not rows:
            return []
        lines: dict[int, str] = {}
        between = cosignatures.c.size.between(rows[0].size, rows[-1].size)
        query = select(cosignatures).where(between).order_by(cosignatures.c.witness)
        for row in self.connection.execute(query):
            lines[row.size] = lines.get(row.size, "") + row.line
        return [Kept.of(row.note + lines.get(row.size, ""), row.signed_at) for row in rows]

    def keep_cosignature(self, size: int, witness: str, line: str) -> None:
        """Keep a witness's line under the checkpoint of that size; the newest one counts."""
        self.put(cosignatures, [{"size": size, "witness": witness, "line": line}])

    def begin_schedule(self, now: datetime) -> None:
        """Verifications are due from now on, unless they were before."""
        if self.connection.scalar(select(schedule.c.id)) is None:
            self._insert(schedule, [{"id": 1, "since": now, "asked_at": None}])

    def schedule(self) -> tuple[datetime | None, datetime | None]:
        """When a verification was asked for, and since when none has ended; None: never."""
        row = self.connection.execute(select(schedule)).one_or_none()
        last = self.last_verification()
        since = last.ended_at if last else row.since if row else None
        return row.asked_at if row else None, since

    def ask_for_verification(self, now: datetime) -> None:
        """Have one begin as soon as possible."""
        self.begin_schedule(now)
        self.connection.execute(update(schedule).values(asked_at=now))

    def keep_verification(
        self, began_at: datetime, ended_at: datetime, exit_code: int, page: str
    ) -> None:
        """Keep what a verification came to; what was asked for before it began is done."""
        values = {"began_at": began_at, "ended_at": ended_at, "exit_code": exit_code, "page": page}
        self.connection.execute(insert(verifications).values(values))
        done = update(schedule).where(schedule.c.asked_at <= began_at.astimezone(UTC))
        self.connection.execute(done.values(asked_at=None))

    def last_verification(self) -> Row[Any] | None:
        """What the last one came to; None before the first has ended."""
        newest = select(func.max(verifications.c.number)).scalar_subquery()
        query = select(verifications).where(verifications.c.number == newest)
        return self.connection.execute(query).one_or_none()

    def of_tree(self) -> dict[str, int]:
        """The tree in figures, for the operator."""
        known, newest = self.progress(), self.newest()
        signed = newest.checkpoint.size if newest else 0
        unsigned = max(0, known.traffic - signed)
        figures = {"messages": known.size, "signed": signed, "unsigned": unsigned}
        return {**figures, "missing": known.missing}

    def of_verifications(self) -> dict[str, int]:
        """The last verification in figures, for the operator."""
        last, (_, since) = self.last_verification(), self.schedule()
        age = (datetime.now(UTC) - since).total_seconds() if since else 0
        return {"failed": int(last is not None and last.exit_code != 0), "age_seconds": int(age)}

    def _insert(self, table: Table, rows: Sequence[dict[str, Any]]) -> None:
        bulk.write(self.connection, table, rows)
