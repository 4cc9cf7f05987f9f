"""The client of a drill: lean, it keeps every receipt, and can find the process that stands by."""

import asyncio
from collections import defaultdict
from typing import Any

import httpx

TIMEOUT_SECONDS = 30

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Acknowledged:
    """The ids of every event that an answer promised."""

    def __init__(self) -> None:
        self.ids: set[str] = set()
        self.answers = 0

    def note(self, response: httpx.Response) -> None:
        """Keep the receipt in this answer, if it is one."""
        if response.request.method == "GET" or not response.is_success:
            return
        receipt = response.json() if response.content else {}
        self.answers += 1
        self.ids.update(each["id"] for each in receipt.get("events", ()))


class Lean(httpx.AsyncBaseTransport):
    """HTTP/1.1 to this machine, with little work per request.

    That of httpx costs more than the four services together: a drill would measure its client.
    """

    def __init__(self) -> None:
        self._idle: dict[int, list[Line]] = defaultdict(list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        try:
            async with asyncio.timeout(TIMEOUT_SECONDS):
                return await self._ask(request, request.url.port or 80)
        except (OSError, EOFError, TimeoutError) as error:
            raise httpx.ReadError(f"{type(error).__name__}: {error}") from error

    async def _ask(self, request: httpx.Request, port: int) -> httpx.Response:
        idle = self._idle[port]
        reader, writer = idle.pop() if idle else await asyncio.open_connection("127.0.0.1", port)
        kept = False
        try:
            writer.write(_head(request) + await request.aread())
            response = await _answer(reader)
            kept = response.headers.get("connection") != "close"
        finally:
            if kept:
                idle.append((reader, writer))
            else:
                writer.close()
        return response

    async def aclose(self) -> None:
        for lines in self._idle.values():
            for _, writer in lines:
                writer.close()


def _head(request: httpx.Request) -> bytes:
    first = b"%s %s HTTP/1.1\r\n" % (request.method.encode(), request.url.raw_path)
    return first + b"".join(b"%s: %s\r\n" % each for each in request.headers.raw) + b"\r\n"


async def _answer(reader: asyncio.StreamReader) -> httpx.Response:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *rest = head.rstrip().split("\r\n")
    headers = httpx.Headers([(name, said) for name, _, said in (x.partition(": ") for x in rest)])
    body = await reader.readexactly(int(headers["content-length"]))
    return httpx.Response(int(first.split()[1]), headers=headers, content=body)


class EitherOf(Lean):
    """Sends what is meant for one port to its twin while that one is not there or not active."""

    def __init__(self, twins: dict[int, int]) -> None:
        super().__init__()
        self.twins = twins
        self.used = {port: port for port in twins}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        meant = request.url.port or 80
        tried = self.used.get(meant, meant)
        if tried != meant:
            request.url = request.url.copy_with(port=tried)
        try:
            response = await super().handle_async_request(request)
        except httpx.TransportError:
            self._switch(meant, tried)
            raise
        if response.status_code == httpx.codes.SERVICE_UNAVAILABLE:
            self._switch(meant, tried)
        return response

    def _switch(self, meant: int, tried: int) -> None:
        # Of many requests that failed together only the first one switches.
        if meant in self.twins and self.used[meant] == tried:
            self.used[meant] = self.twins[meant] if tried == meant else meant


class Client(httpx.AsyncClient):
    """A client that keeps every receipt; of twins it asks the one that is active.

    It leaves out what httpx does around a request: cookies, redirects, logging in.
    """

    def __init__(self, acknowledged: Acknowledged, twins: dict[int, int]) -> None:
        self._lines = EitherOf(twins)
        self._acknowledged = acknowledged
        super().__init__(transport=self._lines)

    async def request(self, method: str, url: httpx.URL | str, **sent: Any) -> httpx.Response:
        """Send a request, and keep the receipt."""
        sent.pop("timeout", None)  # a process that is killed ends its connections at once
        request = httpx.Request(method, url, **sent)
        response = await self._lines.handle_async_request(request)
        response.request = request
        self._acknowledged.note(response)
        return response
