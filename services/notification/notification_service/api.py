"""Notification's addresses: contacts, notices, and the inbox as pages."""

import asyncio
from typing import Annotated, Any

from contracts.ids import PRINTABLE, EditionId, Title, Token
from contracts.outcomes import NotFound
from contracts.written import Office, Reason
from fastapi import APIRouter, Path, Query
from fastapi.responses import HTMLResponse
from kit.access import ENTERED, MayVisit, Route, may
from kit.http import AtDesk, Receipt
from kit.tokens import Who
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from notification_service import handlers, pages, rules
from notification_service.erase import destroy_ended_keys, keys_of
from notification_service.keys import Contact, Keys
from notification_service.rules import Role, State

INBOX_NOTICES_MAX = 200
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
}

OFFICE = may("secretariat", "operator")
Asking = Annotated[Who, OFFICE]
Visiting = Annotated[Who, may("secretariat", "operator", kind=MayVisit)]

router = APIRouter(tags=["notification"], route_class=Route)

NoticeId = Annotated[str, Path(max_length=100, pattern=PRINTABLE)]


def _email(address: str) -> str:
    return rules.mailbox("", address).addr_spec


class ContactOrder(BaseModel):
    """Where a party is reached. The address stays in this store, sealed; it is never on the log."""

    model_config = ConfigDict(extra="forbid")

    role: Role
    name: Title
    email: Annotated[str, Field(max_length=254), AfterValidator(_email)]


class Forgetting(BaseModel):
    """Which office has a contact erased, and on what ground; both are on the log for ever."""

    model_config = ConfigDict(extra="forbid")

    by: Office
    reason: Reason


class Notice(BaseModel):
    """One message to one recipient; `email` is where the party is reached now.

    It is null when no address is known, also because it was `erased`.
    """

    notice: str
    edition: EditionId
    party: Token
    role: Role
    kind: str
    email: str | None
    erased: bool
    subject: str
    state: State
    tries: int
    reason: str | None


class NoticeWhole(Notice):
    """A notice with its text."""

    text: str


@router.put("/editions/{edition}/contacts/{party}", dependencies=[OFFICE])
async def put_contact(
    edition: EditionId, party: Token, contact: ContactOrder, desk: AtDesk
) -> Receipt:
    """Keep where an agency, a juror or the secretariat is reached.

    Notices that waited for an address go out at once; those that failed are tried again.
    """
    # A process that takes nothing now must not make keys.
    await desk.read(lambda store: store.position)
    keys, role = keys_of(desk.here), contact.role
    reached = Contact(name=contact.name, email=contact.email)

    def sealed() -> tuple[str, bytes]:
        key = keys.make()
        return key, keys.seal(key, reached, edition, party, role)

    key, words = await asyncio.to_thread(sealed)
    receipt = await desk.run(
        lambda store: handlers.put_contact(store, edition, party, role, key=key, sealed=words)
    )
    await destroy_ended_keys(desk.here)
    return receipt


@router.post("/editions/{edition}/contacts/{party}/forgetting", dependencies=[may("operator")])
async def forget_contact(
    edition: EditionId, party: Token, order: Forgetting, desk: AtDesk
) -> Receipt:
    """Erase where a party is reached, for good: also in every copy of the store.

    What was to be sent there is given up. The same again changes nothing.
    """
    by, reason = order.by, order.reason
    receipt = await desk.run(lambda store: handlers.forget(store, edition, party, by, reason))
    await destroy_ended_keys(desk.here)
    return receipt


@router.get("/notices")
async def list_notices(
    desk: AtDesk,
    who: Asking,
    *,
    edition: EditionId | None = None,
    party: Token | None = None,
    state: State | None = None,
    limit: Annotated[int | None, Query(ge=1)] = None,
) -> list[Notice]:
    """Notices, newest first; at most `limit` of them."""
    if edition:
        who.must_be_of(edition)
    edition = edition or who.only_edition
    only = {"edition": edition, "party": party, "state": state}

    def ask(store: Any) -> list[Notice]:
        keys = keys_of(desk.here)
        return [Notice(**_seen(row, keys)) for row in store.notices(limit=limit, **only)]

    found: list[Notice] = await desk.read(ask)
    return found


@router.get("/notices/{notice}")
async def show_notice(notice: NoticeId, desk: AtDesk, who: Asking) -> NoticeWhole:
    """One notice with its text."""
    row = await _found(notice, desk, who)
    return NoticeWhole(**_seen(row, keys_of(desk.here)), text=row.body)


@router.get("/", response_class=HTMLResponse, responses=ENTERED)
async def show_inbox(desk: AtDesk, who: Visiting, party: Token | None = None) -> HTMLResponse:
    """The newest notices as a page, of one party or of all."""
    only = {"edition": who.only_edition, "party": party}

    def ask(store: Any) -> str:
        newest = store.notices(limit=INBOX_NOTICES_MAX, **only)
        return pages.inbox(newest, store.count(**only), party)

    return HTMLResponse(await desk.read(ask), headers=PAGE_HEADERS)


@router.get("/mails/{notice}", response_class=HTMLResponse, responses=ENTERED)
async def show_mail(notice: NoticeId, desk: AtDesk, who: Visiting) -> HTMLResponse:
    """One mail as a page."""
    row = await _found(notice, desk, who)
    contact = keys_of(desk.here).contact_of(row)
    return HTMLResponse(pages.mail(row, contact), headers=PAGE_HEADERS)


async def _found(notice: str, desk: AtDesk, who: Who) -> Any:
    row = await desk.read(lambda store: store.notice(notice))
    if row is None:
        raise NotFound("no_such_notice", f"there is no notice '{notice}'; GET /notices lists all")
    who.must_be_of(row.edition)
    return row


def _seen(row: Any, keys: Keys) -> dict[str, Any]:
    contact, known = keys.contact_of(row), row.sealed is not None
    why = rules.why_waiting(
        row.state, row.party, known=known, forgotten=row.forgotten, held_by=row.held_by
    )
    return {
        **{name: getattr(row, name) for name in Notice.model_fields if name in row._fields},
        "email": contact and contact.email,
        "erased": row.forgotten and not known,
        "reason": why or row.reason,
    }
