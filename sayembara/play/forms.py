"""The TOML files of an edition folder, read strictly: each mistake has its file and line."""

import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError
from submission_service.rules.toml_lines import line_of, lines_of

from sayembara.play.tables import Place, read_text


class Part(BaseModel):
    """A part of `play.toml` or `answers.toml`; a key that is not known is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


AnyPart = TypeVar("AnyPart", bound=Part)


def read_toml(path: Path, form: type[AnyPart]) -> AnyPart:
    """The file in its form; Trouble with the line of the first mistake."""
    text = read_text(path)
    try:
        return form.model_validate(tomllib.loads(text, parse_float=Decimal))
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        line = int(at[1]) if at else text.count("\n") + 1
        raise Place(path, line).trouble(f"not TOML: {error}") from error
    except ValidationError as error:
        line = line_of(error.errors()[0]["loc"], lines_of(text))
        raise Place(path, line).trouble(explain(error)) from error


def explain(error: ValidationError) -> str:
    """The first mistake, as `where: what`."""
    first = error.errors()[0]
    where = " ".join(str(step) for step in first["loc"])
    if not first["input"]:
        return f"{where}: is empty: fill it in"
    if first["type"] == "missing":
        return f"{where}: is missing: write it"
    if first["type"] == "extra_forbidden":
        return f"{where}: does not belong here: take it out, or correct its spelling"
    return f"{where}: {str(first['input'])!r} does not fit: {first['msg'].removeprefix('Input ')}"
