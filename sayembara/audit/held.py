"""Sheets held in memory, in little space: of each the last version, until they are written down."""

from collections.abc import Iterator, Mapping

from contracts.ids import EditionId, ProposalId, StageId
from ranking_service.store import Giver, Key, Sheet

from sayembara.audit.asked import number
from sayembara.audit.folded import PART, Form, OfProposal

STORED: Form = (False, ())
"""The form of a sheet that the store has: its marks are there."""


def giver_of(name: str) -> Giver:
    """Who gave a sheet, as ranking names it."""
    juror, _, part = name.partition(PART)
    return juror, part


class HeldSheets:
    """The sheets of one edition that are held, by stage and proposal."""

    def __init__(self, edition: EditionId) -> None:
        self.edition = edition
        self._stages: dict[StageId, dict[ProposalId, OfProposal]] = {}

    def of_proposal(
        self, stage: StageId, proposal: ProposalId, known: Mapping[Giver, int]
    ) -> OfProposal:
        """Where to put the sheets of the proposal; in it what the store has in these versions."""
        sheets = self._stages.setdefault(stage, {}).setdefault(proposal, {})
        for (juror, part), version in known.items():
            giver = f"{juror}{PART}{part}" if part else juror
            if giver not in sheets or sheets[giver][1] < version:
                sheets[giver] = (version, version, STORED, ())
        return sheets

    def beside(self, key: Key) -> dict[Giver, Sheet]:
        """The sheets of a proposal that are held."""
        edition, stage, proposal = key
        sheets = self._stages.get(stage, {}).get(proposal, {}) if edition == self.edition else {}
        return {
            giver_of(giver): Sheet(version, dict(zip(form[1], map(number, marks), strict=True)))
            for giver, (_, version, form, marks) in sheets.items()
            if form[1]
        }

    def all_of_them(self) -> Iterator[tuple[StageId, ProposalId, dict[Giver, Sheet]]]:
        """Everything that is held, a proposal at a time."""
        for stage, proposals in self._stages.items():
            for proposal in proposals:
                if sheets := self.beside((self.edition, stage, proposal)):
                    yield stage, proposal, sheets

    def clear(self) -> None:
        """Nothing is held any more."""
        self._stages.clear()
