"""Takes the webhooks of Sayembara, each event once: `python3 webhook.py SECRET_FILE PORT`.

Needs nothing but Python. The file has the secret (`whsec_...`), or one a line while you change it.
What an event means for you goes into `effect`. Put a server that speaks HTTPS before it.
"""

import base64
import hmac
import json
import os
import sqlite3
import sys
import time
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

KNOWN = {"proposal.awarded.v1", "stage.ranked.v1"}
"""The types that `effect` understands."""
TOO_OLD_SECONDS = 300
LARGEST_BYTES = 2_000_000
TABLES = """
CREATE TABLE IF NOT EXISTS taken (id TEXT PRIMARY KEY, position INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS facts (type TEXT, edition TEXT, position INTEGER, data TEXT);
"""


def effect(store: sqlite3.Connection, event: dict[str, Any]) -> None:
    """What the event means for you: write it with `store`, and nothing is ever done twice."""
    data = event["data"]
    row = (event["type"], data["edition"], event["position"], json.dumps(data))
    store.execute("INSERT INTO facts VALUES (?, ?, ?, ?)", row)


def is_signed(secrets: list[bytes], headers: Any, body: bytes) -> bool:
    """Whether the message is from Sayembara, unchanged, and not of long ago."""
    message, moment = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    if not moment.isdecimal() or abs(time.time() - int(moment)) > TOO_OLD_SECONDS:
        return False
    signed = f"{message}.{moment}.".encode() + body
    right = [b"v1," + base64.b64encode(hmac.digest(each, signed, sha256)) for each in secrets]
    shown = headers.get("webhook-signature", "").encode().split()
    return any(hmac.compare_digest(mine, theirs) for mine in right for theirs in shown)


def take(store: sqlite3.Connection, event: dict[str, Any]) -> bool:
    """Have the effect and note the id, both or neither; False when it was taken before."""
    with store:  # one transaction
        known = "INSERT OR IGNORE INTO taken VALUES (?, ?)"
        if store.execute(known, (event["id"], event["position"])).rowcount == 0:
            return False
        effect(store, event)
    return True


class Receiver(BaseHTTPRequestHandler):
    """One message after the other."""

    timeout = 10
    store: sqlite3.Connection
    secrets: list[bytes]

    def do_POST(self) -> None:
        """Answer 204 to what is safely kept or not for us, and 4xx to what is not signed."""
        length = int(self.headers.get("content-length") or 0)
        body = self.rfile.read(length) if length <= LARGEST_BYTES else b""
        if not is_signed(self.secrets, self.headers, body):
            return self.answer(401, b"not signed by Sayembara, or of long ago\n")
        event = json.loads(body)  # more fields than you know are no error
        if event["type"] not in KNOWN:
            print("webhook: not understood, passed over:", event["type"], file=sys.stderr)
        elif take(self.store, event):
            told = {name: event[name] for name in ("id", "type", "position")}
            print(json.dumps({**told, "edition": event["data"]["edition"]}), flush=True)
        return self.answer(204)

    def do_GET(self) -> None:
        """The ids of all that was taken: while it is checked only, see docs/consumers.md."""
        if os.environ.get("SAYEMBARA_CHECK") != "1":
            return self.answer(404)
        ids = [row[0] for row in self.store.execute("SELECT id FROM taken ORDER BY rowid")]
        return self.answer(200, json.dumps(ids).encode())

    def answer(self, status: int, body: bytes = b"") -> None:
        """Send the answer. An error before it answers nothing: the event comes again."""
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit("webhook: say: python3 webhook.py SECRET_FILE PORT")
    lines = Path(sys.argv[1]).read_text("ascii").split()
    if not lines or not all(each.startswith("whsec_") and each[6:] for each in lines):
        sys.exit(
            f"webhook: {sys.argv[1]} holds no secret; it begins with whsec_, and the operator was"
            " shown it once"
        )
    Receiver.secrets = [base64.b64decode(each.removeprefix("whsec_")) for each in lines]
    Receiver.store = sqlite3.connect(Path(__file__).with_name("webhook.sqlite3"))
    Receiver.store.executescript(TABLES)
    HTTPServer(("127.0.0.1", int(sys.argv[2])), Receiver).serve_forever()
