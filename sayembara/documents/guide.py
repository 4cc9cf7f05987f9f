"""A document in Markdown as part of a page; its links lead to pages, to files, or nowhere."""

import re
from collections import Counter
from collections.abc import Set
from itertools import pairwise
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token

FILES = ("schemas/", "asyncapi.json")
"""What the running system serves beside the pages."""


def as_html(text: str, pages: Set[str]) -> str:
    """The document; a link to what is neither one of the `pages` nor served becomes plain text."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    tokens = markdown.parse(re.sub(r"\A<!--.*?-->\n", "", text))
    seen: Counter[str] = Counter()
    for heading, words in pairwise(tokens):
        if heading.type == "heading_open":
            slug = _slug(words.content)
            heading.attrSet("id", f"{slug}-{seen[slug]}" if seen[slug] else slug)
            seen[slug] += 1
    for head, words, end in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if head.type == "th_open" and not words.content:
            head.tag = end.tag = "td"  # a heading that says nothing is none
    for token in tokens:
        token.children = _linked(token.children, pages) if token.children else token.children
    return str(markdown.renderer.render(tokens, markdown.options, {}))


def _slug(heading: str) -> str:
    return re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-")


def _linked(tokens: list[Token], pages: Set[str]) -> list[Token]:
    kept, dropped = [], False
    for token in tokens:
        if token.type == "link_open":
            target = _target(str(token.attrGet("href")), pages)
            dropped = target is None
            token.attrSet("href", target or "")
        if not (dropped and token.type in ("link_open", "link_close")):
            kept.append(token)
    return kept


def _target(address: str, pages: Set[str]) -> str | None:
    parts = urlsplit(address)
    if parts.scheme or not parts.path:
        return address
    if parts.path == "events.md":
        return _event_page(parts.fragment, pages)
    page = parts.path.removesuffix(".md") + ".html"
    if page in pages:
        return page
    served = parts.path.startswith(FILES) and parts.path.endswith(".json")
    return f"../{parts.path}" if served else None


def _event_page(anchor: str, pages: Set[str]) -> str:
    """The page of the event that has this anchor in events.md: its type without the dots."""
    by_anchor = {page.removesuffix(".html").replace(".", ""): page for page in pages}
    return by_anchor.get(anchor, "index.html")
