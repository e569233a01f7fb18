"""S5, S7, S10, S11: what is given to the program and by it to others."""

import ast
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import click
import pytest

from das_tui.cli import options, seeding
from das_tui.demo.child import Service
from das_tui.domain.secrets import without_keys
from das_tui.store.errors import UnsafePlace
from das_tui.store.store import Store
from tests.cli.conftest import Run

PACKAGE = Path(options.__file__).parents[1]
SECRETS = {
    "ALIBABA_CLOUD_ACCESS_KEY_ID": "LTAI5tCanary",
    "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "canary-secret",
    "ALIBABA_CLOUD_SECURITY_TOKEN": "canary-token",
    "DATA_AGENT_API_KEY": "canary-api",
}


def commands(group: click.Command, name: str = "") -> Sequence[tuple[str, click.Command]]:
    """All commands below a group, by the words that call them."""
    if not isinstance(group, click.Group):
        return [(name, group)]
    context = click.Context(group)
    found: list[tuple[str, click.Command]] = [(name, group)]
    for word in group.list_commands(context):
        inner = group.get_command(context, word)
        assert inner is not None
        found += commands(inner, f"{name} {word}".strip())
    return found


def test_no_secret_is_an_argument_of_the_client() -> None:
    """The built-in service takes the keys that it accepts; the client takes none."""
    groups = [value for value in vars(options).values() if isinstance(value, click.Group)]
    assert groups
    words = ("secret", "token", "password", "api-key", "access-key", "credential", "cookie")
    found = [
        f"{name} {option}"
        for group in groups
        for name, command in commands(group)
        if name != "serve"
        for parameter in command.params
        for option in parameter.opts
        if any(word in option.lower().replace("_", "-") for word in words)
    ]
    assert len([name for group in groups for name, _ in commands(group)]) > 8
    assert found == []


def test_nothing_is_taken_from_the_working_directory(
    run: Run, home: dict[str, str], tmp_path: Path
) -> None:
    here = tmp_path / "here"
    for name in ("", "das-tui", ".das-tui", ".config/das-tui"):
        (here / name).mkdir(parents=True, exist_ok=True)
        (here / name / "config.toml").write_text('[profiles.evil]\nregion = "evil"\n')
    (here / ".env").write_text("DAS_TUI_DAS_ENDPOINT=https://evil.example\n")
    done = run("config", "show", "--json", cwd=here)
    assert done.returncode == 0
    assert b"evil" not in done.stdout
    values = {
        (v["section"], v["key"]): v["value"] for v in map(json.loads, done.stdout.splitlines())
    }
    assert values["paths", "config"] == str(tmp_path / "config" / "das-tui" / "config.toml")
    # An explicit path counts, wherever it is.
    named = run("config", "list", cwd=here, env={"DAS_TUI_CONFIG": "config.toml"})
    assert b"evil" in named.stdout


def test_programs_of_our_own_take_no_module_from_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("das_tui", "json", "starlette", "uvicorn", "sitecustomize"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('taken from here')\n")
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PYTHONPATH", str(PACKAGE.parent))
    monkeypatch.chdir(tmp_path)
    with Service.start(speed=0) as service:
        environment = Path(f"/proc/{service.pid}/environ")
        assert service.url.startswith("http://127.0.0.1:")
        if environment.exists():
            assert b"canary" not in environment.read_bytes()
    folder = tmp_path / "data"
    folder.mkdir(0o700)
    seeding.seed(folder / "history.db")
    long = seeding.start_long(folder / "history.db")
    assert long is not None
    assert long.wait(120) == 0
    store = Store.open(folder / "history.db", read_only=True)
    assert max(row.records for row in store.sessions()) > 1000
    store.close()


def test_every_program_that_is_started_has_an_environment_without_keys() -> None:
    """One that is started from a new place has to say what it hands over."""
    bare = []
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if called in {"subprocess.run", "subprocess.Popen", "os.system", "os.execvpe"}:
                assert isinstance(node, ast.Call)
                given = {word.arg: ast.unparse(word.value) for word in node.keywords}
                if "without_keys" not in given.get("env", ""):
                    bare.append(f"{path.relative_to(PACKAGE)}: {given.get('env')}")
    # Whoever calls `Outside.run` gives the environment: pager, editor and pipe, each tested.
    assert bare == ["tui/outside.py: dict(environment)"]
    tree = ast.parse((PACKAGE / "tui" / "outside.py").read_text())
    calls = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "there.run"
    ]
    assert len(calls) == 3
    for call in calls:
        assert ast.unparse(call.args[1]) in {"inside", "without_keys(environment)"}
    assert without_keys(SECRETS) == {}


def test_no_link_is_ever_opened() -> None:
    """Links are shown, in full, and nothing of this program hands one to a browser or makes the
    terminal follow it."""
    for path in PACKAGE.rglob("*.py"):
        text = path.read_text()
        for word in ("webbrowser", "xdg-open", "open_url", "startfile", "\\x1b]8;"):
            assert word not in text, f"{path.relative_to(PACKAGE)}: {word}"


@pytest.mark.parametrize("ending", ["-wal", "-shm", "-journal"])
def test_a_link_beside_the_store_is_refused(tmp_path: Path, ending: str) -> None:
    path = tmp_path / "history.db"
    Store.open(path).close()
    victim = tmp_path / "victim"
    victim.write_text("theirs")
    (tmp_path / f"history.db{ending}").symlink_to(victim)
    for read_only in (True, False):
        with pytest.raises(UnsafePlace, match="not an ordinary file"):
            Store.open(path, read_only=read_only)
    assert victim.read_text() == "theirs"


def test_a_program_in_a_foreign_folder_opens_nothing_there(tmp_path: Path) -> None:
    """The console script; an interpreter that is told `-m` looks into the folder by itself."""
    (tmp_path / "das_tui.py").write_text("raise SystemExit('taken from here')\n")
    script = tmp_path / "bin" / "das-tui"
    script.parent.mkdir()
    script.write_text("from das_tui.cli.main import main\nmain()\n")
    done = subprocess.run(
        [sys.executable, str(script), "--version"],
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(PACKAGE.parent), "HOME": str(tmp_path)},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout.split()[0]) == (0, b"das-tui")
