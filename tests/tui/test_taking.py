"""Taking things along, by keys: on the app in this process, and in a real pseudo-terminal."""

import base64
import contextlib
import csv
import errno
import json
import os
import re
import shlex
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest
from textual.events import Key

from das_tui.cli.seeding import seed
from das_tui.domain.blocks import Answer, Question, Table, Tool
from das_tui.tui import clipboard, outside
from das_tui.tui.options import LiveRun
from das_tui.tui.reader import Reader
from das_tui.view import copy
from tests.driving import Scene, demo, options, playing
from tests.pseudo_terminal import Terminal, started

SIZES = [(120, 36), (80, 24), (40, 15)]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where one is when the app runs, on a terminal with OSC 52 and nothing else."""
    for name in ("TMUX", "STY", "DISPLAY", "WAYLAND_DISPLAY", "SSH_TTY", "SSH_CONNECTION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    return here


@contextlib.asynccontextmanager
async def stored(
    folder: Path, title: str = "Weekly report", size: tuple[int, int] = (120, 36), **more: object
) -> AsyncIterator[tuple[Scene, Reader]]:
    """A stored session, without an account."""
    seed(folder.parent / "history.db")
    given = options(None, folder.parent / "history.db", **{"utc": True, **more})
    async with playing(given, size) as scene:
        await scene.open(title)
        reader = scene.main.reader
        assert reader is not None
        yield scene, reader


def sent(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is put on the terminal's clipboard from here on."""
    found: list[str] = []
    driver = scene.app._driver
    assert driver is not None

    def write(data: str) -> None:
        for payload in re.findall("\x1b\\]52;c;([A-Za-z0-9+/=]*)\x07", data):
            found.append(base64.b64decode(payload).decode())

    monkeypatch.setattr(driver, "write", write)
    return found


def place_of(reader: Reader, wanted: Callable[[object], bool]) -> int:
    found = range(len(reader.transcript))
    return next(at for at in found if wanted(reader.transcript.block(at).body))


def with_table(body: object) -> bool:
    return (
        isinstance(body, Tool)
        and bool(body.code)
        and any(isinstance(output, Table) for output in body.outputs)
    )


# --- copies --------------------------------------------------------------------------------------


async def test_y_copies_the_source_and_then_its_other_forms(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stored(folder) as (scene, reader):
        at = place_of(reader, with_table)
        tool = reader.transcript.block(at).body
        assert isinstance(tool, Tool)
        reader.go_to(at)
        copied = sent(scene, monkeypatch)
        await scene.keys("y")
        assert copied == [tool.code]
        count = len(tool.code)
        assert f"sent the SQL, {count} characters, by OSC 52; a terminal does not conf" in (
            scene.text("status")
        )
        assert re.match(r" *y the result.* as TSV", scene.text("footer"))
        await scene.keys("y")
        table = next(output for output in tool.outputs if isinstance(output, Table))
        rows = list(csv.reader(copied[1].splitlines(), dialect="excel-tab"))
        assert rows[0] == list(table.columns)
        assert len(rows) == len(table.rows) + 1
        await scene.keys("y")
        assert copied[2].startswith("| ")
        await scene.keys("T", "T", "y")
        assert copied[3] == tool.code, "another key in between begins anew"
        await scene.keys("colon")
        await scene.type("copy-markdown")
        await scene.keys("enter")
        await scene.pilot.pause()
        assert copied[4] == copy.markdown(reader.transcript.block(at))


async def test_on_a_narrow_screen_a_copy_still_says_that_nobody_confirmed_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stored(folder, size=(40, 15)) as (scene, reader):
        reader.go_to(place_of(reader, with_table))
        (copied,) = await copies(scene, monkeypatch)
        words = f"sent {len(copied)} chars, unconfirmed"
        assert words in scene.text("status")
        await scene.pilot.resize_terminal(120, 36)
        await scene.until(lambda: scene.main.size.width == 120, "the new size")
        if scene.main.message:
            assert "a terminal does not confirm" in scene.text("status")


async def copies(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What one `y` sends to the terminal."""
    copied = sent(scene, monkeypatch)
    await scene.keys("y")
    return copied


async def test_the_answer_is_copied_as_markdown(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stored(folder) as (scene, reader):
        at = place_of(reader, lambda body: isinstance(body, Answer))
        reader.go_to(at)
        copied = sent(scene, monkeypatch)
        await scene.keys("y")
        body = reader.transcript.block(at).body
        assert isinstance(body, Answer)
        assert copied == [body.text]


async def test_the_turn_is_copied_as_it_is_shown(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stored(folder) as (scene, reader):
        copied = sent(scene, monkeypatch)
        transcript = reader.transcript
        assert transcript.hidden
        await scene.keys("Y")
        shown = [at for at in range(len(transcript)) if transcript.visible(at)]
        assert copied == [copy.turn(transcript.block(at) for at in shown)]
        question = transcript.block(0).body
        assert isinstance(question, Question)
        assert copied[0].startswith(f"> {question.text}")
        assert f"sent the turn, {len(shown)} blocks, " in scene.text("status")
        await scene.keys("0", "Y")
        assert len(copied[1]) > len(copied[0])


async def test_hidden_rows_are_not_copied_unseen(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stored(folder) as (scene, reader):
        transcript = reader.transcript
        hidden = next(at for at in range(len(transcript)) if not transcript.visible(at))
        reader.go_to(hidden)
        copied = sent(scene, monkeypatch)
        await scene.keys("y")
        assert copied == []
        assert "hidden" in scene.text("status")


async def test_more_than_a_terminal_takes_is_not_sent(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stored(folder) as (scene, _):
        copied = sent(scene, monkeypatch)
        monkeypatch.setattr(clipboard, "LIMIT", 20)
        await scene.keys("Y")
        assert copied == []
        assert "more than a terminal takes; s saves, | pipes" in scene.main.message
        monkeypatch.setenv("TERM", "linux")
        await scene.keys("Y")
        assert "no clipboard; s saves" in scene.main.message


def program(folder: Path, name: str, script: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)


async def test_on_this_machine_its_own_clipboard_is_used(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    got, arguments = folder / "got", folder / "arguments"
    program(folder, "xclip", f'echo "$@" "$MY_SECRET" > {arguments}; cat > {got}')
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.setenv("MY_SECRET", "s3cr3t")
    monkeypatch.setenv("DISPLAY", ":7")
    async with stored(folder) as (scene, _):
        copied = sent(scene, monkeypatch)
        await scene.keys("Y")
        assert copied == []
        assert got.read_text().startswith("> ")
        assert arguments.read_text().split() == ["-selection", "clipboard", "-in"]
        assert re.fullmatch("copied the turn, .* characters, by xclip", scene.main.message)
        monkeypatch.setenv("SSH_CONNECTION", "10.0.0.1 5 10.0.0.2 22")
        await scene.keys("Y")
        assert len(copied) == 1, "over SSH the operator sits elsewhere"
        monkeypatch.delenv("SSH_CONNECTION")
        monkeypatch.setattr(clipboard, "DEADLINE", 0.2)
        program(folder, "xclip", "exec cat /dev/zero > /dev/null")
        await scene.keys("Y")
        assert len(copied) == 2, "one that hangs is given up"
        program(folder, "xclip", "exit 1")
        await scene.keys("Y")
        assert len(copied) == 3


# --- ranges --------------------------------------------------------------------------------------


@pytest.mark.parametrize("look", ["das-dark", "das-mono"])
@pytest.mark.parametrize("size", SIZES, ids=str)
async def test_a_range_is_seen_and_copied(
    folder: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], look: str
) -> None:
    async with stored(folder, size=size, theme=look, ascii=look == "das-mono") as (scene, reader):
        copied = sent(scene, monkeypatch)
        bar = "#" if look == "das-mono" else scene.main.glyphs.bar

        def barred() -> set[int]:
            lines = reader.window(reader.height)
            rows = scene.text("transcript").split("\n")
            return {
                line.block
                for line, row in zip(lines, rows, strict=False)
                if row.startswith(bar) and line.kind in {"block", "gap"}
            }

        await scene.keys("K", "v", "K", "K")
        first, last = scene.main.chosen(reader)
        assert first < last
        lines = reader.window(reader.height)
        inside = {n.block for n in lines if n.kind in {"block", "gap"} and first <= n.block <= last}
        assert barred() >= inside - {lines[0].block}
        shown = [at for at in range(first, last + 1) if reader.transcript.visible(at)]
        await scene.keys("y")
        assert copied == [copy.turn(reader.transcript.block(at) for at in shown)]
        assert scene.main.range_from is not None, "a range stays until it is left"
        await scene.keys("escape")
        assert scene.main.range_from is None
        assert barred() <= {reader.cursor}


async def test_a_narrow_screen_says_why_a_file_is_not_saved(folder: Path) -> None:
    async with stored(folder, size=(40, 15)) as (scene, _):
        await scene.keys("s")
        await rename(scene, "x")
        await scene.keys("enter")
        await scene.until(lambda: "it ends in .md .sql" in scene.text("status"), "the reason")


async def test_a_range_stands_still_and_ends_with_its_session(folder: Path) -> None:
    async with stored(folder) as (scene, reader):
        await scene.keys("K", "v", "G")
        assert not reader.following
        assert "copy" in scene.text("footer")
        await scene.keys("v")
        assert scene.main.range_from is None
        await scene.keys("v", "right_square_bracket")
        assert scene.main.range_from is None


async def test_a_range_offers_its_statements_and_results(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with stored(folder) as (scene, reader):
        at = place_of(reader, with_table)
        reader.go_to(at)
        copied = sent(scene, monkeypatch)
        await scene.keys("v", "J", "y", "y", "y")
        tool = reader.transcript.block(at).body
        assert isinstance(tool, Tool)
        assert copied[1].startswith(tool.code.strip().rstrip(";"))
        assert "\t" in copied[2]


# --- files ---------------------------------------------------------------------------------------


async def rename(scene: Scene, name: str) -> None:
    await scene.keys("end", "ctrl+u")
    for character in name:
        scene.main.handle(Key(character, character))
    await scene.pilot.pause()


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


async def saved(scene: Scene) -> None:
    await scene.until(lambda: scene.main.prompt is None, "the file")


@pytest.mark.parametrize("ending", ["md", "sql", "tsv", "jsonl", "txt"])
async def test_s_saves_a_turn_by_the_ending_of_the_name(folder: Path, ending: str) -> None:
    async with stored(folder) as (scene, reader):
        await scene.keys("s")
        assert "save Weekly-report-turn.md" in scene.text("composer")
        assert "turn, " in scene.text("composer")
        await rename(scene, f"a report.{ending}")
        await scene.keys("enter")
        await saved(scene)
        path = folder / f"a report.{ending}"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert names(folder) == [path.name]
        text = path.read_text()
        assert text.endswith("\n")
        assert f"saved as a report.{ending}, " in scene.main.message
        places = [p for p in range(len(reader.transcript)) if reader.transcript.visible(p)]
        if ending == "jsonl":
            assert [json.loads(line)["block"] for line in text.splitlines()] == places
        elif ending == "md":
            assert text == copy.turn(map(reader.transcript.block, places)) + "\n"
        else:
            assert {"sql": "SELECT", "tsv": "\t", "txt": "Weekly"}[ending].lower() in text.lower()


async def test_tab_chooses_what_is_saved(folder: Path) -> None:
    async with stored(folder) as (scene, reader):
        await scene.keys("K", "s", "tab")
        assert "save Weekly-report-block.md" in scene.text("composer")
        await scene.keys("enter")
        await saved(scene)
        block = reader.transcript.block(reader.cursor)
        assert (folder / "Weekly-report-block.md").read_text() == copy.markdown(block) + "\n"
        await scene.keys("K", "v", "K", "s")
        assert "Weekly-report-range.md" in scene.text("composer")
        await scene.keys("tab", "tab", "tab")
        assert "Weekly-report-session.md" in scene.text("composer")
        await scene.keys("escape")
        assert scene.main.prompt is None
        assert len(names(folder)) == 1


async def test_nothing_is_overwritten_unasked(folder: Path) -> None:
    path = folder / "Weekly-report-turn.md"
    path.write_text("mine")
    path.chmod(0o644)
    async with stored(folder) as (scene, _):
        await scene.keys("s", "enter")
        await scene.until(lambda: "exists" in scene.text("composer"), "the refusal")
        assert "^r replace it" in scene.text("footer")
        await scene.keys("enter")
        await scene.until(lambda: "exists" in scene.text("composer"), "the second refusal")
        assert path.read_text() == "mine"
        await scene.keys("ctrl+r")
        await saved(scene)
        assert path.read_text().startswith("> ")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert names(folder) == [path.name]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("report.pdf", "it ends in .md .sql .tsv .jsonl .txt"),
        ("report", "it ends in"),
        ("nowhere/a.md", "there is no folder"),
        ("x" * 300 + ".md", "too long"),
        ("folder.md", "folder.md is a folder"),
        ("pipe.md", "exists"),
    ],
)
async def test_what_cannot_be_saved_says_why(folder: Path, name: str, words: str) -> None:
    (folder / "folder.md").mkdir()
    os.mkfifo(folder / "pipe.md")
    async with stored(folder) as (scene, _):
        await scene.keys("s")
        await rename(scene, name)
        await scene.keys("enter")
        await scene.until(lambda: scene.main.prompt and scene.main.prompt.error, "a refusal")
        assert scene.main.prompt is not None
        assert words in scene.main.prompt.error
        assert scene.main.prompt.line.text == name, "what was written stays"
        if name == "pipe.md":
            await scene.keys("ctrl+r")
            await scene.until(
                lambda: scene.main.prompt and "no ordinary file" in scene.main.prompt.error, "no"
            )
        assert names(folder) == ["folder.md", "pipe.md"]


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "the disk is full"), (errno.EACCES, "no permission"), (errno.EIO, "rror")],
)
async def test_a_disk_that_refuses_leaves_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    def refuse(_: int) -> None:
        raise OSError(number, os.strerror(number))

    async with stored(folder) as (scene, _):
        await scene.keys("s")
        with monkeypatch.context() as patched:
            patched.setattr("das_tui.run.saving.os.fsync", refuse)
            await scene.keys("enter")
            await scene.until(lambda: scene.main.prompt and scene.main.prompt.error, "a refusal")
        assert words in scene.text("composer")
        assert names(folder) == []


# --- prompts that act ----------------------------------------------------------------------------


async def test_a_command_runs_only_for_an_enter_of_its_own(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run: list[str] = []
    monkeypatch.setattr(outside, "pipe", lambda app, command, *rest: run.append(command) or "done")
    async with stored(folder) as (scene, _):
        await scene.keys("K", "vertical_line")
        assert scene.text("composer").lstrip(scene.main.glyphs.bar).startswith("| ")
        await scene.type("rm -rf x")
        await scene.keys("ctrl+j")
        assert run == [], "a pasted line feed"
        await scene.keys("ctrl+n")
        assert run == []
        assert scene.main.prompt is None
        await scene.keys("escape", "vertical_line", "enter")
        assert run == [], "an empty one is no command"
        await scene.keys("vertical_line")
        await scene.type("wc -l")
        await scene.keys("enter")
        assert run == ["wc -l"]
        await scene.keys("vertical_line", "up", "enter")
        assert run == ["wc -l", "wc -l"]


async def test_a_terminal_that_cannot_be_left_says_so(folder: Path) -> None:
    async with stored(folder) as (scene, _):
        await scene.keys("K")
        for key in ("o", "V"):
            await scene.keys(key)
            assert "cannot be left" in scene.main.message


@pytest.mark.parametrize("shell", [True, False])
async def test_suspending_without_a_shell_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: bool
) -> None:
    async with demo(tmp_path) as scene:
        monkeypatch.setattr(os, "getsid", lambda _: os.getpgrp() + shell)
        monkeypatch.setattr(scene.app, "action_suspend_process", lambda: None)
        await scene.keys("ctrl+z")
        assert ("no shell here to go back to" in scene.main.message) is not shell


async def test_suspending_asks_while_a_paid_answer_arrives(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = LiveRun("das", "Why is rm-demoharbor01 slow since 07:52?", "CPU", "rm-demoharbor01")
    async with demo(tmp_path, speed=2, runs=[run]) as scene:
        await scene.open("CPU")
        await scene.until(lambda: scene.main.paid_session() is not None, "the paid answer")
        stopped: list[bool] = []
        monkeypatch.setattr(scene.app, "action_suspend_process", lambda: stopped.append(True))
        await scene.keys("ctrl+z")
        assert "Suspend while a paid answer arrives?" in scene.text("dock")
        assert stopped == []
        await scene.keys("escape")
        assert scene.main.dock is None
        scene.main.pane = "sidebar"
        await scene.keys("R", "x", "ctrl+z")
        footer = scene.text("footer")
        assert "suspend" in footer, "the keys of the question, not those of the line below it"
        assert "rename" not in footer
        await scene.keys("escape")
        assert scene.main.dock is None
        await scene.keys("ctrl+z", "ctrl+z")
        assert stopped == [True]
        assert scene.main.dock is None


# --- in a real terminal --------------------------------------------------------------------------


PROFILE = """
[profiles.local]
region = "cn-hangzhou"
das_endpoint = "http://127.0.0.1:9"
dms_endpoint = "http://127.0.0.1:9"
credentials = "env"
"""


@pytest.fixture
def shell(home: dict[str, str], folder: Path) -> dict[str, str]:
    """The environment of an operator with stored sessions."""
    data = folder.parent / "stored"
    data.mkdir()
    seed(data / "history.db")
    config = folder.parent / "config.toml"
    config.write_text(PROFILE)
    return home | {
        "DAS_TUI_DATA_DIR": str(data),
        "DAS_TUI_CONFIG": str(config),
        "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAIexampleexample01",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "none",
        "SHELL": "/bin/sh",
        "LESS": "",
    }


@contextlib.contextmanager
def running(shell: dict[str, str], **more: str) -> Iterator[Terminal]:
    """The app with a session open, whose transcript has been drawn."""
    with started(shell, **more) as terminal:
        terminal.shows("Weekly report", "? help")
        terminal.settle(0.3)
        for key in "gg":
            terminal.press(key)
            terminal.settle(0.3)
        yield terminal


def middle(terminal: Terminal) -> list[str]:
    """The transcript on the screen, without ages and answers to keys."""
    return [line[31:92] for line in terminal.text.split("\n")[:-3]]


MODES = [b"\x1b[?1000h", b"\x1b[?2004h", b"\x1b[?1049h"]


@pytest.mark.parametrize("way", ["lean", "plain"])
def test_a_pipe_gets_the_text_and_shows_what_it_wrote(
    shell: dict[str, str], folder: Path, way: str
) -> None:
    got = folder / "got"
    with running(shell, DAS_TUI_OUTPUT=way) as terminal:
        before = middle(terminal)
        terminal.press("|")
        terminal.settle(0.3)
        terminal.press(f"tee {got}; echo here st''ands; stty -a > {folder}/stty; exit 3")
        terminal.settle(0.3)
        terminal.press("\r")
        terminal.shows("here stands", "the command ended with 3; enter goes back")
        assert got.read_text().strip()
        since = len(terminal.written)
        terminal.press("\r")
        terminal.until(lambda: middle(terminal) == before)
        terminal.shows("the command ended with 3")
        assert all(mode in terminal.written[since:] for mode in MODES)
        terminal.press("j")
        terminal.press("q")
        assert terminal.ended() == 0
    settings = (folder / "stty").read_text()
    if settings:
        assert " icanon" in settings
        assert " isig" in settings


def test_interrupting_the_command_leaves_the_app(shell: dict[str, str]) -> None:
    with running(shell) as terminal:
        before = middle(terminal)
        terminal.press("|")
        terminal.settle(0.3)
        terminal.press("echo r''eady; exec tail -f /dev/null")
        terminal.settle(0.3)
        terminal.press("\r")
        terminal.shows("exec tail -f /dev/null   ^c ends it", "ready")
        terminal.press("\x03")
        terminal.shows("the command was ended by SIGINT; enter goes back")
        terminal.press("\x03\r")
        terminal.until(lambda: middle(terminal) == before)
        terminal.press("q")
        assert terminal.ended() == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_told_to_end_it_ends_with_the_command(
    shell: dict[str, str], folder: Path, number: int, code: int
) -> None:
    below = folder / "number"
    with running(shell) as terminal:
        terminal.press("|")
        terminal.settle(0.3)
        terminal.press(f"echo $$ > {below}; echo r''eady; exec tail -f /dev/null")
        terminal.settle(0.3)
        terminal.press("\r")
        terminal.shows("ready")
        os.kill(terminal.pid, number)
        assert terminal.ended() == code
    with pytest.raises(ProcessLookupError):
        os.kill(int(below.read_text()), 0)


def test_answers_arrive_while_a_command_runs(home: dict[str, str], tmp_path: Path) -> None:
    store = tmp_path / "data" / "das-tui" / "demo" / "history.db"

    def kept() -> int:
        with contextlib.closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as found:
            return int(found.execute("SELECT count(*) FROM record").fetchone()[0])

    with started(home | {"SHELL": "/bin/sh"}, "demo", "--speed", "2") as terminal:
        terminal.shows("Weekly report", "CPU at 97 %", "live")
        terminal.press("6")
        terminal.shows("ask a follow-up")
        terminal.press("g")
        terminal.settle(0.1, 1.0)
        terminal.press("|")
        terminal.shows("run it")
        terminal.press("echo r''eady; exec tail -f /dev/null")
        terminal.shows("/dev/null")
        terminal.press("\r")
        terminal.shows("ready")
        before = kept()
        terminal.until(lambda: kept() > before + 5)
        terminal.press("\x03")
        terminal.shows("enter goes back")
        terminal.press("\r")
        terminal.shows("was ended by SIGINT", "? help")


@pytest.mark.skipif(not outside._command(os.environ, (), ("less",)), reason="there is no less")
def test_the_pager_shows_the_source(shell: dict[str, str]) -> None:
    with running(shell, PAGER="less") as terminal:
        before = middle(terminal)
        terminal.press("o")
        terminal.shows("(END)")
        terminal.press("!")
        terminal.settle(0.3)
        terminal.press("q")
        terminal.until(lambda: middle(terminal) == before)
        terminal.press("q")
        assert terminal.ended() == 0


@pytest.mark.parametrize(
    ("pager", "words"),
    [("/nowhere/pager", "cannot be started: No such file"), ("'", "PAGER cannot be read")],
)
def test_a_pager_that_fails_says_so(shell: dict[str, str], pager: str, words: str) -> None:
    with running(shell, PAGER=pager) as terminal:
        before = middle(terminal)
        terminal.press("o")
        terminal.shows(words)
        terminal.until(lambda: middle(terminal) == before)


EDITOR = """
import os, pathlib, stat, sys
path = pathlib.Path(sys.argv[1])
log = pathlib.Path(os.environ["EDITOR_LOG"])
modes = [oct(stat.S_IMODE(p.stat().st_mode)) for p in (path, path.parent)]
log.write_text("\\n".join([str(path), *modes, str("MY_SECRET" in os.environ), path.read_text()]))
path.write_text(path.read_text() + "\\nand more\\n")
sys.exit(int(os.environ["EDITOR_CODE"]))
"""


@pytest.mark.parametrize("code", [0, 4])
def test_the_draft_comes_back_from_the_editor(
    shell: dict[str, str], folder: Path, code: int
) -> None:
    script, log = folder / "editor.py", folder / "log"
    script.write_text(EDITOR)
    more = {
        "VISUAL": shlex.join([sys.executable, str(script)]),
        "EDITOR": "false",
        "EDITOR_LOG": str(log),
        "EDITOR_CODE": str(code),
        "MY_SECRET": "s3cr3t",
    }
    with running(shell, **more) as terminal:
        terminal.press("\x0e")
        terminal.settle(0.3)
        terminal.press("why so slow")
        terminal.shows("why so slow")
        terminal.press("\x0f")
        terminal.until(log.exists)
        if code:
            terminal.shows("ended with 4", "why so slow")
            assert "and more" not in terminal.text
        else:
            terminal.shows("why so slow", "and more")
        terminal.press(" indeed")
        terminal.shows("indeed")
    path, mode, above, secret, text = log.read_text().split("\n")
    assert (mode, above, secret, text) == ("0o600", "0o700", "False", "why so slow")
    assert not Path(path).exists()
    assert not Path(path).parent.exists()


def test_an_editor_that_removes_its_file_leaves_the_draft(
    shell: dict[str, str], folder: Path
) -> None:
    script = folder / "editor.py"
    script.write_text("import os, sys\nos.unlink(sys.argv[1])\n")
    with running(shell, VISUAL=shlex.join([sys.executable, str(script)])) as terminal:
        terminal.press("\x0e")
        terminal.settle(0.3)
        terminal.press("why so slow")
        terminal.shows("why so slow")
        terminal.press("\x0f")
        terminal.shows("the editor left no file", "why so slow")


def test_plain_text_stands_on_the_normal_screen(shell: dict[str, str]) -> None:
    with running(shell) as terminal:
        before = middle(terminal)
        since = len(terminal.written)
        terminal.press("V")
        terminal.shows("enter goes back")
        shown = terminal.written[since:]
        assert b"\x1b[?1049l" in shown
        text = shown[shown.rindex(b"\x1b[?1004l") + 8 :].decode()
        assert "\x1b" not in text
        terminal.press("\r")
        terminal.until(lambda: middle(terminal) == before)


@pytest.mark.parametrize("way", ["lean", "plain"])
def test_stopped_and_continued_all_is_drawn_again(shell: dict[str, str], way: str) -> None:
    with running(shell, DAS_TUI_OUTPUT=way) as terminal:
        before = middle(terminal)
        for again in range(2):
            terminal.press("\x1a")
            terminal.until(lambda: state(terminal.pid) == "T")
            terminal.settle(0.1)
            terminal._stream.feed(b"\x1b[2J\x1b[5;9r$ something else\r\n" * 3)
            since = len(terminal.written)
            os.kill(terminal.pid, signal.SIGCONT)
            terminal.until(lambda: middle(terminal) == before)
            assert all(mode in terminal.written[since:] for mode in MODES), again
        terminal.press("q")
        assert terminal.ended() == 0


def state(pid: int) -> str:
    found = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return found.stdout.strip()[:1]
