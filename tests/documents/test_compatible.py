"""What may become of an event's schema: tried change by change, and on models made by chance."""

from datetime import UTC
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from contracts.event import Fact
from contracts.ids import Token
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pydantic import AwareDatetime, ConfigDict, Field, create_model

from sayembara.documents.compatible import Change, bare, changes
from sayembara.documents.schemas import OnTheLog

Model = type[Fact]


class Mark(Fact):
    criterion: Token
    value: Decimal


class MarkWithNote(Mark):
    note: str = ""


class Words(Fact):
    model_config = ConfigDict(extra="forbid")
    id: str


class MoreWords(Words):
    en: str = ""


class Tree(Fact):
    branches: tuple["Tree", ...] = ()


def model(**fields: Any) -> Model:
    """A model whose optional fields have a default beside their type."""
    named: dict[str, Any] = {
        name: each if isinstance(each, tuple) else (each, ...) for name, each in fields.items()
    }
    made: Model = create_model("Made", __base__=Fact, **named)
    return made


def schema(model: Model) -> dict[str, Any]:
    return bare(model.model_json_schema(mode="serialization", schema_generator=OnTheLog))


def between(old: Model, new: Model) -> tuple[Change, ...]:
    return changes(schema(old), schema(new))


ADDED = {
    "an optional field": (model(a=int), model(a=int, b=(str, "")), "b"),
    "one that may be null": (model(), model(b=(int | None, None)), "b"),
    "one in a list": (
        model(a=tuple[Mark, ...]),
        model(a=tuple[MarkWithNote, ...]),
        "a[].note",
    ),
    "one in a part that may be absent": (
        model(a=(Mark | None, None)),
        model(a=(MarkWithNote | None, None)),
        "a.note",
    ),
    "one in the values of a map": (
        model(a=dict[str, Mark]),
        model(a=dict[str, MarkWithNote]),
        "a{}.note",
    ),
}


@pytest.mark.parametrize(("old", "new", "field"), ADDED.values(), ids=ADDED)
def test_an_optional_field_may_be_added(old: Model, new: Model, field: str) -> None:
    assert between(old, new) == (Change(field, "is new, and optional", breaks=False),)


BROKEN = {
    "a required field": (
        model(),
        model(a=int),
        "a is new, and required: earlier messages lack it",
    ),
    "a field that is no more": (model(a=(int, 0)), model(), "a is no more"),
    "optional, then required": (model(a=(int, 0)), model(a=int), "a was optional, and is required"),
    "required, then optional": (
        model(a=str),
        model(a=(str, "")),
        "a was required, and may be absent",
    ),
    "another type": (model(a=int), model(a=str), 'a type was "integer", and is "string"'),
    "a narrower number": (
        model(a=int),
        model(a=Annotated[int, Field(ge=1)]),
        "a minimum was absent, and is 1",
    ),
    "a wider number": (
        model(a=Annotated[int, Field(ge=1)]),
        model(a=Annotated[int, Field(ge=0)]),
        "a minimum was 1, and is 0",
    ),
    "another pattern": (model(a=Token), model(a=str), "a pattern was"),
    "a longer text": (
        model(a=Annotated[str, Field(max_length=5)]),
        model(a=Annotated[str, Field(max_length=6)]),
        "a maxLength was 5, and is 6",
    ),
    "one word more": (
        model(a=Literal["x", "y"]),
        model(a=Literal["x", "y", "z"]),
        'a enum was ["x", "y"], and is ["x", "y", "z"]',
    ),
    "one word less": (
        model(a=Literal["x", "y", "z"]),
        model(a=Literal["x", "y"]),
        'a enum was ["x", "y", "z"], and is ["x", "y"]',
    ),
    "null, from now on": (model(a=int), model(a=int | None), "a may now be null too"),
    "never null again": (model(a=int | None), model(a=int), "a may no longer be null"),
    "another default": (model(a=(int, 1)), model(a=(int, 2)), "a default was 1, and is 2"),
    "another default than null": (
        model(a=(int | None, None)),
        model(a=(int | None, 2)),
        "a default was absent, and is 2",
    ),
    "a list of other things": (
        model(a=tuple[int, ...]),
        model(a=tuple[str, ...]),
        'a[] type was "integer", and is "string"',
    ),
    "a list no more": (model(a=tuple[int, ...]), model(a=int), "a type was"),
    "a field where none else is taken": (
        model(a=Words),
        model(a=MoreWords),
        "a.en is new, where readers refuse what they do not know",
    ),
}


@pytest.mark.parametrize(("old", "new", "told"), BROKEN.values(), ids=BROKEN)
def test_any_other_change_breaks_somebody_and_names_the_field(
    old: Model, new: Model, told: str
) -> None:
    first = between(old, new)[0]

    assert first.breaks
    assert f"{first.field} {first.what}".startswith(told)


def test_wording_and_the_names_of_parts_are_free() -> None:
    class Told(Fact):
        """Now with more words."""

        criterion: Token = Field(description="What is judged.", examples=["manfaat"])
        value: Decimal

    assert between(model(a=Mark), model(a=Told)) == ()


def test_a_field_may_be_called_like_a_keyword() -> None:
    assert between(model(title=str, required=int), model(title=str))[0].field == "required"
    assert "title" in schema(model(title=str))["properties"]


def test_the_order_of_words_and_choices_is_free() -> None:
    old = model(a=Literal["x", "y"], b=int | str)
    assert between(old, model(b=str | int, a=Literal["y", "x"])) == ()


def test_a_part_inside_itself_ends() -> None:
    assert between(model(a=Tree), model(a=Tree)) == ()


TYPES: dict[str, tuple[Any, st.SearchStrategy[Any]]] = {
    "number": (int, st.integers()),
    "positive": (Annotated[int, Field(ge=1)], st.integers(min_value=1)),
    "text": (str, st.text()),
    "short": (Annotated[str, Field(max_length=3)], st.text(max_size=3)),
    "token": (Token, st.from_regex(r"[a-z0-9][a-z0-9-]{0,5}", fullmatch=True)),
    "exact": (Decimal, st.decimals(allow_nan=False, allow_infinity=False, places=2)),
    "maybe": (int | None, st.none() | st.integers()),
    "word": (Literal["x", "y"], st.sampled_from(["x", "y"])),
    "more words": (Literal["x", "y", "z"], st.sampled_from(["x", "y", "z"])),
    "moment": (AwareDatetime, st.datetimes(timezones=st.just(UTC))),
    "list": (tuple[int, ...], st.lists(st.integers(), max_size=3).map(tuple)),
    "marks": (
        tuple[Mark, ...],
        st.lists(st.builds(Mark, criterion=st.just("a"), value=st.just(Decimal(1)))).map(tuple),
    ),
    "noted marks": (
        tuple[MarkWithNote, ...],
        st.lists(st.builds(MarkWithNote, criterion=st.just("a"), value=st.just(Decimal(1)))).map(
            tuple
        ),
    ),
}
DEFAULTS = {"number": 0, "text": "", "maybe": None, "list": (), "marks": ()}
Fields = dict[str, tuple[str, bool]]
"""Of each field, what kind it is, and whether it may be left out."""

kinds = st.sampled_from(sorted(TYPES))
field = st.tuples(kinds, st.booleans()).map(lambda each: (each[0], each[1] and each[0] in DEFAULTS))
fields = st.dictionaries(st.sampled_from("abcd"), field, max_size=4)


def made(fields: Fields) -> Model:
    """A model of these fields."""
    return model(
        **{
            name: (TYPES[kind][0], DEFAULTS[kind] if optional else ...)
            for name, (kind, optional) in fields.items()
        }
    )


@st.composite
def steps(draw: st.DrawFn) -> tuple[Fields, Fields]:
    """The fields of an event, and what they became: at most one is another, some are added."""
    old = draw(fields)
    changed = draw(st.dictionaries(st.sampled_from(sorted(old)), field, max_size=1)) if old else {}
    optional = st.sampled_from(sorted(DEFAULTS)).map(lambda kind: (kind, True))
    added = draw(st.dictionaries(st.sampled_from("efg"), optional | optional | field, max_size=2))
    return old, {**old, **changed, **added}


@st.composite
def written(draw: st.DrawFn, fields: Fields) -> dict[str, Any]:
    """What somebody may write under these fields; optional ones may be left out."""
    return {
        name: draw(TYPES[kind][1])
        for name, (kind, optional) in fields.items()
        if not optional or draw(st.booleans())
    }


@settings(max_examples=50)
@given(steps(), st.data())
def test_what_is_called_compatible_is_read_both_ways(
    step: tuple[Fields, Fields], data: st.DataObject
) -> None:
    old, new = step
    writers = made(old), made(new)
    assume(not any(each.breaks for each in between(*writers)))
    same = {name for name in old if new[name] == old[name]}
    for writer, reader, shape in ((*writers, old), (writers[1], writers[0], new)):
        said = writer(**data.draw(written(shape)))
        read = reader.model_validate_json(said.model_dump_json(exclude_unset=True))
        assert read.model_dump_json(include=same) == said.model_dump_json(include=same)
