"""What is kept of each event's schemas, and what is refused because it would break a reader."""

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from contracts.public import SHOWN
from contracts.registry import EVENTS
from jsonschema import Draft202012Validator

from sayembara.documents import history, write
from sayembara.documents.history import Entry, Histories, History
from sayembara.trouble import Trouble

FIRST, LATER = date(2026, 1, 1), date(2027, 1, 1)
NOW = history.grown({}, FIRST)
SAMPLES = Path(__file__).parents[1] / "shared" / "samples"
AWARDED = "proposal.awarded.v1"


def before(type_: str, view: str, **changed: Any) -> Histories:
    """The histories as if that view of the event had asked for something else until now."""
    (entry,) = getattr(NOW[type_], view)
    asked = {**entry.asked, **changed}
    return {**NOW, type_: NOW[type_].model_copy(update={view: (Entry(since=FIRST, asked=asked),)})}


def without(type_: str, view: str, field: str) -> Histories:
    """The same, as if it had not had that field."""
    fields = dict(getattr(NOW[type_], view)[0].asked["properties"])
    del fields[field]
    return before(type_, view, properties=fields)


def refused(kept: Histories) -> str:
    with pytest.raises(Trouble) as caught:
        history.grown(kept, LATER)
    return str(caught.value)


def test_every_event_begins_with_the_day_it_appeared() -> None:
    assert set(NOW) == {event.type for event in EVENTS}
    for event in EVENTS:
        kept = NOW[event.type]
        views = [kept.internal, *([kept.public] if event in SHOWN else [])]
        assert [[entry.since for entry in view] for view in views] == [[FIRST]] * len(views)
        assert bool(kept.public) == (event in SHOWN)


def test_what_did_not_change_gets_no_entry() -> None:
    assert history.grown(NOW, LATER) == NOW


def test_an_added_field_gets_an_entry_in_each_view_that_has_it() -> None:
    kept = without(AWARDED, "internal", "by")
    grown = history.grown(kept, LATER)[AWARDED]

    assert [entry.since for entry in grown.internal] == [FIRST, LATER]
    assert "by" in grown.internal[1].asked["properties"]
    assert grown.public == NOW[AWARDED].public


def test_a_required_field_that_is_new_is_refused_with_its_name_and_what_to_do() -> None:
    told = refused(without(AWARDED, "internal", "award"))

    assert "these changes break readers" in told
    assert "proposal.awarded.v1 (internal): award is new, and required" in told
    assert "the next version in its" in told


def test_a_field_that_the_public_sees_no_more_is_refused() -> None:
    asked = NOW[AWARDED].public[0].asked["properties"]
    told = refused(before(AWARDED, "public", properties={**asked, "unit": {"type": "string"}}))

    assert "proposal.awarded.v1 (public): unit is no more" in told
    assert "internal" not in told


def test_every_schema_that_ever_was_counts_and_not_only_the_last() -> None:
    asked = NOW[AWARDED].internal[0].asked
    old = Entry(since=FIRST, asked={**asked, "properties": {"sung": {"type": "string"}}})
    both = History(internal=(old, *NOW[AWARDED].internal), public=NOW[AWARDED].public)

    assert "(internal): sung is no more" in refused({**NOW, AWARDED: both})


def test_an_event_that_is_no_more_is_refused() -> None:
    assert "proposal.sung.v1 is no more" in refused({**NOW, "proposal.sung.v1": History()})


def test_an_event_that_the_public_sees_no_more_is_refused() -> None:
    sheet = "sheet.submitted.v1"
    seen = NOW[sheet].model_copy(update={"public": NOW[sheet].internal})

    assert "sheet.submitted.v1 (public): has this view no more" in refused({**NOW, sheet: seen})


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.type)
def test_the_kept_sample_fits_every_schema_that_its_event_ever_had(event: type) -> None:
    type_ = event.type  # type: ignore[attr-defined]  # events have a type
    sample = json.loads((SAMPLES / f"{type_}.json").read_text())
    for entry in history.read(Path(__file__).parents[2] / "docs")[type_].internal:
        Draft202012Validator(entry.asked).validate(sample)


def test_nothing_is_written_when_an_event_breaks_its_readers(tmp_path: Path) -> None:
    write.write(tmp_path, FIRST)
    path = tmp_path / history.FOLDER / f"{AWARDED}.json"
    path.write_text(path.read_text().replace('"award_name"', '"award_title"'))
    files = {each: each.read_bytes() for each in tmp_path.rglob("*") if each.is_file()}

    for act in (write.write, write.check):
        with pytest.raises(Trouble, match="award_title is no more"):
            act(tmp_path, LATER)
    assert {each: each.read_bytes() for each in tmp_path.rglob("*") if each.is_file()} == files


def test_an_addition_that_was_not_written_down_is_out_of_date(tmp_path: Path) -> None:
    write.write(tmp_path, FIRST)
    path = tmp_path / history.FOLDER / f"{AWARDED}.json"
    kept = json.loads(path.read_text())
    del kept["internal"][0]["asked"]["properties"]["by"]
    path.write_text(json.dumps(kept))

    with pytest.raises(Trouble, match=f"out of date: .*{path}; `make docs` writes them"):
        write.check(tmp_path, LATER)
    write.write(tmp_path, LATER)
    write.check(tmp_path, LATER)
    assert [entry.since for entry in history.read(tmp_path)[AWARDED].internal] == [FIRST, LATER]
