"""HTTP, once for all services: how a request reaches its service, and how errors are told."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

import structlog
from contracts.outcomes import Forbidden, Invalid, NotFound, NotYet, Refused
from contracts.written import Impersonal
from fastapi import APIRouter, Depends, FastAPI, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException
from uuid_utils import uuid7

from kit.access import Entered, Route, let_enter
from kit.body import BodyLimit, BodyTooLarge
from kit.commands import Decide
from kit.database import is_away
from kit.document import PROBLEM, Application, Problem
from kit.outbox import Said
from kit.running import NotActive, Running
from kit.tokens import Unknown
from kit.watched import Watched

log = structlog.get_logger()

Correlation = Annotated[str | None, Header(alias="X-Correlation-Id", max_length=100), Impersonal]


class SaidEvent(BaseModel):
    """An event that the request led to; it is on disk, and on its way to the log."""

    id: str
    type: str


class Receipt(BaseModel):
    """What an accepted request led to; no events when everything was so already."""

    correlation: str
    events: list[SaidEvent]

    @classmethod
    def of(cls, correlation: str, said: list[Said]) -> "Receipt":
        """The receipt over what was said."""
        events = [SaidEvent(id=each.envelope.id, type=each.envelope.type) for each in said]
        return cls(correlation=correlation, events=events)


EXPLAINED = (
    Unknown,
    Refused,
    NotYet,
    NotActive,
    DBAPIError,
    RequestValidationError,
    HTTPException,
    Exception,
)


async def running_of(request: Request) -> Running:
    """The service that answers this request."""
    # Not a plain function: each of those costs a hop to another thread and back per request.
    running: Running = request.app.state.running
    return running


Here = Annotated[Running, Depends(running_of)]


class Desk:
    """Where a request hands in its command, and reads what is stored."""

    def __init__(self, here: Running, correlation: str | None) -> None:
        self.here = here
        self.correlation = correlation or str(uuid7())

    async def run(self, decide: Decide) -> Receipt:
        """Let `decide(store)` decide in a transaction; the receipt when it is on disk."""
        structlog.contextvars.bind_contextvars(correlation=self.correlation)
        said = await self.here.command(decide, self.correlation)
        log.info("decided", said=[each.envelope.type for each in said])
        return Receipt.of(self.correlation, said)

    async def read(self, query: Callable[[Any], Any]) -> Any:
        """The answer of `query(store)` on what is committed."""
        return await self.here.query(query)

    async def share(self, key: object, query: Callable[[Any], Any], seconds_old: float = 0) -> Any:
        """The same for many who ask: worked out once between two commits.

        Whoever takes an answer that is some `seconds_old` may get the one before.
        """
        return await self.here.answers.get(key, query, seconds_old)


async def desk_of(request: Request, correlation: Correlation = None) -> Desk:
    """The desk of this request."""
    # The service is looked up here: a dependency of a dependency costs more than the desk itself.
    return Desk(request.app.state.running, correlation)


AtDesk = Annotated[Desk, Depends(desk_of)]


def make_app(running: Running, *routes: APIRouter) -> FastAPI:
    """The HTTP application of a service."""
    app = Application(
        title=f"Sayembara {running.service.name}",
        version="1",
        docs_url=None,
        redoc_url=None,
    )
    app.state.running = running
    app.add_middleware(BodyLimit, bytes_max=running.settings.body_bytes_max)
    app.add_middleware(Watched, meters=running.meters)
    for router in (running.service.routes, *routes):
        _check_all_say_who_may(router)
        # Included, a router would be searched twice for every request.
        app.router.routes.extend(router.routes)
    app.add_exception_handler(Entered, let_enter)
    for error in EXPLAINED:
        app.add_exception_handler(error, _answer_problem)
    return app


def _check_all_say_who_may(router: APIRouter) -> None:
    for each in router.routes:
        if not isinstance(each, Route):
            raise TypeError(f"{each} does not say who may use it: kit.access.Route makes it")


async def _answer_problem(request: Request, error: Exception) -> Response:
    status, code, detail = _explain(error)
    if status == 500:
        log.error("a request met a bug", path=request.url.path, exc_info=error)
    # Half a character of UTF-16, as JSON may name it, can be told but not sent.
    detail = detail.encode(errors="replace").decode()
    more: Mapping[str, Any] = getattr(error, "more", {})
    problem = Problem(title=code.replace("_", " "), status=status, detail=detail, code=code, **more)
    headers = dict(getattr(error, "headers", None) or {})
    if status == 503:
        headers["Retry-After"] = "1"
    return Response(problem.model_dump_json(), status, headers, media_type=PROBLEM)


def _explain(error: Exception) -> tuple[int, str, str]:
    match error:
        case Unknown():
            return 401, error.code, error.text
        case Forbidden():
            return 403, error.code, error.text
        case NotFound():
            return 404, error.code, error.text
        case Invalid():
            return 422, error.code, error.text
        case Refused():
            return 409, error.code, error.text
        case NotYet():
            return 503, "not_yet", str(error)
        case NotActive():
            return 503, "not_active", str(error)
        case DBAPIError() if is_away(error):
            return 503, "store_away", "the store does not answer; nothing was taken, try again"
        case RequestValidationError():
            return 422, "malformed_request", _what_is_malformed(error)
        case BodyTooLarge():
            return 413, "body_too_large", error.detail
        case HTTPException(status_code=400):
            # FastAPI's word for JSON that is not even text, or nested beyond all bounds.
            return 422, "malformed_request", "the body cannot be read as JSON in UTF-8"
        case HTTPException():
            return error.status_code, "http_error", str(error.detail)
    return 500, "bug", "this is a mistake in the service; it is in the log with this request"


def _what_is_malformed(error: RequestValidationError) -> str:
    return "; ".join(
        f"{'.'.join(str(step) for step in each['loc'])}: {each['msg']}" for each in error.errors()
    )
