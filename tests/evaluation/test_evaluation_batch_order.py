"""Sheets that are taken together are the sheets that would be taken one by one."""

from typing import NamedTuple

from contracts.ids import ProposalId
from evaluation_service.rules.facts import Assignment, Marks, Seat
from hypothesis import given as for_any
from hypothesis import settings
from hypothesis import strategies as st

from tests.evaluation.facts import EDITION
from tests.evaluation.halfpipe import (
    FINAL,
    LEFT,
    PUBLIC,
    RIGHT,
    duty_of,
    judged,
    row,
    sheet,
    taking,
)

PROPOSALS = ("p1", "p2", "p3")
SEATS = (LEFT, RIGHT, PUBLIC)


class Paper(NamedTuple):
    """A sheet as somebody wrote it, right or wrong."""

    proposal: ProposalId
    seat: Seat
    part: str | None
    mark: str

    def key(self) -> Assignment:
        return duty_of(self.proposal, self.seat, self.part)

    def marks(self) -> dict[str, str]:
        return {"urutan" if self.seat is PUBLIC else "nilai": self.mark}


PAPERS = st.lists(
    st.builds(
        Paper,
        st.sampled_from((*PROPOSALS, "p9")),
        st.sampled_from(SEATS),
        st.sampled_from(("run-1", "run-2", "run-3", None)),
        st.sampled_from(("1", "2", "3", "70.5", "101")),
    ),
    max_size=12,
    unique_by=Paper.key,
)


def standing(known: object) -> dict[Assignment, Marks]:
    store = known.store()  # type: ignore[attr-defined] # a Given
    found: dict[Assignment, Marks] = store.standing(EDITION, FINAL, [s.juror for s in SEATS])
    return found


@settings(deadline=None, max_examples=60)
@for_any(PAPERS)
def test_batch_in_part_takes_no_more_than_one_by_one_and_no_place_twice(
    papers: list[Paper],
) -> None:
    one_by_one, together = judged(*PROPOSALS), judged(*PROPOSALS)
    for each in papers:
        one_by_one.when(sheet(each.key(), **each.marks()))
    rows = [row(line, each.key(), **each.marks()) for line, each in enumerate(papers, start=2)]
    command = taking(*rows, partial=True)
    together.done(command)

    alone, taken = standing(one_by_one), standing(together)
    assert taken.items() <= alone.items()
    assert all(key.juror == PUBLIC.juror for key in alone.keys() - taken.keys())
    places = [marks["urutan"] for key, marks in taken.items() if key.juror == PUBLIC.juror]
    assert len(places) == len(set(places))
    assert len(command.found.said) + len(command.found.refused) == len(papers)


@settings(deadline=None, max_examples=40)
@for_any(PAPERS)
def test_batch_as_a_whole_is_taken_exactly_when_no_row_is_refused(papers: list[Paper]) -> None:
    rows = [row(line, each.key(), **each.marks()) for line, each in enumerate(papers, start=2)]
    part, whole = taking(*rows, partial=True), taking(*rows)
    in_part, as_whole = judged(*PROPOSALS).done(part), judged(*PROPOSALS).when(whole)

    assert whole.found.refused == part.found.refused
    assert (as_whole.refusal is None) == (not part.found.refused)
    assert standing(as_whole) == (standing(in_part) if as_whole.refusal is None else {})
