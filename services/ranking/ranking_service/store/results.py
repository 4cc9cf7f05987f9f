"""How a proposal's result in a stage is kept, and read again."""

from typing import Any

from contracts.cut import AGENCY
from contracts.ranking import Displaced, ProposalAdvanced, ProposalEliminated
from pydantic_core import from_json

from ranking_service.store.records import Entrant
from ranking_service.store.rows import number, numbers_in


def result_row(event: ProposalAdvanced | ProposalEliminated) -> dict[str, Any]:
    """What a stage came to for a proposal."""
    displaced = event.displaced if isinstance(event, ProposalEliminated) else None
    return {
        "advanced": isinstance(event, ProposalAdvanced),
        "band": event.band,
        "because": event.because,
        "displaced": None if displaced is None else displaced.model_dump_json(),
    }


def entrant_in(row: Any) -> Entrant:
    """A proposal in a stage, from its row and that of the proposal."""
    return Entrant(
        proposal=row.proposal,
        title=row.title,
        agency=row.agency,
        agency_name=row.agency_name,
        score=number(row.score),
        sheets=row.sheets,
        asked=row.asked,
        labels={**from_json(row.labels), AGENCY: row.agency},
        numbers=numbers_in(row.numbers),
        rank=row.rank,
        computed_rank=row.computed_rank,
        advanced=row.advanced,
        band=row.band,
        because=row.because,
        displaced=_displaced(row.displaced),
    )


def _displaced(text: str | None) -> Displaced | None:
    return None if text is None else Displaced.model_validate_json(text)
