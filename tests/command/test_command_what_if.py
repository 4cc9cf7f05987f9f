"""Other rules on the command line: who would move."""

from io import StringIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request
from rich.console import Console

from sayembara.addresses import SERVICES, Addresses
from sayembara.play.api import Services
from sayembara.trouble import Trouble
from sayembara.what_if import ask_what_if, show_what_if

EXAMPLE = Path("examples/kipp-luwu-utara-2019/rulebook.toml")


def standing(rank: int | None, score: str | None, *, advanced: bool) -> dict[str, Any]:
    return {"rank": rank, "score": score, "advanced": advanced}


FIRST, SECOND = standing(1, "80.00", advanced=True), standing(2, "70.50", advanced=False)
NOWHERE = standing(None, None, advanced=False)
FOUND = {
    "edition": "kota-2020",
    "rulebook_digest": "sha256:0",
    "stages": [
        {
            "stage": "desk",
            "moved": 2,
            "rows": [
                {"proposal": "p1", "title": "One", "then": FIRST, "now": SECOND},
                {"proposal": "p2", "title": "Two", "then": SECOND, "now": FIRST},
                {"proposal": "p3", "title": "Three", "then": NOWHERE, "now": NOWHERE},
            ],
            "unjudged": ["p9"],
            "shut_out": ["p8"],
            "conflict": "too few from the east",
        }
    ],
}

canned = FastAPI()


@canned.post("/ranking/editions/kota-2020/what-if")
async def what_if(request: Request) -> dict[str, Any]:
    body = await request.json()
    return {**FOUND, "rulebook_digest": body["id"]}


async def ask(file: Path) -> Any:
    addresses = Addresses({name: f"http://here/{name}" for name in SERVICES}, "nats://nowhere")
    client = httpx.AsyncClient(transport=httpx.ASGITransport(canned))
    async with Services(addresses, client=client) as services:
        return await ask_what_if(services, "kota-2020", file)


async def test_the_rulebook_of_the_file_is_asked_for() -> None:
    found = await ask(EXAMPLE)

    assert found == {**FOUND, "rulebook_digest": "kipp-luwu-utara-2019"}


async def test_a_file_with_a_mistake_asks_nothing(tmp_path: Path) -> None:
    file = tmp_path / "rulebook.toml"
    file.write_text("id = 7", "utf-8")

    with pytest.raises(Trouble, match="to correct"):
        await ask(file)


def test_the_tables_say_who_moves_from_where_to_where() -> None:
    out = StringIO()
    show_what_if(Console(file=out, width=90), FOUND)

    lines = [" ".join(each.replace("│", " ").split()) for each in out.getvalue().splitlines()]
    assert lines[0] == "kota-2020, desk: 2 of 3 move"
    assert "1 ✓ 2 p1 One 80.00 70.50" in lines
    assert "2 1 ✓ p2 Two 70.50 80.00" in lines
    assert "- - p3 Three - -" in lines
    assert lines[-4] == "nobody would go on: too few from the east"
    assert lines[-3] == "would have come in, and was not judged here: p9"
    assert lines[-2] == "was judged here, and would not have come in: p8"
    assert lines[-1] == "Nothing was changed by asking."
