"""The standings, the stages and the awards as everybody sees them: also while they are frozen."""

from collections.abc import Iterable, Iterator

from contracts.ids import EditionId, StageId
from contracts.rulebook import Stage, Words

from ranking_service import rules
from ranking_service.api import bodies
from ranking_service.api.bodies import Award, Edition, Results, Row, StageName, Standings
from ranking_service.api.calculation import stage_in
from ranking_service.api.inside import amended, band_in, live_standings, waiting
from ranking_service.handlers.freezing import hides
from ranking_service.handlers.results import open_edition
from ranking_service.places import Place, in_order
from ranking_service.store import Frozen, GivenAward, RankingStore, ShownRow


def standings_of(store: RankingStore, edition: EditionId, stage: StageId) -> Standings:
    """The standings that everybody sees; NotFound when the edition or the stage is not known."""
    rule = stage_in(open_edition(edition, store), stage)
    first = hides(edition, stage, store)
    frozen = store.frozen(edition, first) if first else None
    if frozen is None:
        return live_standings(store, edition, stage)
    its_own = first == stage
    rows = list(_rows(store, edition, rule, frozen)) if its_own else []
    return Standings(
        edition=edition,
        stage=stage,
        position=frozen.position,
        digest=_digest(store, edition, stage, frozen, rows),
        final=False,
        waiting=waiting(frozen.asked, rule) if its_own else None,
        decision=None,
        amendments=[
            amended(each) for each in store.amendments(edition) if each.position <= frozen.position
        ],
        frozen=bodies.Frozen(
            position=frozen.position, revealed=sorted(frozen.revealed) if its_own else []
        ),
        rows=[_row(store, edition, rule, each) for each in rows],
    )


def _rows(
    store: RankingStore, edition: EditionId, rule: Stage, frozen: Frozen
) -> Iterable[ShownRow]:
    """The rows as they were; once places are revealed, the others have none."""
    if not frozen.revealed:
        return frozen.rows
    then = {each.proposal: each.sheets for each in frozen.rows}
    found = {
        each.proposal: ShownRow(each.proposal, each.rank, each.score, each.sheets, None)
        if each.proposal in frozen.revealed
        else ShownRow(each.proposal, None, None, then.get(each.proposal, 0), None)
        for each in store.entrants(edition, rule.id).values()
    }
    return [found[each.proposal] for each in in_order(map(_place, found.values()))]


def _digest(
    store: RankingStore, edition: EditionId, stage: StageId, frozen: Frozen, rows: list[ShownRow]
) -> str:
    rulebook = frozen.rulebook_digest
    if frozen.revealed:
        rulebook = store.rulebook_digest(edition) or ""
    return rules.digest(edition, stage, rulebook, final=False, places=map(_place, rows))


def _place(row: ShownRow) -> Place:
    return Place(row.proposal, row.rank, row.score)


def _row(store: RankingStore, edition: EditionId, rule: Stage, row: ShownRow) -> Row:
    proposal = store.proposal(edition, row.proposal)
    assert proposal is not None  # it was in the stage
    return Row(
        rank=row.rank,
        proposal=row.proposal,
        title=proposal.title,
        agency_name=proposal.agency_name,
        score=rules.score_text(row.score),
        sheets=row.sheets,
        advanced=None,
        band=band_in(rule, row.band),
        computed_rank=None,
        because=None,
        displaced=None,
    )


def edition_of(store: RankingStore, edition: EditionId) -> Edition:
    """An edition with its stages; NotFound when it is not known."""
    rulebook = open_edition(edition, store)
    stages = [_stage(store, edition, each) for each in rulebook.stages]
    return Edition(edition=edition, name=rulebook.name, stages=stages)


def _stage(store: RankingStore, edition: EditionId, stage: Stage) -> StageName:
    first = hides(edition, stage.id, store)
    frozen = store.frozen(edition, first) if first else None
    final = not frozen and store.ranking(edition, stage.id) is not None
    if frozen:
        asked = frozen.asked is not None and first == stage.id
    else:
        asked = not final and store.question(edition, stage.id) is not None
    return StageName(
        stage=stage.id, name=stage.name, final=final, waiting=asked, frozen=frozen is not None
    )


def results_of(store: RankingStore, edition: EditionId) -> Results:
    """The awards that everybody sees; NotFound when the edition is not known."""
    frozen = store.frozen_stages(edition)
    given = [each for each in store.awards(edition) if frozen.isdisjoint(each.held_by)]
    return _results(store, edition, given)


def live_results(store: RankingStore, edition: EditionId) -> Results:
    """The awards, those too that a frozen stage holds back; NotFound as above."""
    open_edition(edition, store)
    return _results(store, edition, store.awards(edition))


def _results(store: RankingStore, edition: EditionId, given: Iterable[GivenAward]) -> Results:
    """These awards, in the order of the rulebook."""
    awards = list(_awards(store, edition, list(given)))
    return Results(edition=edition, announced=store.is_announced(edition), awards=awards)


def _awards(store: RankingStore, edition: EditionId, given: list[GivenAward]) -> Iterator[Award]:
    for award in open_edition(edition, store).awards:
        for each in given:
            if each.award == award.id:
                yield _award(store, edition, award.name, each)


def _award(store: RankingStore, edition: EditionId, name: Words, given: GivenAward) -> Award:
    receiver = store.proposal(edition, given.proposal)
    assert receiver is not None  # an award names a proposal that was admitted
    return Award(
        award=given.award,
        name=name,
        proposal=given.proposal,
        title=receiver.title,
        agency_name=receiver.agency_name,
        basis=given.basis,
        rank=given.rank,
        reason=given.reason,
        by=given.by,
    )
