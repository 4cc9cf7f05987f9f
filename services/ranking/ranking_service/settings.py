"""The settings of ranking."""

from kit.settings import Settings
from pydantic import Field


class RankingSettings(Settings):
    """What ranking is told from outside."""

    database_url: str = Field(
        "sqlite:///ranking.db",
        description="The store: sqlite:////folder/file.db or postgresql://user:password@host/name.",
    )
    live_clients_max: int = Field(
        5_000, ge=1, description="How many clients may watch standings change at a time."
    )
    http_port: int = Field(8103, ge=0, le=65535, description="The port of the HTTP API.")
