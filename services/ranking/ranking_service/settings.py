"""The settings of ranking."""

from kit.settings import Settings
from pydantic import Field


class RankingSettings(Settings):
    """What ranking is told from outside."""

    database_url: str = Field(
        "sqlite:///ranking.db",
        description="The store: sqlite:////folder/file.db or postgresql://user:password@host/name.",
    )
    http_port: int = Field(8103, ge=0, le=65535, description="The port of the HTTP API.")
