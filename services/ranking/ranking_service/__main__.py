"""Runs ranking alone: `python -m ranking_service`."""

from kit.life import run

from ranking_service.app import SERVICE
from ranking_service.settings import RankingSettings


def main() -> None:
    """Run until told to stop."""
    run(SERVICE, RankingSettings())


if __name__ == "__main__":
    main()
