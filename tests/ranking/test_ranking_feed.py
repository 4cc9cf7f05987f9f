"""What a feed keeps, and what it gives to each client in its turn."""

import asyncio
from random import Random
from typing import cast

import pytest
from ranking_service.api import feed
from ranking_service.api.feed import Change, Client, Feed, Form

from tests.ranking.facts import DESK

NOWHERE = cast(asyncio.Transport, None)
"""Nothing is written here."""


def of_bytes(position: int, size: int) -> Change:
    return Change(position, "standings.changed.v1", b"x" * size)


def client(told: int, form: Form = "lines") -> Client:
    return Client(NOWHERE, form, chunked=False, told=told)


def in_turn(watched: Feed, one: Client) -> list[bytes]:
    """What this client is written until it has everything."""
    texts = []
    while one.told < watched.last:
        text, one.told = watched.next_for(one)
        texts.append(text)
    return texts


def test_a_client_is_told_each_change_once_and_no_more_than_fits_at_a_time() -> None:
    random = Random(3)
    watched = Feed(DESK, 10)
    sizes = [random.choice((10, 9_000, 40_000, 90_000)) for _ in range(12)]
    for number, size in enumerate(sizes):
        watched.add(of_bytes(11 + 2 * number, size))
    for told in range(10, watched.last + 1):
        texts = in_turn(watched, client(told))
        lines = [line for text in texts for line in text.splitlines()]
        places = [each.position for each in watched.recent if each.position > told]
        assert [int(line[6 : line.index(b",")]) for line in lines] == places
        assert all(each.count(b"\n") == 1 or each.count(b"x") <= feed.TEXT_BYTES for each in texts)
    assert len(in_turn(watched, client(10))) < len(sizes), "small ones go together"


def test_whoever_was_told_as_much_gets_the_same_bytes() -> None:
    watched = Feed(DESK, 0)
    watched.add(of_bytes(5, 100))
    assert watched.next_for(client(0))[0] is watched.next_for(client(0))[0]
    assert watched.next_for(client(0))[0] != watched.next_for(client(0, "events"))[0]
    watched.add(of_bytes(6, 100))
    assert watched.next_for(client(0))[1] == 6


def test_clients_who_come_from_everywhere_do_not_fill_the_memory() -> None:
    watched = Feed(DESK, 0)
    for position in range(1, 500):
        watched.add(of_bytes(position, 100))
    for told in range(499):
        watched.next_for(client(told))
    assert len(watched._texts) <= feed.TEXTS_MAX


@pytest.mark.parametrize(("size", "kept"), [(10, feed.RECENT_MAX), (2**18, 4), (2**21, 0)])
def test_what_is_too_long_ago_is_forgotten_by_count_and_by_bytes(size: int, kept: int) -> None:
    watched = Feed(DESK, 0)
    for position in range(1, feed.RECENT_MAX + 3):
        watched.add(of_bytes(position, size))
        watched.forget(watched.last)
    assert len(watched.recent) == kept
    assert watched.since == feed.RECENT_MAX + 2 - kept
    assert watched.last == feed.RECENT_MAX + 2


def test_what_not_everybody_had_a_turn_for_is_kept() -> None:
    watched = Feed(DESK, 0)
    for position in range(1, 9):
        watched.add(of_bytes(position, 2**19))
    watched.forget(3)
    assert watched.since == 3
    assert [each.position for each in watched.recent] == [4, 5, 6, 7, 8]
