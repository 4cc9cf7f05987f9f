"""Each request of a play, with its address and its body, as whoever would ask it."""

from datetime import datetime

from kit.tokens import Role

from sayembara.play.api import Refusal, Services
from sayembara.play.checks import SECRETARIAT
from sayembara.play.files import Agency, Amendment, Award, Proposal, Seat, Sheet
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
                f" {intake.opens_at.date()} on: start them with `sayembara up --rehearsal`"
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

    async def seat(self, row: Seat) -> None:
        """Seat a juror."""
        path = f"{self.path}/stages/{row.stage}/jurors/{row.juror}"
        await self.secretariat.put("evaluation", path, {"office": row.office, "agency": row.agency})

    async def hand_in(self, row: Sheet) -> None:
        """Hand in a sheet, or with an amendment replace it."""
        marks = {criterion: format(mark, "f") for criterion, mark in row.marks.items()}
        reason = row.reason if isinstance(row, Amendment) else None
        path = f"{self.path}/stages/{row.stage}/proposals/{row.proposal}/sheets/{row.juror}"
        juror = self._as("juror", row.juror)
        await juror.put("evaluation", path, {"marks": marks, "reason": reason})

    async def close_scoring(self, stage: str) -> None:
        """Close the scoring of a stage."""
        path = f"{self.path}/stages/{stage}/closing"
        await self.secretariat.post("evaluation", path, {**self.office, "decision": None})

    async def award(self, row: Award) -> None:
        """Give an award by decision."""
        body = row.model_dump(include={"award", "proposal", "by", "reason"})
        await self.secretariat.post("ranking", f"{self.path}/awards", body)

    async def announce(self) -> None:
        """Announce the results."""
        await self.secretariat.post("ranking", f"{self.path}/announcement", self.office)

    async def exists(self) -> bool:
        """Whether submission has this edition already."""
        editions = await self.services.get("submission", "/editions")
        return any(each["edition"] == self.folder.edition for each in editions)

    def _as(self, role: Role, subject: str) -> Services:
        return self.services.acting(role, subject, self.folder.edition)

    def _proposal(self, row: Proposal) -> str:
        return f"{self.path}/proposals/{row.proposal}"
