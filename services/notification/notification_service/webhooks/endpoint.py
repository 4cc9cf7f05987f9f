"""Where a webhook leads, and the secrets that it signs with: how they are made, and kept."""

import secrets
from datetime import datetime
from typing import Any, Self

import httpx
from contracts.ids import Token
from pydantic import BaseModel, ConfigDict
from sqlalchemy import Row

from notification_service.keys import Keys
from notification_service.webhooks import rules

SECRET_BYTES = 32
PORT_MAX = 65_535


class Endpoint(BaseModel):
    """The whole address, which may hold a secret, the secret, and the one before it."""

    model_config = ConfigDict(frozen=True)

    url: str
    secret: str
    before: str | None = None

    @classmethod
    def new(cls, url: str) -> Self:
        """An endpoint with a secret of its own."""
        return cls(url=url, secret=_new_secret())

    def rotated(self) -> "Endpoint":
        """The same with a new secret."""
        return Endpoint(url=self.url, secret=_new_secret(), before=self.secret)

    def secrets(self, rotated_at: datetime | None, now: datetime) -> list[str]:
        """What is signed with now: for a day after a rotation the secret before as well."""
        before = [self.before] if self.before and rules.both_count(rotated_at, now) else []
        return [self.secret, *before]

    def seal(self, keys: Keys, webhook: Token) -> tuple[str, bytes]:
        """A new key, and this sealed under it."""
        key = keys.make()
        return key, keys.seal_text(key, self.model_dump_json(), _about(webhook))


def endpoint_in(row: Row[Any], keys: Keys) -> Endpoint | None:
    """The endpoint in a row of a webhook; None when its key is not here."""
    opened = keys.unseal_text(row.key, row.sealed, _about(row.webhook))
    return Endpoint.model_validate_json(opened) if opened else None


def checked_url(url: str) -> str:
    """The URL, where it is one that a webhook can have; ValueError says what is wrong with it."""
    try:
        parts = httpx.URL(url)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise ValueError(f"this is no URL: {error}") from None
    if (parts.port is not None and not 0 < parts.port <= PORT_MAX) or "%" in parts.host:
        raise ValueError("this is no URL: its host or its port can be nobody's")
    if parts.scheme not in ("https", "http") or not parts.host:
        raise ValueError("an endpoint is a URL such as https://hook.example.go.id/sayembara")
    if parts.userinfo:
        raise ValueError("a user and a password in the URL are not sent: leave them out")
    if parts.fragment:
        raise ValueError("what follows # in the URL is not sent: leave it out")
    return str(parts)


def origin_of(url: str) -> str:
    """The beginning of a URL that can hold no secret: scheme, host and port."""
    parts = httpx.URL(url)
    return str(httpx.URL(scheme=parts.scheme, host=parts.host, port=parts.port))


def _new_secret() -> str:
    return rules.secret_of(secrets.token_bytes(SECRET_BYTES))


def _about(webhook: Token) -> str:
    return f"webhook/{webhook}"
