"""What submission keeps, and the questions that its handlers ask of it."""

from dataclasses import dataclass, fields
from functools import lru_cache
from typing import Any

from contracts.ids import AgencyId, EditionId, ProposalId, StageId
from contracts.outcomes import NotFound
from contracts.rulebook import Rulebook
from contracts.submission import Ground, Labels, ProposalContent, RulebookAmended
from pydantic import TypeAdapter
from sqlalchemy import Row, Table, bindparam, func, insert, select, update

from submission_service.rules.intake import EditionState
from submission_service.rules.proposals import (
    AwardGiven,
    Content,
    Entry,
    Result,
    State,
    title_key,
)
from submission_service.store import tables
from submission_service.store.redacted import RedactedStore

GROUNDS = TypeAdapter(tuple[Ground, ...])
LABELS = TypeAdapter(Labels)
ENTRY_FIELDS = frozenset(each.name for each in fields(Entry))
KEPT_MAX = 100


@dataclass(frozen=True)
class Edition:
    """An edition: its rulebook, fixed once it is open, and whether it takes proposals."""

    state: EditionState
    rulebook: Rulebook
    digest: str


@dataclass
class SubmissionStore(RedactedStore):
    """The tables of submission inside one transaction."""

    def find_edition(self, edition: EditionId) -> Edition | None:
        """The edition, or None when it has no rulebook yet."""
        row = self._one(tables.editions, edition=edition)
        if row is None:
            return None
        return Edition(row.state, _rulebook(row.rulebook), row.digest)

    def edition(self, edition: EditionId) -> Edition:
        """The edition; NotFound `no_edition`."""
        found = self.find_edition(edition)
        if found is None:
            raise NotFound("no_edition", f"there is no edition '{edition}': put its rulebook first")
        return found

    def edition_ids(self) -> list[EditionId]:
        """Every edition, by id."""
        column = tables.editions.c.edition
        return list(self.connection.scalars(select(column).order_by(column)))

    def put_edition(self, rulebook: Rulebook, **values: Any) -> None:
        """Keep the rulebook, and these values of its edition."""
        content = rulebook.model_dump_json()
        self._put(tables.editions, {"edition": rulebook.id}, rulebook=content, **values)

    def put_amended(self, event: RulebookAmended) -> None:
        """Keep the rulebook in place of the one before, and the decision on it."""
        self.put_edition(event.rulebook, digest=event.rulebook_digest)
        keys = {"edition": event.edition, "number": len(self.amendments(event.edition)) + 1}
        decision = event.decision.model_dump_json()
        told = {"before": event.before, "digest": event.rulebook_digest, "decision": decision}
        self._put(tables.amendments, keys, **told, amended_at=self.now)

    def amendments(self, edition: EditionId) -> list[Row[Any]]:
        """Every amendment of the edition's rulebook, the first one first."""
        table = tables.amendments
        found = select(table).where(table.c.edition == edition).order_by(table.c.number)
        return list(self.connection.execute(found))

    def put_ranked(self, edition: EditionId, stage: StageId) -> None:
        """The stage is ranked."""
        self._mark(tables.ranked, edition=edition, stage=stage)

    def ranked(self, edition: EditionId) -> frozenset[StageId]:
        """The stages that are ranked."""
        table = tables.ranked
        return frozenset(
            self.connection.scalars(select(table.c.stage).where(table.c.edition == edition))
        )

    def put_announced(self, edition: EditionId) -> None:
        """The results are public."""
        self._mark(tables.announced, edition=edition)

    def is_announced(self, edition: EditionId) -> bool:
        """Whether the results are public."""
        return self._one(tables.announced, edition=edition) is not None

    def close_edition(self, edition: EditionId) -> None:
        """The edition takes no more proposals."""
        self._put(tables.editions, {"edition": edition}, state="closed")

    def agency_name(self, edition: EditionId, agency: AgencyId) -> str | None:
        """The name of an agency, or None when it is not in the edition."""
        row = self._one(tables.agencies, edition=edition, agency=agency)
        return None if row is None else str(row.name)

    def put_agency(self, edition: EditionId, agency: AgencyId, name: str, kind: str) -> None:
        """Keep an agency of the edition."""
        self._put(tables.agencies, {"edition": edition, "agency": agency}, name=name, kind=kind)

    def find_draft(self, edition: EditionId, proposal: ProposalId) -> Content | None:
        """What was saved last of a proposal."""
        row = self._one(tables.drafts, edition=edition, proposal=proposal)
        return None if row is None else Content.model_validate_json(row.content)

    def put_draft(self, edition: EditionId, proposal: ProposalId, content: Content) -> None:
        """Keep a draft in place of the earlier one."""
        values = {"content": content.model_dump_json(), "saved_at": self.now}
        self._put(tables.drafts, {"edition": edition, "proposal": proposal}, **values)

    def find_revision(self, edition: EditionId, proposal: ProposalId, revision: int) -> Content:
        """What was handed in as that revision."""
        keys = {"edition": edition, "proposal": proposal, "revision": revision}
        row = self._one(tables.revisions, **keys)
        if row is None:
            raise NotFound("no_revision", f"'{proposal}' has no revision {revision}")
        return Content.model_validate_json(row.content)

    def put_revision(
        self, edition: EditionId, proposal: ProposalId, revision: int, content: Content
    ) -> None:
        """Keep what is handed in; earlier revisions stay, to prove their digests."""
        keys = {"edition": edition, "proposal": proposal, "revision": revision}
        self._put(tables.revisions, keys, content=content.model_dump_json())

    def find_entry(self, edition: EditionId, proposal: ProposalId) -> Entry | None:
        """The proposal as it was handed in last, or None when it never was."""
        row = self._one(tables.proposals, edition=edition, proposal=proposal)
        return None if row is None else _entry(row)

    def entries(self, edition: EditionId) -> list[Entry]:
        """Every proposal of the edition that was handed in."""
        table = tables.proposals
        rows = self.connection.execute(select(table).where(table.c.edition == edition))
        return [_entry(row) for row in rows]

    def count_entries(self, edition: EditionId, state: State) -> int:
        """How many proposals that were handed in are in this state now."""
        table = tables.proposals
        counted = select(func.count()).where(table.c.edition == edition, table.c.state == state)
        return int(self.connection.scalar(counted) or 0)

    def twins(self, edition: EditionId, entry: Entry) -> list[ProposalId]:
        """The other proposals in the competition whose title is the same as this one's."""
        given = {"title_key": title_key(entry.title), "proposal": entry.proposal}
        return list(self.connection.scalars(_twins(), {"edition": edition, **given}))

    def put_entry(self, event: ProposalContent) -> None:
        """Keep a revision that was handed in."""
        values = event.model_dump(exclude={"edition", "proposal"})
        values |= {"state": "submitted", "title_key": title_key(event.title), "grounds": "[]"}
        values["labels"] = LABELS.dump_json(event.labels).decode()
        keys = {"edition": event.edition, "proposal": event.proposal}
        self._put(tables.proposals, keys, **values)

    def set_state(
        self,
        edition: EditionId,
        proposal: ProposalId,
        state: State,
        grounds: tuple[Ground, ...] = (),
    ) -> None:
        """Keep what became of a proposal that was handed in, and on which grounds."""
        told = GROUNDS.dump_json(grounds).decode()
        keys = {"edition": edition, "proposal": proposal}
        self._update(tables.proposals, keys, state=state, grounds=told)

    def find_result(self, edition: EditionId, proposal: ProposalId) -> Result | None:
        """The last result of a proposal."""
        row = self._one(tables.results, edition=edition, proposal=proposal)
        return None if row is None else Result.model_validate_json(row.content)

    def put_result(self, edition: EditionId, proposal: ProposalId, result: Result) -> None:
        """Keep a result as the last one."""
        keys = {"edition": edition, "proposal": proposal}
        self._put(tables.results, keys, content=result.model_dump_json())

    def put_award(self, edition: EditionId, proposal: ProposalId, award: AwardGiven) -> None:
        """Keep an award of a proposal."""
        keys = {"edition": edition, "proposal": proposal, "award": award.award}
        self._put(tables.awards, keys, content=award.model_dump_json())

    def _one(self, table: Table, **keys: Any) -> Row[Any] | None:
        return self.connection.execute(_row_at(table, tuple(keys)), _keys(keys)).one_or_none()

    def _mark(self, table: Table, **keys: Any) -> None:
        if self._one(table, **keys) is None:
            self.connection.execute(insert(table), keys)

    def _update(self, table: Table, keys: dict[str, Any], **values: Any) -> bool:
        change = _change_at(table, tuple(keys), tuple(values))
        return self.connection.execute(change, _keys(keys) | values).rowcount > 0

    def _put(self, table: Table, keys: dict[str, Any], **values: Any) -> None:
        if not self._update(table, keys, **values):
            self.connection.execute(insert(table), keys | values)


# To make a statement, or a rulebook of its text, costs more than the rest of a command.
@lru_cache(maxsize=KEPT_MAX)
def _row_at(table: Table, keys: tuple[str, ...]) -> Any:
    return select(table).where(*_at(table, keys))


@lru_cache
def _twins() -> Any:
    at = tables.proposals.c
    same = [at[name] == bindparam(name) for name in ("edition", "title_key")]
    there = (at.state.in_(("submitted", "admitted")), at.proposal != bindparam("proposal"))
    return select(at.proposal).where(*same, *there).order_by(at.proposal)


@lru_cache(maxsize=KEPT_MAX)
def _change_at(table: Table, keys: tuple[str, ...], names: tuple[str, ...]) -> Any:
    values = {name: bindparam(name, type_=table.c[name].type) for name in names}
    return update(table).where(*_at(table, keys)).values(values)


@lru_cache(maxsize=KEPT_MAX)
def _rulebook(text: str) -> Rulebook:
    return Rulebook.model_validate_json(text)


def _at(table: Table, keys: tuple[str, ...]) -> list[Any]:
    return [table.c[name] == bindparam(f"key_{name}") for name in keys]


def _keys(keys: dict[str, Any]) -> dict[str, Any]:
    return {f"key_{name}": value for name, value in keys.items()}


def _entry(row: Row[Any]) -> Entry:
    values = {name: value for name, value in row._mapping.items() if name in ENTRY_FIELDS}
    values["labels"] = LABELS.validate_json(row.labels)
    return Entry(**values | {"grounds": GROUNDS.validate_json(row.grounds)})
