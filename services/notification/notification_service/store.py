"""What notification keeps, and the questions that its handlers ask of it."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Any, get_args

from contracts.cut import Band, Limit
from contracts.evaluation import JurorSeated
from contracts.ids import EditionId, JurorId, ProposalId, StageId, Token
from contracts.rulebook import Rulebook, Stage, Words
from contracts.submission import ProposalContent
from kit import bulk
from sqlalchemy import (
    ColumnElement,
    Row,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from notification_service.consuming.store import ConsumerStore
from notification_service.holding import HoldingStore
from notification_service.rules import Role, State, Term
from notification_service.tables import (
    contacts,
    forgotten,
    names,
    notices,
    proposals,
    seats,
    sent,
    terms,
)
from notification_service.webhooks.store import WebhookStore

_TERMS: Mapping[Term, Callable[[Stage], Iterable[Band | Limit]]] = {
    "band": lambda stage: stage.bands,
    "limit": lambda stage: stage.cut.limits if stage.cut else (),
}

_with_contact = notices.outerjoin(
    contacts,
    and_(
        contacts.c.edition == notices.c.edition,
        contacts.c.party == notices.c.party,
        contacts.c.role == notices.c.role,
    ),
)
_forgotten = (
    exists()
    .where(
        forgotten.c.edition == notices.c.edition,
        forgotten.c.party == notices.c.party,
        forgotten.c.role == notices.c.role,
    )
    .label("forgotten")
)
_notice = select(notices, contacts.c.key, contacts.c.sealed, _forgotten).select_from(_with_contact)

# Asked for every notice: made once, because making a statement costs more than running it.
_NOTICE = _notice.where(notices.c.notice == bindparam("notice"))
_NAME = select(names).filter_by(edition=bindparam("edition"), stage=bindparam("stage"))
_PROPOSAL = select(proposals).filter_by(
    edition=bindparam("edition"), proposal=bindparam("proposal")
)
_FORGET_SENT = delete(sent).where(sent.c.notice == bindparam("notice"))


class NotificationStore(WebhookStore, ConsumerStore, HoldingStore):
    """Notification's tables inside one transaction."""

    def keep_names(self, book: Rulebook) -> None:
        """Learn what the edition and its stages are called."""
        called = {"": book.name} | {stage.id: stage.name for stage in book.stages}
        self.connection.execute(delete(names).where(names.c.edition == book.id))
        self.connection.execute(
            insert(names),
            [
                {"edition": book.id, "stage": stage, "name_id": name.id, "name_en": name.en}
                for stage, name in called.items()
            ],
        )

        self._keep_terms(book)

    def _keep_terms(self, book: Rulebook) -> None:
        found = [
            {"edition": book.id, "stage": stage.id, "kind": kind, "term": each.id}
            | {"name_id": each.name.id, "name_en": each.name.en}
            for stage in book.stages
            for kind, those in _TERMS.items()
            for each in those(stage)
            if each.name
        ]
        self.connection.execute(delete(terms).where(terms.c.edition == book.id))
        if found:
            self.connection.execute(insert(terms), found)

    def term(self, edition: EditionId, stage: StageId, kind: Term, term: Token) -> Words:
        """What a band or limit of a stage is called; its id where it has no name."""
        key = {"edition": edition, "stage": stage, "kind": kind, "term": term}
        row = self.connection.execute(select(terms).filter_by(**key)).one_or_none()
        return Words(id=row.name_id, en=row.name_en) if row else Words(id=term, en=term)

    def name_of(self, edition: EditionId, stage: StageId = "") -> Words:
        """What the edition, or its stage, is called; its id where the name was never heard."""
        key = {"edition": edition, "stage": stage}
        row = self.connection.execute(_NAME, key).one_or_none()
        if row is None:
            return Words(id=stage or edition, en=stage or edition)
        return Words(id=row.name_id, en=row.name_en)

    def keep_proposal(self, content: ProposalContent) -> None:
        """Keep the title and agency of a proposal at its latest revision."""
        known = self.proposal(content.edition, content.proposal)
        if known is not None and known.revision > content.revision:
            return
        kept = {"edition", "proposal", "revision", "title", "agency", "agency_name"}
        bulk.write(self.connection, proposals, [content.model_dump(include=kept)], replace=True)

    def proposal(self, edition: EditionId, proposal: ProposalId) -> Row[Any] | None:
        """Title, agency and revision of a proposal, or None."""
        key = {"edition": edition, "proposal": proposal}
        return self.connection.execute(_PROPOSAL, key).one_or_none()

    def agencies(self, edition: EditionId) -> list[Row[Any]]:
        """Every agency that has a proposal in the edition, and what it is called."""
        named = func.max(proposals.c.agency_name).label("agency_name")
        query = select(proposals.c.agency, named).where(proposals.c.edition == edition)
        agency = proposals.c.agency
        return list(self.connection.execute(query.group_by(agency).order_by(agency)))

    def keep_seat(self, seated: JurorSeated) -> None:
        """Keep who sits on the panel of a stage, and as what office."""
        self.connection.execute(
            delete(seats).where(
                seats.c.edition == seated.edition,
                seats.c.stage == seated.stage,
                seats.c.juror == seated.juror,
            )
        )
        kept = {"edition", "stage", "juror", "office"}
        self.connection.execute(insert(seats).values(seated.model_dump(include=kept)))

    def panel(self, edition: EditionId, stage: StageId) -> list[tuple[JurorId, str]]:
        """Every juror of the stage with the office."""
        rows = self.connection.execute(
            select(seats.c.juror, seats.c.office)
            .where(seats.c.edition == edition, seats.c.stage == stage)
            .order_by(seats.c.juror)
        )
        return [(row.juror, row.office) for row in rows]

    def not_sent(self, edition: EditionId, party: Token, role: Role) -> list[Row[Any]]:
        """The queued notices of this party whose mail has not left, oldest first."""
        whose = {"edition": edition, "party": party, "role": role}
        query = select(notices).filter_by(**whose, state="queued")
        unsent = query.where(notices.c.notice.not_in(select(sent.c.notice)))
        return list(self.connection.execute(unsent.order_by(notices.c.number)))

    def queue(self, **notice: object) -> None:
        """Queue a notice of the event being handled, unless it is here already."""
        if self.notice(str(notice["notice"])) is None:
            assert self.cause is not None
            of = {"correlation": self.cause.correlation, "cause": self.cause.causation}
            fresh = {"queued_at": self.now, "state": "queued", "tries": 0}
            self.connection.execute(insert(notices), notice | fresh | of)

    def notice(self, notice: str) -> Row[Any] | None:
        """A notice with the sealed contact of its party (None without one), or None.

        `forgotten`: whether the party had one that was erased.
        """
        return self.connection.execute(_NOTICE, {"notice": notice}).one_or_none()

    def notices(self, *, limit: int | None = None, **equal: str | None) -> list[Row[Any]]:
        """Notices with their contacts, newest first; of edition, party and state where given."""
        query = _notice.where(*_where(equal)).order_by(notices.c.number.desc())
        return list(self.connection.execute(query.limit(limit)))

    def count(self, **equal: str | None) -> int:
        """How many notices there are; of edition, party and state where given."""
        query = select(func.count()).select_from(notices).where(*_where(equal))
        return self.connection.scalar(query) or 0

    def by_state(self) -> dict[str, int]:
        """How many notices are in each state."""
        query = select(notices.c.state, func.count()).group_by(notices.c.state)
        found = {row[0]: row[1] for row in self.connection.execute(query)}
        return {state: found.get(state, 0) for state in get_args(State)}

    def due(self, limit: int) -> list[Row[Any]]:
        """The oldest queued notices that have an address, held back by nothing, due by now."""
        query = _notice.where(
            notices.c.state == "queued",
            notices.c.held_by == "",
            contacts.c.sealed.is_not(None),
            or_(notices.c.next_try_at.is_(None), notices.c.next_try_at <= self.now),
        )
        return list(self.connection.execute(query.order_by(notices.c.number).limit(limit)))

    def change(self, notice: str, **values: object) -> None:
        """Write what became of a notice."""
        self.connection.execute(_change(tuple(values)), {"of": notice, **values})

    def keep_sent(self, notice: str) -> None:
        """Write down that the mail of a notice has left."""
        self.forget_sent(notice)
        self.connection.execute(insert(sent), {"notice": notice})

    def sent(self) -> list[Row[Any]]:
        """The notices whose mail has left and that are not recorded as delivered, oldest first."""
        named = select(notices.c.notice, notices.c.correlation, notices.c.cause)
        query = named.join(sent, sent.c.notice == notices.c.notice)
        return list(self.connection.execute(query.order_by(notices.c.number)))

    def forget_sent(self, notice: str) -> None:
        """What was written down of the notice's mail is recorded now."""
        self.connection.execute(_FORGET_SENT, {"notice": notice})

    def queue_failed_again(self, edition: EditionId, party: Token, role: Role) -> None:
        """Have every failed notice of this party tried as if it were new."""
        self.connection.execute(
            update(notices)
            .filter_by(edition=edition, party=party, role=role, state="failed")
            .values(state="queued", tries=0, next_try_at=None, reason=None)
        )


@lru_cache
def _change(names: tuple[str, ...]) -> Any:
    values = {name: bindparam(name, type_=notices.c[name].type) for name in names}
    return update(notices).where(notices.c.notice == bindparam("of")).values(values)


def _where(equal: dict[str, str | None]) -> list[ColumnElement[bool]]:
    return [notices.c[name] == value for name, value in equal.items() if value is not None]
