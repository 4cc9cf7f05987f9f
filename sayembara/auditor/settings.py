"""What the auditor is told from outside."""

from pathlib import Path
from typing import cast

from kit.running import Running
from kit.settings import Settings
from pydantic import Field, field_validator

from sayembara.audit.note import COSIGNS, Verifier


class AuditorSettings(Settings):
    """The settings of the auditor."""

    database_url: str = Field(
        "sqlite:///auditor.db",
        description="The store: sqlite:////folder/file.db or postgresql://user:password@host/name.",
    )
    http_port: int = Field(8105, ge=0, le=65535, description="The port of the HTTP API.")
    checkpoint_key: Path = Field(
        Path("audit/checkpoint-key"),
        description="The file with the private key that signs; made when there is none yet.",
    )
    checkpoint_seconds: float = Field(
        60.0, gt=0, description="How long after a checkpoint the next one is signed, at the latest."
    )
    verify_hours: float = Field(
        24.0, gt=0, description="How long after a verification of the log the next one begins."
    )
    witness_keys: str = Field(
        "",
        description="The public keys of the witnesses whose countersignatures are taken, with"
        " spaces between: name+id+base64, as `sayembara witness` prints it.",
    )
    public_url: str = Field(
        "http://127.0.0.1:8105",
        description="The address under which others reach the auditor: it stands in receipts.",
    )

    @field_validator("witness_keys")
    @classmethod
    def _must_be_witnesses(cls, keys: str) -> str:
        if wrong := [each for each in keys.split() if Verifier.of(each).kind != COSIGNS]:
            raise ValueError(f"{wrong[0]} is no key of a witness, but one that signs a log")
        return keys

    @property
    def witnesses(self) -> list[Verifier]:
        """The keys of the witnesses."""
        return [Verifier.of(each) for each in self.witness_keys.split()]


def settings_of(running: Running) -> AuditorSettings:
    """The settings of the auditor at work."""
    return cast(AuditorSettings, running.settings)
