"""The questions that wait for a panel, and what panels decided: the events, as they were heard."""

from dataclasses import dataclass, field

from contracts.ids import EditionId, StageId
from contracts.ranking import DecisionAsked, StageDecided
from kit.store import Store
from sqlalchemy import Table, bindparam, delete, insert, select

from ranking_service.store import tables
from ranking_service.store.rows import at

ASKED = select(tables.questions.c.asked).where(
    at(tables.questions, edition=bindparam("edition"), stage=bindparam("stage"))
)
DECIDED = select(tables.decisions.c.decided).where(
    at(tables.decisions, edition=bindparam("edition"), stage=bindparam("stage"))
)


@dataclass
class DecisionStore(Store):
    """What is asked of panels, and what they decided."""

    _questions: dict[tuple[EditionId, StageId], DecisionAsked | None] = field(default_factory=dict)

    def question(self, edition: EditionId, stage: StageId) -> DecisionAsked | None:
        """What was asked when the scoring of the stage was closed; None when nothing was."""
        key = (edition, stage)
        if key not in self._questions:
            here = {"edition": edition, "stage": stage}
            text = self.connection.scalar(ASKED, here)
            self._questions[key] = None if text is None else DecisionAsked.model_validate_json(text)
        return self._questions[key]

    def keep_question(self, event: DecisionAsked) -> None:
        """The stage waits for a decision."""
        self._keep_event(
            tables.questions, event.edition, event.stage, asked=event.model_dump_json()
        )
        self._questions.clear()

    def drop_question(self, edition: EditionId, stage: StageId) -> None:
        """The stage waits no more for what was asked."""
        here = at(tables.questions, edition=edition, stage=stage)
        self.connection.execute(delete(tables.questions).where(here))
        self._questions.clear()

    def decision(self, edition: EditionId, stage: StageId) -> StageDecided | None:
        """What was decided of the stage; None when nothing was."""
        text = self.connection.scalar(DECIDED, {"edition": edition, "stage": stage})
        return None if text is None else StageDecided.model_validate_json(text)

    def keep_decision(self, event: StageDecided) -> None:
        """This was decided of the stage."""
        self._keep_event(
            tables.decisions, event.edition, event.stage, decided=event.model_dump_json()
        )

    def _keep_event(self, table: Table, edition: EditionId, stage: StageId, **values: str) -> None:
        key = {"edition": edition, "stage": stage}
        self.connection.execute(insert(table).values(**key, **values))
