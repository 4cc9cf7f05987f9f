"""Editions: the rulebook, the opening, the agencies, the end of the intake."""

from collections.abc import Iterable

from contracts.event import Event, Minute
from contracts.ids import AgencyId, EditionId, Office, Title, Token
from contracts.outcomes import Refused
from contracts.submission import EditionOpened, IntakeClosed, RulebookAmended

from submission_service.rules.amendment import Standing, check_amendment
from submission_service.rules.intake import check_may_close
from submission_service.rules.rulebook_file import read_rulebook
from submission_service.store import SubmissionStore


def put_rulebook(store: SubmissionStore, edition: EditionId, file: bytes) -> Iterable[Event]:
    """Keep the rulebook of a TOML file, again and again until the edition opens.

    Invalid `rulebook_wrong` with every mistake; refused `rulebook_fixed` once it is open.
    """
    rulebook = read_rulebook(file, edition)
    found = store.find_edition(edition)
    if found is None or found.state == "draft":
        store.put_edition(rulebook, state="draft", digest=rulebook.digest())
    elif found.digest != rulebook.digest():
        text = f"'{edition}' is open with the rulebook {found.digest}: amend it by a decision"
        raise Refused("rulebook_fixed", text)
    return ()


def open_edition(store: SubmissionStore, edition: EditionId) -> Iterable[Event]:
    """Fix the rulebook and publish it; nothing when the edition was opened before."""
    found = store.edition(edition)
    if found.state != "draft":
        return ()
    digest = found.rulebook.digest()
    return (
        EditionOpened(
            edition=edition,
            rulebook=found.rulebook,
            rulebook_digest=digest,
            opened_at=store.now,
        ),
    )


def keep_opened(event: EditionOpened, store: SubmissionStore) -> Iterable[Event]:
    """The edition is open, with this rulebook."""
    values = {"digest": event.rulebook_digest, "opened_at": event.opened_at}
    store.put_edition(event.rulebook, state="open", **values)
    return ()


def amend(
    store: SubmissionStore, edition: EditionId, text: str, decision: Minute
) -> Iterable[Event]:
    """Replace the rulebook of an open edition by a minuted decision; nothing when it is the same.

    Invalid `rulebook_wrong` with every mistake of the TOML text; refused `edition_not_open`,
    `results_announced`, and `amendment_refused` with everything that may not change any more.
    """
    found = store.edition(edition)
    rulebook = read_rulebook(text.encode(), edition)
    if found.state != "draft" and found.digest == rulebook.digest():
        return ()
    announced, ranked = store.is_announced(edition), store.ranked(edition)
    standing = Standing(found.state, announced=announced, ranked=ranked, now=store.now)
    check_amendment(found.rulebook, rulebook, standing)
    return (
        RulebookAmended(
            edition=edition,
            rulebook=rulebook,
            rulebook_digest=rulebook.digest(),
            before=found.digest,
            decision=decision,
        ),
    )


def keep_amended(event: RulebookAmended, store: SubmissionStore) -> Iterable[Event]:
    """The edition goes on under this rulebook."""
    store.put_amended(event)
    return ()


def put_agency(
    store: SubmissionStore, edition: EditionId, agency: AgencyId, name: Title, kind: Token
) -> Iterable[Event]:
    """Keep an agency that may enter proposals, or correct its name."""
    store.edition(edition)
    store.put_agency(edition, agency, name, kind)
    return ()


def close_intake(store: SubmissionStore, edition: EditionId, by: Office) -> Iterable[Event]:
    """End the intake, once its last moment has passed; nothing when it was ended before."""
    found = store.edition(edition)
    if found.state == "closed":
        return ()
    check_may_close(found.state, found.rulebook.intake, store.now)
    submitted = store.count_entries(edition, "submitted")
    return (IntakeClosed(edition=edition, submitted=submitted, by=by),)


def keep_closed(event: IntakeClosed, store: SubmissionStore) -> Iterable[Event]:
    """The edition takes no more proposals."""
    store.close_edition(event.edition)
    return ()
