"""The addresses of evaluation."""

from fastapi import APIRouter

from evaluation_service.api import sheets, stage

router = APIRouter()
# Included, each route would be made a second time.
router.routes.extend([*stage.router.routes, *sheets.router.routes])
