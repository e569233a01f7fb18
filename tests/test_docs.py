"""The page of the wire names tests that exist and leaves nothing out that the program knows."""

import ast
import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from das_tui.domain import content
from das_tui.run import dms_run
from das_tui.wire import chat, das, dms, refusals

TESTS = Path(__file__).parent
PAGE = TESTS.parent / "docs" / "wire.md"
NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")


def rows() -> list[list[str]]:
    """The cells of every row of every table, without the heads."""
    lines = [line for line in PAGE.read_text().splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return [row for row in cells if row[0] != "name"]


@cache
def functions(file: str) -> set[str]:
    tree = ast.parse((TESTS / file).read_text())
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    return {node.name for node in tree.body if isinstance(node, kinds)}


def written(section: str = "") -> set[str]:
    """What is written as code in the first cells of the tables, in lower case."""
    text = PAGE.read_text()
    if section:
        text = text.split(f"\n## {section}\n")[1].split("\n## ")[0]
    firsts = [line.split(" | ")[0] for line in text.splitlines() if line.startswith("| ")]
    return {word.lower() for first in firsts for word in re.findall(r"`([^`]+)`", first)}


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


def test_every_row_names_a_test_and_every_test_exists() -> None:
    found = rows()
    assert len(found) > 100
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
        ("States", dms_run._BUSY - {""}),
    ],
)
def test_what_is_read_is_on_the_page(section: str, known: set[str]) -> None:
    assert len(known) > 2
    assert {name.lower() for name in known} - written(section) == set()


def test_every_code_that_has_words_of_its_own_is_on_the_page() -> None:
    known = {*compared(refusals._words, "code"), *refusals._EXPIRED_TOKEN, *refusals._ITS_FAULT}
    known -= {"Inactive", "Invalid", "Missing", "Unavailable", "SystemError"}
    listed = written("Errors")
    assert len(known) > 10
    assert [code for code in known if not any(w.startswith(code.lower()) for w in listed)] == []


def test_every_parameter_that_can_be_sent_is_on_the_page_or_said_to_be_unused() -> None:
    requests = [
        das.question("q", "s", "a"),
        chat.question("q", "s", "a"),
        dms.chat_content("s", "a", 1, "u"),
        dms.create_session("t", "u", {"Mode": "m"}, workspace_id="w", file_id="f"),
        dms.describe_session("s", "u", "w"),
        dms.send_message(
            "s",
            "a",
            "m",
            question="q",
            reply_to="1",
            quoted="q",
            unit="u",
            workspace_id="w",
            config={"Mode": "m"},
            data_sources=[{"DbName": "d"}],
        ),
    ]
    later = PAGE.read_text().split("\n## Not yet\n")[1]
    listed = written("Requests") | {word.lower() for word in re.findall(r"`(\w+)`", later)}
    known = {name.lower() for request in requests for name in request.params}
    assert len(known) > 12
    assert known - listed == set()
