"""What docs/consumers.md tells those who receive webhooks is right, to the letter."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.support.node import Node
from tests.webhooks.at_work import ORDER, closed, hooked
from tests.webhooks.endpoint import Taken, endpoint

PAGE = (Path(__file__).parents[2] / "docs" / "consumers.md").read_text("utf-8")
ASK_NODE = """
const [secret, headers, body] = JSON.parse(require("node:fs").readFileSync(0, "utf-8"));
console.log(isSigned(secret, headers, Buffer.from(body)));
"""


def block(language: str) -> str:
    found: list[str] = re.findall(rf"```{language}\n(.*?)```", PAGE, re.S)
    return next(iter(each for each in found if "webhook-signature" in each))


def by_python(secret: str, taken: Taken) -> bool:
    names: dict[str, Any] = {}
    exec(block("python"), names)
    return bool(names["is_signed"](secret, taken.headers, taken.body))


def by_node(secret: str, taken: Taken) -> bool:
    node = Node.of_the_wheel().binary
    told = json.dumps([secret, taken.headers, taken.body.decode()])
    ran = subprocess.run(
        [node, "-e", block("javascript") + ASK_NODE], input=told, capture_output=True, text=True,
        check=True,
    )  # fmt: skip
    return ran.stdout.strip() == "true"


@pytest.mark.parametrize("is_signed", [by_python, by_node])
async def test_code_on_the_page_tells_good_from_bad(is_signed: Any, tmp_path: Path) -> None:
    async with hooked(f"sqlite:///{tmp_path / 'hooks.db'}") as one, endpoint() as server:
        old = await one.add(server.url)
        new = (await one.post("w1/rotate", ORDER))["secret"]
        await one.show(closed())
        await one.work()
        (taken,) = server.taken

        assert is_signed(new, taken)
        assert is_signed(old, taken)
        assert not is_signed("whsec_" + "A" * 43 + "=", taken)
        assert not is_signed(new, Taken(taken.path, taken.headers, taken.body + b" "))
        late = taken.headers | {"webhook-timestamp": "1567396800"}
        assert not is_signed(new, Taken(taken.path, late, taken.body))
