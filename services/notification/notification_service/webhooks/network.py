"""Where a webhook may lead: to public addresses, and to networks that the operator allows.

A name is resolved once for each connection; every address that it has must be allowed, and the
connection goes to the address that was looked at. So neither a name that leads inside nor one
that leads elsewhere the next time (DNS rebinding) reaches this machine or its neighbours.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Any

import httpcore

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network
Resolve = Callable[[str, int], Awaitable[Sequence[str]]]

NOT_PUBLIC: tuple[Network, ...] = tuple(
    map(
        ip_network,
        (
            # IPv4: what IANA's registry of special purposes does not call globally reachable.
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
            # A cloud's own services, at an address that looks public (Azure).
            "168.63.129.16/32",
            # IPv6, within what is global: protocols (Teredo too), documentation, 6to4.
            "2001::/23",
            "2001:db8::/32",
            "2002::/16",
            "3fff::/20",
        ),
    )
)
GLOBAL_IPV6 = IPv6Network("2000::/3")
"""All other IPv6 is loopback, link-local, private, multicast, or an IPv4 address in disguise."""
RESOLVERS = 16


class Refused(Exception):
    """The endpoint leads where nothing is sent to; the text names no address."""


def is_allowed(address: Address, allowed: Iterable[Network]) -> bool:
    """Whether something may be sent to this address: it is public, or in an allowed network."""
    if any(address in network for network in allowed):
        return True
    if isinstance(address, IPv6Address) and address not in GLOBAL_IPV6:
        return False
    return not any(address in network for network in NOT_PUBLIC)


def literal(host: str) -> Address | None:
    """The address that a host is by itself; None when it is a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


_resolving = ThreadPoolExecutor(RESOLVERS, thread_name_prefix="resolve")
_under_way: dict[tuple[str, int], Future[Any]] = {}


async def resolve(host: str, port: int) -> Sequence[str]:
    """Every address of a name, as this machine's resolver gives them."""
    # In threads of their own: a resolver that does not answer must not hold up anything else. One
    # thread for a name: whoever makes it hang, and is tried again, must not have all of them.
    looking = _under_way.get((host, port))
    if looking is None:
        looking = _resolving.submit(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        _under_way[host, port] = looking
        looking.add_done_callback(lambda _: _under_way.pop((host, port), None))
    found = await asyncio.shield(asyncio.wrap_future(looking))
    return [str(each[4][0]) for each in found]


class Guarded(httpcore.AnyIOBackend):
    """Connects to allowed addresses only."""

    def __init__(self, allowed: Sequence[Network], resolve: Resolve = resolve) -> None:
        super().__init__()
        self._allowed = allowed
        self._resolve = resolve

    async def connect_tcp(self, host: str, port: int, *args: Any, **named: Any) -> Any:
        """A connection to an address of the host; Refused when one of them is not allowed."""
        failure: Exception = httpcore.ConnectError("the name has no address")
        for address in await self.addresses(host, port):
            try:
                return await super().connect_tcp(str(address), port, *args, **named)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def addresses(self, host: str, port: int) -> list[Address]:
        """The addresses of the host, all of them allowed."""
        try:
            found = [ip_address(each) for each in await self._resolve(host, port)]
        except (OSError, UnicodeError) as error:
            raise Refused("the name of the endpoint is not found") from error
        if not all(is_allowed(each, self._allowed) for each in found):
            raise Refused(
                "the endpoint leads to an address that is not public"
                " (SAYEMBARA_WEBHOOK_NETWORKS allows others)"
            )
        return list(dict.fromkeys(found))
