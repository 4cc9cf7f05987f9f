"""`deploy/nats-*.conf`: the configuration of the NATS servers of the compose files."""

from dataclasses import replace

from sayembara.deploy.nats_config import NatsServer, nats_config

SINGLE = NatsServer(
    name="sayembara",
    listen="0.0.0.0:4222",
    websocket="0.0.0.0:4223",
    monitor="0.0.0.0:8222",
    store="/data",
)
CLUSTERED = replace(SINGLE, name="$NATS_NAME", clustered=True)


def render() -> dict[str, str]:
    """The files, beside `docs`."""
    return {
        "../deploy/nats-server.conf": nats_config(SINGLE),
        "../deploy/nats-cluster.conf": nats_config(CLUSTERED),
    }
