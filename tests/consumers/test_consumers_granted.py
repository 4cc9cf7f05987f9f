"""What is granted, and which subjects that is."""

import pytest
from contracts.consumers import user_key
from contracts.public import SHOWN
from contracts.registry import BY_TYPE

from sayembara.consumers.granted import events_named
from sayembara.consumers.keys import Key
from sayembara.trouble import Trouble
from tests.consumers.at_work import AWARDED, RANKED, known


@pytest.mark.parametrize(
    ("named", "events"),
    [
        ("proposal.awarded", (AWARDED,)),
        ("proposal.awarded.v1", (AWARDED,)),
        ("stage.ranked, proposal.awarded,stage.ranked.v1", (RANKED, AWARDED)),
    ],
)
def test_an_event_is_named_with_or_without_its_version(named: str, events: tuple[str, ...]) -> None:
    assert events_named(named, "public") == events


def test_all_is_all_that_is_to_be_seen() -> None:
    assert set(events_named("all", "internal")) == set(BY_TYPE)
    assert set(events_named("all", "public")) == {event.type for event in SHOWN}


@pytest.mark.parametrize(
    ("named", "why"),
    [
        ("proposal.award", "'proposal.award' is no event; in the public view there are"),
        ("proposal", "'proposal' is no event"),
        ("", "'' is no event"),
        (
            "sheet.submitted",
            "'sheet.submitted' has no public view (all of it: `consumer add --internal`,",
        ),
    ],
)
def test_what_is_not_there_is_told_with_what_is(named: str, why: str) -> None:
    with pytest.raises(Trouble) as caught:
        events_named(named, "public")
    assert str(caught.value).startswith(why)
    assert AWARDED in str(caught.value)


def test_the_subjects_are_those_of_the_view_and_the_edition() -> None:
    public = known("one", AWARDED, RANKED).granted
    inside = known("one", AWARDED, "message.parked.v1", view="internal").granted
    of_one = known("one", AWARDED, of_edition="kipp-2019").granted
    inside_one = known("one", AWARDED, view="internal", of_edition="kipp-2019").granted
    assert public.filters == ["public.*.proposal.*.awarded", "public.*.stage.*.ranked"]
    assert inside.filters == [
        "sayembara.*.*.message.*.parked",
        "sayembara.ranking.*.proposal.*.awarded",
    ]
    assert of_one.filters == ["public.kipp-2019.proposal.*.awarded"]
    assert inside_one.filters == ["sayembara.ranking.kipp-2019.proposal.*.awarded"]


def test_a_key_is_a_users_and_random() -> None:
    one, other = Key.new(), Key.new()
    assert one.seed != other.seed
    assert one.seed.startswith("SU")
    assert user_key(one.public) == one.public


PUBLIC = "UCR5L5OCAGC6K6CV3AAEQ25XW3KHSRAIWJHJ2OOBUT474LQAPN4RMJUB"


@pytest.mark.parametrize("key", ["U" + "A" * 55, PUBLIC[:-1] + "A", "A" + PUBLIC[1:]])
def test_a_key_with_a_mistake_is_refused(key: str) -> None:
    with pytest.raises(ValueError, match="not the public key of a NATS user"):
        user_key(key)
