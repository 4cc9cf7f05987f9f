"""A moment, as somebody types it."""

from datetime import datetime

from sayembara.trouble import Trouble

POSITION_OR_TIME = "neither a position nor a time"


def moment(text: str, otherwise: str = "no time") -> datetime:
    """The time that is written there; Trouble when it is `otherwise`, or names no zone."""
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise Trouble(f"'{text}' is {otherwise} such as 2019-10-02T16:00:00+08:00") from None
    if time.tzinfo is None:
        whole = f"{text}T00:00:00" if time.date().isoformat() == text else text
        raise Trouble(f"'{text}' names no time zone: add one, as in {whole}+08:00")
    return time
