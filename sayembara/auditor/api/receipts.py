"""Receipts: for every event the proof that it is on the log, and a page that checks it."""

import io
from pathlib import Path as File
from typing import Annotated, Any

import segno
from contracts.freezing import held_by
from contracts.ids import EditionId, StageId
from contracts.outcomes import NotFound, Refused
from fastapi import APIRouter, Path, Response
from fastapi.responses import HTMLResponse
from kit.access import PUBLIC, Route
from kit.heard import Heard
from kit.http import AtDesk, Here
from kit.stored import message_at

from sayembara.audit.bundle import bare_receipt
from sayembara.audit.checkpoints import Kept
from sayembara.audit.leaf import leaf_hash
from sayembara.auditor.settings import settings_of
from sayembara.auditor.signing import signer
from sayembara.auditor.store import AuditorStore

PAGE = (File(__file__).parent / "receipt.html").read_text("utf-8")
QR_PLACE = "<!-- the QR code -->"
PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; connect-src 'self'; img-src data:; "
    "style-src 'unsafe-inline'; script-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}

router = APIRouter(tags=["auditor"], route_class=Route)

EventId = Annotated[str, Path(pattern=r"^[0-9A-Za-z-]{1,64}$")]


@router.get("/receipts/{event}", dependencies=[PUBLIC])
async def show_receipt(event: EventId, desk: AtDesk, here: Here) -> dict[str, Any]:
    """The proof that this event is on the log: all but its content, which its holder has."""
    position = await desk.read(lambda store: store.position_of(event))
    if position is None:
        raise _not_yet(event)
    assert here.log is not None  # whoever answers questions has it
    message = await message_at(here.log, position)
    if message is None:
        raise _changed(position)

    edition, stages = _held_by(message)

    def ask(store: AuditorStore) -> dict[str, Any]:
        if store.is_any_frozen(edition, stages):
            raise _not_yet(event)
        signed, tree = _signed_over(store, position), store.tree()
        if leaf_hash(message) != tree.leaf(position - 1):
            raise _changed(position)
        key = signer(here).verifier
        return bare_receipt(message, tree, signed, key)

    found: dict[str, Any] = await desk.read(ask)
    return found


@router.get("/receipts/{event}/page", dependencies=[PUBLIC], response_class=HTMLResponse)
async def show_page(event: EventId, here: Here) -> Response:
    """The receipt as a page that checks it in the browser, with the QR code of its address."""
    address = f"{settings_of(here).public_url.rstrip('/')}/receipts/{event}/page"
    return HTMLResponse(PAGE.replace(QR_PLACE, _qr(address)), headers=PAGE_HEADERS)


@router.get("/receipts", dependencies=[PUBLIC], response_class=HTMLResponse)
async def show_checking() -> Response:
    """The page that checks a receipt that somebody holds: as a file, or by its address."""
    return HTMLResponse(PAGE, headers=PAGE_HEADERS)


def _qr(address: str) -> str:
    drawn = io.BytesIO()
    code = segno.make(address, micro=False)
    code.save(drawn, kind="svg", xmldecl=False, svgclass="qr", scale=4, dark="#000", light="#fff")
    return drawn.getvalue().decode()


def _signed_over(store: AuditorStore, position: int) -> Kept:
    newest = store.newest()
    if newest is None or newest.checkpoint.size < position:
        text = f"position {position} is heard and not signed yet: come back in a minute"
        raise NotFound("not_signed_yet", text)
    return newest


def _held_by(message: Heard) -> tuple[EditionId, tuple[StageId, ...]]:
    """The stages that hold the event back while they are frozen, and whose they are."""
    try:
        event = message.event
    except Refused:
        return message.edition, ()  # whoever said it, it is nothing that ranking holds back
    return event.edition, held_by(event)


def _not_yet(event: str) -> NotFound:
    # The same of an event that is not there and of one that is held back: a difference would tell.
    text = f"the event {event} is not on the log: look at its id, or come back in a moment"
    return NotFound("not_on_the_log", text)


def _changed(position: int) -> Refused:
    text = f"the log does not hold at position {position} what the auditor heard there"
    return Refused("log_changed", f"{text}: it was tampered with")
