"""Settings, from the environment. Each service adds its own; `docs/settings.md` lists them all."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What every service is told from outside."""

    model_config = SettingsConfigDict(env_prefix="SAYEMBARA_", extra="ignore", frozen=True)

    nats_url: str = Field(
        "nats://127.0.0.1:4222", description="Where the NATS server is; several with commas."
    )
    database_url: str = Field(
        description="The store: sqlite:////folder/file.db or postgresql://user:password@host/name."
    )
    http_host: str = Field("127.0.0.1", description="The address that the HTTP API listens on.")
    http_port: int = Field(8100, ge=1, le=65535, description="The port of the HTTP API.")
    clock: Literal["system", "rehearsal"] = Field(
        "system",
        description="'rehearsal' lets PUT /clock set the time; never use it in a real edition.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="The least level that is logged."
    )
    batch_size: int = Field(
        500, ge=1, le=1000, description="The most messages in one transaction or publication."
    )
    bug_tries: int = Field(
        3, ge=1, description="How often a message that meets a bug is tried before it is parked."
    )
    not_yet_tries: int = Field(
        10, ge=1, description="How often a message is taken again later before it stays parked."
    )
    not_yet_delay_seconds: float = Field(
        1.0, gt=0, description="The first delay before a message is taken again; it doubles."
    )


def sqlite_url(path: Path) -> str:
    """The database address of a SQLite file."""
    return f"sqlite:///{path}"
