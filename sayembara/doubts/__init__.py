"""What a rulebook may say, and hardly means."""

from collections.abc import Iterator

from contracts.rulebook import Rulebook

from sayembara.doubts.doubt import Doubt
from sayembara.doubts.fields import awards_beyond_the_field, cuts_beyond_the_field
from sayembara.doubts.limits import limits_that_cannot_be_met
from sayembara.doubts.marks import marks_that_nothing_uses, steps_that_nothing_uses
from sayembara.doubts.moments import freezes_too_early
from sayembara.doubts.scores import scores_out_of_reach

__all__ = ["Doubt", "doubts"]


def doubts(rulebook: Rulebook) -> Iterator[Doubt]:
    """Every doubt, each with the place in the rulebook that it is about."""
    yield from marks_that_nothing_uses(rulebook)
    yield from steps_that_nothing_uses(rulebook)
    yield from cuts_beyond_the_field(rulebook)
    yield from limits_that_cannot_be_met(rulebook)
    yield from scores_out_of_reach(rulebook)
    yield from awards_beyond_the_field(rulebook)
    yield from freezes_too_early(rulebook)
