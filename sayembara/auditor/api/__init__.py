"""The auditor's addresses."""

from fastapi import APIRouter
from kit.access import Route

from sayembara.auditor.api import contracts, proofs, questions, receipts

router = APIRouter(tags=["auditor"], route_class=Route)
for part in (contracts, proofs, questions, receipts):
    router.routes.extend(part.router.routes)
