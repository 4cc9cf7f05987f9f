"""The messages of the log as lines of text, and back on a log, each at its own position."""

import json
from base64 import b64decode
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from kit.heard import Heard
from kit.log import STREAM_MISSING, Log, LogError
from kit.outgoing import Outgoing

from sayembara.audit.reading import Logged
from sayembara.lines import body_as_text
from sayembara.trouble import Trouble

SERVERS_OWN = ("nats-batch-", "nats-expected-")
"""Headers that ask the server for something; they are not said again when a message is put back."""
MESSAGES = 500
"""How many are put on the log at once, all or none."""


def line(message: Logged) -> str:
    """One message as it is stored, and when the server took it."""
    facts = {
        "position": message.position,
        "subject": message.subject,
        "headers": dict(message.headers),
        **body_as_text(message.body),
        "stored_at": message.stored_at.isoformat(),
    }
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":")) + "\n"


def messages(lines: Iterable[str]) -> Iterator[Heard]:
    """The messages in these lines."""
    for each in map(json.loads, lines):
        body = b64decode(each["body64"]) if "body64" in each else each["body"].encode()
        yield Heard(each["position"], each["subject"], each["headers"], body)


async def end_of(log: Log) -> int:
    """The last position of the log; 0 where there is no log yet."""
    try:
        return await log.last_position()
    except LogError as error:
        if error.code == STREAM_MISSING:
            return 0
        raise


@dataclass(frozen=True)
class Putting:
    """Puts messages on a log that nobody else writes on; `tell` hears how far it has come."""

    log: Log
    tell: Callable[[int], None]

    async def put(self, those: Iterable[Heard]) -> int:
        """Put them at their positions, in order; Trouble when the log is not there any more.

        Gives how many there were.
        """
        coming, count = iter(those), 0
        while some := list(islice(coming, MESSAGES)):
            last = await self.log.put_back(list(map(_row, some)), some[0].position)
            if last != some[-1].position:
                text = f"message {some[-1].position} came to {last}: somebody else wrote on the log"
                raise Trouble(f"{text}; stop whoever it is, and look with `sayembara audit verify`")
            count += len(some)
            self.tell(last)
        return count


def _row(message: Heard) -> Outgoing:
    return Outgoing(message.position, message.subject, _said(message.headers), message.body)


def _said(headers: Mapping[str, str]) -> dict[str, str]:
    kept = headers.items()
    return {name: said for name, said in kept if not name.lower().startswith(SERVERS_OWN)}
