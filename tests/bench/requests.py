"""Sheets over HTTP: as plainly as can be, so that the client costs little beside the server."""

import asyncio
import json
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from random import Random

from joserfc import jwt
from joserfc.jwk import KeySet, OKPKey

from tests.bench import world

READY_SECONDS = 90


class Keys:
    """Makes tokens, and the key file that a service knows them by."""

    def __init__(self, folder: Path) -> None:
        self._key = OKPKey.generate_key("Ed25519", {"kid": "bench"}, private=True)
        self.file = folder / "keys.json"
        self.file.write_text(json.dumps(KeySet([self._key]).as_dict(private=False)))

    def token(self, role: str, subject: str) -> str:
        now = int(time.time())
        claims = {"aud": "sayembara", "role": role, "sub": subject, "edition": "*"}
        times = {"iat": now, "exp": now + 3600}
        return jwt.encode({"alg": "Ed25519"}, {**claims, **times}, self._key, ["Ed25519"])


class Address:
    """One server; every connection is kept and used again."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def put(self, path: str, body: object, token: str) -> int:
        """PUT the body as JSON; gives the status."""
        pair = self._free.pop() if self._free else await self._connect()
        data = json.dumps(body).encode()
        head = (
            f"PUT {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
        )
        pair[1].write(head.encode() + data)
        answer = await pair[0].readuntil(b"\r\n\r\n")
        length = int(answer.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await pair[0].readexactly(length)
        self._free.append(pair)
        return int(answer.split()[1])

    async def _connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def until_ok(self, path: str, body: object, token: str) -> None:
        """PUT again until the answer is 200: the service starts, or has not heard enough yet."""
        status = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(READY_SECONDS):
                while status != 200:
                    with suppress(OSError):
                        status = await self.put(path, body, token)
                    await asyncio.sleep(0.05)
        if status != 200:
            raise RuntimeError(f"port {self.port} answers {status} to PUT {path}")

    def close(self) -> None:
        for _, writer in self._free:
            writer.close()


def stage_path() -> str:
    return f"/editions/{world.EDITION}/stages/{world.STAGE}"


def sheet_path(proposal: str, juror: str) -> str:
    return f"{stage_path()}/proposals/{proposal}/sheets/{juror}"


def bodies() -> Iterator[dict[str, dict[str, str]]]:
    random = Random(11)
    while True:
        yield {"marks": world.marks(random)}
