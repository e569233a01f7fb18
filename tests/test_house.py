"""What holds for the whole house: who may import, print, draw and wait."""

import ast
import json
import os
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

import das_tui
from das_tui.view import glyphs

REPOSITORY = Path(__file__).parent.parent
PACKAGE = REPOSITORY / "das_tui"
HTTP = {"httpx", "httpx_sse"}
LATE = {*HTTP, "markdown_it", "pygments", "alibabacloud_credentials"}
UNSEEN = {
    *("hmac", "secrets", "sqlite3", "ssl", "tomli_w", "_hashlib", "_ssl"),
    *(f"das_tui.domain.{name}" for name in ("blocks", "events", "risk", "shelf", "usage")),
    *(f"das_tui.view.{name}" for name in ("block", "dock", "find", "markdown", "transcript")),
    *(f"das_tui.view.{name}" for name in ("panel", "profiles", "prompt", "suggestions", "usage")),
    *("das_tui.run.engine", "das_tui.run.feed", "das_tui.store", "das_tui.config.writing"),
    *("das_tui.tui.reader", "das_tui.tui.widgets.editor", "das_tui.wire.chain"),
}
"""What the first paint and the answer to a key do without."""
UNASKED = {
    *("hmac", "importlib.resources", "secrets", "ssl", "_hashlib", "_ssl"),
    *("das_tui.run.files", "das_tui.run.feedback", "das_tui.run.remote"),
    *("das_tui.wire.chain", "das_tui.wire.transport"),
}
"""What stored sessions are shown without."""


def sources(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.py"))


def loaded_by(statement: str) -> set[str]:
    """Names of the modules that a fresh interpreter has loaded after `statement`."""
    script = f"{statement}\nimport json, sys\nprint(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


def importing(room: str) -> str:
    modules = [
        "das_tui." + ".".join(path.relative_to(PACKAGE).with_suffix("").parts)
        for path in sources(PACKAGE / room)
        if path.name != "__init__.py"
    ]
    assert modules
    return "import " + ", ".join(modules)


def test_imports_go_in_one_direction() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"],
        capture_output=True,
        text=True,
        cwd=REPOSITORY,
        env={**os.environ, "NO_COLOR": "1"},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    ("statement", "absent"),
    [
        ("import das_tui.cli.main", {*LATE, "textual", "starlette", "uvicorn", "rich"}),
        ("import das_tui.cli.main as m; m.run(['--help'])", {*LATE, "textual", "starlette"}),
        ("import das_tui.cli.decode", {*HTTP, "textual", "starlette", "sqlite3"}),
        ("import das_tui.cli.show", {*HTTP, "textual", "starlette"}),
        (importing("domain"), {*LATE, "textual", "rich", "msgspec", "sqlite3", "asyncio"}),
        (importing("view"), {*LATE, "textual", "msgspec", "sqlite3", "asyncio"}),
        (importing("store"), {*LATE, "textual", "rich", "asyncio"}),
        (importing("config"), {*LATE, "textual", "rich", "asyncio"}),
        ("import das_tui.tui.app", LATE),
        ("import das_tui.cli.app, das_tui.tui.app", LATE | UNSEEN),
        ("import das_tui.tui.app, das_tui.tui.reader, das_tui.run.engine", LATE | UNASKED),
        ("import das_tui.wire.transport", {"click", "rich", "alibabacloud_credentials"}),
    ],
)
def test_heavy_modules_are_loaded_only_by_those_who_need_them(
    statement: str, absent: set[str]
) -> None:
    assert not loaded_by(statement) & absent


def test_only_one_module_writes_to_stdout() -> None:
    writers = set()
    for path in sources(PACKAGE):
        for node in ast.walk(ast.parse(path.read_text())):
            prints = isinstance(node, ast.Name) and node.id == "print"
            streams = isinstance(node, ast.Attribute) and (
                (node.attr in {"stdout", "__stdout__"} and ast.unparse(node.value) == "sys")
                or (node.attr in {"echo", "secho"} and ast.unparse(node.value) == "click")
            )
            if prints or (streams and not _only_asks(path, node)):
                writers.add(path.relative_to(PACKAGE).as_posix())
    assert writers == {"cli/output.py"}


def _only_asks(path: Path, node: ast.AST) -> bool:
    """Whether `sys.stdout` is only asked for what it is: a terminal, its number, its encoding."""
    line = path.read_text().splitlines()[getattr(node, "lineno", 1) - 1]
    return any(word in line for word in ("isatty()", "fileno()", '"encoding"'))


def test_glyphs_stand_in_their_table_only() -> None:
    table = "".join(str(getattr(glyphs.UTF8, name)) for name in glyphs.Glyphs.__dataclass_fields__)
    literal = {glyph for glyph in table if not glyph.isascii()}
    ellipsis = glyphs.UTF8.ellipsis
    found = []
    for path in sources(PACKAGE):
        inside = path.relative_to(PACKAGE)
        if inside.as_posix() == "view/glyphs.py" or inside.parts[0] == "demo":
            continue
        # Rooms below the view cut texts off without knowing how they will be drawn.
        drawn = literal - (set() if inside.parts[0] in {"view", "tui", "cli"} else {ellipsis})
        for node in ast.walk(_without_docstrings(ast.parse(path.read_text()))):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and drawn & set(text) and not _punctuation(text):
                found.append(f"{inside}:{node.lineno}: {text!r}")
    assert not found, "\n".join(found)


def _punctuation(text: str) -> bool:
    """Whether a text lists characters that may begin or end no line; it is never drawn."""
    return len(text) > 20 and " " not in text


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list):
            node.body = [  # type: ignore[attr-defined]
                child
                for child in body
                if not (isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant))
            ]
    return tree


def test_tests_wait_for_conditions_and_do_not_sleep() -> None:
    sleepers = []
    for path in sources(REPOSITORY / "tests"):
        tree = ast.parse(path.read_text())
        looking = {
            id(inner)
            for loop in ast.walk(tree)
            if isinstance(loop, ast.While) and not isinstance(loop.test, ast.Constant)
            for inner in ast.walk(loop)
        }
        for node in ast.walk(tree):
            if (
                isinstance(node, ast.Call)
                and ast.unparse(node.func) in {"time.sleep", "asyncio.sleep", "sleep"}
                and ast.unparse(node) != "asyncio.sleep(0)"
                and id(node) not in looking
            ):
                sleepers.append(f"{path.relative_to(REPOSITORY)}:{node.lineno}")
    assert sleepers == []


def test_there_is_one_version() -> None:
    shown = subprocess.run(
        [sys.executable, "-m", "das_tui", "--version"],
        capture_output=True,
        text=True,
        check=True,
        cwd=REPOSITORY,
    )
    assert shown.stdout == f"das-tui {das_tui.__version__}\n"
    try:
        installed = metadata.version("das-tui")
    except metadata.PackageNotFoundError:
        installed = das_tui.__version__
    assert installed == das_tui.__version__
    assert (
        "version"
        in tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["dynamic"]
    )


def test_the_readme_begins_with_the_two_commands_that_ci_relies_on() -> None:
    first_screen = (REPOSITORY / "README.md").read_text().split("\n## ")[0]
    assert "python3 -m venv .venv && .venv/bin/pip install -q . && .venv/bin/das-tui demo" in (
        first_screen
    )
    assert "-e '.[test]' && .venv/bin/python -m pytest -n 4" in first_screen
    ci = (REPOSITORY / ".ci" / "run").read_text()
    assert "-e '.[test]'" in ci
    assert "-m pytest -n 4" in ci
    assert os.access(REPOSITORY / ".ci" / "run", os.X_OK)


def test_the_pages_of_the_house_point_to_files_that_exist() -> None:
    for page in ("README.md", "CONTRIBUTING.md", "docs/architecture.md"):
        path = REPOSITORY / page
        for target in _links(path.read_text()):
            assert (path.parent / target).exists(), f"{page}: {target}"


def _links(text: str) -> list[str]:
    found = [part.split(")")[0] for part in text.split("](")[1:]]
    return [link for link in found if "://" not in link and not link.startswith("#")]
