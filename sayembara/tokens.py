"""The signing key of a data folder, and the tokens that are signed with it."""

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol, Self

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from kit.tokens import AUDIENCE, EVERY_EDITION, Role

from sayembara.addresses import Addresses, data_folder
from sayembara.deploy.secrets import write_private
from sayembara.trouble import Trouble

DAY_SECONDS = 86_400
OPERATOR = "sayembara"
"""The subject of the operator's tokens that the command makes for itself."""


class Tokens(Protocol):
    """Where the token of somebody comes from; None when there is none to send."""

    def __call__(self, role: Role, subject: str, edition: str = EVERY_EDITION) -> str | None:
        """The token of that role and subject."""


class Signer:
    """Signs tokens with an Ed25519 key, which is shown to nobody."""

    def __init__(self, key: OKPKey) -> None:
        self._key = key

    @classmethod
    def new(cls) -> Self:
        """One with a new key."""
        return cls(OKPKey.generate_key("Ed25519", auto_kid=True))

    @classmethod
    def of_folder(cls, data: Path) -> Self:
        """The one whose key is kept in the data folder; its key is made when there is none yet."""
        path = private_key(data)
        if not path.exists():
            cls.new()._keep(data)
        try:
            return cls(OKPKey.import_key(json.loads(path.read_text("utf-8"))))
        except (OSError, ValueError, JoseError) as error:
            raise Trouble(f"{path} cannot be read as a signing key: {error}") from None

    def token(
        self, role: Role, subject: str, edition: str = EVERY_EDITION, *, days: float = 1
    ) -> str:
        """A token of that role and subject, for one edition or every one, for so many days."""
        header = {"alg": "Ed25519", "typ": "JWT", "kid": self._key.kid}
        expires_at = int(time.time() + days * DAY_SECONDS)
        who = {"sub": subject, "role": role, "edition": edition}
        claims = {**who, "aud": AUDIENCE, "exp": expires_at}
        return jwt.encode(header, claims, self._key, algorithms=["Ed25519"])

    def public_keys(self) -> str:
        """The JWK set that a service verifies these tokens with."""
        return json.dumps({"keys": [self._key.as_dict(private=False)]})

    def _keep(self, data: Path) -> None:
        private = private_key(data)
        private.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _public_keys(data).write_text(self.public_keys(), "utf-8")
        # Renamed as the last step: whoever finds the key finds it whole.
        fresh = private.with_suffix(".new")
        write_private(fresh, json.dumps(self._key.as_dict(private=True)))
        fresh.rename(private)


def private_key(data: Path) -> Path:
    """The file with the signing key, which only its owner can read."""
    return data / "access" / "private-key.json"


def public_keys(data: Path) -> Path:
    """The JWK set file that the services are given; made with its key when there is none yet."""
    Signer.of_folder(data)
    return _public_keys(data)


def _public_keys(data: Path) -> Path:
    return data / "access" / "public-keys.json"


def inbox(addresses: Addresses, tokens: Tokens) -> str:
    """The address of the inbox for a browser, with the token that lets it in for a day."""
    token = tokens("operator", OPERATOR)
    return addresses.services["notification"] + (f"/?token={token}" if token else "/")


def from_environment(environment: Mapping[str, str] = os.environ) -> Tokens:
    """SAYEMBARA_TOKEN for everything, else the key in SAYEMBARA_DATA, else no tokens."""
    if given := environment.get("SAYEMBARA_TOKEN"):
        return lambda *_: given
    data = data_folder(environment)
    if private_key(data).exists():
        return Signer.of_folder(data).token
    return nobody


def nobody(role: Role, subject: str, edition: str = EVERY_EDITION) -> None:
    """No token for anybody."""
