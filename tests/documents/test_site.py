"""The pages about the events: each is whole, and each link in them leads somewhere."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from html.parser import HTMLParser
from pathlib import Path, PurePosixPath
from urllib.parse import urldefrag

import pytest
from contracts.public import SHOWN
from contracts.registry import BY_TYPE, EVENTS

from sayembara.documents import guide, history, site, write
from sayembara.documents.history import Entry, History
from sayembara.documents.site_event import page_of
from tests.shared.test_deprecated import ProposalSung

DOCS = Path(__file__).parents[2] / "docs"
WRITTEN = write.render(DOCS, date(2026, 1, 1))
PAGES = {name: text for name, text in WRITTEN.items() if name.endswith(".html")}
EMPTY = {"meta", "link", "br", "hr", "img"}
AWARDED = "contracts/proposal.awarded.v1.html"


class Parsed(HTMLParser):
    """What a page is made of; a tag that is not closed, or not open, raises ValueError."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()
        if self.open:
            raise ValueError(f"{self.open} are not closed")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self.text += " " if tag == "dd" else ""
        if tag not in EMPTY:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            raise ValueError(f"</{tag}> at {self.getpos()} closes something else")

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, attribute: str) -> Iterator[str]:
        return (attrs[attribute] or "" for _, attrs in self.tags if attribute in attrs)

    def count(self, tag: str) -> int:
        return [each for each, _ in self.tags].count(tag)


PARSED = {name: Parsed(text) for name, text in PAGES.items()}


def test_every_event_has_its_page_and_stands_on_the_first() -> None:
    listed = set(PARSED["contracts/index.html"].all("href"))

    assert {f"contracts/{event.type}.html" for event in EVENTS} <= set(PAGES)
    assert {f"{event.type}.html" for event in EVENTS} <= listed


@pytest.mark.parametrize("name", PAGES)
def test_page_is_whole_and_says_its_language_and_its_parts(name: str) -> None:
    page = PARSED[name]

    assert PAGES[name].startswith("<!doctype html>")
    assert page.tags[0] == ("html", {"lang": "en"})
    assert [page.count(each) for each in ("title", "h1", "main", "nav", "script")] == [
        1,
        1,
        1,
        1,
        0,
    ]
    assert [each for each, times in Counter(page.all("id")).items() if times > 1] == []


@pytest.mark.parametrize("name", PAGES)
def test_every_link_leads_to_what_is_there(name: str) -> None:
    for address in PARSED[name].all("href"):
        if address.startswith(("data:,", "https://")):
            continue
        path, fragment = urldefrag(address)
        target = _resolved(name, path) if path else name
        assert target in WRITTEN, address
        assert not fragment or fragment in set(PARSED[target].all("id")), address


def test_the_page_of_an_event_tells_all_of_it() -> None:
    text = re.sub(r"\s+", " ", PARSED[AWARDED].text)

    for told in (
        "A proposal receives an award: by rank or band",
        "Said by ranking",
        "Heard by submission, notification",
        "sayembara.ranking.{edition}.proposal.{proposal}.awarded",
        "public.*.proposal.*.awarded",
        "award_name.en",
        "The words in English.",
        '"ce-dataschema": "urn:sayembara:schema:public:proposal.awarded.v1"',
        "the first one kept",
    ):
        assert told in text, told


@pytest.mark.parametrize("event", SHOWN, ids=lambda event: event.type)
def test_the_public_example_shows_no_field_that_is_not_public(event: type) -> None:
    page = page_of(event, History())
    assert set(json.loads(page.public_example)) <= SHOWN[event]
    assert {each.name for each in page.fields if each.public and "." not in each.name} == SHOWN[
        event
    ]


def test_an_event_of_the_record_says_that_it_has_no_public_view() -> None:
    text = PARSED["contracts/sheet.submitted.v1.html"].text

    assert "This event has no public view." in text
    assert "SAYEMBARA_PUBLIC" not in text


def test_a_field_that_was_gained_stands_in_the_history_with_its_day() -> None:
    now = history.grown({}, date(2027, 5, 1))["proposal.awarded.v1"]
    (entry,) = now.internal
    fields = {name: each for name, each in entry.asked["properties"].items() if name != "band"}
    del fields["by"]
    first = Entry(since=date(2026, 1, 1), asked={**entry.asked, "properties": fields})
    page = page_of(BY_TYPE["proposal.awarded.v1"], History(internal=(first, entry)))

    assert page.history == [
        ("The internal form", [("2026-01-01", []), ("2027-05-01", ["by"])]),
    ]


def test_a_deprecated_event_says_until_when_and_what_instead() -> None:
    awarded = page_of(BY_TYPE["proposal.awarded.v1"], History())
    page = type(awarded)(ProposalSung, awarded.sample, History())
    shown = site.PAGES.from_string('{% from "macros.html" import gone %}{{ gone(each) }}')
    parsed = Parsed(shown.render(each=page.deprecated))

    assert "since 2026-01-01: said until 2027-01-01" in parsed.text
    assert list(parsed.all("href")) == ["proposal.awarded.v1.html"]


def test_what_people_wrote_is_text_and_no_markup() -> None:
    assert site.PAGES.filters["code"]("a <b> `c<d`") == "a &lt;b&gt; <code>c&lt;d</code>"


def test_a_guide_links_to_pages_and_to_what_is_served_and_to_nothing_else() -> None:
    pages = {"index.html", "stage.ranked.v1.html", "consumers.html"}
    text = "[a](events.md#stagerankedv1) [b](events.md) [c](operations.md#x) [f](schemas/)"
    text += " [d](asyncapi.json)"
    shown = guide.as_html(f"<!-- x -->\n# One, two\n\n{text} [e](#one-two) <b>\n# One, two", pages)

    assert '<h1 id="one-two">One, two</h1>' in shown
    assert '<h1 id="one-two-1">One, two</h1>' in shown
    assert list(re.findall(r'href="([^"]*)"', shown)) == [
        "stage.ranked.v1.html",
        "index.html",
        "../asyncapi.json",
        "#one-two",
    ]
    assert "</a> c f <a" in shown
    assert "&lt;b&gt;" in shown


def test_an_empty_heading_of_a_table_is_none() -> None:
    shown = guide.as_html("| a | |\n|---|---|\n| 1 | 2 |\n", set())

    assert "<th>a</th>\n<td></td>" in shown


def test_the_site_is_small() -> None:
    assert sum(len(text.encode()) for name, text in WRITTEN.items() if "contracts/" in name) < 1.5e6


def _resolved(page: str, address: str) -> str:
    parts: list[str] = []
    for part in (*PurePosixPath(page).parent.parts, *address.split("/")):
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/".join(parts)
