"""What notification is told from outside."""

from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Literal

from kit.settings import Settings
from pydantic import Field, SecretStr


class NotificationSettings(Settings):
    """The settings of the notification service."""

    database_url: str = Field(
        "sqlite:///notification.db",
        description="The store: sqlite:////folder/file.db or postgresql://user:password@host/name.",
    )
    http_port: int = Field(8104, ge=0, le=65535, description="The port of the HTTP API.")
    mail: Literal["folder", "smtp"] = Field(
        "folder", description="Where notices go: files in a folder, or a mail server."
    )
    mail_folder: Path = Field(
        Path("mail"), description="The folder that takes one .eml file per notice (mail=folder)."
    )
    contact_keys: Path = Field(
        Path("contact-keys"),
        description="The folder of the keys that contacts are sealed with. Back it up apart from"
        " the store, and keep no old copy: docs/personal-data.md says why.",
    )
    mail_from: str = Field(
        "Sayembara <sayembara@localhost>", description="The sender that every notice names."
    )
    auditor_public_url: str = Field(
        "",
        description="Where everybody reaches the auditor: who handed something in is told the"
        " address of its receipt there. Empty: it is left out.",
    )
    mail_tries: int = Field(
        16, ge=1, description="How often a notice is tried, over about 34 minutes, until it failed."
    )
    smtp_host: str = Field("127.0.0.1", description="The mail server (mail=smtp).")
    smtp_port: int = Field(587, ge=1, le=65535, description="The port of the mail server.")
    smtp_user: str | None = Field(
        None, description="The user at the mail server; leave out when it asks for none."
    )
    smtp_password: SecretStr | None = Field(None, description="The password of smtp_user.")
    smtp_tls: Literal["none", "starttls", "implicit"] = Field(
        "starttls",
        description="Encryption: 'starttls' (usually port 587), 'implicit' (usually 465), 'none'.",
    )
    webhook_networks: tuple[IPv4Network | IPv6Network, ...] = Field(
        (),
        description="Networks that webhooks may lead to though they are not public, as a JSON list:"
        ' ["10.20.0.0/16"]. An intranet\'s own; never the one that the services run in.',
    )
    webhook_http: bool = Field(
        False, description="Whether a webhook may be http://, without encryption: for tests only."
    )
    webhook_ca_file: Path | None = Field(
        None, description="A PEM file with further authorities that endpoints' certificates are of."
    )
    webhook_log_days: int = Field(
        30, ge=1, description="How many days a delivery stays in the log of its webhook."
    )
