"""What stands in every consumer's folder: starters, schemas, and a page that says how to begin."""

from collections.abc import Sequence
from pathlib import Path

from contracts.event import Event
from contracts.registry import BY_TYPE

from sayembara.documents.schemas import as_json, public_schema, schema_of

STARTERS = Path(__file__).parent / "starter"
FILES = (
    "README.md",
    "package-lock.json",
    "package.json",
    "requirements.txt",
    "starter.mjs",
    "starter.py",
    "webhook.mjs",
    "webhook.py",
)
"""Named one by one: a receiver that was tried where the starters are left there what it took."""
COMMAND = ["python3", "starter.py"]
"""What runs the consumer, until its owner writes another command into `consumer.toml`."""


def add_starters(folder: Path, name: str, view: str, events: Sequence[str]) -> None:
    """Write the starters, README.md and the schemas of these events in this view.

    What its owner has changed stays: only files that are not there are written. The schemas are
    ours, and always written anew.
    """
    for template in (STARTERS / each for each in FILES):
        path = folder / template.name
        if not path.exists():
            path.write_text(_filled(template, name, view, events), encoding="utf-8")
    schemas = folder / "schemas"
    schemas.mkdir(exist_ok=True)
    for left_over in schemas.glob("*.json"):
        left_over.unlink()
    for each in events:
        (schemas / f"{each}.json").write_text(as_json(_schema(BY_TYPE[each], view)), "utf-8")


def _schema(event: type[Event], view: str) -> dict[str, object]:
    return public_schema(event) if view == "public" else schema_of(event)


def _filled(template: Path, name: str, view: str, events: Sequence[str]) -> str:
    text = template.read_text("utf-8")
    if template.suffix != ".md":
        return text
    listed = "\n".join(f"- `{each}`: [schemas/{each}.json](schemas/{each}.json)" for each in events)
    return text.replace("{name}", name).replace("{view}", view).replace("{events}", listed)
