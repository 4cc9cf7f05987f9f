"""The alert rules and the page that explains them."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from kit.observe import Meters
from prometheus_client import CollectorRegistry
from ranking_service.api import live

from sayembara.documents.sources import SERVICES
from tests.support.prometheus import DEPLOY, tool

HERE = Path(__file__).parent
PAGE = (DEPLOY.parent / "docs" / "operations.md").read_text(encoding="utf-8")
ALERTS = re.findall(r"- alert: (\w+)", (DEPLOY / "alerts.yml").read_text())


def rows(head: str) -> Iterator[list[str]]:
    """The rows of the table on the page whose first column is headed so."""
    table = PAGE.split(f"| {head} |", 1)[1].split("\n\n", 1)[0]
    for line in table.splitlines()[2:]:
        yield [cell.strip() for cell in line.strip("|").split("|")]


def run(*command: str) -> str:
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran.stdout


def test_configuration_and_rules_are_what_prometheus_reads() -> None:
    assert "SUCCESS" in run(tool("promtool"), "check", "config", str(DEPLOY / "prometheus.yml"))


def test_every_alert_fires_when_it_should_and_is_quiet_before() -> None:
    assert "SUCCESS" in run(tool("promtool"), "test", "rules", str(HERE / "alerts.test.yml"))


@pytest.mark.parametrize("alert", ALERTS)
def test_alert_is_shown_to_fire_and_to_be_quiet(alert: str) -> None:
    tried = (HERE / "alerts.test.yml").read_text()

    assert f"alertname: {alert}, exp_alerts: []" in tried
    assert re.search(rf"alertname: {alert}\n +exp_alerts:[^\[]*\n +- exp_labels", tried)


def test_the_page_explains_every_alert_and_no_other() -> None:
    assert [name.strip("`") for name, *_ in rows("alert")] == ALERTS


def test_the_page_lists_every_metric_with_its_labels_and_no_other() -> None:
    listed = {
        name.strip("`"): set(re.findall(r"`(\w+)`", labels)) for name, labels, _ in rows("metric")
    }

    assert listed == dict(known_metrics())


def test_rules_ask_only_for_metrics_that_there_are() -> None:
    asked = set(re.findall(r"sayembara_\w+", (DEPLOY / "alerts.yml").read_text()))

    assert {name.removesuffix("_total") for name in asked} <= {name for name, _ in known_metrics()}


def known_metrics() -> Iterator[tuple[str, set[str]]]:
    for service in SERVICES:
        for collector in Meters(service.name, service.tallies).registry._collector_to_names:
            yield collector._name, set(collector._labelnames)  # type: ignore[attr-defined] # every metric of ours has both
    for collector in live.meters(CollectorRegistry()):
        yield collector._name, set()
