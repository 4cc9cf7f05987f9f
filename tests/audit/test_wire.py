"""The log read by hand: the same messages as nats-py reads, from a real server."""

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import nats
import pytest
from contracts.envelope import encode
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from kit.heard import Heard
from kit.log import Log

from sayembara.audit import frames
from sayembara.audit.frames import heard, read_frames
from sayembara.audit.reading import read
from sayembara.audit.sheets import sheet_of
from sayembara.audit.wire import Found, Frame, Look, Lost, Wire, beside, position_of
from sayembara.trouble import Trouble
from tests.bench import world
from tests.support.nats import NatsServer
from tests.support.waiting import until

SUBJECTS = (f"sayembara.*.{world.EDITION}.>",)
PROPOSALS = 40


@asynccontextmanager
async def log_at(server: NatsServer, **options: Any) -> AsyncIterator[Log]:
    client = await nats.connect(server.url, allow_reconnect=False, **options)
    log = Log(client)
    await log.apply_stream()
    await world.put_on_log(log, [world.opened(), *world.admitted(PROPOSALS)])
    yield log
    await client.close()


async def by_hand(log: Log, last: int, look: Look = lambda *_: None) -> list[Frame | Found]:
    async with beside(log.client, look) as wire:
        assert wire is not None
        return [
            each
            async for found in read_frames(log, wire, world.EDITION, last=last)
            for each in found
        ]


@pytest.mark.parametrize("together", [3, 10_000])
async def test_every_message_is_read_as_nats_py_reads_it(
    nats_server: NatsServer, together: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "TOGETHER", together)
    async with log_at(nats_server) as log:
        theirs = [each async for batch in read(log, SUBJECTS) for each in batch]
        ours = [heard(each) for each in await by_hand(log, PROPOSALS + 1)]

    assert len(ours) == PROPOSALS + 1
    for one, other in zip(ours, theirs, strict=True):
        assert (one.position, one.subject, one.body) == (other.position, other.subject, other.body)
        assert one.headers == other.headers


async def test_sheets_that_are_known_by_their_looks_are_the_same_messages(
    nats_server: NatsServer,
) -> None:
    async with log_at(nats_server) as log:
        last = await world.put_on_log(log, world.sheets(PROPOSALS, 2))
        theirs = [each async for batch in read(log, SUBJECTS) for each in batch]
        ours = await by_hand(log, last, sheet_of(world.EDITION))

    assert sum(not isinstance(each, tuple) for each in ours) == 2 * PROPOSALS
    assert [heard(each) for each in ours] == [
        Heard(each.position, each.subject, each.headers, each.body) for each in theirs
    ]


async def test_a_message_ends_where_the_server_says_whatever_is_in_it(
    nats_server: NatsServer,
) -> None:
    # Its headers, with an empty line in them, and its body look like a sheet and one more.
    sheet = next(world.sheets(1, 1))
    body = encode(sheet)
    async with log_at(nats_server) as log, beside(log.client) as wire:
        assert wire is not None
        for begins in (0, 7):
            lines = (f"{name}: {value}\r\n" for name, value in world.headers(sheet).items())
            head = f"NATS/1.0\r\n{''.join(lines)}\r\n".encode()
            sizes = f"{len(head) + begins} {len(head) + len(body)}"
            await wire.send(f"HPUB {sheet.subject()} {sizes}\r\n{(head + body).decode()}\r\n")
        await until(partial(_has, log, PROPOSALS + 3), "both are on the log")
        *_, usual, other = await by_hand(log, PROPOSALS + 3, sheet_of(world.EDITION))

    assert not isinstance(usual, tuple)
    assert isinstance(other, tuple)
    assert other[3] == body[7:]


async def _has(log: Log, messages: int) -> bool:
    return await log.last_position() == messages


@pytest.mark.parametrize("others", [3, 3 * PROPOSALS])
async def test_another_edition_is_left_out_whether_it_is_most_of_the_log_or_not(
    nats_server: NatsServer, others: int
) -> None:
    async with log_at(nats_server) as log:
        for _ in range(others):
            await log.client.jetstream().publish("sayembara.submission.other.x.y.z", b"{}")
        subject = f"sayembara.ranking.{world.EDITION}.stage.meja.ranked"
        last = (await log.client.jetstream().publish(subject, b"{}")).seq
        await log.client.jetstream().publish("sayembara.submission.other.x.y.z", b"{}")

        found = [position_of(each) for each in await by_hand(log, last + 1)]
        assert await frames.subjects_of(log, world.EDITION) == (() if others == 3 else SUBJECTS)

    assert found == [*range(1, PROPOSALS + 2), last]


async def test_a_message_without_headers_is_read_too(nats_server: NatsServer) -> None:
    subject = f"sayembara.ranking.{world.EDITION}.stage.meja.ranked"
    async with log_at(nats_server) as log:
        await log.client.jetstream().publish(subject, b"{}")
        *_, last = await by_hand(log, PROPOSALS + 2)
    assert isinstance(last, tuple)
    assert (position_of(last), *last[1:]) == (PROPOSALS + 2, subject.encode(), b"", b"{}")
    assert heard(last) == Heard(PROPOSALS + 2, subject, {}, b"{}")


async def test_reading_ends_where_it_is_told_to(nats_server: NatsServer) -> None:
    async with log_at(nats_server) as log:
        assert [position_of(each) for each in await by_hand(log, 7)] == list(range(1, 8))


async def test_nothing_is_left_on_the_server(nats_server: NatsServer) -> None:
    async with log_at(nats_server) as log:
        await by_hand(log, PROPOSALS + 1)
        assert (await log.api("STREAM.INFO.SAYEMBARA"))["state"]["consumer_count"] == 0


async def test_what_a_request_still_asked_for_is_asked_again(
    nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "TOGETHER", 3)
    # Requests end at once, so that the server says what it will not send.
    monkeypatch.setattr(frames, "EXPIRES_NANOSECONDS", 1_000_000)
    async with log_at(nats_server) as log:
        assert len(await by_hand(log, PROPOSALS + 1)) == PROPOSALS + 1


async def test_a_password_is_given(tmp_path: Path) -> None:
    who = {"user": "admin", "password": "rahasia"}
    only = 'authorization { user: admin, password: "rahasia" }'
    async with running(tmp_path, only) as server, log_at(server, **who) as log:
        assert len(await by_hand(log, PROPOSALS + 1)) == PROPOSALS + 1


async def test_a_token_is_left_to_nats_py(tmp_path: Path) -> None:
    only = 'authorization { token: "rahasia" }'
    async with (
        running(tmp_path, only) as server,
        log_at(server, token="rahasia") as log,
        beside(log.client) as wire,
    ):
        assert wire is None


async def test_an_encrypted_connection_is_left_to_nats_py(tmp_path: Path) -> None:
    key, certificate = certified(tmp_path)
    async with running(tmp_path, f'tls {{ cert_file: "{certificate}", key_file: "{key}" }}') as at:
        trusting = ssl.create_default_context(cafile=certificate)
        async with log_at(at, tls=trusting) as log, beside(log.client) as wire:
            assert wire is None


async def test_a_server_that_goes_away_is_told(
    nats_server: NatsServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frames, "TOGETHER", 3)
    async with log_at(nats_server) as log, beside(log.client) as wire:
        assert wire is not None
        reading = read_frames(log, wire, world.EDITION, last=PROPOSALS + 1)
        await anext(reading)
        nats_server.kill()
        with pytest.raises(Trouble, match=r"the log stopped after position \d+, and more is on it"):
            await _to_the_end(reading)


async def _to_the_end(reading: AsyncIterator[list[Frame | Found]]) -> None:
    async for _ in reading:
        pass


async def test_a_delivery_that_is_missing_is_noticed(nats_server: NatsServer) -> None:
    async with log_at(nats_server) as log, beside(log.client) as wire:
        assert wire is not None
        wire.delivered = 1
        with pytest.raises(Trouble, match="did not come"):
            await _to_the_end(read_frames(log, wire, world.EDITION, last=3))


async def test_what_the_server_refuses_is_told(nats_server: NatsServer) -> None:
    async with log_at(nats_server) as log, beside(log.client) as wire:
        assert isinstance(wire, Wire)
        await wire.send("NONSENSE\r\n")
        with pytest.raises(Lost, match="Unknown Protocol Operation"):
            await wire.messages()


@asynccontextmanager
async def running(folder: Path, more: str) -> AsyncIterator[NatsServer]:
    server = NatsServer(folder)
    server.config.write_text(f"{server.config.read_text()}\n{more}\n")
    server.start()
    try:
        yield server
    finally:
        server.stop()


def certified(folder: Path) -> tuple[Path, Path]:
    """A key, and a certificate of its own for this machine."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1))
    builder = builder.not_valid_after(now + timedelta(days=1)).add_extension(here, critical=False)
    pem, private = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    written = folder / "key.pem", folder / "certificate.pem"
    written[0].write_bytes(key.private_bytes(pem, private, serialization.NoEncryption()))
    written[1].write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(pem))
    return written
