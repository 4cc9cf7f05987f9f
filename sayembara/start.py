"""Where the command begins: Ctrl-C ends it without a word also while its code is being read."""

import sys


def main() -> None:
    """Run the command."""
    try:
        from sayembara.__main__ import main as run  # noqa: PLC0415 - reading it takes a second
    except KeyboardInterrupt:
        sys.exit(130)
    run()
