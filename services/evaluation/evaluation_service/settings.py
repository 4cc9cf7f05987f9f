"""What evaluation is told from outside."""

from kit.settings import Settings
from pydantic import Field


class EvaluationSettings(Settings):
    """The settings of every service, with the places of this one."""

    database_url: str = Field(
        "sqlite:///evaluation.db",
        description="The store: sqlite:////folder/file.db or postgresql://user:password@host/name.",
    )
    http_port: int = Field(8102, ge=0, le=65535, description="The port of the HTTP API.")
    body_bytes_max: int = Field(
        33_554_432,
        ge=1,
        description="The largest request body that the HTTP API takes: a file of 50,000 sheets.",
    )
