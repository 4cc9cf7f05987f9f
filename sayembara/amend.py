"""Another rulebook for an open edition, by a minuted decision."""

from dataclasses import dataclass
from pathlib import Path

from contracts.event import Minute
from contracts.rulebook import Rulebook
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape
from submission_service.rules.changes import Change, changes

from sayembara.play.api import Refusal, Services
from sayembara.rulebook import read
from sayembara.trouble import Trouble


@dataclass(frozen=True)
class Amended:
    """What changed, and the digests before and now."""

    changes: tuple[Change, ...]
    before: str
    digest: str


def minute_of(by: str, minute: str, reason: str) -> Minute:
    """The decision; Trouble when one of its parts is no text, or too long."""
    try:
        return Minute(by=by, minute=minute, reason=reason)
    except ValidationError as error:
        told = "; ".join(f"--{each['loc'][0]}: {each['msg']}" for each in error.errors())
        raise Trouble(told) from error


async def amend(services: Services, edition: str, file: Path, decision: Minute) -> Amended:
    """Replace the rulebook; Trouble with every mistake of the file, or all that may not change."""
    rulebook, text = _read(file)
    secretariat = services.acting("secretariat", decision.by, edition)
    found = await secretariat.get("submission", f"/editions/{edition}/rulebook")
    order = {"rulebook": text, "decision": decision.model_dump()}
    try:
        await secretariat.post("submission", f"/editions/{edition}/amendment", order)
    except Refusal as refusal:
        if refusal.code != "amendment_refused":
            raise
        raise Trouble(f"{file}: this may not change\n{refusal.problem['detail']}") from refusal
    before = Rulebook.model_validate(found["rulebook"])
    return Amended(changes(before, rulebook), found["rulebook_digest"], rulebook.digest())


def _read(file: Path) -> tuple[Rulebook, str]:
    return read(file), file.read_text("utf-8-sig")


def show_amended(console: Console, edition: str, found: Amended) -> None:
    """Each key that changed, with what it was and what it is; then the digest that counts."""
    if found.digest == found.before:
        console.print(f"'{edition}' has this rulebook already: nothing was changed")
    for each in found.changes:
        console.print(escape(str(each)), soft_wrap=True, highlight=False)
    console.print(f"rulebook digest: {found.digest}", soft_wrap=True, highlight=False)
