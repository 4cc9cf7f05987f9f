"""`docs/contracts/`: the pages about the events, for whoever receives them; served by the auditor.

Static pages without scripts. They link to each other and to the schemas by relative addresses, so
that they work below any address, and as files.
"""

import re
from pathlib import Path
from typing import Any

from contracts.event import AHEAD, EVERY_SERVICE
from contracts.registry import EVENTS
from contracts.stream import PUBLIC_STREAM, STREAM
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from sayembara.documents import GENERATED, asyncapi, guide, site_asyncapi
from sayembara.documents.history import Histories
from sayembara.documents.site_event import Page, page_of
from sayembara.documents.sources import SERVICES

FOLDER = "contracts"
GUIDES = (("consumers", "Menjadi penerima", "Become a consumer"),)
"""The documents that are shown as pages too, and what the menu calls them."""
SPEAKERS = {
    "submission": "penerimaan usulan",
    "evaluation": "penilaian",
    "ranking": "pemeringkatan",
    "notification": "pemberitahuan",
    "auditor": "pemeriksa log",
}


def _code(text: str) -> Markup:
    """The text with what stands between backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))


PAGES = Environment(
    loader=PackageLoader("sayembara.documents", "templates"),
    undefined=StrictUndefined,
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
PAGES.filters["code"] = _code


def render(docs: Path, histories: Histories) -> dict[str, str]:
    """Every page and the stylesheet; the guides are read from `docs`."""
    document = asyncapi.document()
    guides = [each for each in GUIDES if (docs / f"{each[0]}.md").exists()]
    shared = _shared([(f"{name}.html", *titles) for name, *titles in guides], document)
    pages = [page_of(event, histories[event.type]) for event in EVENTS]
    files = {f"{page.type}.html": event_page(page, shared) for page in pages}
    files["index.html"] = _index(pages, histories, shared, document)
    files["asyncapi.html"] = _page("asyncapi.html", "AsyncAPI", shared, site_asyncapi.of(document))
    for name, _, english in guides:
        text = Markup(guide.as_html((docs / f"{name}.md").read_text("utf-8"), set(files)))
        files[f"{name}.html"] = _page("guide.html", english, shared, {"text": text}, f"{name}.html")
    files["style.css"] = (Path(__file__).parent / "templates" / "style.css").read_text("utf-8")
    return {f"{FOLDER}/{name}": text for name, text in files.items()}


def event_page(page: Page, shared: dict[str, Any]) -> str:
    """The page of one event."""
    return _page("event.html", page.type, shared, {"event": page}, f"{page.type}.html")


def _shared(guides: list[tuple[str, ...]], document: dict[str, Any]) -> dict[str, Any]:
    menu = [("index.html", "Peristiwa", "Events"), ("asyncapi.html", "Kanal", "AsyncAPI"), *guides]
    return {
        "generated": GENERATED,
        "version": document["info"]["version"],
        "menu": menu,
        "guides": guides,
        "stream": STREAM,
        "public_stream": PUBLIC_STREAM,
    }


def _index(
    pages: list[Page], histories: Histories, shared: dict[str, Any], document: dict[str, Any]
) -> str:
    speakers = (*(service.name for service in SERVICES), EVERY_SERVICE)
    facts = {
        "groups": [
            (_speaker(each), [page for page in pages if page.speaker == each]) for each in speakers
        ],
        "headers": _headers(document),
        "notice_days": AHEAD.days,
        "since": min(history.internal[0].since for history in histories.values()),
    }
    return _page("index.html", "Events", shared, facts)


def _speaker(name: str) -> dict[str, str]:
    if name == EVERY_SERVICE:
        return {"id": "every", "bahasa": "Setiap layanan", "english": "What every service says"}
    return {"id": name, "bahasa": f"Layanan {SPEAKERS[name]}", "english": f"What {name} says"}


def _headers(document: dict[str, Any]) -> list[dict[str, Any]]:
    schemas = document["components"]["schemas"]
    whole, public = schemas["headers"]["properties"], schemas["public-headers"]["properties"]
    return [
        {
            "name": name,
            "public": name in public,
            "meaning": field.get("description", f"Always `{field.get('const')}`."),
        }
        for name, field in {**whole, **public}.items()
    ]


def _page(
    template: str, title: str, shared: dict[str, Any], facts: dict[str, Any], here: str = ""
) -> str:
    values = {**shared, **facts, "title": title, "here": here or template}
    return PAGES.get_template(template).render(values)
