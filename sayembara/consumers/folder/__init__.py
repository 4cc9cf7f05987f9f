"""The folder that a consumer is given: its key, and all that it needs to begin."""

import json
import shutil
import tomllib
from dataclasses import dataclass
from pathlib import Path

from contracts.consumers import View

from sayembara.consumers.folder.starters import COMMAND, add_starters
from sayembara.consumers.granted import Granted
from sayembara.consumers.keys import Key
from sayembara.deploy.secrets import write_private
from sayembara.trouble import Trouble

KEY_FILE = "nats.nk"
NEXT_KEY_FILE = "nats.nk.next"
FACTS_FILE = "consumer.toml"


@dataclass(frozen=True)
class Facts:
    """What a consumer must know to connect, and what it is given."""

    name: str
    url: str
    stream: str
    durable: str
    view: View
    events: tuple[str, ...]
    edition: str | None

    @classmethod
    def of(cls, granted: Granted, url: str) -> "Facts":
        """Those of a consumer that reaches the NATS server at `url`."""
        return cls(
            granted.consumer,
            url,
            granted.stream,
            granted.durable,
            granted.view,
            granted.events,
            granted.of_edition,
        )


def fill(folder: Path, facts: Facts) -> None:
    """Write all that is in the folder but the key."""
    lines = {
        "name": facts.name,
        "url": facts.url,
        "stream": facts.stream,
        "durable": facts.durable,
        "key": KEY_FILE,
        "view": facts.view,
        "edition": facts.edition,
        "events": list(facts.events),
        "command": COMMAND,
    }
    text = "".join(
        f"{name} = {json.dumps(value)}\n" for name, value in lines.items() if value is not None
    )
    (folder / FACTS_FILE).write_text(text, encoding="utf-8")
    add_starters(folder, facts.name, facts.view, facts.events)


def make(folder: Path, key: Key, name: str = KEY_FILE) -> None:
    """Make the folder, with the key alone; Trouble when something is there already."""
    try:
        folder.mkdir(mode=0o700, parents=True)
    except FileExistsError as error:
        raise Trouble(f"{folder} is there already: name another one with --folder") from error
    write_private(folder / name, f"{key.seed}\n")


def put_next(folder: Path, consumer: str, key: Key) -> None:
    """Put another key beside the one that counts; Trouble when it is not that one's folder."""
    if _name_in(folder) != consumer:
        raise Trouble(f"{folder} is not the folder of '{consumer}': name that one with --folder")
    write_private(folder / NEXT_KEY_FILE, f"{key.seed}\n")


def _name_in(folder: Path) -> object:
    try:
        return tomllib.loads((folder / FACTS_FILE).read_text("utf-8")).get("name")
    except (OSError, ValueError):
        return None


def take_next(folder: Path) -> None:
    """The other key counts from now on."""
    (folder / NEXT_KEY_FILE).replace(folder / KEY_FILE)


def unmake(folder: Path) -> None:
    """Remove a folder that was made in vain."""
    shutil.rmtree(folder)
