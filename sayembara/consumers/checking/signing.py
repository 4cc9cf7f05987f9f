"""Signatures as Standard Webhooks has them."""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from sayembara.trouble import Trouble

PREFIX = "whsec_"


def read_secret(path: Path) -> bytes:
    """The secret in the file, `whsec_` and base64; Trouble when there is none."""
    try:
        said = path.read_text("ascii").split()
        return b64decode(said[0].removeprefix(PREFIX), validate=True)
    except (OSError, ValueError, IndexError) as error:
        raise Trouble(f"{path} holds no secret: one line, {PREFIX} and base64") from error


def signed(secrets: Sequence[bytes], message: str, timestamp: int, body: bytes) -> dict[str, str]:
    """The three headers of a message; one signature by each of the secrets."""
    content = f"{message}.{timestamp}.".encode() + body
    digests = (hmac.digest(each, content, sha256) for each in secrets)
    return {
        "webhook-id": message,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{b64encode(each).decode()}" for each in digests),
    }
