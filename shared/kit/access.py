"""Who may use an address: every route says so once, with `may(...)` or `PUBLIC`."""

import time
from collections.abc import Callable
from typing import Annotated, Any

import structlog
from fastapi import Depends, Query, Request, Response, Security
from fastapi.responses import RedirectResponse
from fastapi.routing import APIRoute
from fastapi.security import HTTPBearer
from fastapi.security.base import SecurityBase

from kit.document import PROBLEMS
from kit.tokens import Access, Role, Who

COOKIE = "sayembara_token"


class Entered(Exception):
    """A person opened a page with `?token=`: the browser keeps it, and the address loses it."""

    def __init__(self, token: str, who: Who, address: str) -> None:
        super().__init__("entered")
        self.token = token
        self.who = who
        self.address = address


BEARER = HTTPBearer(
    scheme_name="token",
    bearerFormat="JWT",
    description="A JWT with sub, role, edition, exp and the audience 'sayembara', signed with"
    " Ed25519. Each address says which roles may use it.",
    auto_error=False,
)
OnceToken = Annotated[str | None, Query(description="A token for the browser to keep.")]
ENTERED: dict[int | str, dict[str, Any]] = {
    303: {"description": "The browser keeps the token, and goes on to the address without it"}
}


class Identify(SecurityBase):
    """Whose token a request carries. In the document it is the scheme `BEARER`.

    A dependency costs as much as the work in it: so this reads the header itself.
    """

    def __init__(self) -> None:
        self.model = BEARER.model
        self.scheme_name = BEARER.scheme_name

    async def __call__(self, request: Request) -> Who:
        """Who asks; Unknown without a good token."""
        return _recognise(request, await _shown(request))


class IdentifyVisitor(Identify):
    """The same for a page: a browser carries the token in a cookie, got by `?token=` once."""

    async def __call__(self, request: Request, token: OnceToken = None) -> Who:
        """Who asks; Entered when the address has the token."""
        if token:
            address = request.url.remove_query_params("token")
            who = _recognise(request, token)
            raise Entered(token, who, f"{address.path}?{address.query}".rstrip("?"))
        return _recognise(request, await _shown(request) or request.cookies.get(COOKIE))


identify = Identify()
identify_visitor = IdentifyVisitor()


async def _shown(request: Request) -> str | None:
    given = await BEARER(request)
    return given.credentials if given else None


def _recognise(request: Request, token: str | None) -> Who:
    access: Access = request.app.state.running.access
    return access.recognise(token)


class May:
    """The roles that may use a route, in the edition that their token is for."""

    def __init__(self, *roles: Role) -> None:
        self.roles = roles

    async def __call__(self, request: Request, who: Annotated[Who, Security(identify)]) -> Who:
        """Who asks; Forbidden when the role or the edition is another."""
        return self.check(request, who)

    def check(self, request: Request, who: Who) -> Who:
        """The same, for someone who was recognised already."""
        structlog.contextvars.bind_contextvars(role=who.role, subject=who.subject)
        if who.role not in self.roles:
            raise who.refused(f"this needs the role {' or '.join(self.roles)}")
        if edition := request.path_params.get("edition"):
            who.must_be_of(edition)
        return who

    def __str__(self) -> str:
        return f"{', '.join(self.roles)}."


class MayVisit(May):
    """The roles that may look at a page in a browser."""

    async def __call__(
        self, request: Request, who: Annotated[Who, Security(identify_visitor)]
    ) -> Who:
        """Who asks; Forbidden when the role is another."""
        return self.check(request, who)


class Everybody:
    """No token is asked for."""

    async def __call__(self) -> None:
        """Anyone."""

    def __str__(self) -> str:
        return "everybody, without a token."


PUBLIC = Depends(Everybody())


def may(*roles: Role, kind: Callable[..., May] = May) -> Any:
    """Who may use a route: a dependency of it, as a parameter (gives a Who) or beside it."""
    return Security(kind(*roles), scopes=list(roles))


class Route(APIRoute):
    """A route that says who may use it, in its description too; TypeError when it does not.

    Its description has the problems that every address may answer with.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["responses"] = {**PROBLEMS, **(kwargs.get("responses") or {})}
        super().__init__(*args, **kwargs)
        calls = (each.call for each in self.dependant.dependencies)
        said = [each for each in calls if isinstance(each, May | Everybody)]
        if len(said) != 1:
            raise TypeError(f"{self.path} must say once who may use it: may(...) or PUBLIC")
        self.who = said[0]
        self.description = f"{self.description}\n\nWho may: {self.who}"


async def let_enter(request: Request, entered: Exception) -> Response:
    """Send the browser on to the address without the token, which it keeps until it expires."""
    assert isinstance(entered, Entered)
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    answer = RedirectResponse(entered.address, 303, headers)
    answer.set_cookie(
        COOKIE,
        entered.token,
        max_age=entered.who.expires_at - int(time.time()),
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return answer
