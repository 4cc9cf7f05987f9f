"""The outcomes of a decision besides "done": refused, or not yet. Anything else raised is a bug."""

from collections.abc import Mapping


class Refused(Exception):
    """The decision is no, and will stay no: a breach of a rule or of a contract.

    `code` is for programs (`recused`, `intake_closed`); `text` is for the person who asked and
    says what was wrong, where, and what to do. `more` are further facts for programs.
    """

    def __init__(self, code: str, text: str, more: Mapping[str, object] | None = None) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text
        self.more = more or {}


class Invalid(Refused):
    """What was sent is not in the form that was asked for."""


class NotFound(Refused):
    """What was named does not exist here."""


class Forbidden(Refused):
    """Whoever asks is known, and may not do this."""


class NotYet(Exception):
    """What this needs has not arrived: the message is taken again later."""
