"""A mistake in the program itself, in either thread: exit 70, no secret, and where the log is."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from das_tui.store.store import Store
from tests.cli.serving import serving
from tests.pseudo_terminal import started

SECRET = "s3cr3t-canary-value-123"
KEYS = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI5tCrashCanary0042",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": SECRET,
    "ALIBABA_CLOUD_SECURITY_TOKEN": "sts-canary-token-987",
}

BEGIN = """
import sys
def boom(*_, **__):
    secret_local = "local-variable-canary"
    raise RuntimeError("boom \\x1b]52;c;eA==\\x07 %s Signature=abcdefgh" % %r)
""".replace("%s", "{}").replace("% %r", '.format("' + SECRET + '")')

END = """
from das_tui.cli import main
sys.exit(main.run(sys.argv[1:]))
"""

SCREEN = "from das_tui.tui.screens.main import MainScreen as P\nP.act_help = boom\n"
ENGINE = (
    "from das_tui.run.engine import Engine as E\n"
    "async def tidy(*_): boom()\n"
    "whole = E.sessions\n"
    "def sessions(self, *_, **__):\n"
    "    self._loop.call_soon_threadsafe(boom)\n"
    "    return whole(self)\n"
    "E.sessions = sessions\n"
)
TASK = "from das_tui.run.engine import Engine as E\nasync def tidy(*_): boom()\nE._tidy = tidy\n"


def judge(folder: Path, said: str) -> None:
    """The report of one crash: one line, the log beside it, nothing that is not theirs."""
    log = folder / "state" / "das-tui" / "das-tui.log"
    assert "das-tui: internal error: RuntimeError: boom" in said
    assert f"details in {log}" in said.replace("\r\n", "")
    written = log.read_text()
    assert "RuntimeError: boom" in written
    for text in (said, written):
        assert "canary" not in text.replace(str(folder), "")
        assert "abcdefgh" not in text
        assert "]52;c" not in text.replace("␛]52;c", "")
    assert "\x1b" not in written
    assert "Traceback" not in said
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert stat.S_IMODE(log.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("patch", [SCREEN, ENGINE, TASK], ids=["screen", "engine", "task"])
def test_a_crash_of_the_app_gives_the_terminal_back_and_says_where_the_log_is(
    home: dict[str, str], tmp_path: Path, patch: str
) -> None:
    script = BEGIN + patch + END
    with serving() as url:
        more = {"DAS_TUI_DAS_ENDPOINT": url, "DAS_TUI_DMS_ENDPOINT": url}
        old = os.umask(0)
        try:
            command = (sys.executable, "-c", script)
            with started(home | KEYS | more, command=command, size=(400, 40)) as terminal:
                if patch is SCREEN:
                    terminal.shows("no sessions yet")
                    terminal.settle(0.3)
                    terminal.press("?")
                assert terminal.ended() == 70
                terminal.settle(0.3)
                written = terminal.written.decode("utf-8", "replace")
        finally:
            os.umask(old)
    assert "\x1b[?1049l" in written
    assert "\x1b[?25h" in written
    judge(tmp_path, written.rpartition("\x1b[?1049l")[2])
    assert "canary" not in written.replace(str(tmp_path), "")


WAIT = (
    "import asyncio\n"
    "from das_tui.run.supervisor import Supervisor as S\n"
    "whole = S.wait\n"
    "async def wait(self, key):\n"
    "    asyncio.get_running_loop().call_soon(boom)\n"
    "    return await whole(self, key)\n"
    "S.wait = wait\n"
)


def test_a_crash_of_a_command_ends_it_and_keeps_what_was_printed(
    home: dict[str, str], tmp_path: Path
) -> None:
    with serving() as url:
        more = {"DAS_TUI_DAS_ENDPOINT": url, "DAS_TUI_DMS_ENDPOINT": url}
        keys = dict.fromkeys(list(KEYS)[:2], "demo")
        old = os.umask(0)
        try:
            done = subprocess.run(
                [sys.executable, "-c", BEGIN + WAIT + END, "ask", "why is it slow"],
                env=home | more | keys | {"DATA_AGENT_API_KEY": SECRET},
                capture_output=True,
                timeout=60,
                check=False,
            )
        finally:
            os.umask(old)
    said = done.stderr.decode()
    assert done.returncode == 70, said
    judge(tmp_path, said[said.index("das-tui: internal error") :])
    store = Store.open(tmp_path / "data" / "das-tui" / "history.db", read_only=True)
    (row,) = store.sessions()
    assert next(store.load(row.key)).event == "question_asked"
    store.close()
