"""Folders of consumers, as `sayembara consumer add` writes them."""

from pathlib import Path

from contracts.consumers import View
from contracts.stream import PUBLIC_STREAM, STREAM

from sayembara.consumers import folder as folders
from sayembara.consumers.folder import Facts
from sayembara.consumers.keys import Key

AWARDS = ("proposal.awarded.v1", "stage.ranked.v1")


def made(folder: Path, *, events: tuple[str, ...] = AWARDS, view: View = "public") -> Path:
    stream = PUBLIC_STREAM if view == "public" else STREAM
    facts = Facts("uji", "nats://127.0.0.1:4222", stream, "consumer-uji", view, events, None)
    folders.make(folder, Key.new())
    folders.fill(folder, facts)
    return folder
