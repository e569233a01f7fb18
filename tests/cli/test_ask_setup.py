"""The options of `ask` that set up a session, and files that go with it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from das_tui.demo.config import ServiceConfig
from das_tui.demo.serve import Background
from tests.cli.conftest import Run

QUESTION = "How many rides on Monday?"


@pytest.fixture(scope="module")
def server() -> Iterator[Background]:
    with Background(ServiceConfig(speed=0.0)) as made:
        yield made


@pytest.fixture
def service(server: Background) -> Background:
    server.hub.requests.clear()
    return server


@pytest.fixture
def account(service: Background) -> dict[str, str]:
    return {
        "DAS_TUI_DAS_ENDPOINT": service.url,
        "DAS_TUI_DMS_ENDPOINT": service.url,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "demo",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "demo",
    }


def test_every_option_reaches_the_service(
    run: Run, service: Background, account: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "rides.csv"
    path.write_bytes(b"day,rides\nMon,7\n")
    done = run(
        *("ask", QUESTION, "--service", "dms", "--mode", "ASK_DATA", "--language", "ENGLISH"),
        *("--no-search", "--source", "harbor_bikes", "--source", "db=parcel_depot,tables=a|b"),
        *("--file", str(path), "--workspace", "personal", "--plan-mode", "disable"),
        *("--skip", "plan,sql", "--param", "ReportWaterMark=harbour"),
        *("--param", "TaskConfig.ReportConfig.ReportTheme=journal"),
        env=account,
    )
    assert done.returncode == 0, done.stderr
    (create,) = service.hub.asked("CreateDataAgentSession")
    (sent,) = service.hub.asked("SendChatMessage")
    config = json.loads(sent["SessionConfig"])
    assert (config["Mode"], config["Language"]) == ("ASK_DATA", "ENGLISH")
    assert (config["EnableSearch"], config["PlanMode"]) == (False, "disable")
    assert (config["SkipPlan"], config["SkipSqlConfirm"]) == (True, True)
    assert config["ReportWaterMark"] == "harbour"
    assert "journal" in sent["TaskConfig"]
    first, second, file = json.loads(sent["DataSources"])
    assert (first["DbName"], second["Tables"]) == ("harbor_bikes", ["a", "b"])
    assert file["DataSourceType"] == "remote_data_center"
    assert create["File"] == file["FileId"]
    assert create["WorkspaceId"] == sent["WorkspaceId"] != "personal"
    kept = service.files.uploaded(file["FileId"])
    assert kept is not None
    assert kept.data == path.read_bytes()
    assert f"file {file['FileId']}".encode() in done.stderr


def test_a_custom_agent(run: Run, service: Background, account: dict[str, str]) -> None:
    agent = "ca-demo51be9d07"
    done = run("ask", QUESTION, "--service", "dms", "--custom-agent", agent, env=account)
    assert done.returncode == 0, done.stderr
    (create,) = service.hub.asked("CreateDataAgentSession")
    assert json.loads(create["SessionConfig"]) == {"CustomAgentId": agent}


def test_chat_parameters(run: Run, service: Background, account: dict[str, str]) -> None:
    done = run("ask", "why?", "--service", "chat", "--param", "Summary=true", env=account)
    assert done.returncode == 0, done.stderr
    assert service.hub.asked("Chat")[0]["Summary"] == "true"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--mode", "ANALYSIS"), "--service dms"),
        (("--service", "chat", "--search"), "--service dms"),
        (("--service", "dms", "--param", "Summary=true"), "--service chat"),
        (("--param", "Summary=true"), "--service chat"),
        (("--service", "dms", "--skip", "plan,lunch"), "lunch"),
        (("--service", "dms", "--param", "Nonsense"), "NAME=VALUE"),
        (("--service", "dms", "--param", "SessionId=1"), "das-tui itself"),
        (("--service", "dms", "--source", "table=x"), "data source"),
        (("--service", "dms", "--file", "/nowhere/x.csv"), "does not exist"),
    ],
)
def test_what_makes_no_sense_is_said_before_anything_is_sent(
    run: Run, service: Background, account: dict[str, str], options: tuple[str, ...], told: str
) -> None:
    done = run("ask", QUESTION, *options, env=account)
    assert done.returncode == 2, done.stderr
    assert told in done.stderr.decode()
    assert not service.hub.requests


def test_a_session_is_set_up_when_it_is_new(
    run: Run, service: Background, account: dict[str, str]
) -> None:
    assert run("ask", QUESTION, "--service", "dms", env=account).returncode == 0
    session = json.loads(run("sessions", "--json").stdout)["session"]
    done = run("ask", "more", "--session", session, "--mode", "ANALYSIS", env=account)
    assert done.returncode == 2
    assert len(service.hub.asked("SendChatMessage")) == 1


def test_the_instance_id_is_never_sent(
    run: Run, service: Background, account: dict[str, str]
) -> None:
    named = "Why is RM-demoharbor01 slow?"
    done = run("ask", named, "--instance-id", "rm-demoharbor01", env=account)
    assert done.returncode == 0, done.stderr
    assert b"deprecated" in done.stderr
    (asked,) = service.hub.asked("GetDasAgentSSE")
    assert set(asked) == {"Query"}
    other = run("ask", "Why is it slow?", "--instance-id", "rm-demoharbor01", env=account)
    assert other.returncode == 2
    assert b"name it there" in other.stderr
    assert len(service.hub.requests) == 1
