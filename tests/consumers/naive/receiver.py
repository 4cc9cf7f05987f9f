"""A receiver of webhooks as it should not be: `python receiver.py SECRET_FILE PORT`.

It checks no signature, takes an event as often as it comes, and answers 500 to an unknown type.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer

TAKEN: list[str] = []


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        event = json.loads(body) if body else {"type": ""}
        if event["type"] != "proposal.awarded.v1":
            return self.answer(500)
        TAKEN.append(event["id"])
        return self.answer(204)

    def do_GET(self) -> None:
        self.answer(200, json.dumps(TAKEN).encode())

    def answer(self, status: int, body: bytes = b"") -> None:
        self.send_response(status)
        self.end_headers()
        self.wfile.write(body)


HTTPServer(("127.0.0.1", int(sys.argv[2])), Receiver).serve_forever()
