"""The official CloudEvents SDKs read our events, in both views, and the data fit their schemas."""

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cloudevents.core.bindings.http import HTTPMessage, from_http_event
from contracts.envelope import Envelope, decode, encode
from contracts.public import public_body, public_headers
from contracts.registry import BY_TYPE
from contracts.submission import ProposalWithdrawn
from jsonschema import Draft202012Validator
from notification_service.webhooks.sending import CONTENT_TYPE, structured

from sayembara.documents.schemas import public_schema, schema_of
from tests.audit.played import LUWU_UTARA, played
from tests.support.node import Node

READER = Path(__file__).parent / "cloudevents"
OURS = ("id", "source", "type", "subject")
CORRELATION = 'surat no. 5, 50% "penting" é'


@dataclass(frozen=True)
class Message:
    """As it is on NATS."""

    headers: Mapping[str, str]
    body: bytes
    public: bool

    @property
    def schema(self) -> dict[str, Any]:
        event = BY_TYPE[self.headers["ce-type"]]
        return public_schema(event) if self.public else schema_of(event)


@pytest.fixture(scope="module")
def messages() -> list[Message]:
    """Everything on the log of a played edition, its public view, and one that is hard to read."""
    logged = [Message(each.headers, each.body, public=False) for each in played(LUWU_UTARA)]
    shown = [
        Message(public_headers(each.headers, number), body, public=True)
        for number, each in enumerate(logged, 1)
        if (body := public_body(decode(each.headers["ce-type"], each.body))) is not None
    ]
    return [*logged, *shown, hard()]


def hard() -> Message:
    event = ProposalWithdrawn(edition="e", proposal="p", reason="tidak jadi")
    now = datetime(2026, 8, 17, 3, tzinfo=UTC)
    envelope = Envelope.around(
        event, id="one", time=now, correlation=CORRELATION, causation="another"
    )
    return Message(envelope.headers(), encode(event), public=False)


def webhook(position: int, message: Message) -> dict[str, Any]:
    body = structured(message.headers, position, message.body)
    return {"headers": {"content-type": CONTENT_TYPE}, "body": body.decode()}


def data_fit(message: Message, data: object) -> None:
    Draft202012Validator(message.schema).validate(data)
    assert data == json.loads(message.body)


def test_there_is_something_of_both_views_to_read(messages: list[Message]) -> None:
    assert {"proposal.awarded.v1", "stage.ranked.v1"} <= {
        each.headers["ce-type"] for each in messages if each.public
    }
    assert len(messages) > 100


def test_the_python_sdk_reads_them(messages: list[Message]) -> None:
    for message in messages:
        event = from_http_event(HTTPMessage(dict(message.headers), message.body))

        read = event.get_attributes()
        for name in OURS:
            assert read.get(name) == message.headers.get(f"ce-{name}")
        assert event.get_dataschema() == message.schema["$id"]
        assert event.get_time() == datetime.fromisoformat(message.headers["ce-time"])
        data_fit(message, event.get_data())
    assert event.get_extension("correlationid") == CORRELATION


def test_the_javascript_sdk_reads_them(messages: list[Message], node: Node, tmp_path: Path) -> None:
    folder = shutil.copytree(READER, tmp_path / "reader")
    node.install(folder)
    on_nats = [{"headers": dict(each.headers), "body": each.body.decode()} for each in messages]
    posted = [webhook(number, each) for number, each in enumerate(messages, 1)]
    lines = "\n".join(map(json.dumps, (*on_nats, *posted)))
    (folder / "events.jsonl").write_text(lines, encoding="utf-8")

    told = subprocess.run(
        [node.binary, "read.mjs", "events.jsonl"],
        cwd=folder,
        capture_output=True,
        check=False,
    )

    assert told.returncode == 0, told.stderr.decode()
    events = [json.loads(line) for line in told.stdout.splitlines()]
    for message, event in zip((*messages, *messages), events, strict=True):
        for name in OURS:
            assert event.get(name) == message.headers.get(f"ce-{name}")
        assert event["dataschema"] == message.schema["$id"]
        moment = datetime.fromisoformat(event["time"])
        said = datetime.fromisoformat(message.headers["ce-time"])
        assert abs(moment - said).total_seconds() < 0.001
        data_fit(message, event["data"])
    assert events[-1]["correlationid"] == CORRELATION
