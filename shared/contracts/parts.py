"""What every part of a rulebook is made of."""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from contracts.ids import PRINTABLE


def _plainly(number: Decimal) -> Decimal:
    # The digest of a rulebook must not depend on how a number was written.
    return Decimal(format(number.normalize(), "f"))


Number = Annotated[Decimal, Field(max_digits=20, allow_inf_nan=False), AfterValidator(_plainly)]
Text = Annotated[str, Field(min_length=1, max_length=2000, pattern=PRINTABLE)]
Source = Annotated[str, Field(max_length=4000, pattern=PRINTABLE)]
StepId = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,39}$")]


class Rule(BaseModel):
    """A frozen part of a rulebook; a field that the language does not know is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Words(Rule):
    """The same words in Indonesian and in English."""

    id: Text
    en: Text


def refuse(mistakes: Iterable[str]) -> None:
    """ValueError with every mistake on a line of its own; nothing when there is none."""
    told = list(mistakes)
    if told:
        raise ValueError("\n".join(told))


def twins(what: str, ids: Iterable[str]) -> Iterator[str]:
    """A mistake for every id that is there before."""
    seen: set[str] = set()
    for each in ids:
        if each in seen:
            yield f"{what} '{each}' is here twice"
        seen.add(each)
