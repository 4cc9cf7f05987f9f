"""Whose notice it is when a webhook is paused: its owner's, until that contact is forgotten."""

from collections.abc import Callable
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from contracts.notification import ContactForgotten
from notification_service.erase import keys_of

from tests.webhooks.at_work import ORDER, Hooked, closed, hooked
from tests.webhooks.endpoint import endpoint, says

CONTACT = "/editions/none/contacts/pemilik"
"""As `sayembara webhook add --owner pemilik --owner-email …` puts it."""
OWNER = {"role": "secretariat", "name": "Ditjen", "email": "pemilik@kemendagri.example"}
ERASED = "erased: the contact of pemilik: put another one"


async def dies(one: Hooked) -> None:
    """The endpoint says that it is gone: the system pauses it by itself, and mails leave."""
    await one.show(closed())
    await one.work()
    assert (await one.webhook())["state"] == "paused"
    await one.here.deliver()


def mails(folder: Path) -> list[tuple[str, str]]:
    """To whom each mail is, and its words."""
    found = [message_from_bytes(each.read_bytes(), policy=policy.default) for each in
             sorted(folder.glob("*.eml"))]  # fmt: skip
    return [(str(each["to"]), " ".join(each.get_content().split())) for each in found]


async def forget(one: Hooked) -> list[str]:
    answer = await one.ask.post(f"{CONTACT}/forgetting", json=ORDER)
    assert answer.status_code == 200, answer.text
    return [each["type"] for each in answer.json()["events"]]


async def test_owner_of_a_dead_endpoint_is_told_in_both_languages(
    new_store: Callable[[str], str], tmp_path: Path
) -> None:
    async with (
        hooked(new_store("hooks"), mail_folder=tmp_path / "mail") as one,
        endpoint(says(410)) as server,
    ):
        await one.ask.put(CONTACT, json=OWNER)
        await one.add(server.url)
        await dies(one)

        said = {each.headers["ce-type"]: each.headers for each in await one.here.outgoing()}
        # Notification does not react to what it sent: an auditor would find such a cause.
        assert "ce-causationid" not in said["webhook.paused.v1"]
        ((to, words),) = mails(tmp_path / "mail")
        assert to == "Ditjen <pemilik@kemendagri.example>"
        for told in ("Dihentikan secara otomatis oleh Sayembara", "Sayembara paused it by itself"):
            assert told in words
        assert words.count("the endpoint says that it is gone (HTTP status 410)") == 2


async def test_forgotten_owner_is_told_nothing_and_the_log_says_who_had_it_forgotten(
    new_store: Callable[[str], str], tmp_path: Path
) -> None:
    async with (
        hooked(new_store("hooks"), mail_folder=tmp_path / "mail") as one,
        endpoint(says(410)) as server,
    ):
        await one.ask.put(CONTACT, json=OWNER)
        await one.add(server.url)
        folder = keys_of(one.here.running).folder
        keys = {each.name for each in folder.iterdir()}
        assert await forget(one) == ["contact.forgotten.v1"]
        assert await forget(one) == []
        (gone,) = keys - {each.name for each in folder.iterdir()}
        await dies(one)

        assert mails(tmp_path / "mail") == []
        whose: dict[str, Any] = {"edition": "none", "party": "pemilik", "role": "secretariat"}
        assert ContactForgotten(**whose | ORDER, key=gone) in await one.here.said()
        (notice,) = (await one.ask.get("/notices")).json()
        assert (notice["email"], notice["erased"], notice["reason"]) == (None, True, ERASED)

        await one.ask.put(CONTACT, json=OWNER | {"email": "lain@kemendagri.example"})
        await one.here.deliver()
        assert [to for to, _ in mails(tmp_path / "mail")] == ["Ditjen <lain@kemendagri.example>"]
