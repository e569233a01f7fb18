"""`ask`, `attach`, `sessions` and `show` against the built-in service, all as real processes."""

import json
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run

DAS_QUESTION = "Why is the CPU of rm-demoharbor01 at 97 %?"
SQL_QUESTION = "Which depots were most late in March?"


def lines(output: bytes) -> list[dict[str, Any]]:
    assert output.isascii()
    return [json.loads(line) for line in output.splitlines()]


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """The URL of a service without delays."""
    child = subprocess.Popen(
        [sys.executable, "-m", "das_tui", "serve", "--speed", "0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        cwd=Path(__file__).parents[2],
    )
    assert child.stdout is not None
    first = child.stdout.readline().decode()
    assert first.startswith("listening on http://127.0.0.1:")
    yield first.split()[-1]
    child.terminate()
    child.stdout.close()
    assert child.wait(20) == 143


@pytest.fixture
def account(service: str) -> dict[str, str]:
    return {
        "DAS_TUI_DAS_ENDPOINT": service,
        "DAS_TUI_DMS_ENDPOINT": service,
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "demo",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "demo",
    }


def test_a_das_question_prints_its_answer_and_ends_with_0(
    run: Run, account: dict[str, str]
) -> None:
    done = run("ask", DAS_QUESTION, env=account)
    assert done.returncode == 0, done.stderr
    text = done.stdout.decode()
    assert "step by step" in text
    assert "SqlOptimize" in text
    assert DAS_QUESTION not in text
    assert "\x1b" not in text
    told = done.stderr.decode()
    assert "finished" in told
    assert "chars" in told
    assert "request " in told
    shown = run("show", run("sessions").stdout.decode().splitlines()[1].split()[0])
    assert shown.returncode == 0
    assert DAS_QUESTION.split(maxsplit=1)[0] in shown.stdout.decode()
    assert text.splitlines()[0] in shown.stdout.decode().splitlines()


def test_json_lines_are_ascii_and_show_prints_them_again(run: Run, account: dict[str, str]) -> None:
    done = run("ask", "--json", "-", input=f"{DAS_QUESTION}\n".encode(), env=account)
    assert done.returncode == 0, done.stderr
    printed = lines(done.stdout)
    assert [line["seq"] for line in printed] == list(range(1, len(printed) + 1))
    assert {line["session"] for line in printed} == {printed[0]["wire"]["Id"]}
    answer = "".join(line["text"] for line in printed if line["type"] == "text_appended")
    assert "## " in answer
    session = printed[0]["session"]
    assert run("show", "--json", session).stdout == done.stdout
    assert run("show", "--json", session[:8]).stdout == done.stdout


def test_what_is_paid_is_told_for_each_question_by_itself(
    run: Run, account: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "c.toml"
    path.write_text("[profiles.paid]\nprice_per_char = 0.001\n")
    environment = account | {"DAS_TUI_CONFIG": str(path)}
    session = ""
    for further in ((), ("--session",)):
        where = (*further, session) if further else ()
        done = run("ask", "--json", *where, DAS_QUESTION, env=environment)
        assert done.returncode == 0, done.stderr
        printed = lines(done.stdout)
        session = printed[0]["session"]
        chars = len("".join(line["text"] for line in printed if line["type"] == "text_appended"))
        assert f"   {chars:,} chars   {chars / 1000:,.2f} USD   " in done.stderr.decode()


def test_a_run_that_waits_ends_with_4_and_goes_on_in_the_same_session(
    run: Run, account: dict[str, str]
) -> None:
    asked = run("ask", "--service", "dms", "--json", SQL_QUESTION, env=account)
    assert asked.returncode == 4, asked.stderr
    before = lines(asked.stdout)
    assert any(line["type"] == "human_asked" for line in before)
    session = before[0]["session"]
    assert f"next: das-tui ask --session {session}" in asked.stderr.decode()
    again = run("ask", "--session", session[:12], "--json", "确认执行当前SQL", env=account)
    assert again.returncode == 0, again.stderr
    after = lines(again.stdout)
    assert [line["seq"] for line in before + after] == list(range(1, len(before) + len(after) + 1))
    assert run("show", "--json", session).stdout == asked.stdout + again.stdout
    listed = lines(run("sessions", "--json").stdout)
    assert [(row["session"], row["state"], row["kept"]) for row in listed] == [
        (session, "finished", len(before) + len(after))
    ]


def test_level_drops_lower_lines_and_keeps_those_without(run: Run, account: dict[str, str]) -> None:
    everything = lines(run("ask", "--service", "dms", "--json", SQL_QUESTION, env=account).stdout)
    session = everything[0]["session"]
    kept = [line for line in everything if line["level"] is None or line["level"] >= 30]
    assert 0 < len(kept) < len(everything)
    assert lines(run("show", "--json", "--level", "30", session).stdout) == kept
    text = run("show", session).stdout.splitlines()
    assert 0 < len(run("show", "--level", "30", session).stdout.splitlines()) < len(text)


def test_attach_replays_from_the_start_and_then_goes_on_without_repeating(
    run: Run, account: dict[str, str], tmp_path: Path
) -> None:
    asked = run("ask", "--service", "dms", "--json", SQL_QUESTION, env=account)
    session = lines(asked.stdout)[0]["session"]
    row = lines(run("sessions", "--json").stdout)[0]
    other = account | {"DAS_TUI_DATA_DIR": str(tmp_path / "other")}
    follow = ("attach", session, "--agent-id", row["agent"], "--json")
    replayed = run(*follow, "--from-start", env=other)
    assert replayed.returncode == 4, replayed.stderr
    wires = [line["wire"] for line in lines(asked.stdout) if line["checkpoint"] is not None]
    again = [line["wire"] for line in lines(replayed.stdout) if line["checkpoint"] is not None]
    assert again == wires
    assert run(*follow, "--from-start", env=other).stdout.startswith(replayed.stdout)
    followed = run(*follow, env=other)
    assert followed.returncode == 4
    assert [line for line in lines(followed.stdout) if line["type"] != "heartbeat"] == []


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("What fills the disk of rm-unknown99?",), 1, "no instance"),
        (("--service", "dms", "Sum all wages of the payroll"), 1, "failed"),
        (("--session", "abc", "q"), 2, "no stored session begins with 'abc'"),
    ],
)
def test_failures_have_their_code_and_say_what_happened(
    run: Run, account: dict[str, str], arguments: tuple[str, ...], code: int, words: str
) -> None:
    done = run("ask", *arguments, env=account)
    assert done.returncode == code, done.stderr
    assert words in done.stderr.decode()


def test_a_wrong_secret_is_refused_and_not_shown(run: Run, account: dict[str, str]) -> None:
    secret = "Wr0ngSecretCanary"
    done = run("ask", "q", env=account | {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": secret})
    assert done.returncode == 1
    assert "SignatureDoesNotMatch" in done.stderr.decode()
    assert secret.encode() not in done.stderr + done.stdout


def test_without_credentials_nothing_is_sent(run: Run, service: str, tmp_path: Path) -> None:
    done = run("ask", "q", env={"DAS_TUI_DAS_ENDPOINT": service})
    assert done.returncode == 2
    assert "No credentials" in done.stderr.decode()
    assert run("sessions", "--json").stdout == b""


def test_a_host_that_the_profile_does_not_list_is_refused(
    run: Run, account: dict[str, str]
) -> None:
    done = run("ask", "q", env=account | {"DAS_TUI_DAS_ENDPOINT": "https://das.example.org"})
    assert done.returncode == 2
    assert "Host not trusted" in done.stderr.decode()


def test_a_read_only_profile_asks_nothing(
    run: Run, account: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "c.toml"
    path.write_text('[profiles.look]\nread_only = true\ncredentials = "env"\n')
    done = run("ask", "q", env=account | {"DAS_TUI_CONFIG": str(path)})
    assert done.returncode == 2
    assert "read-only" in done.stderr.decode()


def test_nobody_listens_ends_with_3(run: Run, account: dict[str, str]) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    endpoint = {"DAS_TUI_DAS_ENDPOINT": f"http://127.0.0.1:{port}"}
    done = run("ask", "q", env=account | endpoint)
    assert done.returncode == 3, done.stderr
    assert "asking again is safe" in done.stderr.decode().lower()
    assert b"Traceback" not in done.stderr


def test_a_service_that_hangs_up_ends_with_5(run: Run, account: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        asking = subprocess.Popen(
            [sys.executable, "-m", "das_tui", "ask", "q"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(run, account, port),
        )
        taken = []
        server.settimeout(20)
        connection, _ = server.accept()
        taken.append(connection.recv(65536))
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
            b'data: {"Id":"s1","Answer":"half","Event":"agent_message"}\n\n'
        )
        connection.close()
        out, told = asking.communicate(timeout=30)
        server.settimeout(0)
        with pytest.raises(BlockingIOError):
            server.accept()
    assert asking.returncode == 5, told
    assert "half" in out.decode()
    assert "asking again is" in told.decode()
    assert len(taken) == 1


def test_a_signal_stops_listening_and_keeps_what_came(run: Run, account: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        asking = subprocess.Popen(
            [sys.executable, "-m", "das_tui", "ask", "--json", "q"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=_environment(run, account, port),
        )
        assert asking.stdout is not None
        server.settimeout(20)
        connection, _ = server.accept()
        connection.recv(65536)
        connection.sendall(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n"
            b'data: {"Id":"s1","Answer":"half","Event":"agent_message"}\n\n'
        )
        assert json.loads(asking.stdout.readline())["text"] == "half"
        asking.send_signal(signal.SIGINT)
        _, told = asking.communicate(timeout=30)
        connection.close()
    assert asking.returncode == 130, told
    assert b"Traceback" not in told
    assert b"paid" in told
    assert lines(run("show", "--json", "s1").stdout)[0]["text"] == "half"


def _environment(run: Run, account: dict[str, str], port: int) -> dict[str, str]:
    home: dict[str, str] = run.home  # type: ignore[attr-defined]
    return home | account | {"DAS_TUI_DAS_ENDPOINT": f"http://127.0.0.1:{port}"}


def test_piped_output_has_whole_calls_also_of_chat(
    run: Run, account: dict[str, str], tmp_path: Path
) -> None:
    config = tmp_path / "chat.toml"
    config.write_text('[profiles.a]\ndas_api = "Chat"\n')
    for more in ({}, {"DAS_TUI_CONFIG": str(config)}):
        done = run("ask", DAS_QUESTION, env=account | more)
        assert done.returncode == 0, done.stderr
        (line,) = (row for row in done.stdout.decode().splitlines() if "MonitorMetrics" in row)
        assert "--instanceId rm-demoharbor01 --metrics cpu_usage" in line
        assert "--endTime " in line
        assert "…" not in line


def test_a_refused_key_is_named_by_what_may_be_shown(run: Run, account: dict[str, str]) -> None:
    for name, value in (("ID", "LTAI5tCanaryCanary34"), ("SECRET", "canary-secret")):
        account[f"ALIBABA_CLOUD_ACCESS_KEY_{name}"] = value
    done = run("ask", DAS_QUESTION, env=account)
    assert done.returncode == 1
    told = done.stderr.decode()
    assert "LTAI…34 from the environment" in " ".join(told.split())
    assert "anary" not in told + done.stdout.decode()


def test_an_unknown_or_ambiguous_session_lists_what_there_is(
    run: Run, account: dict[str, str]
) -> None:
    for _ in range(2):
        assert run("ask", "--service", "dms", SQL_QUESTION, env=account).returncode == 4
    unknown = run("show", "nothing")
    assert unknown.returncode == 2
    assert unknown.stderr.count(b"sess_") == 2
    ambiguous = run("show", "sess_")
    assert ambiguous.returncode == 2
    assert b"2 stored sessions begin with 'sess_'" in ambiguous.stderr
    assert ambiguous.stderr.count(b"\n  sess_") == 2
    assert ambiguous.stdout == b""
    asked = run("ask", "--session", "sess_", "q", env=account)
    assert (asked.returncode, asked.stderr) == (2, ambiguous.stderr)


def test_a_session_that_only_the_service_knows_is_gone_on_with(
    run: Run, account: dict[str, str], tmp_path: Path
) -> None:
    first = lines(run("ask", "--json", DAS_QUESTION, env=account).stdout)
    session = first[0]["session"]
    other = account | {"DAS_TUI_DATA_DIR": str(tmp_path / "other")}
    done = run("ask", "--session", session, "--json", "And the indexes?", env=other)
    assert done.returncode == 0, done.stderr
    assert {line["session"] for line in lines(done.stdout)} == {session}
    wrong = run("ask", "--session", session, "--service", "dms", "q", env=other)
    assert wrong.returncode == 2
    assert b"belongs to das" in wrong.stderr


def test_show_to_a_reader_that_leaves_ends_quietly(run: Run, account: dict[str, str]) -> None:
    run("ask", "--service", "dms", SQL_QUESTION, env=account)
    shell = f'set -o pipefail; "{sys.executable}" -m das_tui show sess_ | head -n 1; exit $?'
    done = subprocess.run(
        ["bash", "-c", shell],
        capture_output=True,
        env=run.home,  # type: ignore[attr-defined]
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(done.stdout.splitlines()) == 1


@pytest.mark.parametrize(
    ("question", "state"), [("Which ten teas sell best?", "finished"), (SQL_QUESTION, "needs you")]
)
def test_an_attach_that_fails_says_so_whatever_is_stored(
    run: Run, account: dict[str, str], question: str, state: str
) -> None:
    """The stored verdict is older than the failure: it is named as such and is not the code."""
    session = lines(run("ask", "--service", "dms", "--json", question, env=account).stdout)[0]
    known = lines(run("sessions", "--json").stdout)[0]
    wrong = account | {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "not the secret"}
    closed = account | {"DAS_TUI_DMS_ENDPOINT": "http://127.0.0.1:1"}
    follow = ("attach", session["session"], "--agent-id", known["agent"])
    for environment, code, word in (
        (wrong, 1, "SignatureDoesNotMatch"),
        (closed, 3, "no connection"),
    ):
        done = run(*follow, env=environment)
        told = done.stderr.decode()
        assert done.returncode == code, told
        (last,) = [line for line in told.splitlines() if line.startswith("not followed")]
        assert f"stored as {state}" in last
        assert word.lower() in told.lower() or word.lower() in done.stdout.decode().lower()
        assert lines(run("sessions", "--json").stdout)[0]["state"] == state
