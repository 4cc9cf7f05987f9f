"""Every address of every service, asked by everybody: docs/access.md is what happens."""

from pathlib import Path

import pytest

from tests.access.everybody import (
    COLUMNS,
    IDS,
    NO_GOOD,
    ROLES,
    SERVICES,
    Row,
    addresses,
    asking,
    good,
    knock,
    signed,
    table,
)
from tests.support.access import SIGNER

ROWS = list(table())
NAMES = [each.name for each in SERVICES]
NOT_LET_IN = (401, 403)


def rows_of(service: str) -> list[Row]:
    return [each for each in ROWS if each.service == service]


def test_table_has_every_address_once_and_no_other() -> None:
    assert sorted((each.service, each.address) for each in ROWS) == sorted(addresses())
    assert {cell for each in ROWS for cell in each.cells.values()} == {"yes", "no", "own"}


@pytest.mark.parametrize("service", NAMES)
async def test_each_address_lets_in_whom_the_table_says(service: str, tmp_path: Path) -> None:
    found: dict[str, dict[str, bool]] = {}
    async with asking(service, tmp_path) as client:
        for row in rows_of(service):
            tokens = dict(zip(COLUMNS, (None, *map(good, ROLES)), strict=True))
            found[row.address] = {
                column: (await knock(client, row.address, token)).status_code not in NOT_LET_IN
                for column, token in tokens.items()
            }

    assert found == {
        row.address: {column: cell != "no" for column, cell in row.cells.items()}
        for row in rows_of(service)
    }


@pytest.mark.parametrize("service", NAMES)
@pytest.mark.parametrize("what", NO_GOOD)
async def test_token_that_is_no_good_opens_nothing(service: str, what: str, tmp_path: Path) -> None:
    async with asking(service, tmp_path) as client:
        for row in rows_of(service):
            answer = await knock(client, row.address, NO_GOOD[what])
            closed = row.cells["no token"] == "no"
            assert (answer.status_code == 401) is closed, row
            if closed:
                said = answer.headers["www-authenticate"]
                assert said == 'Bearer realm="sayembara", error="invalid_token"'
                code = "token_expired" if what == "expired" else "token_wrong"
                assert answer.json()["code"] == code
                assert len(NO_GOOD[what]) < 9 or NO_GOOD[what] not in answer.text


@pytest.mark.parametrize("service", NAMES)
async def test_without_keys_only_what_is_public_answers(service: str, tmp_path: Path) -> None:
    async with asking(service, tmp_path, keys=None) as client:
        for row in rows_of(service):
            for token in (None, *map(good, ROLES)):
                answer = await knock(client, row.address, token)
                closed = row.cells["no token"] == "no"
                assert (answer.status_code == 401) is closed, row
                if closed:
                    assert answer.json()["code"] == "no_token_keys"


@pytest.mark.parametrize("service", NAMES)
async def test_token_for_another_edition_opens_no_address_of_this_one(
    service: str, tmp_path: Path
) -> None:
    async with asking(service, tmp_path) as client:
        for row in rows_of(service):
            if "{edition}" not in row.address or row.cells["no token"] == "yes":
                continue
            for role in ROLES:
                token = SIGNER.token(role, IDS["juror"], "e2")
                assert (await knock(client, row.address, token)).status_code == 403, row


@pytest.mark.parametrize("service", NAMES)
async def test_document_names_the_roles_of_each_address(service: str, tmp_path: Path) -> None:
    async with asking(service, tmp_path) as client:
        document = (await client.get("/openapi.json")).json()
    assert document["components"]["securitySchemes"]["token"]["scheme"] == "bearer"

    for row in rows_of(service):
        method, path = row.address.split(" ")
        if path == "/openapi.json":
            continue
        operation = document["paths"][path][method.lower()]
        roles = [role for role in ROLES if row.cells[role] != "no"]
        public = row.cells["no token"] == "yes"
        assert operation.get("security", []) == ([] if public else [{"token": roles}]), row
        said = "everybody, without a token" if public else ", ".join(roles)
        assert operation["description"].endswith(f"\n\nWho may: {said}."), row


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")
@pytest.mark.parametrize("alg", ["Ed25519", "EdDSA"])
async def test_both_names_of_the_algorithm_are_known(alg: str, tmp_path: Path) -> None:
    async with asking("ranking", tmp_path) as client:
        assert (await knock(client, "GET /clock", signed(alg=alg))).status_code == 200
