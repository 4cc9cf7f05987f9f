"""The OpenAPI document of a service: what FastAPI writes, with problems told as they are sent."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel, ConfigDict

PROBLEM = "application/problem+json"
PROBLEM_SCHEMA = {"$ref": "#/components/schemas/Problem"}


class Problem(BaseModel):
    """RFC 9457 problem details: what was wrong, where, and what to do; some say more."""

    model_config = ConfigDict(extra="allow")

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str


PROBLEMS: dict[int | str, dict[str, Any]] = {
    401: {"model": Problem, "description": "Not recognised: the token is missing or no good"},
    403: {"model": Problem, "description": "Recognised, and not allowed"},
    404: {"model": Problem, "description": "Not here"},
    409: {"model": Problem, "description": "Refused by a rule"},
    413: {"model": Problem, "description": "A body that is too large"},
    422: {"model": Problem, "description": "Not in the form that was asked for"},
    503: {"model": Problem, "description": "Not now: try again"},
}


class Application(FastAPI):
    """A FastAPI whose document names the media type of its problems."""

    def openapi(self) -> dict[str, Any]:
        """The document."""
        document = super().openapi()
        for response in _responses(document):
            content = response.get("content", {})
            if any(each.get("schema") == PROBLEM_SCHEMA for each in content.values()):
                # FastAPI gives every response the media type of the good one.
                response["content"] = {PROBLEM: {"schema": PROBLEM_SCHEMA}}
        return document


def _responses(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for operations in document["paths"].values():
        for operation in operations.values():
            yield from operation["responses"].values()
