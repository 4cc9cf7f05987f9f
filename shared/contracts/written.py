"""What people write for all to read: no address of a person, and no number, belongs in it.

It stays on the log for ever. The check is for the edges, where somebody can put it right: what is
on a log already is read as it is.
"""

import re
from typing import Annotated, TypeVar

from pydantic import AfterValidator, BaseModel

from contracts.event import Minute as AnyMinute
from contracts.ids import Note as AnyNote
from contracts.ids import Office as AnyOffice
from contracts.ids import Reason as AnyReason

Written = TypeVar("Written")

_KINDS = {
    "an e-mail address": r"[\w.+-]+@[\w-]+(\.[\w-]+)*\.[^\W\d_]{2,}",
    "a telephone number": (
        r"(?<![\w/.-])(\+62[\s.-]?\(?\d{2,4}\)?|(62[\s.-]?|0)8\d{1,2})([\s.-]?\d{3,4}){2,3}(?![\w/])"
        r"|\(0\d{2,3}\)[\s.-]?\d{3,4}[\s.-]?\d{2,4}"
    ),
    "a personal number (NIK or NIP)": r"\b(\d{16}|\d{8} ?\d{6} ?[12] ?\d{3})\b",
}
_FOUND = {kind: re.compile(pattern) for kind, pattern in _KINDS.items()}


def personal(text: str) -> str | None:
    """What kind of personal data stands in the text, as far as its form tells; None when none.

    Names have no form that tells them: they are not found.
    """
    return next((kind for kind, pattern in _FOUND.items() if pattern.search(text)), None)


def impersonal(written: Written) -> Written:
    """What was written, a text or a model of texts; ValueError when personal data stands in it."""
    texts = dict(written) if isinstance(written, BaseModel) else {"": written}
    for name, text in texts.items():
        kind = personal(text) if isinstance(text, str) else None
        if kind:
            raise ValueError(
                f"{f'{name}: ' if name else ''}{kind} stands here, and this is kept on the log for"
                " ever, for everybody to read; write the office, or the number of a letter, instead"
            )
    return written


Impersonal = AfterValidator(impersonal)

Office = Annotated[AnyOffice, Impersonal]
Reason = Annotated[AnyReason, Impersonal]
Note = Annotated[AnyNote, Impersonal]
Minute = Annotated[AnyMinute, Impersonal]
