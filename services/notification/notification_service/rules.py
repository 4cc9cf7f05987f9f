"""Which notice is which, when it is tried again, and when it is given up. Pure."""

import json
import re
from datetime import datetime, timedelta
from email.headerregistry import Address
from typing import Literal
from uuid import NAMESPACE_URL, uuid5

from contracts.ids import EditionId, Token

Kind = Literal[
    "received",
    "revised",
    "withdrawn",
    "admitted",
    "rejected",
    "disqualified",
    "seated",
    "scoring-closed",
    "advanced",
    "eliminated",
    "awarded",
    "decision-asked",
    "review-called",
    "rulebook-amended",
    "parked",
    "webhook-paused",
]
Role = Literal["applicant", "juror", "secretariat"]
Term = Literal["band", "limit"]
State = Literal["queued", "delivered", "failed"]

HANDED_IN: frozenset[Kind] = frozenset({"received", "revised"})
SECRETARIAT = "secretariat"
ERASED = "erased: the contact"
RETRY_SECONDS_MAX = 300

# The dot-atom form of RFC 5322: what mail servers take without special support.
_ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
_EMAIL = re.compile(rf"{_ATOM}(\.{_ATOM})*@[a-z0-9-]+(\.[a-z0-9-]+)*", re.ASCII | re.IGNORECASE)

_NAMESPACE = uuid5(NAMESPACE_URL, "sayembara:notice")


def notice_id(kind: Kind, edition: EditionId, role: Role, party: Token, *facts: str | int) -> str:
    """The one id of what `facts` tell this party: the same facts, heard again, are the same notice.

    `facts` are those that set an event apart from others of its kind: proposal and revision,
    stage, award, position of a parked message.
    """
    return str(uuid5(_NAMESPACE, json.dumps([kind, edition, role, party, *facts])))


def receipt_address(auditor: str, kind: Kind, event: str | None) -> str | None:
    """Where the receipt is of what a notice says was handed in; None where there is none."""
    if not auditor or event is None or kind not in HANDED_IN:
        return None
    return f"{auditor.rstrip('/')}/receipts/{event}/page"


def next_try_at(tries: int, now: datetime) -> datetime:
    """When a notice that failed `tries` times is tried again: after 1 s, 2 s, 4 s … 5 minutes."""
    return now + timedelta(seconds=min(2 ** (tries - 1), RETRY_SECONDS_MAX))


def gives_up(tries: int, tries_max: int, *, for_good: bool) -> bool:
    """Whether a notice that failed `tries` times is given up: refused for good, or tried enough."""
    return for_good or tries >= tries_max


def why_waiting(
    state: State, party: Token, *, known: bool, forgotten: bool, held_by: str = ""
) -> str | None:
    """Why a notice cannot be sent at all now: it is queued for a party whose contact is not known.

    `forgotten`: there was one, and it was erased. `held_by`: or it waits for frozen stages.
    """
    if state == "queued" and held_by:
        return f"held back until these stages are unfrozen: {held_by}"
    if state != "queued" or known:
        return None
    return f"{ERASED} of {party}: put another one" if forgotten else f"no address for {party}"


def mailbox(name: str, email: str) -> Address:
    """Whom a mail is for; ValueError when `email` is not one address, as in `name@domain.id`."""
    if not _EMAIL.fullmatch(email):
        raise ValueError(f"'{email}' is not an e-mail address such as name@domain.id")
    return Address(display_name=" ".join(name.split()), addr_spec=email)
