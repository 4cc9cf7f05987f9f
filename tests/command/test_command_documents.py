"""The generated documents follow from the code, and `docs --check` tells when they do not."""

import json
from datetime import date
from pathlib import Path
from xml.etree import ElementTree

import pytest
from contracts.envelope import decode
from contracts.event import Event
from contracts.public import SHOWN, public_body
from contracts.registry import EVENTS
from jsonschema import Draft202012Validator

from sayembara.documents import write
from sayembara.documents.sources import hearers
from sayembara.trouble import Trouble

ROOT = Path(__file__).parents[2]
DAY = date(2026, 1, 1)
WRITTEN = write.render(ROOT / "docs", DAY)
SAMPLES = ROOT / "tests" / "shared" / "samples"


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    write.write(folder, DAY)
    return folder


def trouble_in(folder: Path) -> str:
    with pytest.raises(Trouble) as caught:
        write.check(folder, DAY)
    return str(caught.value)


def test_what_was_just_written_is_up_to_date(docs: Path) -> None:
    write.check(docs, DAY)


def test_changed_file_is_named_and_not_written(docs: Path) -> None:
    changed = docs / "events.md"
    changed.write_text("something else", encoding="utf-8")

    assert trouble_in(docs) == f"out of date: {changed}; `make docs` writes them"
    assert changed.read_text(encoding="utf-8") == "something else"


def test_missing_file_is_named(docs: Path) -> None:
    (docs / "flow.svg").unlink()

    assert trouble_in(docs) == f"out of date: {docs / 'flow.svg'}; `make docs` writes them"


def test_schema_of_an_event_that_is_no_more_is_named_and_then_removed(docs: Path) -> None:
    left_over = docs / "schemas" / "proposal.sung.v1.json"
    left_over.write_text("{}", encoding="utf-8")

    assert trouble_in(docs) == f"out of date: {left_over}; `make docs` writes them"
    write.write(docs, DAY)
    assert not left_over.exists()


def test_documents_are_the_same_each_time() -> None:
    assert write.render(ROOT / "docs", DAY) == WRITTEN


def test_every_event_has_its_schema_section_and_channel() -> None:
    channels = json.loads(WRITTEN["asyncapi.json"])["channels"]
    types = {event.type for event in EVENTS}

    public = {f"schemas/public/{event.type}.json" for event in SHOWN}
    history = {f"schemas/history/{name}.json" for name in types}
    assert {name for name in WRITTEN if name.startswith("schemas/")} == public | history | {
        f"schemas/{name}.json" for name in (*types, "rulebook")
    }
    assert {line[4:] for line in WRITTEN["events.md"].splitlines() if line[:4] == "### "} == types
    assert {name.split(".", 1)[1] for name in channels} == types


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_schema_is_json_schema_2020_12(event: type) -> None:
    schema = json.loads(WRITTEN[f"schemas/{event.type}.json"])  # type: ignore[attr-defined]  # events have a type

    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("event", SHOWN, ids=lambda event: event.type)
def test_public_schema_fits_the_public_view_and_names_nothing_else(event: type[Event]) -> None:
    schema = json.loads(WRITTEN[f"schemas/public/{event.type}.json"])
    shown = public_body(decode(event.type, (SAMPLES / f"{event.type}.json").read_bytes()))

    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(json.loads(shown or b""))
    assert set(schema["properties"]) == SHOWN[event]
    referred = {name.rsplit("/", 1)[-1] for name in _references(schema)}
    assert set(schema.get("$defs", {})) == referred


def test_asyncapi_names_who_says_and_who_hears() -> None:
    operations = json.loads(WRITTEN["asyncapi.json"])["operations"]

    assert operations["evaluation.says.sheet.submitted.v1"]["action"] == "send"
    assert operations["ranking.hears.sheet.submitted.v1"] == {
        "action": "receive",
        "channel": {"$ref": "#/channels/evaluation.sheet.submitted.v1"},
        "messages": [
            {"$ref": "#/channels/evaluation.sheet.submitted.v1/messages/sheet.submitted.v1"}
        ],
    }
    heard = [name for name in operations if ".hears." in name]
    assert len(heard) == sum(len(hearers(event)) for event in EVENTS)


def test_asyncapi_refers_only_to_what_is_there() -> None:
    document = json.loads(WRITTEN["asyncapi.json"])

    for reference in _references(document):
        if reference.startswith("#/"):
            target = document
            for step in reference[2:].split("/"):
                target = target[step]
        else:
            assert reference in WRITTEN


def test_flow_is_well_formed_and_names_every_service_and_event() -> None:
    root = ElementTree.fromstring(WRITTEN["flow.svg"])
    texts = {element.text for element in root.iter("{http://www.w3.org/2000/svg}text")}
    names = {event.type.rsplit(".", 1)[0].replace(".", " ") for event in EVENTS}

    assert names | {"submission", "evaluation", "ranking", "notification"} <= texts


def test_generated_pages_say_so_on_their_first_line() -> None:
    for name in ("events.md", "settings.md", "flow.svg"):
        first = WRITTEN[name].splitlines()[0]
        assert first == "<!-- Generated by `sayembara docs` (make docs): do not edit. -->"


def _references(part: object) -> list[str]:
    if isinstance(part, dict):
        own = [part["$ref"]] if "$ref" in part else []
        return own + [each for value in part.values() for each in _references(value)]
    if isinstance(part, list):
        return [each for value in part for each in _references(value)]
    return []
