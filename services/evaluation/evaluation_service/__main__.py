"""Runs evaluation alone: `python -m evaluation_service`."""

from kit.life import run

from evaluation_service.app import SERVICE
from evaluation_service.settings import EvaluationSettings


def main() -> None:
    """Run until told to stop."""
    run(SERVICE, EvaluationSettings())


if __name__ == "__main__":
    main()
