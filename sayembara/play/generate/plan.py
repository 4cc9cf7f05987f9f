"""`generate.toml`: what a generator puts in where proposals and sheets are not public."""

from collections.abc import Mapping
from typing import Annotated, Self

from contracts.ids import (
    AgencyId,
    AwardId,
    CriterionId,
    JurorId,
    LabelId,
    Office,
    PanelId,
    ProposalId,
    Reason,
    StageId,
    Title,
    Token,
)
from contracts.rulebook import Words
from pydantic import Field, model_validator

from sayembara.play.files import Kind, Text
from sayembara.play.forms import Part

Count = Annotated[int, Field(ge=0)]
Share = Annotated[int, Field(ge=0, le=100)]


class Institutions(Part):
    """Agencies of a kind, invented: `name` and a number."""

    kind: Kind
    name: Title
    count: Count
    full: Count | None = None


class Group(Part):
    """Proposals that share `labels` and kinds of agency, and how many of them come how far.

    `known` are real ones among them, from proposals.csv. Without `handed_in`, the group has its
    share of those that are handed in of the whole edition.
    """

    id: Token
    kinds: tuple[Kind, ...] = ()
    labels: Mapping[LabelId, Token] = {}
    handed_in: Count | None = None
    admitted: Count | None = None
    full: Count | None = None
    age_months: Count | None = None
    known: tuple[ProposalId, ...] = ()
    source: str = ""


class Entries(Part):
    """How proposals are called; `title` may name their {number} and {agency}."""

    prefix: Token
    title: Text
    text: Text
    handed_in: Count | None = None
    kind_label: LabelId | None = None


class Bench(Part):
    """Seats of a stage: so many, and so many of them, in turn, for each proposal."""

    stage: StageId
    panel: PanelId | None = None
    juror: JurorId
    office: Office
    agency: AgencyId
    seats: Annotated[int, Field(ge=1)]
    each: Annotated[int, Field(ge=1)]


class Spread(Part):
    """Marks, in hundredths of their scale: where they lie, how far proposals and jurors differ."""

    middle: Share = 70
    proposals: Share = 9
    jurors: Share = 4


class Parts(Part):
    """How many parts all proposals have together, and the most of one; some have none."""

    total: Count
    full: Count | None = None
    most: Annotated[int, Field(ge=1)]
    none: Share = 0


class Missing(Part):
    """So many proposals have no mark for a criterion that is optional."""

    criterion: CriterionId
    count: Count


class GoesOn(Part):
    """How many of these groups go on from a stage, of all groups where none is named.

    With `agencies`, they are from so many. `known` go on in any case: so the sources say.
    """

    stage: StageId
    groups: tuple[Token, ...] = ()
    count: Count
    agencies: Count | None = None
    known: tuple[ProposalId, ...] = ()
    source: str = ""


class Decided(Part):
    """The minute by which a panel lets exactly those go on who do."""

    stage: StageId
    by: Office
    minute: Annotated[str, Field(min_length=1, max_length=200)]
    reason: Reason


class Given(Part):
    """An award to everyone of these groups who goes on from a stage, or to those named."""

    award: AwardId
    stage: StageId
    groups: tuple[Token, ...] = ()
    known: tuple[ProposalId, ...] = ()
    by: Office
    reason: Reason


class Published(Part):
    """Counts that were published, which the play comes to; with `full`, only in its full size.

    `at` is `handed-in`, `admitted`, `parts`, or a stage: who goes on from it. `by` is a label;
    `together` says which of its values was counted under which other one. `agencies` are how many
    agencies those of each value are from.
    """

    at: Token
    by: LabelId | None = None
    counts: Mapping[Token, Count] = {}
    together: Mapping[Token, Token] = {}
    agencies: Mapping[Token, Count] = {}
    total: Count
    full: bool = False
    source: Text

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        found = sum(self.counts.values())
        if self.counts and found != self.total:
            raise ValueError(f"the counts add up to {found}, not to the total of {self.total}")
        return self


class Plan(Part):
    """What is generated, from which seed. `full` sizes are for those who ask for them."""

    seed: int
    note: Words
    entries: Entries
    institutions: tuple[Institutions, ...] = ()
    groups: Annotated[tuple[Group, ...], Field(min_length=1)]
    benches: tuple[Bench, ...]
    marks: Spread = Spread()
    parts: Parts | None = None
    missing: tuple[Missing, ...] = ()
    goes_on: tuple[GoesOn, ...] = ()
    decisions: tuple[Decided, ...] = ()
    awards: tuple[Given, ...] = ()
    published: tuple[Published, ...] = ()
