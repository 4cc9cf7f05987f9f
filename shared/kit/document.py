"""The OpenAPI document of a service: what FastAPI writes, with problems told as they are sent."""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

PROBLEM = "application/problem+json"
PROBLEM_SCHEMA = {"$ref": "#/components/schemas/Problem"}


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
