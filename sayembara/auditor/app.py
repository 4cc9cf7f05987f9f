"""The auditor: what it hears, and how it is put together."""

from pathlib import Path

from contracts.auditor import CheckpointSigned
from kit.reactions import on
from kit.service import Service, Tally

from sayembara.auditor import handlers
from sayembara.auditor.api import router
from sayembara.auditor.signing import sign
from sayembara.auditor.store import AuditorStore
from sayembara.auditor.tables import metadata
from sayembara.auditor.verifying import verify

REACTIONS = (on(CheckpointSigned, handlers.keep_signed),)

SERVICE = Service(
    name="auditor",
    store=AuditorStore,
    metadata=metadata,
    migrations=Path(__file__).parent / "migrations",
    reactions=REACTIONS,
    routes=router,
    hear=handlers.hear,
    tasks=(sign, verify),
    tallies=(
        Tally(
            "tree",
            "The tree over the log: messages, signed ones, unsigned ones, a missing one's position",
            "figure",
            AuditorStore.of_tree,
        ),
        Tally(
            "verification",
            "The last verification of the log: whether it failed, and how old it is",
            "figure",
            AuditorStore.of_verifications,
        ),
    ),
)
