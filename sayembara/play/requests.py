"""Each request of a play, with its address and its body, as whoever would ask it."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from kit.tokens import Role

from sayembara.play.api import Refusal, Services
from sayembara.play.checks import SECRETARIAT
from sayembara.play.files import (
    Agency,
    Amendment,
    Award,
    Closing,
    Decision,
    Proposal,
    Recusal,
    Rejection,
    Seat,
    Sheet,
)
from sayembara.play.folder import Folder
from sayembara.trouble import Trouble


class Requests:
    """The requests for the edition in `folder`."""

    def __init__(self, folder: Folder, services: Services) -> None:
        self.folder = folder
        self.services = services
        self.path = f"/editions/{folder.edition}"
        self.office = {"by": folder.play.secretariat.office}
        self.secretariat = self._as("secretariat", folder.play.secretariat.office)

    async def set_clock(self, service: str, moment: datetime) -> None:
        """Have the service's clock show that moment; Trouble when it runs on real time."""
        try:
            await self.services.put(service, "/clock", {"now": moment.isoformat()})
        except Refusal as refusal:
            if refusal.code != "real_time":
                raise
            intake = self.folder.rulebook.intake
            raise Trouble(
                f"the services run on real time, and {self.folder.edition} is played from"
                f" {intake.opens_at.date()} on: start them with `sayembara up --rehearsal`,"
                " or in containers with SAYEMBARA_CLOCK=rehearsal"
            ) from refusal

    def contacts(self) -> list[tuple[str, str, str, str]]:
        """Everybody who gets notices: party, role, name, address."""
        secretariat = self.folder.play.secretariat
        jurors = {row.juror: row for row in self.folder.panel}
        return [
            (SECRETARIAT, "secretariat", secretariat.office, secretariat.email),
            *((row.agency, "applicant", row.name, row.email) for row in self.folder.agencies),
            *((row.juror, "juror", row.office, row.email) for row in jurors.values()),
        ]

    async def put_contact(self, contact: tuple[str, str, str, str]) -> None:
        """Tell notification where somebody gets notices."""
        party, role, name, email = contact
        body = {"role": role, "name": name, "email": email}
        await self.secretariat.put("notification", f"{self.path}/contacts/{party}", body)

    async def put_rulebook(self) -> None:
        """Hand in the rulebook as it stands in its file."""
        await self.secretariat.put_toml("submission", self.path, self.folder.rulebook_text)

    async def open_edition(self) -> None:
        """Open the edition."""
        await self.secretariat.post("submission", f"{self.path}/opening")

    async def put_agency(self, row: Agency) -> None:
        """Name an agency."""
        body = {"name": row.name, "kind": row.kind}
        await self.secretariat.put("submission", f"{self.path}/agencies/{row.agency}", body)

    async def write(self, row: Proposal) -> None:
        """Save the draft of a proposal."""
        body = row.model_dump(mode="json", exclude={"place", "proposal", "source"})
        if not row.labels:
            del body["labels"]
        applicant = self._as("applicant", row.agency)
        await applicant.put("submission", self._proposal(row), body)

    async def submit(self, row: Proposal) -> None:
        """Hand in a proposal."""
        applicant = self._as("applicant", row.agency)
        await applicant.post("submission", f"{self._proposal(row)}/submission")

    async def close_intake(self) -> None:
        """Close the intake."""
        await self.secretariat.post("submission", f"{self.path}/intake-closing", self.office)

    async def admit(self, row: Proposal) -> None:
        """Admit a proposal."""
        await self.secretariat.post("submission", f"{self._proposal(row)}/admission", self.office)

    async def reject(self, rows: Sequence[Rejection]) -> None:
        """Reject a proposal, on all its grounds."""
        grounds = [row.ground().model_dump() for row in rows]
        path = f"{self.path}/proposals/{rows[0].proposal}/rejection"
        await self.secretariat.post("submission", path, {**self.office, "grounds": grounds})

    async def seat(self, row: Seat) -> None:
        """Seat a juror."""
        path = f"{self.path}/stages/{row.stage}/jurors/{row.juror}"
        body = row.model_dump(include={"office", "agency", "panel"}, exclude_none=True)
        await self.secretariat.put("evaluation", path, body)

    async def declare(self, row: Recusal) -> None:
        """Have a juror step aside for a proposal."""
        path = f"{self.path}/stages/{row.stage}/proposals/{row.proposal}/conflicts"
        body = {"juror": row.juror, "reason": row.reason}
        await self._as("juror", row.juror).post("evaluation", path, body)

    async def hand_in(self, row: Sheet) -> None:
        """Hand in a sheet, or with an amendment replace it."""
        reason = row.reason if isinstance(row, Amendment) else None
        part = f"/parts/{row.part}" if row.part else ""
        path = f"{self.path}/stages/{row.stage}/proposals/{row.proposal}{part}/sheets/{row.juror}"
        juror = self._as("juror", row.juror)
        await juror.put("evaluation", path, {"marks": exact(row), "reason": reason})

    async def hand_in_many(self, rows: Sequence[Sheet]) -> None:
        """Hand in sheets of one juror together, all or none."""
        sheets = [_entry(row) for row in rows]
        body = {"source": "sheets.csv", "partial": False, "sheets": sheets}
        juror = self._as("juror", rows[0].juror)
        await juror.post("evaluation", f"{self.path}/sheets", body)

    async def close_scoring(self, stage: str, minuted: Closing | None) -> None:
        """Close the scoring of a stage; without the quorum where that was minuted."""
        path = f"{self.path}/stages/{stage}/closing"
        decision = minuted.model_dump(include={"by", "minute", "reason"}) if minuted else None
        await self.secretariat.post("evaluation", path, {**self.office, "decision": decision})

    async def decide(self, rows: Sequence[Decision]) -> None:
        """Bring the minuted decision on a stage; whoever goes on is told when a row says so."""
        first = rows[0]
        advanced = [row.proposal for row in rows if row.advanced == "yes"]
        body = {
            **first.model_dump(include={"by", "minute", "reason"}),
            "ranks": {row.proposal: row.rank for row in rows if row.rank is not None},
            "advanced": advanced or None,
        }
        path = f"{self.path}/stages/{first.stage}/decision"
        await self.secretariat.post("ranking", path, body)

    async def award(self, row: Award) -> None:
        """Give an award by decision."""
        body = row.model_dump(include={"award", "proposal", "by", "reason"})
        await self.secretariat.post("ranking", f"{self.path}/awards", body)

    async def announce(self) -> None:
        """Announce the results, after what the rulebook froze is unfrozen."""
        for stage in self.folder.rulebook.stages:
            if stage.freeze_at is not None:
                await self._unfreeze(stage.id)
        await self.secretariat.post("ranking", f"{self.path}/announcement", self.office)

    async def _unfreeze(self, stage: str) -> None:
        here = f"{self.path}/stages/{stage}"
        frozen = (await self.services.get("ranking", f"{here}/standings"))["frozen"]
        order = {**self.office, "reason": "Pengumuman hasil / Announcement of the results"}
        try:
            if frozen:
                await self.secretariat.post("ranking", f"{here}/unfreeze", order)
        except Refusal as refusal:
            # It was only hidden behind a stage before it.
            if refusal.code != "not_frozen":
                raise

    async def exists(self) -> bool:
        """Whether submission has this edition already."""
        editions = await self.services.get("submission", "/editions")
        return any(each["edition"] == self.folder.edition for each in editions)

    def _as(self, role: Role, subject: str) -> Services:
        return self.services.acting(role, subject, self.folder.edition)

    def _proposal(self, row: Proposal) -> str:
        return f"{self.path}/proposals/{row.proposal}"


def exact(row: Sheet) -> dict[str, str]:
    """The marks as exact decimal text."""
    return {criterion: format(mark, "f") for criterion, mark in row.marks.items()}


def _entry(row: Sheet) -> dict[str, Any]:
    found = row.model_dump(include={"stage", "proposal", "juror", "part"}, exclude_none=True)
    return {**found, "line": row.place.line, "marks": exact(row)}
