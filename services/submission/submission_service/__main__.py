"""Run submission alone: `python -m submission_service`."""

from kit.life import run

from submission_service.app import SERVICE
from submission_service.settings import SubmissionSettings


def main() -> None:
    """Run until it is told to stop."""
    run(SERVICE, SubmissionSettings())


if __name__ == "__main__":
    main()
