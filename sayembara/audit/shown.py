"""What a log's auditor shows to everybody, asked over HTTP."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Self

import httpx

from sayembara.audit.note import Checkpoint, NoteError, text_of
from sayembara.trouble import Trouble


class Away(Trouble):
    """The log does not answer: it may later."""


@dataclass(frozen=True)
class Seen:
    """A checkpoint with the note that says it, whose signatures are not looked at."""

    checkpoint: Checkpoint
    note: str

    @classmethod
    def of(cls, note: str) -> Self:
        """The checkpoint in this note; Trouble when it is none."""
        try:
            return cls(Checkpoint.of(text_of(note)), note)
        except NoteError as error:
            raise Trouble(f"the log shows what is no checkpoint: {error}") from None


class Log:
    """The log that is watched, asked at its auditor's address."""

    def __init__(self, url: str, client: httpx.Client) -> None:
        self.url = url.rstrip("/")
        self._client = client

    def key(self) -> str:
        """The key that it shows."""
        return str(self._ask("/key")["key"])

    def after(self, size: int) -> Iterator[Seen]:
        """Its checkpoints of more messages than that, the oldest first."""
        while page := self._ask("/checkpoints", after=size):
            for each in page:
                seen = Seen.of(str(each["note"]))
                if seen.checkpoint.size <= size:
                    raise Trouble(f"{self.url} does not list its checkpoints in order")
                size = seen.checkpoint.size
                yield seen

    def newest(self) -> Seen | None:
        """Its newest checkpoint; None before the first."""
        answer = self._get("/checkpoint")
        if answer.status_code == httpx.codes.NOT_FOUND:
            return None
        return Seen.of(_good(answer).text)

    def proof(self, old: int, size: int) -> list[str]:
        """The proof that it has only grown from one size to the other."""
        found: list[str] = self._ask("/proofs/consistency", **{"from": old, "to": size})["proof"]
        return found

    def hand_in(self, size: int, line: str) -> bool:
        """Give it a countersignature; whether it takes it."""
        answer = self._send("POST", f"/checkpoints/{size}/cosignatures", json={"lines": line})
        return answer.is_success

    def _ask(self, path: str, **query: int) -> Any:
        try:
            return _good(self._get(path, **query)).json()
        except ValueError as error:
            raise Trouble(f"{self.url}{path} answers what is no JSON: {error}") from None

    def _get(self, path: str, **query: int) -> httpx.Response:
        return self._send("GET", path, params=query)

    def _send(self, method: str, path: str, **sent: Any) -> httpx.Response:
        try:
            return self._client.request(method, self.url + path, **sent)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            text = f"{self.url} does not answer ({type(error).__name__}: {error})"
            raise Away(text) from None


def _good(answer: httpx.Response) -> httpx.Response:
    if answer.is_success:
        return answer
    raise Trouble(f"{answer.request.url} answers {answer.status_code}: {answer.text[:200]}")
