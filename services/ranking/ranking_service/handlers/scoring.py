"""The score of a proposal in a stage, worked out again whenever something it is made of changes."""

from collections.abc import Mapping

from contracts.ids import EditionId, StageId

from ranking_service import rules
from ranking_service.engine.calculate import Entry
from ranking_service.engine.exact import Fraction
from ranking_service.engine.plan import Plan
from ranking_service.store import Key, RankingStore, Tally


def rescore(key: Key, store: RankingStore) -> None:
    """Work out a proposal's score from all its sheets that count."""
    plan = store.plan(*key[:2])
    entry = entry_of(key, plan, store)
    if not plan.across:
        plan.work_out({key[2]: entry})
        store.keep_tally(key, tally_of(plan, entry))
    else:
        # It depends on every other proposal: all are worked out together, once for the transaction.
        store.unsettled.add(key[:2])


def settle(edition: EditionId, stage: StageId, store: RankingStore) -> None:
    """Where a score depends on the other proposals, work out all of them together."""
    if (edition, stage) not in store.unsettled:
        return
    store.unsettled.discard((edition, stage))
    plan = store.plan(edition, stage)
    keys = [(edition, stage, proposal) for proposal in store.scored(edition, stage)]
    store.load(keys)
    entries = {key[2]: entry_of(key, plan, store) for key in keys}
    plan.work_out(entries)
    for key in keys:
        entry = entries[key[2]]
        store.keep_tally(key, tally_of(plan, entry))


def tally_of(plan: Plan, entry: Entry) -> Tally:
    """What was worked out for a proposal, as it is kept."""
    return Tally(plan.score(entry), len(entry.along["juror"]), plan.numbers(entry))


def entry_of(key: Key, plan: Plan, store: RankingStore) -> Entry:
    """What is known of a proposal in a stage: the sheets that count, and earlier stages."""
    dossier = store.dossier(key)
    sheets = {juror: sheet.marks for juror, sheet in dossier.sheets.items()}
    edition, _, proposal = key

    def numbers(stage: StageId) -> Mapping[str, Fraction]:
        tally = store.tally(edition, stage, proposal)
        return tally.numbers if tally else {}

    counted = rules.counted(sheets, dossier.recused)
    return plan.entry(counted, plan.earlier_numbers(numbers))
