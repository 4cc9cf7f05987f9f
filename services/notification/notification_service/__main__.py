"""Run notification alone: `python -m notification_service`."""

from kit.life import run

from notification_service.app import SERVICE
from notification_service.settings import NotificationSettings


def main() -> None:
    """Run until told to stop."""
    run(SERVICE, NotificationSettings())


if __name__ == "__main__":
    main()
