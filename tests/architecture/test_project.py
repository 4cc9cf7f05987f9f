"""The project keeps its own rules; a failure names the place and what to do about it."""

import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from tests.architecture import checks, project

Check = Callable[[str], Iterator[str]]
SOURCES = project.python(*project.SOURCE_FOLDERS)
TESTS = project.python("tests")
EIGHT = ("__main__", "app", "settings", "handlers", "rules", "store", "api", "migrations")


def findings(check: Check, files: Iterable[tuple[str, str]]) -> list[str]:
    """Every finding of the check, as `file:line: what to do`."""
    return [f"{name}:{finding}" for name, text in files for finding in check(text)]


EXEMPT = {(checks.long_file, "sayembara/audit/verify_bundle.py")}
"""One file on purpose: whoever does not trust us reads and runs it without the rest."""
EXACT = ("/rules", "/cuts/", "/engine/", "/places.py")
"""Of a service: what decides, and what works numbers out."""


def exact_files() -> list[tuple[str, str]]:
    """The files in which a number is a score or a promise: what decides, and contracts."""
    return [
        (name, text)
        for name, text in SOURCES
        if name.startswith("shared/contracts/") or any(f"_service{each}" in name for each in EXACT)
    ]


def test_project_is_seen_whole() -> None:
    """The tests below look at something: a moved folder must not make them pass for nothing."""
    seen = {Path(name).parts[0] for name, _ in SOURCES}

    assert seen == set(project.SOURCE_FOLDERS)
    assert len(project.SERVICES) == 4
    assert {"Makefile", "requirements.lock", ".ci/run"} <= {name for name, _ in project.texts()}


@pytest.mark.parametrize("check", [checks.long_functions, checks.long_file])
def test_sources_keep_the_budgets(check: Check) -> None:
    assert findings(check, [file for file in SOURCES if (check, file[0]) not in EXEMPT]) == []


def test_test_files_keep_their_budget() -> None:
    assert findings(checks.long_test_file, TESTS) == []


@pytest.mark.parametrize("check", [checks.unexplained_suppressions, checks.swallowed_errors])
def test_python_hides_nothing(check: Check) -> None:
    assert findings(check, SOURCES + TESTS) == []


@pytest.mark.parametrize(
    "check", [checks.left_for_later, checks.registry_hosts, checks.machine_paths]
)
def test_texts_name_nothing_of_elsewhere_or_later(check: Check) -> None:
    assert findings(check, project.texts()) == []


def test_scores_are_looked_for_where_they_are_made() -> None:
    ranking = "services/ranking/ranking_service"
    expected = {f"{ranking}/{each}.py" for each in ("rules", "places", "engine/exact")}

    assert expected | {f"shared/contracts/{each}.py" for each in ("stage", "formula")} <= {
        name for name, _ in exact_files()
    }


def test_scores_are_exact() -> None:
    assert findings(checks.binary_floats, exact_files()) == []


def test_broker_is_made_in_the_kit() -> None:
    elsewhere = [file for file in SOURCES if not file[0].startswith("shared/kit/broker")]

    assert findings(checks.broker_constructions, elsewhere) == []


def test_events_are_published_by_the_kit() -> None:
    elsewhere = [file for file in SOURCES if not file[0].startswith("shared/kit/")]

    assert findings(checks.publications, elsewhere) == []


@pytest.mark.parametrize("service", project.SERVICES, ids=lambda path: path.name)
def test_service_has_the_eight_names(service: Path) -> None:
    """The same eight names everywhere: learning one service teaches all four."""
    package = service / f"{service.name}_service"
    missing = [
        each
        for each in EIGHT
        if not (package / f"{each}.py").exists() and not (package / each).is_dir()
    ]

    assert missing == [], f"{project.name(package)} needs a module or a package for each"


@pytest.mark.parametrize("service", project.SERVICES, ids=lambda path: path.name)
def test_service_readme_tells_the_service_at_a_glance(service: Path) -> None:
    readme = service / "README.md"

    assert readme.exists(), f"write {project.name(readme)}: {', '.join(checks.README_WORDS)}"
    assert findings(checks.incomplete_readme, [(project.name(readme), readme.read_text())]) == []


def test_imports_keep_the_rules() -> None:
    """Run `make imports` to see the chain that breaks a rule."""
    linter = Path(sys.executable).with_name("lint-imports")
    ran = subprocess.run(
        [linter, "--no-cache", "--no-logo"],
        cwd=project.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_command_line_starts_without_what_only_services_need() -> None:
    """Who asks for one standing should not wait for four services to be imported."""
    heavy = ("fastapi", "faststream", "sqlalchemy")
    asked = f"import sys, sayembara.__main__; print([n for n in {heavy} if n in sys.modules])"
    ran = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=False)

    assert (ran.stdout, ran.stderr) == ("[]\n", "")
