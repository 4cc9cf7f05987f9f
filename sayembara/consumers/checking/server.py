"""A NATS server of the check's own, which knows one consumer, by the key of its folder."""

import asyncio
import json
import os
import subprocess
import time
from pathlib import Path

import nkeys

from sayembara.embedded.nats_server import find_binary
from sayembara.trouble import Trouble

START_SECONDS = 15
CONFIG = """\
server_name: "check"
listen: "127.0.0.1:-1"
jetstream {{ store_dir: {store} }}
ports_file_dir: {folder}
authorization {{ users: [
  {{ user: "check", password: {password} }}
  {{ nkey: {nkey}, permissions: {{
    publish: {{ allow: [
      "$JS.API.CONSUMER.INFO.{stream}.{durable}"
      "$JS.API.CONSUMER.MSG.NEXT.{stream}.{durable}"
      "$JS.ACK.{stream}.{durable}.>"
    ] }}
    subscribe: {{ allow: ["_INBOX.>"] }}
  }} }}
] }}
"""


class Server:
    """Runs between `start` and `stop`, with its data in `folder`."""

    def __init__(self, folder: Path, seed: str, stream: str, durable: str) -> None:
        self._folder = folder
        self.password = os.urandom(16).hex()
        self._config = folder / "nats.conf"
        self._process: subprocess.Popen[bytes] | None = None
        self.port = 0
        self._config.write_text(
            CONFIG.format(
                store=json.dumps(str(folder / "jetstream")),
                folder=json.dumps(str(folder)),
                password=json.dumps(self.password),
                nkey=public_key(seed),
                stream=stream,
                durable=durable,
            ),
            encoding="utf-8",
        )

    @property
    def url(self) -> str:
        """Where the check itself connects to, as the one who may do all."""
        return f"nats://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Start it and wait until it listens; Trouble when it does not."""
        command = [find_binary(), "--config", str(self._config)]
        log = (self._folder / "nats.log").open("wb")
        with log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: ASYNC220 - short
        told = self._folder / f"nats-server_{self._process.pid}.ports"
        until = time.monotonic() + START_SECONDS
        while not told.exists() or not told.read_text("utf-8").endswith("}"):
            if self._process.poll() is not None or time.monotonic() > until:
                raise Trouble(f"nats-server does not start: {self._folder / 'nats.log'} says why")
            await asyncio.sleep(0.02)  # a server tells nobody that it listens
        self.port = int(json.loads(told.read_text("utf-8"))["nats"][0].rsplit(":", 1)[1])

    def stop(self) -> None:
        """End it; its data go with the folder."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()


def public_key(seed: str) -> str:
    """The public key `U...` of a user's seed `SU...`; Trouble when it is none."""
    try:
        key: bytes = nkeys.from_seed(bytearray(seed.encode())).public_key
    except (nkeys.NkeysError, ValueError) as error:
        raise Trouble(
            "the key is no seed of a NATS user: it is one line that begins with SU"
        ) from error
    return key.decode()
