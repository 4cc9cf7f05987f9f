"""What submission is told from outside."""

from kit.settings import Settings
from pydantic import Field


class SubmissionSettings(Settings):
    """The settings of every service, with the defaults of this one."""

    database_url: str = Field(
        "sqlite:///submission.db",
        description="The store: sqlite:////folder/file.db or postgresql://user:password@host/name.",
    )
    http_port: int = Field(8101, ge=0, le=65535, description="The port of the HTTP API.")
