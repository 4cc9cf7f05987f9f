"""The words of a notice: one mail, the Indonesian text first and the English one below."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from notification_service.rules import Kind

SEPARATOR = "-" * 40


@dataclass(frozen=True)
class Text:
    """What a notice says: a subject of one line, and a body in both languages."""

    subject: str
    body: str


def _decimal(number: Decimal) -> str:
    return f"{number:f}"


def _desimal(number: Decimal) -> str:
    return _decimal(number).replace(".", ",")


TEMPLATES = Environment(
    loader=PackageLoader("notification_service", "templates"),
    undefined=StrictUndefined,
    autoescape=False,  # plain text: an apostrophe in a title stays an apostrophe
    trim_blocks=True,
    lstrip_blocks=True,
)
TEMPLATES.filters |= {"decimal": _decimal, "desimal": _desimal}


def render(kind: Kind, facts: dict[str, Any]) -> Text:
    """The text of a notice; jinja2.UndefinedError when a template asks for a fact not given."""
    subject_id, body_id = _in_language(kind, "id", facts)
    subject_en, body_en = _in_language(kind, "en", facts)
    return Text(f"{subject_id} / {subject_en}", f"{body_id}\n\n{SEPARATOR}\n\n{body_en}\n")


def with_receipt(body: str, address: str) -> str:
    """The body of a notice, and below it in both languages where its receipt is."""
    page = TEMPLATES.get_template("receipt.txt").render(address=address)
    return f"{body}\n{page}\n"


def _in_language(kind: Kind, language: str, facts: dict[str, Any]) -> tuple[str, str]:
    page = TEMPLATES.get_template(f"notices/{kind}.{language}.txt").make_module(facts)
    # What people typed may hold line breaks; in a mail header they would begin another header.
    subject = " ".join(str(getattr(page, "subject")).split())  # noqa: B009 - the template sets it
    return subject, str(page).strip()
