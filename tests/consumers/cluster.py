"""Three NATS servers with the configuration of the cluster, on free ports of this machine."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sayembara import event_log
from sayembara.addresses import LogPlace, admin_password
from sayembara.consumers.working import Place
from sayembara.deploy.nats_config import PASSWORDS_FILE, ROUTES_FILE, NatsServer, nats_config
from sayembara.deploy.secrets import make_consumers_file, make_nats_secrets
from sayembara.embedded.nats_server import find_binary
from sayembara.embedded.processes import Child, stop_all
from sayembara.trouble import Trouble
from tests.support.nats import free_port, wait_for_port
from tests.support.waiting import until

SERVERS = 3


class Cluster:
    """The servers; each reads the same passwords and the same accounts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.ports = [free_port() for _ in range(SERVERS)]
        self.routes = [free_port() for _ in range(SERVERS)]
        make_nats_secrets(folder / "secrets")
        make_consumers_file(folder)
        hosts = [f"nats-route://route:route@127.0.0.1:{port}" for port in self.routes]
        text = f'ROUTE_PASSWORD: "route"\nROUTES: {json.dumps(hosts)}\n'
        (folder / ROUTES_FILE).write_text(text)
        self.children = [self._server(number) for number in range(SERVERS)]

    def _server(self, number: int) -> Child:
        server = NatsServer(
            name=f"nats-{number}",
            listen=f"127.0.0.1:{self.ports[number]}",
            websocket=f"127.0.0.1:{free_port()}",
            monitor=f"127.0.0.1:{free_port()}",
            store=str(self.folder / f"store-{number}"),
            passwords=f"secrets/{PASSWORDS_FILE}",
            clustered=True,
        )
        config = self.folder / f"nats-{number}.conf"
        route = f"127.0.0.1:{self.routes[number]}"
        config.write_text(nats_config(server).replace("0.0.0.0:6222", route))
        command = (find_binary(), "--config", str(config))
        return Child(f"nats-{number}", command, {}, self.folder / f"nats-{number}.log")

    def url(self, number: int) -> str:
        return f"nats://127.0.0.1:{self.ports[number]}"

    @property
    def place(self) -> Place:
        log = LogPlace(self.url(0), "admin", admin_password(self.folder), SERVERS)
        return Place(log, self.folder)

    async def ready(self) -> None:
        """Come back when the log is there, on all three."""

        async def is_made() -> bool:
            try:
                await event_log.apply(self.place.log)
            except (Trouble, TimeoutError):
                return False
            return True

        await until(is_made, "the log is made on three servers", 60)


@contextmanager
def cluster(folder: Path) -> Iterator[Cluster]:
    one = Cluster(folder)
    try:
        for child, port in zip(one.children, one.ports, strict=True):
            child.start()
            wait_for_port(port)
        asyncio.run(one.ready())
        yield one
    finally:
        stop_all(one.children)
