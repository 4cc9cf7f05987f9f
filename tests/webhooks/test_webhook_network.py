"""Nothing is sent to where it may not lead, whatever the URL or the DNS says (SSRF)."""

import asyncio
import ssl
import threading
from collections.abc import Sequence
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any

import httpcore
import pytest
from notification_service.settings import NotificationSettings
from notification_service.webhooks import network
from notification_service.webhooks.network import Guarded, Refused, is_allowed
from notification_service.webhooks.rules import Outcome
from notification_service.webhooks.sending import sender

from tests.webhooks.certificate import authority
from tests.webhooks.endpoint import endpoint, says

NOT_PUBLIC = Outcome(
    error="the endpoint leads to an address that is not public"
    " (SAYEMBARA_WEBHOOK_NETWORKS allows others)"
)
PRIVATE = {
    "this machine": "127.0.0.1",
    "all of this machine": "127.255.255.254",
    "this machine, IPv6": "::1",
    "unspecified": "0.0.0.0",
    "unspecified, IPv6": "::",
    "private, 10": "10.1.2.3",
    "private, 172.16": "172.31.255.255",
    "private, 192.168": "192.168.0.1",
    "unique local": "fd12:3456::1",
    "site-local": "fec0::1",
    "link-local": "169.254.1.1",
    "link-local, IPv6": "fe80::1",
    "link-local with a zone": "fe80::1%eth0",
    "a provider's own network": "100.64.0.1",
    "multicast": "224.0.0.1",
    "multicast, IPv6": "ff02::1",
    "reserved": "240.0.0.1",
    "broadcast": "255.255.255.255",
    "documentation": "192.0.2.1",
    "documentation, IPv6": "2001:db8::1",
    "newer documentation, IPv6": "3fff::1",
    "benchmarks": "198.18.0.1",
    "protocol assignments": "192.0.0.192",
    "6to4 relay": "192.88.99.1",
    "metadata of most clouds": "169.254.169.254",
    "metadata of AWS, IPv6": "fd00:ec2::254",
    "metadata of Alibaba": "100.100.100.200",
    "services of Azure": "168.63.129.16",
    "mapped IPv4": "::ffff:127.0.0.1",
    "mapped public IPv4": "::ffff:8.8.8.8",
    "compatible IPv4": "::127.0.0.1",
    "translated IPv4": "::ffff:0:127.0.0.1",
    "6to4": "2002:7f00:1::",
    "Teredo": "2001:0:53aa:64c::1",
    "NAT64": "64:ff9b::7f00:1",
    "NAT64, local": "64:ff9b:1::1",
    "discard only": "100::1",
}


class Names:
    """A resolver that knows one name; it gives the next answer each time, the last one for ever."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, int]] = []

    async def __call__(self, host: str, port: int) -> Sequence[str]:
        self.asked.append((host, port))
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def settings(*networks: str, ca_file: Path | None = None) -> NotificationSettings:
    allowed = tuple(map(ip_network, networks))
    return NotificationSettings(webhook_networks=allowed, webhook_ca_file=ca_file)


async def post(url: str, names: Names | None = None, *networks: str) -> Outcome:
    resolving = {"resolve": names} if names else {}
    async with sender(settings(*networks), **resolving) as sending:
        return await sending.post(url, "e1", ["whsec_AAAA"], b"{}")


@pytest.mark.parametrize("what", PRIVATE)
async def test_name_that_leads_inside_is_refused(what: str) -> None:
    names = Names([PRIVATE[what]])
    assert await post("https://dalam.example/hook", names) == NOT_PUBLIC
    assert names.asked == [("dalam.example", 443)], "it was asked once"


@pytest.mark.parametrize("address", ["8.8.8.8", "103.10.20.30", "2001:4860:4860::8888"])
def test_public_address_is_allowed(address: str) -> None:
    assert is_allowed(ip_address(address), ())


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "[::1]", "[::ffff:127.0.0.1]", "localhost", "2130706433", "0x7f000001",
     "127.1", "0"],
)  # fmt: skip
async def test_this_machine_is_refused_however_it_is_written(host: str) -> None:
    async with endpoint() as server:
        outcome = await post(f"http://{host}:{server.port}/")
        assert outcome.error in (NOT_PUBLIC.error, "the name of the endpoint is not found")
        assert server.connections == 0


async def test_name_with_one_address_inside_is_refused_whole() -> None:
    assert await post("https://dua.example/", Names(["8.8.8.8", "127.0.0.1"])) == NOT_PUBLIC


async def test_network_that_is_allowed_is_and_its_neighbours_are_not() -> None:
    async with endpoint() as server:
        url = f"http://intranet.example:{server.port}/"
        assert await post(url, Names(["127.0.0.1"]), "127.0.0.0/24") == Outcome(204)
        assert await post(url, Names(["127.0.1.1"]), "127.0.0.0/24") == NOT_PUBLIC
        assert await post(url, Names(["127.0.0.1", "10.0.0.1"]), "127.0.0.0/24") == NOT_PUBLIC


async def test_connection_goes_to_the_address_that_was_looked_at() -> None:
    """DNS rebinding: whatever the name leads to a moment later is not asked for."""
    names = Names(["127.0.0.1"], ["10.0.0.1"])
    async with endpoint() as server:
        url = f"http://berubah.example:{server.port}/"
        assert await post(url, names, "127.0.0.0/8") == Outcome(204)
        assert names.asked == [("berubah.example", server.port)]
        assert server.taken[0].headers["host"] == f"berubah.example:{server.port}"
        assert await post(url, names, "127.0.0.0/8") == NOT_PUBLIC, "a new connection asks anew"


async def test_address_that_does_not_answer_leaves_the_next_one() -> None:
    async with endpoint() as server:
        url = f"http://dua.example:{server.port}/"
        assert await post(url, Names(["127.9.9.9", "127.0.0.1"]), "127.0.0.0/8") == Outcome(204)


async def test_redirect_inside_is_not_followed() -> None:
    async with endpoint() as inside, endpoint(says(307, f"location: {inside.url}")) as server:
        url = f"http://luar.example:{server.port}/"
        outcome = await post(url, Names(["127.0.0.1"]), "127.0.0.0/8")

        assert outcome.status == 307
        assert outcome.error.startswith("it redirects (HTTP status 307), which is not followed")
        assert inside.connections == 0


async def test_proxy_of_the_environment_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with endpoint() as proxy, endpoint() as server:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        url = f"http://luar.example:{server.port}/"
        assert await post(url, Names(["127.0.0.1"]), "127.0.0.0/8") == Outcome(204)
        assert (proxy.connections, server.connections) == (0, 1)


async def test_name_that_is_not_there_is_told_so() -> None:
    async def unknown(host: str, port: int) -> Sequence[str]:
        raise OSError("no such name")

    async with sender(settings(), unknown) as sending:
        outcome = await sending.post("https://tiada.example/", "e1", ["whsec_AAAA"], b"{}")
    assert outcome == Outcome(error="the name of the endpoint is not found")


async def test_name_without_an_address_leads_nowhere() -> None:
    with pytest.raises(httpcore.ConnectError):
        await Guarded((), Names([])).connect_tcp("kosong.example", 443)
    with pytest.raises(Refused):
        await Guarded((), Names(["10.0.0.1"])).connect_tcp("dalam.example", 443)


@pytest.fixture(scope="module")
def known(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """An authority's certificate, and what a server that it vouches for as hook.example needs."""
    return authority(tmp_path_factory.mktemp("tls"), "hook.example")


async def posted_over_tls(
    host: str, known: tuple[Path, ssl.SSLContext], trusted: Path | None
) -> tuple[Outcome, list[str | None]]:
    asked: list[str | None] = []
    known[1].sni_callback = lambda _, name, __: asked.append(name)
    told = settings("127.0.0.0/8", ca_file=trusted)
    async with endpoint(tls=known[1]) as server, sender(told, Names(["127.0.0.1"])) as sending:
        url = f"https://{host}:{server.port}/"
        outcome = await sending.post(url, "e1", ["whsec_AAAA"], b"{}")
        await asyncio.sleep(0)
    return outcome, asked


async def test_certificate_is_checked_for_the_name_and_not_for_the_address(
    known: tuple[Path, ssl.SSLContext],
) -> None:
    outcome, asked = await posted_over_tls("hook.example", known, known[0])
    assert (outcome, asked) == (Outcome(204), ["hook.example"])


@pytest.mark.parametrize("host", ["lain.example", "127.0.0.1"])
async def test_certificate_of_another_name_is_refused(
    host: str, known: tuple[Path, ssl.SSLContext]
) -> None:
    outcome, _ = await posted_over_tls(host, known, known[0])
    assert outcome.error.startswith("its certificate is no good: ")
    assert "mismatch" in outcome.error


async def test_certificate_of_an_unknown_authority_is_refused(
    known: tuple[Path, ssl.SSLContext],
) -> None:
    outcome, _ = await posted_over_tls("hook.example", known, None)
    assert outcome.error.startswith("its certificate is no good: ")


async def test_server_that_speaks_no_tls_is_told_so() -> None:
    async def plain(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 This is plain HTTP\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(plain, "127.0.0.1", 0) as server:
        url = f"https://hook.example:{server.sockets[0].getsockname()[1]}/"
        outcome = await post(url, Names(["127.0.0.1"]), "127.0.0.0/8")
    assert outcome.error == "it does not speak TLS as it should"


@pytest.mark.parametrize(
    "asked",
    ["Mon, 99999999999999999999 Jan 2020 00:00:00 GMT", "Mon, 01 Jan 2020 00:00 +99999999999999"],
)
async def test_answer_that_asks_for_no_time_there_is_counts_as_what_it_is(asked: str) -> None:
    async with endpoint(says(410, f"retry-after: {asked}")) as server:
        outcome = await post(server.url, None, "127.0.0.0/8")
    assert outcome == Outcome(410, "it answers with HTTP status 410")


async def test_name_that_hangs_has_one_thread_however_often_it_is_tried(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []
    answered = threading.Event()

    def hangs(host: str, port: int, **_: Any) -> list[Any]:
        asked.append(host)
        assert host == "good.example" or answered.wait(30)
        return [(0, 0, 0, "", ("192.0.2.7", port))]

    monkeypatch.setattr("socket.getaddrinfo", hangs)
    tries = [asyncio.create_task(network.resolve("slow.example", 443)) for _ in range(40)]
    tries[0].cancel()
    assert await network.resolve("good.example", 443) == ["192.0.2.7"]
    answered.set()
    found = await asyncio.gather(*tries[1:])
    assert found == [["192.0.2.7"]] * 39
    assert sorted(asked) == ["good.example", "slow.example"]
