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
    nats_user: str | None = Field(
        None, description="The user at the NATS server: the service's name; none asks for no user."
    )
    nats_password_file: Path | None = Field(
        None, description="The file with the password of nats_user."
    )
    log_replicas: int = Field(
        1, ge=1, le=5, description="On how many NATS servers the log is kept: 3 in a cluster."
    )
    database_url: str = Field(
        description="The store: sqlite:////folder/file.db or postgresql://user:password@host/name."
    )
    database_password_file: Path | None = Field(
        None, description="The file with the store's password, when database_url has none."
    )
    http_host: str = Field("127.0.0.1", description="The address that the HTTP API listens on.")
    http_port: int = Field(8100, ge=1, le=65535, description="The port of the HTTP API.")
    body_bytes_max: int = Field(
        1_048_576, ge=1, description="The largest request body that the HTTP API takes."
    )
    token_keys: Path | None = Field(
        None,
        description="A JWK set file with the public Ed25519 keys that tokens are verified with; "
        "without it nobody is recognised, and only what is public answers.",
    )
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
    otlp_endpoint: str | None = Field(
        None,
        description="Where traces go, as http://host:4318 (OTLP over HTTP); none without it.",
    )
    trace_ratio: float = Field(
        1.0, ge=0, le=1, description="The part of all traces that is kept, from 0 to 1."
    )

    def store_url(self) -> str:
        """The database address with its password, whichever way that was given."""
        from sqlalchemy import make_url  # noqa: PLC0415 - who reads a secret alone needs no store

        url = make_url(self.database_url)
        if self.database_password_file is not None:
            url = url.set(password=read_secret(self.database_password_file))
        return url.render_as_string(hide_password=False)


def read_secret(path: Path) -> str:
    """The one line that a secret's file holds."""
    return path.read_text(encoding="utf-8").strip()


def sqlite_url(path: Path) -> str:
    """The database address of a SQLite file."""
    return f"sqlite:///{path}"
