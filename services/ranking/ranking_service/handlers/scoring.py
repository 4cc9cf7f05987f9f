"""Scores, worked out again after what they are made of changed, once before anybody reads them."""

from collections.abc import Iterable, Mapping

from contracts.ids import EditionId, StageId

from ranking_service import rules
from ranking_service.engine.calculate import Entry
from ranking_service.engine.exact import Fraction
from ranking_service.engine.plan import Plan
from ranking_service.store import Key, RankingStore, Tally


def rescore(key: Key, store: RankingStore) -> None:
    """A proposal's sheets changed: its score is worked out again, once for the transaction."""
    if store.plan(*key[:2]).across:
        # It depends on every other proposal: all are worked out together.
        store.unsettled.add(key[:2])
    else:
        store.dirty.add(key)


def settle_all(store: RankingStore) -> None:
    """Work out everything that is still to be worked out."""
    for edition, stage in sorted(store.unsettled | {key[:2] for key in store.dirty}):
        settle(edition, stage, store)


def settle(edition: EditionId, stage: StageId, store: RankingStore) -> None:
    """Work out what is still to be worked out in the stage."""
    keys = {key for key in store.dirty if key[:2] == (edition, stage)}
    store.dirty -= keys
    if (edition, stage) in store.unsettled:
        store.unsettled.discard((edition, stage))
        keys = {(edition, stage, proposal) for proposal in store.scored(edition, stage)}
    if keys:
        work_out(keys, store.plan(edition, stage), store)


def work_out(keys: Iterable[Key], plan: Plan, store: RankingStore) -> None:
    """Work out these proposals of a stage by this plan; those that left it stay out."""
    store.load(keys)
    here = [key for key in sorted(keys) if store.dossier(key).tally is not None]
    entries = {key[2]: entry_of(key, plan, store) for key in here}
    plan.work_out(entries)
    for key in here:
        store.keep_tally(key, tally_of(plan, entries[key[2]]))


def tally_of(plan: Plan, entry: Entry) -> Tally:
    """What was worked out for a proposal, as it is kept."""
    return Tally(plan.score(entry), entry.sheets, plan.numbers(entry))


def entry_of(key: Key, plan: Plan, store: RankingStore) -> Entry:
    """What is known of a proposal in a stage: the sheets that count, and earlier stages."""
    edition, _, proposal = key

    def numbers(earlier: StageId) -> Mapping[str, Fraction]:
        tally = store.tally(edition, earlier, proposal)
        return tally.numbers if tally else {}

    return entry_with(key, plan, plan.earlier_numbers(numbers), store)


def entry_with(key: Key, plan: Plan, earlier: Mapping[str, Fraction], store: RankingStore) -> Entry:
    """The same where it is known already what the earlier stages came to."""
    dossier = store.dossier(key)
    sheets = {giver: sheet.marks for giver, sheet in dossier.sheets.items()}
    whole, of_parts = rules.counted(sheets, dossier.recused)
    seats = store.seats(*key[:2]) if plan.needs_seats else {}
    return plan.entry(whole, earlier, of_parts, seats, dossier.recused)
