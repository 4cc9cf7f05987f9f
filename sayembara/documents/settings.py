"""`docs/settings.md`: every setting of every service."""

from typing import Any

from kit.settings import Settings
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from sayembara.documents import GENERATED
from sayembara.documents.sources import SETTINGS

HEAD = """\
# Settings

Each service reads its settings from environment variables. The command `sayembara up` sets them
itself; a deployment sets them for each service.
"""
TABLE = "| variable | default | meaning |\n|---|---|---|"


def render() -> dict[str, str]:
    """The page."""
    parts = [f"<!-- {GENERATED} -->", HEAD, "## Every service\n", TABLE, *_common(), ""]
    for service, settings in SETTINGS.items():
        parts += [f"## {service.capitalize()}\n", TABLE, *_own(settings), ""]
    return {"settings.md": "\n".join(parts).rstrip("\n") + "\n"}


def _common() -> list[str]:
    own = set.intersection(*(set(each.__annotations__) for each in SETTINGS.values()))
    return [_row(name, field) for name, field in Settings.model_fields.items() if name not in own]


def _own(settings: type[Settings]) -> list[str]:
    return [
        _row(name, field)
        for name, field in settings.model_fields.items()
        if name in settings.__annotations__
    ]


def _row(name: str, field: FieldInfo) -> str:
    meaning = (field.description or "").replace("|", "\\|")
    return f"| `SAYEMBARA_{name.upper()}` | {_default(field.default)} | {meaning} |"


def _default(default: Any) -> str:
    if default is PydanticUndefined:
        return "required"
    return "none" if default is None else f"`{default}`"
