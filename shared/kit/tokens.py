"""Bearer tokens: JSON Web Tokens, signed with Ed25519, and whom they make known."""

import json
import time
import warnings
from functools import lru_cache
from pathlib import Path
from typing import Literal

from contracts.outcomes import Forbidden
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError, SecurityWarning
from joserfc.jwk import KeySet
from pydantic import BaseModel, ConfigDict, Field, ValidationError

AUDIENCE = "sayembara"
ALGORITHMS = ("Ed25519", "EdDSA")
"""One algorithm under two names: RFC 9864 renamed it, and both kinds of issuers are about."""
EVERY_EDITION = "*"
TOKENS_KNOWN = 4096
TOKEN_LENGTH_MAX = 4096

Role = Literal["applicant", "juror", "secretariat", "operator"]

# The older name is taken on purpose; the type of the key decides what is verified.
warnings.filterwarnings("ignore", "EdDSA is deprecated", SecurityWarning)


class Unknown(Exception):
    """Whoever asks has not shown who they are; `code` is for programs, `text` for the person."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text
        sent = "" if code == "token_missing" else ', error="invalid_token"'
        self.headers = {"WWW-Authenticate": f'Bearer realm="{AUDIENCE}"{sent}'}


class Who(BaseModel):
    """Whoever asks: a role, and as whom. Applicants are an agency, jurors a juror, by their id."""

    model_config = ConfigDict(frozen=True)

    role: Role
    subject: str = Field(alias="sub", min_length=1, max_length=200)
    edition: str = Field(min_length=1, max_length=64)
    expires_at: int = Field(alias="exp")

    @property
    def only_edition(self) -> str | None:
        """The one edition that the token is for; None when it is for every one."""
        return None if self.edition == EVERY_EDITION else self.edition

    def may_enter(self, edition: str) -> bool:
        """Whether the token is for that edition."""
        return self.only_edition in (None, edition)

    def must_be_of(self, edition: str) -> None:
        """Forbidden when the token is for another edition."""
        if not self.may_enter(edition):
            raise self.refused(f"this is edition '{edition}', the token is for '{self.edition}'")

    def must_be(self, subject: str | None) -> None:
        """Forbidden when an applicant or a juror asks for somebody else."""
        if self.role in ("applicant", "juror") and self.subject != subject:
            raise self.refused("this is somebody else's")

    def refused(self, why: str) -> Forbidden:
        """The answer no, with who was recognised."""
        return Forbidden("forbidden", f"{why}; you are {self.role} '{self.subject}'")


class Access:
    """Recognises people by the public keys of a JWK set file; without a file it knows nobody."""

    def __init__(self, keys: Path | None) -> None:
        self._keys = _read_keys(keys) if keys else None
        registry = jwt.JWTClaimsRegistry(
            lambda: int(time.time()),
            aud={"essential": True, "value": AUDIENCE},
            exp={"essential": True},
        )
        self._check = registry.validate
        # Verifying a signature costs 0.1 ms, and the same person asks again and again.
        self._known = lru_cache(TOKENS_KNOWN)(self._verify)

    def recognise(self, token: str | None) -> Who:
        """Whose token it is; Unknown when it is none, not ours, changed, or not valid now.

        Validity is measured in real time, also while a rehearsal has set the clock.
        """
        if self._keys is None:
            text = "this service recognises nobody: SAYEMBARA_TOKEN_KEYS names no key file"
            raise Unknown("no_token_keys", text)
        if not token:
            text = "this address needs a bearer token; `sayembara token` prints one"
            raise Unknown("token_missing", text)
        try:
            who, since = self._known(token)
            if since <= time.time() < who.expires_at:
                return who
            return self._verify(token)[0]
        except ExpiredTokenError:
            raise Unknown("token_expired", "the token is not valid any more") from None
        except (JoseError, ValueError) as error:
            raise Unknown("token_wrong", f"the token is refused: {_in_words(error)}") from None

    def _verify(self, token: str) -> tuple[Who, int]:
        """Whose token it is, and since when that is known: until it expires it stays so."""
        assert self._keys is not None  # without keys nothing is verified
        if len(token) > TOKEN_LENGTH_MAX:
            raise ValueError("it is too long")
        since = int(time.time())
        claims = jwt.decode(token, self._keys, algorithms=ALGORITHMS).claims
        self._check(claims)
        return Who.model_validate(claims), since


def _read_keys(path: Path) -> KeySet:
    try:
        keys = KeySet.import_key_set(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError, KeyError, TypeError, JoseError) as error:
        raise ValueError(f"SAYEMBARA_TOKEN_KEYS: {path} is no JWK set: {error}") from None
    if not keys.keys or any(key.key_type != "OKP" or key.is_private for key in keys.keys):
        raise ValueError(f"SAYEMBARA_TOKEN_KEYS: {path} must hold public Ed25519 keys only")
    return keys


def _in_words(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return ", ".join(f"{each['loc'][0]}: {each['msg']}" for each in error.errors())
    return getattr(error, "description", "") or str(error)
