"""The pages name tests and modules that exist and leave nothing out that the program knows."""

import ast
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from types import ModuleType

import click
import msgspec
import pytest
from alibabacloud_das20200116 import models as das_models
from alibabacloud_dms20250414 import models as dms_models

from das_tui.cli.options import cli
from das_tui.config.profiles import ENDPOINT_VARIABLES, Profile
from das_tui.config.settings import Settings
from das_tui.domain import content, words
from das_tui.domain.events import AskKind
from das_tui.domain.setup import SKIPS, SessionSetup, parse_param
from das_tui.run import dms_run, remote
from das_tui.tui.actions import ACTIONS, NAMELESS, key_label
from das_tui.tui.theme import PALETTES
from das_tui.wire import chat, das, dms, gateway, refusals, unit
from das_tui.wire import dms_calls as calls
from das_tui.wire.request import Request
from tests import keys_page

TESTS = Path(__file__).parent
HOUSE = TESTS.parent
PACKAGE = HOUSE / "das_tui"
PAGE = HOUSE / "docs" / "wire.md"
README = HOUSE / "README.md"
PLAN = HOUSE / "docs" / "architecture.md"
NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")


def rows() -> list[list[str]]:
    """The cells of every row of every table, without the heads."""
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return [row for row in cells if row[0] != "name"]


@cache
def functions(file: str) -> set[str]:
    path = TESTS / file
    tree = ast.parse(path.read_text() if path.exists() else "")
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return {node.name for node in tree.body if isinstance(node, kinds)}


def written(section: str = "", *, anywhere: bool = False) -> set[str]:
    """What is written as code in the first cells of the tables, or anywhere, in lower case; the
    words of a piece of code count by themselves too."""
    text = PAGE.read_text()
    if section:
        text = text.split(f"\n## {section}\n")[1].split("\n## ")[0]
    if not anywhere:
        firsts = (line.split(" | ")[0] for line in text.splitlines() if line.startswith("| "))
        text = "\n".join(firsts)
    code = re.findall(r"`([^`]+)`", NAMED.sub("", text))
    parts = (word for piece in code for word in re.findall(r"\w+", piece))
    return {word.lower() for word in (*code, *parts)}


def compared(function: object, *names: str) -> Iterator[str]:
    """The texts with which a function compares one of the variables `names`."""
    for node in ast.walk(ast.parse(inspect.getsource(function))):  # type: ignore[arg-type]
        if isinstance(node, ast.Compare):
            if isinstance(node.left, ast.Name) and node.left.id in names:
                yield from texts(*node.comparators)
        elif isinstance(node, ast.Match):
            if {n.id for n in ast.walk(node.subject) if isinstance(n, ast.Name)} & {*names}:
                yield from texts(*(case.pattern for case in node.cases))
        elif isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[0] in names:
            yield from texts(*node.args)


def texts(*nodes: ast.AST) -> Iterator[str]:
    for node in nodes:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Constant) and isinstance(inner.value, str) and inner.value:
                yield inner.value


def literals(room: str) -> Iterator[str]:
    """Every text in the code of a room that is no docstring."""
    for path in sorted((PACKAGE / room).rglob("*.py")):
        tree = ast.parse(path.read_text())
        plain = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            text = node.value if isinstance(node, ast.Constant) else None
            if isinstance(text, str) and id(node) not in plain:
                yield text


# --- the page of the wire ------------------------------------------------------------------------


def test_every_row_names_a_test_and_every_test_exists() -> None:
    found = rows()
    assert len(found) > 250
    for row in found:
        assert len(row) == 3, row
        assert NAMED.fullmatch(row[2]), row
    named = NAMED.findall(PAGE.read_text())
    missing = [f"{file}::{test}" for file, test in named if test not in functions(file)]
    assert missing == []


CONTENTS = {
    *content._READERS,
    *content.QUIET,
    *content.ANSWERS,
    *content.THOUGHTS,
    *dms._ASKS,
}


@pytest.mark.parametrize(
    ("section", "known"),
    [
        ("DMS: categories", CONTENTS),
        ("DMS: event types", {*compared(dms._event, "kind"), *dms._BARE}),
        ("DMS: fields", dms._KEYS),
        ("DAS", set(compared(das.decode_object, "kind"))),
        ("Chat", set(compared(chat._event, "kind"))),
        ("States", {*dms_run._BUSY, *remote._STATES, *remote._QUIET} - {""}),
        ("Settings of a session", set(SKIPS.values())),
        ("Answers to asks", {*words.APPROVALS, *words.LATER_TOO, words.REFUSE[AskKind.REPORT]}),
    ],
)
def test_what_is_read_is_on_the_page(section: str, known: set[str]) -> None:
    assert len(known) > 2
    assert {name.lower() for name in known} - written(section) == set()


def test_every_code_that_has_words_of_its_own_is_on_the_page() -> None:
    known = {*compared(refusals._words, "code"), *refusals._EXPIRED_TOKEN, *refusals._ITS_FAULT}
    known |= {*refusals._UNKNOWN_ACTION}
    known -= {"Inactive", "Invalid", "Missing", "Unavailable", "SystemError"}
    listed = written("Errors")
    assert len(known) > 10
    assert [code for code in known if not any(w.startswith(code.lower()) for w in listed)] == []


def requests() -> list[Request]:
    """Every request that this program can make, with every parameter."""
    setup = SessionSetup(
        mode="m",
        sources=({"DbName": "d"},),
        params=tuple(
            parse_param(text)
            for text in (
                "File=f",
                "ClientToken=t",
                "DatabaseId=1",
                "Create.Mode=m",
                "QuotedMessage=q",
                "ParentSessionId=s",
                "Send.UserOssBucket=b",
                'DataSource={"DbName":"d"}',
                "ReportConfig.ReportTheme=journal",
            )
        ),
    )
    return [
        das.question("q", "s", "a"),
        chat.question("q", "s", "a", resume="r", summary="s", forwarded_props="f"),
        unit.active_route_unit(),
        calls.chat_content("s", "a", 1, "u"),
        calls.create_session("t", "u", setup, workspace_id="w"),
        calls.describe_session("s", "u", "w"),
        calls.send_message(
            "s", "a", "m", question="q", reply_to="1", unit="u", workspace_id="w", setup=setup
        ),
        calls.list_sessions(
            title="t",
            mode="m",
            unit="u",
            workspace_id="w",
            created_from=1.0,
            created_to=2.0,
            creator="c",
            custom_agent="ca-1",
            saved=True,
        ),
        calls.list_custom_agents("s", agent_type="Common", all_released=True, workspace_id="w"),
        calls.describe_custom_agent("ca-1", "w"),
        calls.list_workspaces("s", unit="u"),
        calls.init_personal_workspace("u"),
        calls.list_files(
            "s", "u", category="c", file_id="f", file_from="f", sort="s", direction="ASC"
        ),
        calls.upload_signature("u", "w"),
        calls.upload_callback("f", "d/f", 1, "u", "w"),
        calls.feedback("s", "LIKE", "CHAT", "1", "t", "u", "w"),
    ]


def test_every_action_and_parameter_that_can_be_sent_is_on_the_page() -> None:
    made = {name for name in calls.__all__ if not name.startswith("read_") and name.islower()}
    asked = {request.action for request in requests()}
    assert len(asked - {"GetDasAgentSSE", "Chat", "GetActiveRouteUnit"}) == len(made)
    known = {name for request in requests() for name in request.params}
    known |= {*gateway._TIMES.values(), *gateway._ACTIONS.values()}
    listed = written("Parameters of DAS") | written("Parameters of DMS")
    listed |= written("Settings of a session")
    assert {name.lower() for name in known | asked - {"GetDasAgentSSE", "Chat"}} - listed == set()


def test_every_ram_action_is_on_the_page() -> None:
    needed = {request.permission.lower() for request in requests()}
    assert needed - written("Permissions") == set()


USED = {
    das_models: ("GetDasAgentSSE", "Chat"),
    dms_models: (
        "GetChatContent",
        "CreateDataAgentSession",
        "SendChatMessage",
        "DescribeDataAgentSession",
        "ListDataAgentSession",
        "ListCustomAgent",
        "DescribeCustomAgent",
        "ListDataAgentWorkspace",
        "ListFileUpload",
        "DescribeFileUploadSignature",
        "FileUploadCallback",
        "CreateDataAgentFeedback",
    ),
}


@pytest.mark.parametrize(
    ("models", "action"),
    [(models, action) for models, actions in USED.items() for action in actions],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_field_of_the_official_models_is_on_the_page(models: ModuleType, action: str) -> None:
    """Requests, answers, and all that is inside them; also what is said to be unused."""
    kinds = (f"{action}Request", f"{action}ResponseBody")
    found = set()
    for name in dir(models):
        if name.startswith(kinds):
            source = inspect.getsource(getattr(models, name))
            found |= set(re.findall(r"result\['([^']+)'\]", source))
    assert len(found) > 3
    listed = written(anywhere=True)
    assert {name for name in found if name.lower() not in listed} == set()


def test_every_header_and_variable_of_the_wire_is_on_the_page() -> None:
    pattern = r"x-acs-[a-z0-9-]+\w|x-oss-[a-z-]+\w|x-api-key|(?:ALIBABA_CLOUD|DATA_AGENT)_\w+"
    known = {word for text in literals("wire") for word in re.findall(pattern, text)}
    known -= {"x-oss-request-id"}
    assert len(known) > 25
    page = PAGE.read_text()
    assert {word for word in known if word not in page} == set()


# --- the page of the rooms -----------------------------------------------------------------------


def test_the_architecture_names_every_module_and_no_other() -> None:
    rooms = [path.parent.name for path in PACKAGE.glob("*/__init__.py")]
    text = PLAN.read_text()
    for room in rooms:
        listed = re.search(rf"^\*\*`{room}`\*\*(.*?)\n\n", text, re.MULTILINE | re.DOTALL)
        assert listed is not None, room
        named = set(re.findall(r"`([\w/]+)`", listed[1]))
        there = {
            path.relative_to(PACKAGE / room).with_suffix("").as_posix()
            for path in (PACKAGE / room).rglob("*.py")
            if path.stem != "__init__"
        }
        assert named == there, room


# --- the readme ----------------------------------------------------------------------------------


def commands(group: click.Group, path: str = "") -> Iterator[tuple[str, click.Command]]:
    context = click.Context(group)
    yield path, group
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        if isinstance(command, click.Group):
            yield from commands(command, f"{path} {name}")
        else:
            yield f"{path} {name}", command


def test_the_readme_names_every_command_and_option() -> None:
    text = README.read_text()
    missing = []
    for path, command in commands(cli):
        if f"das-tui{path}" not in text:
            missing.append(path)
        for option in (o for o in command.params if not getattr(o, "hidden", False)):
            for name in (*option.opts, *option.secondary_opts):
                if name.startswith("--") and not re.search(rf"{name}(?![\w-])", text):
                    missing.append(f"{path} {name}")
    assert missing == []


def test_the_readme_names_every_key_of_the_settings() -> None:
    text = README.read_text()
    keys = {field.name for field in msgspec.structs.fields(Profile)}
    keys |= set(ENDPOINT_VARIABLES.values())
    assert {key for key in keys if f"`{key}`" not in text} == set()


def test_the_readme_names_every_key_and_word_of_the_app() -> None:
    section = README.read_text().split("\n## Keys\n")[1].split("\n## ")[0]
    code = set(re.findall(r"`([^`]+)`", section))
    plain = {"enter", "esc", "space", "tab", "up", "down", "left", "right", "home", "end"}
    plain |= {"pgup", "pgdn", "shift+tab", "="} | set("23456789")
    missing = []
    for action in ACTIONS:
        labels = {key_label(key) for key in action.keys} - plain
        missing += [f"{action.id} {label}" for label in sorted(labels - code)]
        if not action.keys and action.id not in NAMELESS and f":{action.word}" not in code:
            missing.append(f":{action.word}")
    assert missing == []


def test_the_page_of_keys_is_the_table_of_actions() -> None:
    assert keys_page.PAGE.read_text() == keys_page.page(), "python -m tests.keys_page"


def test_the_readme_names_every_setting_of_the_app() -> None:
    text = README.read_text()
    keys = {field.name for field in msgspec.structs.fields(Settings)}
    assert {key for key in keys if f"| `{key}`" not in text and f", `{key}`" not in text} == set()
    assert {name for name in PALETTES if f"`{name}`" not in text} == set()


def test_every_promise_names_tests_that_exist() -> None:
    page = (HOUSE / "docs" / "reliability.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| [PS]\d.*$", page, re.MULTILINE)
    assert len(rows) > 15
    source = "\n".join(path.read_text(encoding="utf-8") for path in TESTS.rglob("test_*.py"))
    known = set(re.findall(r"def (test_\w+)", source))
    for row in rows:
        named = set(re.findall(r"`(test_\w+)`", row))
        assert named, row
        assert named <= known, f"{sorted(named - known)} in {row}"
