"""Where parties are reached: sealed contacts, those that were erased, and the keys that ended."""

from collections.abc import Sequence

from contracts.ids import EditionId, Token
from contracts.notification import KeyId
from kit.store import Store
from sqlalchemy import delete, insert, select

from notification_service.rules import Role
from notification_service.tables import contacts, ended_keys, forgotten


class ContactStore(Store):
    """The contacts inside one transaction."""

    def keep_contact(
        self, edition: EditionId, party: Token, role: Role, *, key: str, sealed: bytes
    ) -> None:
        """Keep where a party is reached, instead of what was there, whose key ends."""
        self._end_contact(edition, party, role)
        values = {"edition": edition, "party": party, "role": role, "key": key, "sealed": sealed}
        self.connection.execute(insert(contacts).values(values))

    def erase_contact(self, edition: EditionId, party: Token, role: Role, *, key: KeyId) -> bool:
        """Have no contact of this party, and its key end; False when it has one of another key."""
        there = self.keys_of(edition, party).get(role, key)
        if there != key:
            return False
        self._end_contact(edition, party, role)
        whose = {"edition": edition, "party": party, "role": role}
        self.connection.execute(delete(forgotten).filter_by(**whose))
        self.connection.execute(insert(forgotten), whose)
        return True

    def _end_contact(self, edition: EditionId, party: Token, role: Role) -> None:
        whose = {"edition": edition, "party": party, "role": role}
        ended = self.connection.scalar(select(contacts.c.key).filter_by(**whose))
        if ended is not None:
            self.connection.execute(insert(ended_keys), {"key": ended})
            self.connection.execute(delete(contacts).filter_by(**whose))

    def ended_keys(self) -> list[str]:
        """The keys that are to be destroyed."""
        return list(self.connection.scalars(select(ended_keys.c.key)))

    def keep_destroyed(self, keys: Sequence[str]) -> None:
        """These keys are no more."""
        self.connection.execute(delete(ended_keys).where(ended_keys.c.key.in_(keys)))

    def keys_of(self, edition: EditionId, party: Token) -> dict[Role, KeyId]:
        """The key of each contact of this party, by what it is reached as."""
        query = select(contacts.c.role, contacts.c.key).filter_by(edition=edition, party=party)
        found = self.connection.execute(query.order_by(contacts.c.role))
        return {row.role: row.key for row in found}

    def was_forgotten(self, edition: EditionId, party: Token) -> bool:
        """Whether a contact of this party was erased."""
        query = select(forgotten.c.role).filter_by(edition=edition, party=party)
        return self.connection.execute(query.limit(1)).first() is not None
