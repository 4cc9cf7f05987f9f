"""The contracts for everybody: pages about the events, their schemas, the AsyncAPI document.

`ce-dataschema` of an event is the `$id` of a schema here.
"""

from pathlib import Path as File
from typing import Annotated, Any

from contracts.outcomes import NotFound
from fastapi import APIRouter, Path, Response
from fastapi.responses import RedirectResponse
from kit.access import PUBLIC, Route

import sayembara

PAGE_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}
TYPES = {".html": "text/html", ".css": "text/css", ".json": "application/json"}

router = APIRouter(tags=["contracts"], route_class=Route)

Page = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9.-]{0,99}\.(html|css)$")]
Schema = Annotated[str, Path(pattern=r"^[a-z0-9][a-z0-9.-]{0,99}\.json$")]


def _answers(*types: str) -> Any:
    return {200: {"content": {each: {"schema": {"type": "string"}} for each in types}}}


@router.get("/contracts", dependencies=[PUBLIC], status_code=307, response_class=RedirectResponse)
async def show_contracts() -> str:
    """Leads to the first page."""
    # Relative, so that it is right behind a proxy that serves us below another address.
    return "contracts/index.html"


@router.get(
    "/contracts/{page}",
    dependencies=[PUBLIC],
    response_class=Response,
    responses=_answers("text/html", "text/css"),
)
async def show_page(page: Page) -> Response:
    """A page: `index.html`, `asyncapi.html`, or that of an event, as `stage.ranked.v1.html`."""
    return _file(f"contracts/{page}")


@router.get("/asyncapi.json", dependencies=[PUBLIC])
async def show_asyncapi() -> Response:
    """Every channel and message as an AsyncAPI document."""
    return _file("asyncapi.json")


@router.get("/schemas/{file}", dependencies=[PUBLIC])
async def show_schema(file: Schema) -> Response:
    """The JSON Schema of an event, as `stage.ranked.v1.json`, or `rulebook.json`."""
    return _file(f"schemas/{file}")


@router.get("/schemas/public/{file}", dependencies=[PUBLIC])
async def show_public_schema(file: Schema) -> Response:
    """The JSON Schema of the public view of an event."""
    return _file(f"schemas/public/{file}")


@router.get("/schemas/history/{file}", dependencies=[PUBLIC])
async def show_history(file: Schema) -> Response:
    """Every schema that an event ever had, with the day it appeared."""
    return _file(f"schemas/history/{file}")


def _file(name: str) -> Response:
    path = _folder() / name
    if not path.is_file():
        raise NotFound("no_such_page", f"there is no {name} here: /contracts lists what there is")
    return Response(path.read_bytes(), media_type=TYPES[path.suffix], headers=PAGE_HEADERS)


def _folder() -> File:
    """Inside the installed package; beside the sources, the documents of the project."""
    package = File(sayembara.__file__).parent
    installed = package / "site"
    return installed if installed.is_dir() else package.parent / "docs"
