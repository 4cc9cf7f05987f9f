"""What stands for a message in the tree, and what does not."""

from dataclasses import dataclass, field, replace
from hashlib import sha256

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from sayembara.audit.leaf import Stored, leaf_facts, leaf_hash, written

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


@dataclass(frozen=True)
class Message:
    position: int = 7
    subject: str = "sayembara.evaluation.e.sheet.p.submitted"
    headers: dict[str, str] = field(
        default_factory=lambda: {"ce-id": "1", "content-type": "application/json"}
    )
    body: bytes = b'{"edition":"e"}'


def with_header(name: str, value: str = "x") -> Message:
    return replace(Message(), headers={**Message().headers, name: value})


def test_the_leaf_is_the_hash_of_the_canonical_form_behind_a_zero() -> None:
    form = (
        b'{"headers":{"ce-id":"1","content-type":"application/json"},"position":7,'
        b'"sha256":"%s","subject":"sayembara.evaluation.e.sheet.p.submitted"}'
    ) % sha256(b'{"edition":"e"}').hexdigest().encode()
    assert written(Message()).encode() == form
    assert leaf_hash(Message()) == sha256(b"\x00" + form).digest()


@pytest.mark.parametrize(
    "changed",
    [
        replace(Message(), position=8),
        replace(Message(), subject="sayembara.evaluation.e.sheet.q.submitted"),
        replace(Message(), body=b'{"edition": "e"}'),
        with_header("ce-id", "2"),
        with_header("ce-time"),
        with_header("Content-Type"),
        replace(Message(), headers={"ce-id": "1"}),
    ],
)
def test_whatever_says_what_the_message_is_changes_the_leaf(changed: Stored) -> None:
    assert leaf_hash(changed) != leaf_hash(Message())


@pytest.mark.parametrize(
    "name", ["Nats-Msg-Id", "Nats-Expected-Stream", "traceparent", "Sayembara-Outbox"]
)
def test_what_the_server_the_relay_and_the_trace_add_does_not(name: str) -> None:
    assert leaf_hash(with_header(name)) == leaf_hash(Message())


NAMES = st.sampled_from(["Ce-A", "content-type", "x"]) | st.text("abc-DE").map("ce-{}".format)


@given(st.integers(1, 2**53 - 1), TEXT, st.dictionaries(NAMES, TEXT), st.binary())
def test_the_canonical_form_is_that_of_rfc_8785(
    position: int, subject: str, headers: dict[str, str], body: bytes
) -> None:
    message = Message(position, subject, headers, body)
    facts = leaf_facts(message)
    assert facts["headers"] == {name: headers[name] for name in headers if name != "x"}
    assert written(message).encode() == rfc8785.dumps(facts)
