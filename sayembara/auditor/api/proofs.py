"""The signed checkpoints, the key to them, the proofs between them, and the leaves."""

from base64 import b64encode
from functools import partial
from typing import Annotated

from contracts.outcomes import Invalid, NotFound
from fastapi import APIRouter, Path, Query
from fastapi.responses import PlainTextResponse
from kit.access import PUBLIC, Route, may
from kit.http import AtDesk, Here
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from sayembara.audit.checkpoints import Kept
from sayembara.auditor import handlers
from sayembara.auditor.settings import settings_of
from sayembara.auditor.signing import signer
from sayembara.auditor.store import AuditorStore
from sayembara.lines import in_base64

POSITION_MAX = 2**63 - 1
PAGE = 1000
"""How many checkpoints are listed at a time."""
LEAVES = 8192
"""About how many leaves are."""

router = APIRouter(tags=["auditor"], route_class=Route)

Size = Annotated[int, Path(ge=1, le=POSITION_MAX)]
Count = Annotated[int, Query(ge=0, le=POSITION_MAX)]
Position = Annotated[int, Query(ge=1, le=POSITION_MAX)]


class SignedCheckpoint(BaseModel):
    """A checkpoint of the log: how many messages, the signed note, and when it was signed."""

    size: int
    note: str
    signed_at: AwareDatetime

    @classmethod
    def of(cls, kept: Kept) -> "SignedCheckpoint":
        """This checkpoint."""
        return cls(size=kept.checkpoint.size, note=kept.note, signed_at=kept.at)


class PublicKey(BaseModel):
    """The key that checkpoints are signed with: name+id+base64."""

    key: str


class Consistency(BaseModel):
    """The proof (RFC 6962, 2.1.2) that the log of `to` messages begins with that of `from`."""

    model_config = ConfigDict(populate_by_name=True, serialize_by_alias=True)

    first: int = Field(alias="from")
    to: int
    proof: list[str]


class Inclusion(BaseModel):
    """The proof (RFC 6962, 2.1.1) that the leaf of a message is among the first `size`."""

    position: int
    size: int
    leaf: str
    proof: list[str]


class Leaves(BaseModel):
    """The hashes of the leaves after the first `after`: 32 bytes each, one after another, base64.

    There are more where some are answered; none when all were.
    """

    after: int
    hashes: str


class Countersignature(BaseModel):
    """The lines that a witness adds to a note."""

    model_config = ConfigDict(extra="forbid")

    lines: Annotated[str, Field(min_length=1, max_length=4000)]


@router.get("/checkpoint", dependencies=[PUBLIC], response_class=PlainTextResponse)
async def show_newest(desk: AtDesk) -> PlainTextResponse:
    """The newest signed note, with the witnesses' signatures."""
    return PlainTextResponse((await desk.read(_newest)).note)


@router.post("/checkpoints", dependencies=[may("operator")])
async def sign_now(desk: AtDesk, here: Here) -> SignedCheckpoint:
    """Sign the log now, as far as it was heard; the newest checkpoint."""
    await desk.read(AuditorStore.progress)
    await desk.run(partial(handlers.sign_now, signer=signer(here)))
    return SignedCheckpoint.of(await desk.read(_newest))


@router.get("/checkpoints", dependencies=[PUBLIC])
async def list_checkpoints(desk: AtDesk, after: Count = 0) -> list[SignedCheckpoint]:
    """The checkpoints of more than `after` messages, the oldest first, at most 1000."""
    kept = await desk.read(lambda store: store.checkpoints(after, PAGE))
    return [SignedCheckpoint.of(each) for each in kept]


@router.get("/checkpoints/{size}", dependencies=[PUBLIC], response_class=PlainTextResponse)
async def show_checkpoint(size: Size, desk: AtDesk) -> PlainTextResponse:
    """The signed note over that many messages, with the witnesses' signatures."""
    kept = await desk.read(lambda store: store.checkpoint(size))
    if kept is None:
        raise NotFound("no_such_checkpoint", f"no checkpoint of {size} messages was signed")
    return PlainTextResponse(kept.note)


@router.post("/checkpoints/{size}/cosignatures", dependencies=[PUBLIC])
async def countersign(
    size: Size, body: Countersignature, desk: AtDesk, here: Here
) -> SignedCheckpoint:
    """Add the signature of a witness that the operator named; of others none is taken."""
    await desk.read(AuditorStore.progress)
    known = settings_of(here).witnesses
    await desk.run(partial(handlers.countersign, size=size, lines=body.lines, witnesses=known))
    return SignedCheckpoint.of(await desk.read(lambda store: store.checkpoint(size)))


@router.get("/key", dependencies=[PUBLIC])
async def show_key(desk: AtDesk, here: Here) -> PublicKey:
    """The public key of the checkpoints."""
    await desk.read(AuditorStore.progress)
    return PublicKey(key=str(signer(here).verifier))


@router.get("/proofs/consistency", dependencies=[PUBLIC])
async def prove_consistency(
    desk: AtDesk, first: Annotated[int, Query(alias="from", ge=0, le=POSITION_MAX)], to: Count
) -> Consistency:
    """The proof that the log has only grown between two sizes."""

    def ask(store: AuditorStore) -> list[bytes]:
        _check(store, first, to)
        return store.tree(to).consistency(first)

    return Consistency(first=first, to=to, proof=in_base64(await desk.read(ask)))


@router.get("/proofs/inclusion", dependencies=[PUBLIC])
async def prove_inclusion(desk: AtDesk, position: Position, size: Position) -> Inclusion:
    """The proof that the message at that position is among the first `size`."""

    def ask(store: AuditorStore) -> tuple[bytes, list[bytes]]:
        _check(store, position, size)
        tree = store.tree(size)
        return tree.leaf(position - 1), tree.inclusion(position - 1)

    leaf, proof = await desk.read(ask)
    (shown,) = in_base64([leaf])
    return Inclusion(position=position, size=size, leaf=shown, proof=in_base64(proof))


@router.get("/leaves", dependencies=[may("operator")])
async def list_leaves(desk: AtDesk, after: Count = 0) -> Leaves:
    """The leaf of every message as it was heard, some thousand at a time.

    Not for everybody: whoever can guess what a message says could make sure of it.
    """
    found = await desk.read(lambda store: store.leaves(after, LEAVES))
    return Leaves(after=after, hashes=b64encode(found).decode())


def _check(store: AuditorStore, first: int, last: int) -> None:
    heard = store.progress().size
    if not first <= last <= heard:
        text = f"there is a proof from one place to a later one, up to {heard}, the last one heard"
        raise Invalid("no_such_proof", f"{text}; {first} to {last} was asked for")


def _newest(store: AuditorStore) -> Kept:
    found = store.newest()
    if found is None:
        raise NotFound("nothing_signed", "nothing is signed yet: the log is empty, or new")
    return found
