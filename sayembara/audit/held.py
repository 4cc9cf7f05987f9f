"""Sheets held in memory, in little space: of each the last version, until they are written down."""

from collections.abc import Iterator, Mapping

from contracts.ids import EditionId, ProposalId, StageId
from ranking_service.store import Giver, Key, Sheet

from sayembara.audit.asked import Numbers, Order

Version = tuple[int, Order, Numbers]
"""The last version of a sheet, its criteria, and its marks; none where they are in the store."""

OfProposal = dict[Giver, Version]


class HeldSheets:
    """The sheets of one edition that are held, by stage and proposal; `count` of them."""

    def __init__(self, edition: EditionId) -> None:
        self.edition = edition
        self.count = 0
        self._stages: dict[StageId, dict[ProposalId, OfProposal]] = {}

    def of_proposal(
        self, stage: StageId, proposal: ProposalId, known: Mapping[Giver, int]
    ) -> OfProposal:
        """Where to put the sheets of the proposal; in it what the store has in these versions."""
        sheets = self._stages.setdefault(stage, {}).setdefault(proposal, {})
        for giver, version in known.items():
            if giver not in sheets or sheets[giver][0] < version:
                sheets[giver] = (version, (), ())
        return sheets

    def beside(self, key: Key) -> dict[Giver, Sheet]:
        """The sheets of a proposal that are held."""
        edition, stage, proposal = key
        sheets = self._stages.get(stage, {}).get(proposal, {}) if edition == self.edition else {}
        return {
            giver: Sheet(version, dict(zip(order, numbers, strict=True)))
            for giver, (version, order, numbers) in sheets.items()
            if order
        }

    def all_of_them(self) -> Iterator[tuple[StageId, ProposalId, dict[Giver, Sheet]]]:
        """Everything that is held, a proposal at a time."""
        for stage, proposals in self._stages.items():
            for proposal in proposals:
                if sheets := self.beside((self.edition, stage, proposal)):
                    yield stage, proposal, sheets

    def clear(self) -> None:
        """Nothing is held any more."""
        self.count = 0
        self._stages.clear()
