"""The command `sayembara consumer`: who may consume events from outside."""

import asyncio
import json
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from contracts.consumers import View
from kit.log import Log

from sayembara import event_log
from sayembara.addresses import Addresses
from sayembara.consumers import durable, seeing, working
from sayembara.consumers.checking.command import check
from sayembara.consumers.granted import Granted, events_named
from sayembara.consumers.places import position_in, sequence_at, sequence_of
from sayembara.consumers.working import FROM_START, Asked, Given, Place, Word, folder_of
from sayembara.moments import POSITION_OR_TIME, moment
from sayembara.terminal import By, Why, ask, console
from sayembara.trouble import Trouble

PAUSE_DAYS = 36_500

consumer = typer.Typer(help="Those who consume events from outside.", no_args_is_help=True)
consumer.command("check")(check)

Name = Annotated[str, typer.Argument(help="The consumer's id: small letters, digits, hyphens.")]
Folder = Annotated[Path | None, typer.Option(help="Its folder; else consumers/NAME.")]
Url = Annotated[str | None, typer.Option(help="Where it reaches the NATS server; else as here.")]
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]


@consumer.command("add")
def add_consumer(  # noqa: PLR0917 - each is an option of the command
    name: Name,
    events: Annotated[str, typer.Option(help="As proposal.awarded,stage.ranked; or all.")],
    by: By,
    reason: Why,
    edition: Annotated[str | None, typer.Option(help="The only edition; else every one.")] = None,
    start: Annotated[
        str, typer.Option("--from", help="start, now, or a position of the log.")
    ] = FROM_START,
    internal: Annotated[
        bool, typer.Option("--internal", help="All of each event, not only its public view.")
    ] = False,
    whole_log: Annotated[
        bool, typer.Option("--whole-log", help="Also any message by its position, for an audit.")
    ] = False,
    folder: Folder = None,
    url: Url = None,
) -> None:
    """Let somebody in, and write a folder with its key and all that it needs to begin."""
    if whole_log and not internal:
        raise Trouble("--whole-log goes with --internal: whoever reads the log reads all of it")
    view: View = "internal" if internal else "public"
    asked = Asked(name, events_named(events, view), edition, view, start, whole_log)
    given = _given(name, folder, url)
    word = Word(by, reason)
    place = Place.from_environment()
    added = ask(lambda services: working.add(services, place, asked, word, given))
    events = ", ".join(added.events)
    _say(f"'{name}' may consume {events} ({view} view); its folder: {given.folder}")


@consumer.command("list")
def list_consumers(as_json: AsJson = False) -> None:
    """Everybody, and how far each has come."""
    place = Place.from_environment()
    found = asyncio.run(seeing.seen(place, ask(working.granted)))
    if as_json:
        print(json.dumps([asdict(each) for each in found]))
    elif found:
        console.print(seeing.table(found))
    else:
        _say("there is no consumer; `sayembara consumer add` lets one in")


@consumer.command("show")
def show_consumer(name: Name, as_json: AsJson = False) -> None:
    """How one is doing."""
    place = Place.from_environment()
    there = [each for each in ask(working.granted) if each.consumer == name]
    if not there:
        raise Trouble(f"there is no consumer '{name}'; `sayembara consumer list` shows all")
    (found,) = asyncio.run(seeing.seen(place, there))
    if as_json:
        print(json.dumps(asdict(found)))
    else:
        console.print(seeing.sheet(found))


@consumer.command("pause")
def pause_consumer(
    name: Name,
    until: Annotated[
        str | None, typer.Option(help="A time with its zone; else until it is resumed.")
    ] = None,
) -> None:
    """Send it nothing for a while; what comes meanwhile waits."""
    end = moment(until) if until else datetime.now(UTC) + timedelta(days=PAUSE_DAYS)
    if end <= datetime.now(UTC):
        raise Trouble(f"{until} is over already")
    granted, place = _granted(name), Place.from_environment()
    asyncio.run(_pause(place, granted, end))
    _say(f"'{name}' is sent nothing until {until or 'it is resumed'}")


@consumer.command("resume")
def resume_consumer(name: Name) -> None:
    """Send it what has waited, and what comes."""
    asyncio.run(_resume(Place.from_environment(), _granted(name)))
    _say(f"'{name}' is sent events again")


@consumer.command("rewind")
def rewind_consumer(
    name: Name,
    to: Annotated[str, typer.Option(help="start, a position of the log, or a time with its zone.")],
) -> None:
    """Send it everything again from there on; whatever it knows by its id, it leaves out."""
    messages = asyncio.run(_rewind(Place.from_environment(), _granted(name), to))
    _say(f"'{name}' is sent everything from there on: {messages} messages, and what comes")


@consumer.command("rotate")
def rotate_consumer(
    name: Name, by: By, reason: Why, folder: Folder = None, url: Url = None
) -> None:
    """Give it another key, in its folder; the one before is no good any more at once."""
    given, place = _given(name, folder, url), Place.from_environment()
    ask(lambda services: working.rotate(services, place, name, Word(by, reason), given))
    _say(f"'{name}' has another key, in {given.folder}; whoever had the one before is cut off")


@consumer.command("revoke")
def revoke_consumer(name: Name, by: By, reason: Why) -> None:
    """Let it in no more; its open connections are closed at once."""
    place = Place.from_environment()
    ask(lambda services: working.revoke(services, place, name, Word(by, reason)))
    _say(f"'{name}' may consume nothing any more")


@consumer.command("apply")
def apply_consumers() -> None:
    """Bring the NATS servers and the log to who may consume, as after a restore."""
    place = Place.from_environment()
    active = ask(lambda services: working.apply(services, place))
    _say(f"consumers who may log in: {active}")


def _given(name: str, folder: Path | None, url: str | None) -> Given:
    return Given(folder_of(name, folder), url or Addresses.from_environment().nats)


def _granted(name: str) -> Granted:
    return ask(lambda services: working.found(services, name))


async def _pause(place: Place, granted: Granted, until: datetime) -> None:
    async with event_log.connected(place.log) as log:
        await durable.must_be_placed(log, granted)
        await durable.pause(log, granted, until)


async def _resume(place: Place, granted: Granted) -> None:
    async with event_log.connected(place.log) as log:
        await durable.must_be_placed(log, granted)
        await durable.resume(log, granted)


async def _rewind(place: Place, granted: Granted, to: str) -> int:
    async with event_log.connected(place.log) as log:
        await durable.must_be_placed(log, granted)
        await durable.rewind(log, granted, await _sequence(log, granted.stream, to))
        known = await durable.state(log, granted)
        return int(known["num_pending"]) if known else 0


async def _sequence(log: Log, stream: str, to: str) -> int:
    if to == FROM_START:
        return 1
    if to.isdecimal() and int(to):
        return await sequence_of(log, stream, await position_in(log, int(to)))
    time = moment(to, POSITION_OR_TIME)
    if time > datetime.now(UTC):
        raise Trouble(f"{to} is still to come: nothing was said then")
    return await sequence_at(log, stream, time)


def _say(text: str) -> None:
    console.print(text, soft_wrap=True, highlight=False, markup=False)
