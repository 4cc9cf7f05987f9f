"""The live standings: who stands in a stage, the sheets that count, and what changed."""

from collections.abc import Iterable, Mapping, Sequence

from contracts.evaluation import JurorRecused, SheetAmended, SheetEvent, SheetSubmitted
from contracts.event import Event
from contracts.ids import EditionId, PanelId, ProposalId, StageId
from contracts.outcomes import NotYet, Refused
from contracts.ranking import Standing, StandingsChanged
from contracts.rulebook import Rulebook, Stage
from contracts.submission import (
    EditionOpened,
    ProposalAdmitted,
    ProposalDisqualified,
    ProposalWithdrawn,
)

from ranking_service import rules
from ranking_service.handlers.reviews import calls
from ranking_service.handlers.scoring import rescore, settle_all
from ranking_service.places import Board, Merit, Order
from ranking_service.store import Key, RankingStore, Sheet, Tally

UNSCORED = Tally(None, 0)

OfProposal = SheetEvent | JurorRecused | ProposalAdmitted
OF_PROPOSAL = (SheetEvent, JurorRecused, ProposalAdmitted)


def rulebook_of(edition: EditionId, store: RankingStore) -> Rulebook:
    """The rulebook of an edition; NotYet while the edition is not known."""
    rulebook = store.rulebook(edition)
    if rulebook is None:
        raise NotYet(f"edition '{edition}' is not known here yet")
    return rulebook


def stage_of(edition: EditionId, stage: StageId, store: RankingStore) -> Stage:
    """A stage of the rulebook; Refused when the rulebook has none of that id."""
    stages = {each.id: each for each in rulebook_of(edition, store).stages}
    if stage not in stages:
        text = f"the rulebook of '{edition}' has no stage '{stage}'; it has {', '.join(stages)}"
        raise Refused("unknown_stage", text)
    return stages[stage]


def refuse_ranked(edition: EditionId, stage: StageId, store: RankingStore) -> None:
    """Refused once the stage is ranked, or a panel decides about the numbers as they are."""
    ranking = store.ranking(edition, stage)
    if ranking is not None:
        text = f"stage '{stage}' of '{edition}' is ranked, at position {ranking.position}"
        raise Refused("scoring_closed", f"{text}: nothing changes its standings any more")
    if (asked := store.question(edition, stage)) is not None:
        text = f"stage '{stage}' of '{edition}' was closed at position {asked.position} and waits"
        raise Refused("scoring_closed", f"{text} for a decision: nothing changes its numbers")


def enter_first_stage(event: ProposalAdmitted, store: RankingStore) -> None:
    """An admitted proposal is judged in the first stage."""
    first = rulebook_of(event.edition, store).stages[0].id
    known = store.proposal(event.edition, event.proposal)
    if known is not None and known.gone:
        text = f"'{event.proposal}' was withdrawn or disqualified after it was admitted"
        raise Refused("proposal_gone", f"{text}: it does not come back")
    if known is None:
        refuse_ranked(event.edition, first, store)
        store.add_proposal(event)
        enter(event.edition, first, event.proposal, store)


def enter(edition: EditionId, stage: StageId, proposal: ProposalId, store: RankingStore) -> None:
    """A proposal is judged in a stage from here on."""
    if store.tally(edition, stage, proposal) is None:
        store.keep_tally((edition, stage, proposal), UNSCORED)
        # A stage may give a score to who has no sheet: a carried one, or a default.
        rescore((edition, stage, proposal), store)


def take_out(event: ProposalWithdrawn | ProposalDisqualified, store: RankingStore) -> None:
    """A proposal leaves every stage that is not ranked yet; what is ranked stays as it is."""
    rulebook = rulebook_of(event.edition, store)
    if store.proposal(event.edition, event.proposal) is None:
        return  # it was never admitted, so it stands nowhere
    store.mark_gone(event.edition, event.proposal)
    for stage in rulebook.stages:
        if store.ranking(event.edition, stage.id) is None:
            store.keep_tally((event.edition, stage.id, event.proposal), None)
            if store.plan(event.edition, stage.id).across:
                store.unsettled.add((event.edition, stage.id))


def recuse(event: JurorRecused, store: RankingStore) -> None:
    """No sheet of this juror counts for this proposal, not even one that came before."""
    stage_of(event.edition, event.stage, store)
    key = (event.edition, event.stage, event.proposal)
    dossier = store.dossier(key)
    if event.juror in dossier.recused:
        return
    refuse_ranked(event.edition, event.stage, store)
    # It is kept for a proposal that is not in the stage too: a panel may be cleared beforehand.
    store.add_recusal(key, event.juror)
    if dossier.tally is not None:
        rescore(key, store)


def take_sheet(event: SheetSubmitted | SheetAmended, store: RankingStore) -> None:
    """Keep the sheet in place of an older version, and score its proposal again."""
    stage = stage_of(event.edition, event.stage, store)
    proposal = store.proposal(event.edition, event.proposal)
    if proposal is not None and proposal.gone:
        # The juror could not know: evaluation hears of it later than the sheet was handed in.
        return
    refuse_ranked(event.edition, event.stage, store)
    key = (event.edition, event.stage, event.proposal)
    dossier = store.dossier(key)
    if dossier.tally is None:
        raise NotYet(f"proposal '{event.proposal}' is not in stage '{event.stage}' yet")
    asked = stage.asked_of(_panel(event, store), of_part=event.part is not None)
    rules.check_part(stage, event.part)
    marks = rules.fitting_marks(asked, event.marks)
    giver = (event.juror, event.part or "")
    _refuse_stale(event, dossier.sheets.get(giver))
    store.keep_sheet(key, giver, Sheet(event.version, marks))
    rescore(key, store)


def _panel(event: SheetEvent, store: RankingStore) -> PanelId | None:
    if not store.plan(event.edition, event.stage).of_seats:
        return None
    seat = store.seats(event.edition, event.stage).get(event.juror)
    if seat is None:
        raise NotYet(f"juror '{event.juror}' has no seat in stage '{event.stage}' yet")
    return seat.panel


def _refuse_stale(event: SheetSubmitted | SheetAmended, kept: Sheet | None) -> None:
    if kept is not None and event.version <= kept.version:
        text = f"version {event.version} of the sheet of '{event.juror}' for '{event.proposal}'"
        text = f"{text} is not newer than version {kept.version}, which counts"
        raise Refused("stale_version", text)


def read_ahead(store: RankingStore, events: Sequence[Event]) -> None:
    """Read together what the handlers of these events would read one by one."""
    by_proposal: dict[EditionId, set[ProposalId]] = {}
    keys: list[Key] = []
    opened: dict[EditionId, Rulebook] = {}
    for event in events:
        if isinstance(event, EditionOpened):
            opened[event.edition] = event.rulebook
        if isinstance(event, OF_PROPOSAL):
            by_proposal.setdefault(event.edition, set()).add(event.proposal)
            keys += _stages_of(event, store, opened)
    for edition, proposals in by_proposal.items():
        store.load_proposals(edition, proposals)
    store.load(keys)


def _stages_of(
    event: OfProposal, store: RankingStore, opened: Mapping[EditionId, Rulebook]
) -> list[Key]:
    if not isinstance(event, ProposalAdmitted):
        return [(event.edition, event.stage, event.proposal)]
    rulebook = opened.get(event.edition) or store.rulebook(event.edition)
    return [(event.edition, rulebook.stages[0].id, event.proposal)] if rulebook else []


def announce_changes(store: RankingStore) -> Iterable[Event]:
    """Tell what this transaction changed, once for each stage that is not ranked yet."""
    settle_all(store)
    for remade in store.remade:
        store.memory.pop(remade, None)
    store.load(store.touched)
    stages = dict.fromkeys((edition, stage) for edition, stage, _ in store.touched)
    for edition, stage in stages:
        if store.ranking(edition, stage) is None:
            yield from _changes(edition, stage, store)
            yield from calls(edition, stage, store)


def _changes(edition: EditionId, stage: StageId, store: RankingStore) -> Iterable[Event]:
    changes = {
        key[2]: (before, store.dossier(key).tally)
        for key, before in store.touched.items()
        if key[:2] == (edition, stage)
    }
    rules = store.plan(edition, stage).stage
    order = Order.of(rules)
    merits = {
        proposal: (_merit(before, rules, order), _merit(now, rules, order))
        for proposal, (before, now) in changes.items()
    }
    board = _board(edition, stage, merits.values(), store)
    rows = (
        Standing(
            proposal=proposal,
            score=now.score,
            rank=board.rank(merits[proposal][1]),
            sheets=now.sheets,
        )
        for proposal, (before, now) in changes.items()
        if now is not None and now != (before or UNSCORED)
    )
    removed = (each for each, (before, now) in changes.items() if before and now is None)
    changed = StandingsChanged(
        edition=edition,
        stage=stage,
        position=store.position,
        rows=tuple(sorted(rows, key=lambda each: (each.rank is None, each.rank, each.proposal))),
        removed=tuple(sorted(removed)),
    )
    return (changed,) if changed.rows or changed.removed else ()


def _merit(tally: Tally | None, rules: Stage, order: Order) -> Merit | None:
    if tally is None or tally.score is None:
        return None
    return tally.scored(rules).merit(order) if rules.tie_breaks else order.merit(tally.score)


def _board(
    edition: EditionId,
    stage: StageId,
    changes: Iterable[tuple[Merit | None, Merit | None]],
    store: RankingStore,
) -> Board:
    board = store.board(edition, stage)
    if board is None:
        return store.make_board(edition, stage)
    for before, now in changes:
        board.replace(before, now)
    return board
