"""A mail server that only takes notes: one line per mail that it accepted.

It runs as a process of its own and is never killed, so what it noted is what was sent.
"""

import asyncio
import json
import sys
from email import message_from_bytes
from hashlib import sha256
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session


class Notes:
    """Takes every mail and notes its Message-ID and what else it says."""

    def __init__(self, path: Path) -> None:
        self.path = path

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's word
        mail = message_from_bytes(envelope.original_content or b"")
        said = f"{mail['To']} {mail['Subject']} {mail.get_payload()}"
        note = {"id": mail["Message-ID"], "said": sha256(said.encode()).hexdigest()}
        with self.path.open("a", encoding="utf-8") as notes:
            notes.write(f"{json.dumps(note)}\n")
        return "250 noted"


async def serve(port: int, path: Path) -> None:
    """Take mails on this port until the process is ended."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Notes(path)), "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    notes = Path(sys.argv[2])
    notes.touch()
    asyncio.run(serve(int(sys.argv[1]), notes))
