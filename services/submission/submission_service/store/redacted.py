"""Proposals whose text was erased: by whom, when, and the erasing itself."""

from typing import Any

from contracts.ids import EditionId, Office, ProposalId
from sqlalchemy import Row, insert, select, update

from submission_service.rules.proposals import Content
from submission_service.store import tables
from submission_service.store.held import HeldStore


class RedactedStore(HeldStore):
    """Which texts were erased."""

    def redact(self, edition: EditionId, proposal: ProposalId, by: Office) -> None:
        """Have nothing any more of what was written: no revision, and of a draft its agency only.

        The same again changes nothing, but the texts that came back since are erased as well.
        """
        whose = {"edition": edition, "proposal": proposal}
        if self.redaction(edition, proposal) is None:
            self.connection.execute(
                insert(tables.redactions), whose | {"by": by, "redacted_at": self.now}
            )
        self._write_over()
        nothing = Content().model_dump_json()
        self.connection.execute(update(tables.revisions).filter_by(**whose).values(content=nothing))
        draft = self.connection.scalar(select(tables.drafts.c.content).filter_by(**whose))
        if draft is not None:
            # Whose it was decides who may read that it is erased.
            left = Content(agency=Content.model_validate_json(draft).agency).model_dump_json()
            self.connection.execute(update(tables.drafts).filter_by(**whose).values(content=left))

    def redaction(self, edition: EditionId, proposal: ProposalId) -> Row[Any] | None:
        """Who had the text erased and when; None while it is there."""
        query = select(tables.redactions).filter_by(edition=edition, proposal=proposal)
        return self.connection.execute(query).one_or_none()

    def _write_over(self) -> None:
        if self.connection.dialect.name == "sqlite":
            # Else the file keeps, in its free places, what is no row any more.
            self.connection.exec_driver_sql("PRAGMA secure_delete = ON")
