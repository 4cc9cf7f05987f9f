"""Who goes on from a stage: how many, from where, and how good they must be; and score bands."""

from collections.abc import Mapping
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator
from pydantic import GetCoreSchemaHandler as Handler
from pydantic_core import CoreSchema, core_schema

from contracts.ids import AgencyId, Token
from contracts.parts import Number, Rule, Source, StepId, Words, refuse, twins

AGENCY = "agency"
"""The label that every proposal has: the agency that entered it."""

TOP_MAX = 100_000
Count = Annotated[int, Field(ge=0, le=TOP_MAX)]


class Limit(Rule):
    """How many of a kind go on, at least or at most.

    It counts the proposals that have all the values of `where`; with `of`, those of each value of
    that label by themselves: `of = "agency"` with `at_most = 10` is ten of each agency.
    """

    id: Token
    name: Words | None = None
    where: Mapping[Token, Token | AgencyId] = {}
    of: Token | None = None
    at_least: Count | None = None
    at_most: Count | None = None
    source: Source = ""

    @model_validator(mode="after")
    def _says_how_many(self) -> Self:
        if self.at_least is None and self.at_most is None:
            text = "says neither at_least nor at_most: write one of them, or both"
            raise ValueError(f"limit '{self.id}' {text}")
        if self.at_most is not None and (self.at_least or 0) > self.at_most:
            text = f"at_least {self.at_least} is more than at_most {self.at_most}"
            raise ValueError(f"limit '{self.id}': {text}: correct one of them")
        return self

    def labels(self) -> set[str]:
        """The labels that it asks for."""
        return {*self.where, *([self.of] if self.of else [])}


class Cut(Rule):
    """Who goes on: the best `top`, no score below `least`, as far as the limits allow.

    Whoever is equal to the last one who goes on goes on too. `wildcards` more may be let in by a
    minuted decision.
    """

    top: Annotated[int, Field(ge=1, le=TOP_MAX)] | None = None
    least: Number | None = None
    limits: tuple[Limit, ...] = ()
    wildcards: Annotated[int, Field(ge=0, le=1000)] = 0
    source: Source = ""

    @model_validator(mode="after")
    def _ids_differ(self) -> Self:
        refuse(twins("limit", (each.id for each in self.limits)))
        return self


def _kind(value: object) -> str:
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return "number" if is_number else "table"


class _OfNumber:
    """Takes a number too. A validator before the Cut would make it refuse JSON in strict mode."""

    def __get_pydantic_core_schema__(self, source: object, handler: Handler) -> CoreSchema:
        count = core_schema.int_schema(ge=1, le=TOP_MAX)
        number = core_schema.no_info_after_validator_function(lambda top: Cut(top=top), count)
        return core_schema.tagged_union_schema({"number": number, "table": handler(source)}, _kind)


AnyCut = Annotated[Cut, _OfNumber()]
"""A cut; a number alone is its `top`."""

DecisionMode = Literal["none", "ties", "panel"]


class Band(Rule):
    """A class of results: whoever has at least `least` and for whom the step `when` is not 0.

    Bands are tried in their order; a proposal is in the first that fits, and in no other.
    """

    id: Token
    name: Words
    least: Number | None = None
    when: StepId | None = None
    source: Source = ""
