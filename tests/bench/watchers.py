"""Clients that watch a stage, many in one process, each over a socket of its own.

This process says when all of them are connected. When its standard input ends, it writes what they
heard to a file.
"""

import os
import re
import select
import socket
import struct
import sys
import time
from array import array
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from resource import RLIMIT_NOFILE, getrlimit, setrlimit

from tests.bench.requests import stage_path

ID = re.compile(rb"^id: (\d+)$", re.MULTILINE)
TOGETHER = 50
READ_BYTES = 262_144
SO_TIMESTAMPNS = 35
"""Linux notes when something came in; the library has no name for it."""

TIMESPEC = struct.Struct("@qq")


@lru_cache(maxsize=64)
def ids(text: bytes) -> tuple[int, ...]:
    """The ids in what came; the same bytes come to every client."""
    return tuple(int(each) for each in ID.findall(text))


class Watcher:
    """One client: what it heard, as the place of the change on the log and the moment.

    The moment is the kernel's, when the last of what is read came in: how long this process takes
    to look at so many connections is not the service's.
    """

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.rest = b""
        after = os.environ["BENCH_AFTER"]
        head = f"GET {stage_path()}/changes?after={after} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        self.socket.sendall(f"{head}Accept: text/event-stream\r\n\r\n".encode())

    def read(self) -> list[float]:
        """What came, as places and moments by turns."""
        data, beside, _, _ = self.socket.recvmsg(READ_BYTES, socket.CMSG_SPACE(TIMESPEC.size))
        if not data:
            raise ConnectionError("the service let a client go")
        # The kernel begins to note it some time after it was asked to: the greeting may be earlier.
        seconds, nanoseconds = TIMESPEC.unpack(beside[0][2]) if beside else (time.time(), 0)
        text = self.rest + data
        whole = text.rfind(b"\n") + 1
        self.rest = text[whole:]
        return [
            each for place in ids(text[:whole]) for each in (place, seconds + nanoseconds / 1e9)
        ]


def listen(watchers: Sequence[Watcher]) -> bytes:
    """Everything that all of them hear until standard input ends."""
    heard = array("d")
    look = select.epoll()
    of = {each.socket.fileno(): each for each in watchers}
    for number in (*of, sys.stdin.fileno()):
        look.register(number, select.EPOLLIN)
    while True:
        for number, _ in look.poll():
            if number not in of:
                return heard.tobytes()
            heard.extend(of[number].read())


def main(count: int, file: str) -> None:
    port = int(os.environ["BENCH_PORT"])
    watchers: list[Watcher] = []
    while len(watchers) < count:
        some = [Watcher(port) for _ in range(min(TOGETHER, count - len(watchers)))]
        for each in some:
            each.read()
        watchers += some
    sys.stdout.write("connected\n")
    sys.stdout.flush()
    Path(file).write_bytes(listen(watchers))


if __name__ == "__main__":
    setrlimit(RLIMIT_NOFILE, (getrlimit(RLIMIT_NOFILE)[1],) * 2)
    main(int(sys.argv[1]), sys.argv[2])
