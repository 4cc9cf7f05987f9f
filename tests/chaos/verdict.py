"""What is wrong with what was found: every promise of docs/reliability.md that the drill checks."""

from collections.abc import Iterator, Set
from itertools import zip_longest

from tests.chaos.edition import Expected
from tests.chaos.evidence import Found, OnLog, twice

SHOWN = 5


def wrong(edition: str, expected: Expected, found: Found, acknowledged: Set[str]) -> list[str]:
    """Every broken promise in a line; empty when all are kept."""
    return [
        *_standings(edition, expected, found),
        *_parked(found),
        *_sheets(expected, found),
        *_log(found, acknowledged),
        *_public(found),
        *_outboxes(found),
        *_notices(expected, found),
        *(f"audit verify: {each}" for each in found.findings[:SHOWN]),
    ]


def _standings(edition: str, expected: Expected, found: Found) -> Iterator[str]:
    digest = expected.digest(edition, found.rulebook)
    if found.digest != digest:
        yield f"the standings' digest is {found.digest}; by the rules it is {digest}"


def _parked(found: Found) -> Iterator[str]:
    for service, count in found.parked.items():
        if count:
            yield f"{service} has parked {count} messages"
    said = [each for each in found.log if each.type.startswith("message.parked.")]
    if said:
        yield f"messages were parked on the way: {_some([each.body for each in said])}"


def _sheets(expected: Expected, found: Found) -> Iterator[str]:
    said = [_version(each) for each in found.log if each.type.startswith("sheet.")]
    yield from _differ("sheets on the log", expected.versions, set(said))
    if doubled := twice(said):
        yield f"sheets are on the log more than once: {_some(doubled)}"
    last: dict[tuple[str, str], int] = {}
    for proposal, juror, version in expected.versions:
        last[proposal, juror] = max(version, last.get((proposal, juror), 0))
    standing = {(*key, version) for key, version in last.items()}
    yield from _differ("sheets that ranking keeps", standing, set(found.kept_sheets))
    yield from _differ("sheets counted", set(expected.counted.items()), set(found.counted.items()))


def _version(event: OnLog) -> tuple[str, str, int]:
    return event.body["proposal"], event.body["juror"], event.body["version"]


def _log(found: Found, acknowledged: Set[str]) -> Iterator[str]:
    positions = [each.position for each in found.log]
    if positions != list(range(1, found.last_position + 1)):
        yield f"the log has a hole: {len(positions)} events up to position {found.last_position}"
    ids = [each.id for each in found.log]
    if doubled := twice(ids):
        yield f"events are on the log more than once: {_some(doubled)}"
    if lost := acknowledged - set(ids):
        yield f"{len(lost)} events were acknowledged and are not on the log: {_some(lost)}"


def _public(found: Found) -> Iterator[str]:
    due = [(each.position, each.id) for each in found.log if each.is_public]
    if found.public != due:
        pairs = zip_longest(due, found.public)
        number = next(at for at, (right, shown) in enumerate(pairs, 1) if right != shown)
        yield (
            f"the public stream shows {len(found.public)} events of {len(due)}, and another one"
            f" at number {number}"
        )


def _outboxes(found: Found) -> Iterator[str]:
    on_log = {each.id: each.position for each in found.log}
    books: dict[str, int | None] = {}
    for service, outbox in found.outboxes.items():
        waiting = [each for each, position in outbox.items() if position is None]
        if waiting:
            yield f"{service} did not publish {len(waiting)} events: {_some(waiting)}"
        books |= outbox
    yield from _differ("places in the outboxes", set(on_log.items()), set(books.items()))


def _notices(expected: Expected, found: Found) -> Iterator[str]:
    ids = {each["id"] for each in found.mails}
    if len(ids) != expected.notices:
        yield f"{len(ids)} different mails went out; {expected.notices} notices were due"
    if found.delivered != expected.notices:
        yield f"{found.delivered} notices are held as delivered, of {expected.notices}"
    said = {(each["id"], each["said"]) for each in found.mails}
    # A copy has the same words under the same Message-ID; anything else is a second mail.
    if len(said) != len(ids) or len({words for _, words in said}) != len(ids):
        yield "a mail went out twice under different Message-IDs, or with different words"
    noted = [each.body["notice"] for each in found.log if each.type.startswith("notice.delivered.")]
    if doubled := twice(noted):
        yield f"notices were recorded as delivered more than once: {_some(doubled)}"
    yield from _differ("notices on the log", {_notice(each) for each in ids}, set(noted))


def _notice(message_id: str) -> str:
    return message_id.strip("<>").partition("@")[0]


def _differ(what: str, expected: Set[object], found: Set[object]) -> Iterator[str]:
    if missing := expected - found:
        yield f"{what}: {len(missing)} are missing: {_some(missing)}"
    if foreign := found - expected:
        yield f"{what}: {len(foreign)} should not be there: {_some(foreign)}"


def _some(things: object) -> str:
    ordered = sorted(things, key=str)  # type: ignore[call-overload] # any collection
    return ", ".join(map(str, ordered[:SHOWN]))
