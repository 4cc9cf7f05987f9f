"""What is read from outside: editions and proposals as they stand."""

from collections import Counter, defaultdict
from typing import Any

from contracts.event import Minute
from contracts.ids import Digest, EditionId, ProposalId
from contracts.outcomes import NotFound
from contracts.rulebook import Words
from contracts.submission import Labels, Published
from pydantic import AwareDatetime, BaseModel
from sqlalchemy import Row, select

from submission_service.rules.intake import EditionState
from submission_service.rules.proposals import AwardGiven, Content, Entry, Result, State
from submission_service.store import SubmissionStore, tables


class AmendmentView(BaseModel):
    """One amendment of a rulebook: the digests before and after it, and the minuted decision."""

    before: Digest
    digest: Digest
    decision: Minute
    amended_at: AwareDatetime


class RulebookView(BaseModel):
    """The rulebook that counts now, in the form that its digest is of."""

    rulebook_digest: str
    rulebook: Published


class EditionView(BaseModel):
    """An edition, and how many of its proposals are in which state."""

    edition: EditionId
    name: Words
    state: EditionState
    rulebook_digest: str
    opens_at: AwareDatetime
    closes_at: AwareDatetime
    amendments: list[AmendmentView]
    proposals: dict[State, int]


class ProposalView(BaseModel):
    """A proposal: title and agency as handed in last, else as drafted; revision 0 is a draft."""

    proposal: ProposalId
    title: str
    agency: str | None
    state: State
    revision: int
    labels: Labels
    result: Result | None
    awards: list[AwardGiven]


class Redaction(BaseModel):
    """Which office had the text of a proposal erased, and when."""

    by: str
    redacted_at: AwareDatetime


class ProposalWhole(ProposalView):
    """A proposal with its text: as saved last, and as handed in last; neither once it is erased."""

    draft: Content | None
    submitted: Content | None
    redacted: Redaction | None = None


def all_editions(store: SubmissionStore) -> list[EditionView]:
    """Every edition, by id."""
    return [one_edition(store, edition) for edition in store.edition_ids()]


def one_edition(store: SubmissionStore, edition: EditionId) -> EditionView:
    """One edition; NotFound `no_edition`."""
    found = store.edition(edition)
    intake = found.rulebook.intake
    return EditionView(
        edition=edition,
        name=found.rulebook.name,
        state=found.state,
        rulebook_digest=found.digest,
        opens_at=intake.opens_at,
        closes_at=intake.closes_at,
        amendments=[_amendment(each) for each in store.amendments(edition)],
        proposals=Counter(each.state for each in all_proposals(store, edition)),
    )


def its_rulebook(store: SubmissionStore, edition: EditionId) -> RulebookView:
    """The rulebook of an edition; NotFound `no_edition`."""
    found = store.edition(edition)
    return RulebookView(rulebook_digest=found.digest, rulebook=found.rulebook)


def all_proposals(store: SubmissionStore, edition: EditionId) -> list[ProposalView]:
    """Every proposal of an edition, by id; NotFound `no_edition`."""
    store.edition(edition)
    drafts, entries = _drafts(store, edition), {e.proposal: e for e in store.entries(edition)}
    results, awards = _results(store, edition), _awards(store, edition)
    return [
        _view(each, drafts.get(each), entries.get(each), results.get(each), awards[each])
        for each in sorted(drafts.keys() | entries.keys())
    ]


def one_proposal(store: SubmissionStore, edition: EditionId, proposal: ProposalId) -> ProposalWhole:
    """One proposal with its text; NotFound `no_proposal`."""
    draft, entry = store.find_draft(edition, proposal), store.find_entry(edition, proposal)
    if draft is None and entry is None:
        raise NotFound("no_proposal", f"edition '{edition}' has no proposal '{proposal}'")
    result = store.find_result(edition, proposal)
    view = _view(proposal, draft, entry, result, _awards(store, edition)[proposal])
    if erased := store.redaction(edition, proposal):
        told = Redaction(by=erased.by, redacted_at=erased.redacted_at)
        return ProposalWhole(**dict(view), draft=None, submitted=None, redacted=told)
    submitted = store.find_revision(edition, proposal, entry.revision) if entry else None
    return ProposalWhole(**dict(view), draft=draft, submitted=submitted)


def _amendment(row: Row[Any]) -> AmendmentView:
    return AmendmentView(
        before=row.before,
        digest=row.digest,
        decision=Minute.model_validate_json(row.decision),
        amended_at=row.amended_at,
    )


def _view(
    proposal: ProposalId,
    draft: Content | None,
    entry: Entry | None,
    result: Result | None,
    awards: list[AwardGiven],
) -> ProposalView:
    shown = entry or draft or Content()
    return ProposalView(
        proposal=proposal,
        title=shown.title,
        agency=shown.agency,
        state=entry.state if entry else "draft",
        revision=entry.revision if entry else 0,
        labels=shown.labels,
        result=result,
        awards=awards,
    )


def _drafts(store: SubmissionStore, edition: EditionId) -> dict[ProposalId, Content]:
    table = tables.drafts
    rows = store.connection.execute(select(table).where(table.c.edition == edition))
    return {row.proposal: Content.model_validate_json(row.content) for row in rows}


def _results(store: SubmissionStore, edition: EditionId) -> dict[ProposalId, Result]:
    table = tables.results
    rows = store.connection.execute(select(table).where(table.c.edition == edition))
    return {row.proposal: Result.model_validate_json(row.content) for row in rows}


def _awards(store: SubmissionStore, edition: EditionId) -> dict[ProposalId, list[AwardGiven]]:
    table = tables.awards
    chosen = select(table).where(table.c.edition == edition).order_by(table.c.award)
    awards: dict[ProposalId, list[AwardGiven]] = defaultdict(list)
    for row in store.connection.execute(chosen):
        awards[row.proposal].append(AwardGiven.model_validate_json(row.content))
    return awards
