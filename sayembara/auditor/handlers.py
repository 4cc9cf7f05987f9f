"""What the auditor does with what it hears, and with what it is asked."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta

from contracts.auditor import CheckpointSigned
from contracts.event import Event
from contracts.freezing import StandingsFrozen, StandingsUnfrozen
from contracts.operations import NO_EDITION
from contracts.outcomes import NotFound, Refused
from contracts.ranking import ResultsAnnounced, StageRanked
from contracts.stream import own_subjects
from kit.heard import Heard

from sayembara.audit.leaf import leaf_hash
from sayembara.audit.note import Checkpoint, NoteError, Signer, Verifier, cosigned_by, sign
from sayembara.auditor.store import AuditorStore, Progress

OWN = own_subjects(CheckpointSigned.source).removesuffix(">") + f"{NO_EDITION}.checkpoint."
"""How the subjects of its checkpoints begin: they are no traffic, or it would sign for ever."""
CLOSINGS = frozenset({StageRanked.type, ResultsAnnounced.type})
"""After these the log is signed at once."""
FREEZINGS = frozenset({StandingsFrozen.type, StandingsUnfrozen.type})


def hear(store: AuditorStore, messages: Sequence[Heard]) -> int:
    """Add each message to the tree as it is; where one is missing, nothing after it is taken."""
    known = store.progress()
    fitting = [each for at, each in enumerate(messages, known.size + 1) if each.position == at]
    grown = store.append(known, [leaf_hash(each) for each in fitting])
    store.keep_events((each.event_id, each.position) for each in fitting)
    for each in fitting:
        grown = _noted(store, grown, each)
    missing = grown.size + 1 if len(fitting) < len(messages) else 0
    store.keep_progress(replace(grown, missing=missing))
    return grown.size


def _noted(store: AuditorStore, known: Progress, message: Heard) -> Progress:
    if message.subject.startswith(OWN):
        _keep_own(store, message)
        return known
    if message.event_type in FREEZINGS:
        _keep_freezing(store, message)
    closing = message.position if message.event_type in CLOSINGS else known.closing
    return replace(known, traffic=message.position, closing=closing)


def _keep_own(store: AuditorStore, message: Heard) -> None:
    # It is kept already, unless this store was lost and is filled from the log again.
    with suppress(Refused, ValueError):
        if isinstance(message.event, CheckpointSigned):
            signed_at = datetime.fromisoformat(message.headers.get("ce-time", ""))
            store.keep_checkpoint(message.event.size, message.event.note, signed_at)


def _keep_freezing(store: AuditorStore, message: Heard) -> None:
    with suppress(Refused):
        match message.event:
            case StandingsFrozen() as event:
                store.freeze(event.edition, event.stage)
            case StandingsUnfrozen() as event:
                store.unfreeze(event.edition, event.stage)


def is_due(store: AuditorStore, period: timedelta) -> bool:
    """Whether a stage was closed since the last checkpoint, or something came and time is up."""
    known, newest = store.progress(), store.newest()
    if newest is None:
        return known.traffic > 0
    recent = newest.at <= store.now < newest.at + period
    size = newest.checkpoint.size
    return known.closing > size or (known.traffic > size and not recent)


def sign_now(store: AuditorStore, signer: Signer) -> Iterable[Event]:
    """Sign the log as far as it was heard; nothing when that is signed.

    Refused at a hole, and where what was signed before is of another tree or of another key.
    """
    known, newest = store.progress(), store.newest()
    if known.missing:
        raise Refused("message_missing", missing(known.missing))
    if newest is not None and not newest.is_signed_by(signer.verifier):
        text = f"{newest.checkpoint.size} messages were signed with another key than"
        raise Refused("other_key", f"{text} {signer.verifier}: nothing is signed with this one")
    tree = store.tree(known.size)
    if newest is not None and not newest.fits(tree):
        text = f"this store is not what was signed at {newest.checkpoint.size}: nothing is signed"
        raise Refused("store_changed", text)
    if known.size == (newest.checkpoint.size if newest else 0):
        return ()
    root = tree.root()
    note = sign(Checkpoint(signer.name, known.size, root).text(), signer)
    shown = b64encode(root).decode()
    return (CheckpointSigned(edition=NO_EDITION, size=known.size, root=shown, note=note),)


def missing(position: int) -> str:
    """What is said of a hole in the log."""
    return f"the log has no message at position {position}: nothing is signed any more"


def keep_signed(event: CheckpointSigned, store: AuditorStore) -> None:
    """Keep what was signed."""
    store.keep_checkpoint(event.size, event.note, store.now)


def countersign(store: AuditorStore, size: int, lines: str, witnesses: Iterable[Verifier]) -> None:
    """Keep a witness's line under the checkpoint of that size. Refused unless it is known."""
    kept = store.checkpoint(size)
    if kept is None:
        raise NotFound("no_such_checkpoint", f"no checkpoint of {size} messages is kept here")
    try:
        found = cosigned_by(kept.note, lines, witnesses)
    except NoteError as error:
        raise Refused("no_countersignature", str(error)) from None
    for witness, line in found.items():
        store.keep_cosignature(size, f"{witness.name}+{witness.key_id.hex()}", line)
