"""What is told of a stage: with the standings at a position it makes those of any later one."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from contracts.event import Event
from contracts.freezing import PlaceRevealed, StandingsFrozen, StandingsUnfrozen
from contracts.ranking import ProposalAwarded, StageRanked, Standing, StandingsChanged
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st
from kit import checkpoint, outbox
from kit.testing import CAUSE, Given, given
from kit.turn import Turn
from ranking_service import rules
from ranking_service.api import changes as reading
from ranking_service.api.bodies import Standings
from ranking_service.api.feed import Change
from ranking_service.api.standings import standings_of
from ranking_service.app import SERVICE
from ranking_service.places import Place
from ranking_service.store.changes import changes_after, told

from tests.ranking.facts import (
    DESK,
    EDITION,
    FIELD,
    OFFICE,
    REASON,
    admitted,
    opened,
    recused,
    rulebook,
    sheet,
    withdrawn,
)

PROPOSALS = ("a", "b", "c", "d")
JURORS = ("juror-1", "juror-2", "juror-3")
MANY = 1_000
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("sheet", "sheet", "sheet", "sheet", "recused", "withdrawn")),
        st.sampled_from(PROPOSALS),
        st.sampled_from(JURORS),
        st.sampled_from(("60", "70", "80")),
        st.booleans(),
    ),
    max_size=16,
)


class Log:
    """A log that ranking hears, and on which it says something now and then."""

    def __init__(self) -> None:
        self.world: Given = given(SERVICE)
        self.last = 0
        self.number = 0

    def hear(self, event: Event) -> None:
        before, self.world.position = self.world.position, self.last
        self.last += 1
        self.world.heard(event)
        checkpoint.advance(self.world.connection, before, self.last)

    def publish(self) -> list[tuple[int, str]]:
        """What was said and is not on the log yet comes onto it: positions and types."""
        rows = outbox.unpublished(self.world.connection, MANY)
        places = [(row.id, self.last + number) for number, row in enumerate(rows, 1)]
        outbox.mark_published(self.world.connection, places)
        self.last += len(rows)
        said = zip(places, rows, strict=True)
        return [(position, row.headers["ce-type"]) for (_, position), row in said]

    def standings(self) -> Standings:
        return standings_of(self.world.store(), EDITION, DESK)

    def told_after(self, position: int, stage: str = DESK) -> list[Change]:
        found = changes_after(self.world.connection, EDITION, stage, position, MANY)
        return [Change.of(each) for each in told(found, stage)]


def event_of(step: tuple[str, str, str, str, bool], version: int) -> Event:
    kind, proposal, juror, mark, _ = step
    if kind == "recused":
        return recused(proposal, juror)
    return (
        withdrawn(proposal)
        if kind == "withdrawn"
        else sheet(proposal, juror, mark, version=version)
    )


def places_of(standings: Standings) -> list[Place]:
    return [
        Place(each.proposal, each.rank, None if each.score is None else Decimal(each.score))
        for each in standings.rows
    ]


def shown_after(standings: Standings, changes: Sequence[Change]) -> list[Place]:
    """What a client shows of these standings and then each change, as docs/consumers.md says."""
    scores = {each.proposal: each.score for each in places_of(standings)}
    for each in changes:
        changed = StandingsChanged.model_validate_json(each.body)
        if changed.position < standings.position:
            continue
        scores.update((row.proposal, row.score) for row in changed.rows)
        for gone in changed.removed:
            scores.pop(gone, None)
        ranks = {row.proposal: row.rank for row in changed.rows}
        assert ranks == {name: rank_of(name, scores) for name in ranks}
    return [Place(each, rank_of(each, scores), score) for each, score in scores.items()]


def rank_of(proposal: str, scores: dict[str, Decimal | None]) -> int | None:
    mine = scores[proposal]
    if mine is None:
        return None
    return 1 + sum(other is not None and other > mine for other in scores.values())


def digest(places: Sequence[Place]) -> str:
    return rules.digest(EDITION, DESK, rulebook().digest(), final=False, places=places)


@pytest.mark.parametrize(
    ("rows", "size"), [(1, 2**16), (2, 2**16), (3, 2**16), (MANY, 1), (MANY, 400)]
)
def test_no_change_is_lost_where_one_page_ends_and_the_next_begins(
    monkeypatch: pytest.MonkeyPatch, rows: int, size: int
) -> None:
    monkeypatch.setattr(reading, "PAGE", rows)
    monkeypatch.setattr(outbox, "PAGE_BYTES", size)
    log = Log()
    for event in (opened(), *(admitted(each) for each in PROPOSALS)):
        log.hear(event)
    on_log = []
    for version, waits in enumerate((1, 2, 3, 1), 1):
        # What waits comes onto the log side by side: nothing stands between two changes.
        for number in range(waits):
            log.hear(sheet(PROPOSALS[number], "juror-1", str(60 + version), version=version))
        on_log += log.publish()
    changes = [position for position, kind in on_log if kind == StandingsChanged.type]
    assert len(changes) == 7
    for begin in range(log.last + 1):
        found, after = [], begin
        while after < changes[-1]:
            page, reached = reading.page_after(log.world.connection, EDITION, DESK, after)
            assert reached > after, f"the page after {after} leads nowhere"
            found += [each.position for each in page]
            after = reached
        assert found == [each for each in changes if each > begin], f"after {begin}"


@settings(max_examples=30)
@for_all(steps=STEPS, begin=st.integers(0, 16))
def test_standings_and_what_is_told_after_them_are_the_later_standings(
    steps: list[tuple[str, str, str, str, bool]], begin: int
) -> None:
    log = Log()
    for event in (opened(), *(admitted(each) for each in PROPOSALS)):
        log.hear(event)
    early = log.standings()
    for number, step in enumerate(steps, 1):
        log.hear(event_of(step, number))
        if step[-1]:
            log.publish()
        if number == begin:
            early = log.standings()
    log.publish()
    late = log.standings()

    shown = shown_after(early, log.told_after(early.position))
    assert sorted(shown, key=str) == sorted(places_of(late), key=str)
    assert digest(shown) == late.digest


def changed(position: int, *held_by: str, stage: str = DESK) -> StandingsChanged:
    row = Standing(proposal="a", score=Decimal(position), rank=1, sheets=1)
    more: dict[str, Any] = {"held_by": held_by} if held_by else {}
    return StandingsChanged(edition=EDITION, stage=stage, position=position, rows=(row,), **more)


REVEALED = PlaceRevealed(
    edition=EDITION,
    stage=DESK,
    proposal="a",
    title="A",
    agency="agency-a",
    rank=1,
    score=Decimal(80),
    remaining=0,
    by=OFFICE,
)
RANKED = StageRanked(
    edition=EDITION,
    stage=DESK,
    position=5,
    digest=f"sha256:{'0' * 64}",
    proposals=1,
    advanced=1,
    held_by=(DESK,),
)
AWARDED = ProposalAwarded(
    edition=EDITION,
    proposal="a",
    title="A",
    agency="agency-a",
    award="best-desk",
    award_name=rulebook().awards[0].name,
    basis="rank",
)
SAID: tuple[Event, ...] = (
    changed(1),
    changed(2, stage=FIELD),
    StandingsFrozen(edition=EDITION, stage=DESK, position=3),
    changed(4, DESK),
    RANKED,
    changed(6, DESK, stage=FIELD),
    REVEALED,
    AWARDED,
    StandingsUnfrozen(edition=EDITION, stage=DESK, position=9, by=OFFICE, reason=REASON),
    changed(10),
)


def test_what_is_held_is_never_told_from_wherever_a_client_begins() -> None:
    log = Log()
    turn = Turn(SERVICE, log.world.connection, log.world.now)
    said = [turn._say(each, CAUSE) for each in SAID]
    outbox.append(log.world.connection, said)
    log.publish()

    desk = [(each.position, each.type) for each in log.told_after(0)]
    assert desk == [
        (1, "standings.changed.v1"),
        (3, "standings.frozen.v1"),
        (7, "place.revealed.v1"),
        (9, "standings.unfrozen.v1"),
        (10, "standings.changed.v1"),
    ]
    for after in range(len(SAID) + 1):
        found = [(each.position, each.type) for each in log.told_after(after)]
        assert found == [each for each in desk if each[0] > after]
    # The stage after it shows what was held only now: who watches it is told too.
    assert [each.position for each in log.told_after(0, FIELD)] == [2, 9]
    assert OFFICE.encode() not in b"".join(each.body for each in log.told_after(0))
