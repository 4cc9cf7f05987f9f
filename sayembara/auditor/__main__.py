"""Run the auditor alone: `python -m sayembara.auditor`."""

from kit.life import run

from sayembara.auditor.app import SERVICE
from sayembara.auditor.settings import AuditorSettings


def main() -> None:
    """Run until told to stop."""
    run(SERVICE, AuditorSettings())


if __name__ == "__main__":
    main()
