"""The key of a consumer: it keeps the seed, the NATS server knows the public key only."""

import secrets
from dataclasses import dataclass

import nkeys

SEED_BYTES = 32


@dataclass(frozen=True)
class Key:
    """A NATS user's key; `seed` is the secret."""

    seed: str
    public: str

    @classmethod
    def new(cls) -> "Key":
        """A random one."""
        seed = nkeys.encode_seed(secrets.token_bytes(SEED_BYTES), nkeys.PREFIX_BYTE_USER)
        public: bytes = nkeys.from_seed(bytearray(seed)).public_key
        return cls(seed.decode(), public.decode())
