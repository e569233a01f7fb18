import os
import resource
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from das_tui.cli import exits
from das_tui.domain.session import State
from tests.cli.conftest import Run

COMMANDS = ["demo", "serve", "ask", "attach", "sessions", "show", "decode", "doctor", "config"]


def test_help_names_every_command_and_no_other(run: Run) -> None:
    done = run("--help")
    assert done.returncode == 0
    section = done.stdout.decode().split("Commands:\n")[1]
    assert [line.split()[0] for line in section.splitlines() if line.startswith("  ")] == COMMANDS
    for command in COMMANDS:
        assert run(command, "--help").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nothing",), "No such command 'nothing'"),
        (("--nothing",), "No such option"),
        (("decode", "-"), "Missing option '--service'"),
        (("decode", "--service", "das", "no-such-file"), "No such file"),
        (("decode", "--service", "xyz", "-"), "'xyz' is not one of"),
        (("--ask", "q", "--attach", "s"), "exclude each other"),
        (("--attach", "s"), "--attach needs --agent-id"),
        (("--attach", "s", "--agent-id", "a", "--service", "das"), "dms sessions only"),
        (("--service", "das"), "go with --ask or --attach"),
        (("--ask", "q", "sessions"), "after the command"),
        (("ask",), "Missing argument"),
        (("ask", "  "), "The question is empty"),
        (("ask", "-"), "The question is empty"),
        (("attach", "s"), "Missing option '--agent-id'"),
        (("attach", "s", "--agent-id", "a", "--from-start", "--checkpoint", "1"), "exclude"),
        (("attach", "s", "--agent-id", "a", "--checkpoint", "-1"), "--checkpoint"),
        (("serve", "--access-key-id", "x"), "go together"),
        (("serve", "--scenario", "nonsense"), "no scenario 'nonsense'"),
        (("--profile", "nobody", "ask", "q"), "no profile nobody"),
        (("show", "abc"), "nothing is stored yet"),
        ((), "needs a terminal"),
        (("demo",), "needs a terminal"),
    ],
)
def test_local_mistakes_end_with_2_and_one_plain_text(
    run: Run, arguments: tuple[str, ...], words: str
) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert words in done.stderr.decode()
    assert b"Traceback" not in done.stderr
    assert done.stdout == b""


def test_a_mistake_in_the_config_file_ends_with_2(
    run: Run, home: dict[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "my.toml"
    path.write_text("[profiles.a]\nlevle = 3\n")
    done = run("ask", "q", env={"DAS_TUI_CONFIG": str(path)})
    assert done.returncode == 2
    assert f"{path}: [profiles.a]: unknown key levle; did you mean level?" in done.stderr.decode()


def test_a_data_folder_that_everybody_can_write_ends_with_2(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "open"
    folder.mkdir()
    folder.chmod(0o777)
    done = run("sessions", env={"DAS_TUI_DATA_DIR": str(folder)})
    assert done.returncode == 2
    assert b"written by everybody" in done.stderr


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (State.FINISHED, 0),
        (State.FAILED, 1),
        (State.CANCELLED, 1),
        (State.NOT_DISPATCHED, 3),
        (State.NEEDS_INPUT, 4),
        (State.CUT, 5),
        (State.LIVE, 5),
        (State.LINE_LOST, 5),
    ],
)
def test_every_verdict_has_its_code(state: State, code: int) -> None:
    assert exits.by_state(state) == code


CRASH = """
import sys
from das_tui.cli import main
def boom(*_, **__):
    secret_local = "local-variable-value"
    raise RuntimeError("boom Signature=abcdefgh \\x1b]0;t\\x07 " + "s3cr3t-value-1234567")
import das_tui.cli.sessions as sessions
sessions.opened = boom
sys.exit(main.run(["sessions"]))
"""


def test_an_unexpected_error_ends_with_70_and_tells_no_secret(
    home: dict[str, str], tmp_path: Path
) -> None:
    old = os.umask(0)
    try:
        done = subprocess.run(
            [sys.executable, "-c", CRASH],
            capture_output=True,
            env=home | {"ALIBABA_CLOUD_ACCESS_KEY_SECRET": "s3cr3t-value-1234567"},
            check=False,
        )
    finally:
        os.umask(old)
    log = tmp_path / "state" / "das-tui" / "das-tui.log"
    assert done.returncode == 70
    assert done.stdout == b""
    said = done.stderr.decode()
    assert len(said.splitlines()) == 1
    assert "internal error: RuntimeError: boom" in said
    assert str(log) in said
    written = log.read_text()
    assert "boom" in written
    assert "sessions.py" in written
    for text in (said, written):
        assert "s3cr3t" not in text
        assert "abcdefgh" not in text
        assert "local-variable-value" not in text
    assert "\x1b" not in said
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("signum", "code"), [(signal.SIGHUP, 129), (signal.SIGINT, 130), (signal.SIGTERM, 143)]
)
@pytest.mark.parametrize("command", ["serve", "decode"])
def test_a_signal_ends_with_its_code(
    home: dict[str, str], command: str, signum: signal.Signals, code: int
) -> None:
    arguments = {"serve": ["serve"], "decode": ["decode", "--service", "das", "-"]}[command]
    child = subprocess.Popen(
        [sys.executable, "-m", "das_tui", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=home,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    if command == "decode":
        child.stdin.write(b"data: {}\n\n")
        child.stdin.flush()
    assert child.stdout.readline()
    child.send_signal(signum)
    _, said = child.communicate(timeout=20)
    assert child.returncode == code
    assert said == b""


def test_a_reader_that_leaves_is_no_error(home: dict[str, str], data: Path) -> None:
    body = (data / "dms_analysis_full.sse").read_bytes() * 20
    child = subprocess.Popen(
        [sys.executable, "-m", "das_tui", "decode", "--service", "dms", "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=home,
    )
    assert child.stdin is not None
    assert child.stdout is not None
    assert child.stderr is not None
    child.stdin.write(body[: len(body) // 20])
    child.stdin.flush()
    assert child.stdout.readline()
    child.stdout.close()
    try:
        child.stdin.write(body)
        child.stdin.close()
    except BrokenPipeError:
        pass
    assert child.wait(20) == 0
    assert child.stderr.read() == b""
    child.stderr.close()


def test_output_that_cannot_be_written_is_said(
    home: dict[str, str], data: Path, tmp_path: Path
) -> None:
    limit = 1000
    with (tmp_path / "out").open("wb") as file:
        done = subprocess.run(
            [sys.executable, "-B", "-m", "das_tui", "decode", "--service", "das", "-"],
            input=(data / "das_diagnose.sse").read_bytes(),
            stdout=file,
            stderr=subprocess.PIPE,
            env=home,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
            check=False,
        )
    assert done.returncode == 2
    assert b"stdout cannot be written: File too large" in done.stderr
    assert b"Traceback" not in done.stderr
    assert (tmp_path / "out").stat().st_size == limit
