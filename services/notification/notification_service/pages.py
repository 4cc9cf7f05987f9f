"""The inbox as pages, in Indonesian and English; they fetch nothing from elsewhere."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy import Row

from notification_service.keys import Contact

ROLES = {
    "applicant": ("pengusul", "applicant"),
    "juror": ("juri", "juror"),
    "secretariat": ("sekretariat", "secretariat"),
}
STATES = {
    "queued": ("menunggu", "queued"),
    "delivered": ("terkirim", "delivered"),
    "failed": ("gagal", "failed"),
}


def _moment(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


PAGES = Environment(
    loader=PackageLoader("notification_service", "templates/pages"),
    undefined=StrictUndefined,
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
PAGES.filters["moment"] = _moment
PAGES.globals |= {"roles": ROLES, "states": STATES}


def inbox(notices: Sequence[Row[Any]], total: int, party: str | None) -> str:
    """The list of the newest notices out of `total`, of one party or of all."""
    page = PAGES.get_template("inbox.html")
    return page.render(notices=notices, total=total, party=party)


def mail(notice: Row[Any], contact: Contact | None) -> str:
    """One mail, whole, to the contact of its party where that can be read."""
    return PAGES.get_template("mail.html").render(notice=notice, contact=contact)
