"""Whatever goes on the log is asked for without the form of personal data, at every address."""

from pathlib import Path
from typing import Any

import pytest
from kit.tokens import Role
from submission_service.rules.proposals import Content

from tests.access.everybody import IDS, MORE_IDS, asking, good
from tests.bad_input.prepared import CONSUMER

EMAIL = "dinkes@luwu.example"
WORD = "sesuai surat"
MINUTE = {"by": "Panitia", "minute": "BA-1", "reason": WORD}
EDITION, STAGE = "/editions/{edition}", "/editions/{edition}/stages/{stage}"
MARKED = {"marks": {}, "reason": WORD}
ROW = {"stage": "s1", "proposal": "p1", "juror": "j1", **MARKED}
DISCARD = {"by": "Operator", "reason": WORD}
WRITTEN: list[tuple[str, Role, str, dict[str, Any], tuple[str, ...]]] = [
    ("submission", "secretariat", f"PUT {EDITION}/agencies/{{agency}}",
     {"name": "Dinas", "kind": "dinas"}, ("name",)),
    ("submission", "applicant", f"PUT {EDITION}/proposals/{{proposal}}",
     {"agency": "a1", "title": "Kebun", "unit": "UPT", "innovator": "Tim"},
     ("title", "unit", "innovator")),
    ("submission", "applicant", f"POST {EDITION}/proposals/{{proposal}}/withdrawal",
     {"reason": WORD}, ("reason",)),
    ("submission", "secretariat", f"POST {EDITION}/intake-closing", {"by": "Panitia"}, ("by",)),
    ("submission", "secretariat", f"POST {EDITION}/proposals/{{proposal}}/admission",
     {"by": "Panitia"}, ("by",)),
    ("submission", "secretariat", f"POST {EDITION}/proposals/{{proposal}}/rejection",
     {"by": "Panitia", "grounds": [{"code": "other", "text": WORD}]},
     ("by", "grounds.0.text")),
    ("submission", "secretariat", f"POST {EDITION}/proposals/{{proposal}}/disqualification",
     {"by": "Panitia", "reason": WORD}, ("by", "reason")),
    ("submission", "secretariat", f"POST {EDITION}/amendment",
     {"rulebook": "id = 1", "decision": MINUTE},
     ("decision.by", "decision.minute", "decision.reason")),
    ("evaluation", "secretariat", f"PUT {STAGE}/jurors/{{juror}}",
     {"office": "Camat", "agency": "a1"}, ("office",)),
    ("evaluation", "juror", f"POST {STAGE}/proposals/{{proposal}}/conflicts",
     {"juror": "j1", "reason": WORD}, ("reason",)),
    ("evaluation", "juror", f"PUT {STAGE}/proposals/{{proposal}}/sheets/{{juror}}",
     MARKED, ("reason",)),
    ("evaluation", "juror",
     f"PUT {STAGE}/proposals/{{proposal}}/parts/{{part}}/sheets/{{juror}}", MARKED, ("reason",)),
    ("evaluation", "secretariat", f"POST {EDITION}/sheets",
     {"by": "Panitia", "source": "nilai.csv", "sheets": [ROW]}, ("by", "source")),
    ("evaluation", "secretariat", f"POST {STAGE}/closing",
     {"by": "Panitia", "decision": MINUTE},
     ("by", "decision.by", "decision.minute", "decision.reason")),
    ("ranking", "secretariat", f"POST {STAGE}/decision", MINUTE, ("by", "minute", "reason")),
    ("ranking", "secretariat", f"POST {EDITION}/awards",
     {"award": "a1", "proposal": "p1", "by": "Panitia", "reason": WORD}, ("by", "reason")),
    ("ranking", "secretariat", f"POST {EDITION}/announcement", {"by": "Panitia"}, ("by",)),
    ("submission", "operator", f"POST {EDITION}/proposals/{{proposal}}/redaction",
     {"by": "Operator", "reason": WORD}, ("by", "reason")),
    ("notification", "operator", f"POST {EDITION}/contacts/{{party}}/forgetting",
     {"by": "Operator", "reason": WORD}, ("by", "reason")),
    ("notification", "operator", "POST /consumers", {**CONSUMER, "reason": WORD}, ("by", "reason")),
    ("notification", "operator", "POST /consumers/{consumer}/rotation",
     {"nkey": CONSUMER["nkey"], "by": "Operator", "reason": WORD}, ("by", "reason")),
    ("notification", "operator", "POST /consumers/{consumer}/revocation",
     {"by": "Operator", "reason": WORD}, ("by", "reason")),
    *[("notification", "operator", f"POST /webhooks/{{webhook}}/{step}",
       {**more, "by": "Operator", "reason": WORD}, ("by", "reason"))
      for step, more in (("pause", {}), ("rotate", {}), ("test", {}),
                         ("again", {"first": 1, "last": 2}), ("deliveries/{number}/again", {}),
                         ("deliveries/{number}/giving-up", {}), ("removal", {}))],
    *[(service, "operator", "POST /parked/{position}/discard", DISCARD, ("by", "reason"))
      for service in ("submission", "evaluation", "ranking", "notification")],
]  # fmt: skip


def _with(body: dict[str, Any], field: str, text: str) -> dict[str, Any]:
    first, _, rest = field.partition(".")
    if not rest:
        return body | {first: text}
    if rest.startswith("0."):
        return body | {first: [_with(body[first][0], rest.removeprefix("0."), text)]}
    return body | {first: _with(body[first], rest, text)}


@pytest.mark.parametrize("asked", WRITTEN, ids=lambda asked: " ".join(asked[::2][:2]))
async def test_personal_data_is_refused_where_it_would_go_on_the_log(
    asked: tuple[str, Role, str, dict[str, Any], tuple[str, ...]], tmp_path: Path
) -> None:
    service, role, address, body, fields = asked
    method, path = address.split(" ")
    there = path.format(**IDS, **MORE_IDS)
    headers = {"authorization": f"Bearer {good(role)}"}
    async with asking(service, tmp_path) as client:
        taken = await client.request(method, there, json=body, headers=headers)
        for field in fields:
            wrong = _with(body, field, f"tulis ke {EMAIL}")
            answer = await client.request(method, there, json=wrong, headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (422, "malformed_request"), field
            assert "an e-mail address stands here" in answer.json()["detail"]
            assert EMAIL not in answer.text
    assert taken.status_code == 503, "the body itself is in order, and the service does nothing"


async def test_a_correlation_id_is_for_the_log_too(tmp_path: Path) -> None:
    headers = {"authorization": f"Bearer {good('secretariat')}", "x-correlation-id": EMAIL}
    async with asking("ranking", tmp_path) as client:
        path = f"{EDITION}/announcement".format(**IDS)
        answer = await client.post(path, json={"by": "Panitia"}, headers=headers)

    assert answer.status_code == 422
    assert EMAIL not in answer.text


def test_what_is_kept_already_is_read_as_it_is() -> None:
    assert Content.model_validate({"title": f"Kebun {EMAIL}"}).title == f"Kebun {EMAIL}"
