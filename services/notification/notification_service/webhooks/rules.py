"""When a webhook is tried again, when it is paused, and how what it is sent is signed. Pure."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Literal

WebhookState = Literal["active", "paused"]
DeliveryState = Literal["queued", "delivered", "given-up"]

FIRST_SECONDS = 5
SECONDS_MAX = 3600
DEAD_AFTER = timedelta(days=1)
BOTH_SECRETS_FOR = timedelta(days=1)
"""How long after a rotation what is sent is signed with the secret before as well."""

SECRET_PREFIX = "whsec_"
DOUBLINGS_MAX = 20


@dataclass(frozen=True)
class Outcome:
    """What came of one try: accepted when `error` is empty.

    `status` is the HTTP status, None when there was no answer. `retry_after_seconds` is what the
    endpoint asked for.
    """

    status: int | None = None
    error: str = ""
    retry_after_seconds: int | None = None

    @property
    def is_gone(self) -> bool:
        """Whether the endpoint says that it will never take anything again."""
        return self.status == HTTPStatus.GONE


def next_try_at(
    tries: int, now: datetime, chance: float, retry_after_seconds: int | None = None
) -> datetime:
    """When an endpoint that failed `tries` times in a row is tried again.

    At a moment within 5 s, 10 s, 20 s … 1 h, which `chance` (from 0 to 1) chooses, so that many
    endpoints behind one broken server do not come back together. What the endpoint asks for is
    waited for, up to 1 h.
    """
    within = min(FIRST_SECONDS * 2 ** min(tries - 1, DOUBLINGS_MAX), SECONDS_MAX)
    asked = min(retry_after_seconds or 0, SECONDS_MAX)
    return now + timedelta(seconds=max(within * chance, asked))


def is_dead(outcome: Outcome, failing_since: datetime, now: datetime) -> bool:
    """Whether an endpoint that failed once more is tried no longer."""
    return outcome.is_gone or now - failing_since >= DEAD_AFTER


def why_dead(outcome: Outcome) -> str:
    """Why an endpoint is tried no longer, in words for the log."""
    if outcome.is_gone:
        return "the endpoint says that it is gone (HTTP status 410)"
    return f"the endpoint has accepted nothing for a day; the last try: {outcome.error}"


def both_count(rotated_at: datetime | None, now: datetime) -> bool:
    """Whether the secret before the last rotation still counts."""
    return rotated_at is not None and now - rotated_at < BOTH_SECRETS_FOR


def secret_of(key: bytes) -> str:
    """The secret as its owner is shown it, in the form of Standard Webhooks."""
    return SECRET_PREFIX + base64.b64encode(key).decode()


def signature(secret: str, message: str, timestamp: int, body: bytes) -> str:
    """The signature over one try, by the scheme of Standard Webhooks (HMAC-SHA256)."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = f"{message}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
