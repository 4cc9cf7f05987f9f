"""What signs the messages of a check: the very scheme by which notification signs webhooks."""

from base64 import b64decode
from collections.abc import Sequence
from pathlib import Path

from notification_service.webhooks.rules import SECRET_PREFIX, signature

from sayembara.trouble import Trouble


def read_secret(path: Path) -> str:
    """The secret in the file, `whsec_` and base64; Trouble when there is none."""
    try:
        (secret,) = path.read_text("ascii").split()
        b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (OSError, ValueError) as error:
        raise Trouble(f"{path} holds no secret: one line, {SECRET_PREFIX} and base64") from error
    return secret


def signed(secrets: Sequence[str], message: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of a message; one signature by each of the secrets."""
    each = (signature(secret, message, timestamp, body) for secret in secrets)
    return {
        "webhook-id": message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(each),
    }
