"""`sessions --remote`: what the service has, also what was begun elsewhere."""

import json
from collections.abc import Iterator

import pytest

from das_tui.demo.config import ServiceConfig
from das_tui.demo.serve import Background
from tests.cli.conftest import Run


@pytest.fixture
def service() -> Iterator[Background]:
    with Background(ServiceConfig(speed=0.0)) as made:
        yield made


@pytest.fixture
def account(service: Background) -> dict[str, str]:
    return {
        "DAS_TUI_DAS_ENDPOINT": service.url,
        "DAS_TUI_DMS_ENDPOINT": service.url,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "demo",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "demo",
    }


def test_all_pages_are_listed_and_can_be_read(
    run: Run, service: Background, account: dict[str, str]
) -> None:
    for number in range(53):
        session = service.hub.create(f"session {number}", {})
    service.hub.send(session, "How many rides?", "primary", "harbor_bikes")
    done = run("sessions", "--remote", "--json", env=account)
    assert done.returncode == 0, done.stderr
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rows) == 53
    assert len({row["session"] for row in rows}) == 53
    assert {row["origin"] for row in rows} == {"service"}
    assert {row["kept"] for row in rows} == {0}
    local = [json.loads(line) for line in run("sessions", "--json").stdout.splitlines()]
    assert "origin" not in local[0]
    assert {row["key"] for row in local} == {row["key"] for row in rows}
    read = run(
        "attach", session.session_id, "--agent-id", session.agent_id, "--from-start", env=account
    )
    assert read.returncode == 0, read.stderr
    assert "How many rides?" in read.stdout.decode()


def test_the_table_shows_hostile_titles_harmlessly(
    run: Run, service: Background, account: dict[str, str]
) -> None:
    service.hub.create("a\x1b]0;x\x07b", {})
    done = run("sessions", "--remote", env=account)
    assert done.returncode == 0, done.stderr
    assert b"\x1b" not in done.stdout
    assert b"]0;x" in done.stdout


def test_an_empty_list_prints_nothing(run: Run, account: dict[str, str]) -> None:
    done = run("sessions", "--remote", env=account)
    assert (done.returncode, done.stdout) == (0, b"")


def test_a_wrong_key_and_a_service_that_is_not_there(
    run: Run, service: Background, account: dict[str, str]
) -> None:
    wrong = run("sessions", "--remote", env=account | {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "no"})
    assert wrong.returncode == 1
    assert b"SignatureDoesNotMatch" in wrong.stderr
    service.close()
    gone = run("sessions", "--remote", env=account)
    assert gone.returncode == 3, gone.stderr
