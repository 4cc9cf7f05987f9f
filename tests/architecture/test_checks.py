"""Every check of the house can fail, and lets through what is right."""

from collections.abc import Callable, Iterator

import pytest

from tests.architecture import checks

Check = Callable[[str], Iterator[str]]

REGISTRY = "py" + "pi.org"
LATER = "TO" + "DO"

REFUSED: list[tuple[Check, str]] = [
    (checks.long_functions, "async def f():\n" + "    g()\n" * 40),
    (checks.long_file, "x = 1\n" * 251),
    (checks.long_test_file, "x = 1\n" * 401),
    (checks.left_for_later, f"# {LATER}: later"),
    (checks.registry_hosts, f"see https://{REGISTRY}/simple"),
    (checks.registry_hosts, "pip install --index" + "-url x y"),
    (checks.machine_paths, "run " + "/home" + "/me/tool"),
    (checks.unexplained_suppressions, "x = 1  # type: ignore"),
    (checks.unexplained_suppressions, "x = 1  # type: ignore[arg-type]"),
    (checks.unexplained_suppressions, "x = 1  # noqa: E501"),
    (checks.unexplained_suppressions, "x = 1  # pragma: no cover"),
    (checks.swallowed_errors, "try:\n    f()\nexcept ValueError:\n    pass"),
    (checks.swallowed_errors, "try:\n    f()\nexcept ValueError:\n    ..."),
    (checks.binary_floats, "half = 0.5"),
    (checks.binary_floats, "mark = float('1')"),
    (checks.binary_floats, "root = math.sqrt(mark)"),
    (checks.binary_floats, "from math import sqrt"),
    (checks.binary_floats, "mark: float | None"),
    (checks.binary_floats, "def f(*, marks: list[float]): g()"),
    (checks.binary_floats, "def f() -> float: return g()"),
    (checks.broker_constructions, "broker = NatsBroker()"),
    (checks.broker_constructions, "broker = nats.NatsBroker()"),
    (checks.publications, "await broker.publish(event)"),
    (checks.incomplete_readme, "Owns Hears Says Refuses"),
    (checks.incomplete_readme, "Owns Hears Says Refuses Runs with" + "\n" * 30),
]

ALLOWED: list[tuple[Check, str]] = [
    (checks.long_functions, "async def f():\n" + "    g()\n" * 39),
    (checks.long_file, "x = 1\n" * 250),
    (checks.long_test_file, "x = 1\n" * 400),
    (checks.left_for_later, "mktemp sayembara.XXXXXX"),
    (checks.registry_hosts, "image: postgres:17"),
    (checks.machine_paths, "https://example.org/home/page and ../shared/work/x"),
    (
        checks.unexplained_suppressions,
        "x = 1  # type: ignore[arg-type]  # the library's stub is wrong",
    ),
    (checks.unexplained_suppressions, "x = 1  # noqa: E501  # a table"),
    (checks.unexplained_suppressions, "x = '# type: ignore'"),
    (checks.swallowed_errors, "try:\n    f()\nexcept ValueError:\n    g()"),
    (checks.binary_floats, "half = Decimal('0.5')\nif isinstance(half, float): g()"),
    (checks.broker_constructions, "broker: NatsBroker = make_broker()"),
    (checks.publications, "relay.publish_all(events)\npublish(page)"),
    (checks.incomplete_readme, "Owns Hears Says Refuses Runs with"),
]


@pytest.mark.parametrize(("check", "sample"), REFUSED)
def test_check_finds_what_the_house_refuses(check: Check, sample: str) -> None:
    assert len(list(check(sample))) == 1


@pytest.mark.parametrize(("check", "sample"), ALLOWED)
def test_check_lets_through_what_is_right(check: Check, sample: str) -> None:
    assert list(check(sample)) == []
