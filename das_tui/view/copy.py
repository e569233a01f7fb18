"""Blocks as text to take along: the source exactly as it came, in one form or another.

Nothing here is cut, wrapped or drawn. All that leaves passes `verbatim`, so that it acts on no
terminal, and `withheld`, so that no key and no link that opens by itself goes along.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from das_tui.domain.blocks import (
    Answer,
    Ask,
    Block,
    Chart,
    Failure,
    FileNote,
    Image,
    Note,
    Notice,
    PlanShown,
    Question,
    Raw,
    Report,
    StepRule,
    Suggestions,
    Table,
    Text,
    Thought,
    Tool,
)
from das_tui.domain.events import AskKind
from das_tui.domain.plan import Change, Plan
from das_tui.domain.secrets import withheld
from das_tui.view import shell
from das_tui.view.ages import counted, size, thousands
from das_tui.view.clean import verbatim

NULL = "NULL"
"""How NULL is written in a copied table."""

_LANGUAGES = {"sql": "SQL", "python": "Python", "json": "JSON"}
_FENCE = re.compile(
    r"^(?P<in> {0,3})(?P<mark>`{3,}|~{3,})[ \t]*(?P<word>[^\s`]*)[^\n`]*\n"
    r"(?P<code>.*?)(?:^ {0,3}(?P=mark)[`~]*[ \t]*$|\Z)",
    re.MULTILINE | re.DOTALL,
)


class Piece(NamedTuple):
    """One thing that can be taken from a block: its name, as in `copied the SQL`, its text, and
    the ending of a file that holds such a thing, such as `sql`."""

    name: str
    text: str
    ending: str


def safe(text: str) -> str:
    """`text` as it may leave the program."""
    return withheld(verbatim(text))


def pieces(block: Block) -> tuple[Piece, ...]:
    """What can be taken from a block, the likeliest first; the last is the whole of it as
    Markdown. Equal texts are given once, empty ones not at all."""
    found: dict[str, Piece] = {}
    whole = Piece("the block as Markdown", markdown(block), "md")
    less = f" ({_beyond(block)})" if block.beyond else ""
    for piece in (*_PIECES[type(block.body)](block.body), whole):
        text = safe(piece.text)
        if text.strip():
            found.setdefault(text, Piece(piece.name + less, text, piece.ending))
    return tuple(found.values())


def source(block: Block) -> str:
    """The first of `pieces`; empty for a block without any text."""
    return next((piece.text for piece in pieces(block)), "")


def _beyond(block: Block) -> str:
    """How much of a block the transcript leaves out."""
    return f"without {counted(block.beyond, 'more character')}"


# --- pieces --------------------------------------------------------------------------------------


def _answer_pieces(body: Answer) -> Iterator[Piece]:
    yield Piece("the Markdown", body.text, "md")
    found = list(_FENCE.finditer(body.text))
    for number, fence in enumerate(found, 1):
        word = fence["word"].lower()
        name = f"the {_LANGUAGES.get(word, 'code')}"
        margin = fence["in"]
        code = fence["code"].removesuffix("\n")
        if margin:
            code = re.sub(rf"^ {{1,{len(margin)}}}", "", code, flags=re.MULTILINE)
        place = f" {number} of {len(found)}" if len(found) > 1 else ""
        yield Piece(name + place, code, "sql" if word == "sql" else "txt")


def _tool_pieces(body: Tool) -> Iterator[Piece]:
    language = body.language.lower()
    if body.code:
        name = f"the {_LANGUAGES.get(language, 'code')}"
        yield Piece(name, body.code, "sql" if language == "sql" else "txt")
    tables = [output for output in body.outputs if isinstance(output, Table)]
    for number, table in enumerate(tables, 1):
        yield from _table_pieces(table, f" {number} of {len(tables)}" if len(tables) > 1 else "")
    yield Piece("the call and its response", call(body), "txt")
    for output in body.outputs:
        if isinstance(output, Text):
            yield Piece("the response", output.text, "txt")


def _table_pieces(table: Table, place: str = "") -> Iterator[Piece]:
    name = f"the result{place}{_share(table)}"
    yield Piece(f"{name} as TSV", tsv(table), "tsv")
    yield Piece(f"{name} as Markdown", markdown_table(table), "md")


def _share(table: Table) -> str:
    """` (20 of 1,204 rows)` where the service had more rows than it sent."""
    if table.total <= len(table.rows):
        return ""
    return f" ({thousands(len(table.rows))} of {thousands(table.total)} rows)"


def _ask_pieces(body: Ask) -> Iterator[Piece]:
    if body.sql:
        yield Piece("the SQL", body.sql, "sql")
    if body.plan is not None:
        yield Piece("the plan", plan(body.plan), "md")
    yield Piece("the question", body.text, "txt")
    yield Piece("the explain result", body.explain, "txt")


def _chart_pieces(body: Chart) -> Iterator[Piece]:
    if body.table is not None:
        yield from _table_pieces(body.table)


def _words(name: str, ending: str = "txt") -> Callable[[Any], Iterator[Piece]]:
    def pieces_of(body: Any) -> Iterator[Piece]:
        yield Piece(name, body.text, ending)

    return pieces_of


_PIECES: dict[type, Callable[[Any], Iterable[Piece]]] = {
    Question: _words("the question"),
    Answer: _answer_pieces,
    Thought: _words("the thought"),
    Tool: _tool_pieces,
    StepRule: lambda body: (Piece("the step", body.name, "txt"),),
    PlanShown: lambda body: (Piece("the plan", plan(body.plan), "md"),),
    Ask: _ask_pieces,
    Chart: _chart_pieces,
    Suggestions: lambda body: (Piece("the questions", "\n".join(body.questions), "txt"),),
    FileNote: lambda body: (Piece("the name of the file", body.name, "txt"),),
    Report: lambda body: (Piece("the title of the report", body.title, "txt"),),
    Notice: lambda body: (Piece("the notice", _joined(body.text, body.detail), "txt"),),
    Failure: lambda body: (Piece("the failure", failure(body), "txt"),),
    Note: _words("the note"),
    Raw: _words("the event"),
}


def _joined(*parts: str, by: str = "\n") -> str:
    return by.join(part for part in parts if part)


def plan(given: Plan) -> str:
    """A plan as a numbered list."""
    lines = [given.title] if given.title else []
    for step in given.steps:
        tail = f": {step.description}" if step.description else ""
        lines.append(f"{step.order}. {step.name}{tail}")
    if given.more:
        lines.append(f"({counted(given.more, 'more step')})")
    return "\n".join(lines)


def failure(body: Failure) -> str:
    """Title and fact, text, way out, request id, each on a line of its own."""
    title = _joined(body.title, body.fact, by="  ")
    return _joined(title, body.text, body.way_out, body.request_id)


def command_line(body: Tool) -> str:
    """A call with its arguments as a shell would take them."""
    words = [word for name, value in body.params for word in (name, shell.word(value)) if word]
    return " ".join([body.name or "tool", *words])


def call(body: Tool) -> str:
    """A call as a command line, its code, and what it gave, parted by empty lines."""
    parts = [command_line(body), body.code, *(_output(output) for output in body.outputs)]
    return "\n\n".join(part.strip("\n") for part in parts if part)


def _output(output: Table | Text | Image) -> str:
    if isinstance(output, Table):
        return tsv(output)
    return output.text if isinstance(output, Text) else image(output)


def image(output: Image) -> str:
    """What can be said of an image."""
    measure = f"{output.width}x{output.height}" if output.width and output.height else ""
    return f"[{_joined('image', measure, output.kind, by=' ')}]"


# --- tables --------------------------------------------------------------------------------------


def tsv(table: Table) -> str:
    """A table with a tab between values, as spreadsheets take it: a value that holds a tab, a line
    feed or a quote stands in quotes. NULL is `NULL`."""
    out = io.StringIO()
    writer = csv.writer(out, dialect="excel-tab", lineterminator="\n")
    writer.writerow(table.columns)
    for row in table.rows:
        writer.writerow([NULL if value is None else value for value in row])
    return out.getvalue().removesuffix("\n")


def markdown_table(table: Table) -> str:
    """A table as Markdown; line feeds in values become `<br>`."""
    columns = max(len(table.columns), 1)
    lines = [_pipes(table.columns), "|" + " --- |" * columns]
    for row in table.rows:
        filled = (*row[:columns], *("",) * (columns - len(row)))
        lines.append(_pipes(NULL if value is None else value for value in filled))
    return "\n".join(lines)


def _pipes(values: Iterable[str]) -> str:
    cells = (re.sub(r"\r\n|[\r\n]", "<br>", value.replace("|", "\\|")) for value in values)
    return "| " + " | ".join(cells) + " |"


# --- Markdown ------------------------------------------------------------------------------------


def markdown(block: Block) -> str:
    """A block as Markdown; empty for one without any text."""
    text = safe(_MARKDOWN[type(block.body)](block.body)).strip("\n")
    return f"{text}\n\n[{_beyond(block)}; das-tui show --json has all]" if block.beyond else text


def turn(blocks: Iterable[Block]) -> str:
    """Blocks as one Markdown text."""
    return "\n\n".join(filter(None, map(markdown, blocks)))


def fenced(text: str, word: str = "") -> str:
    """`text` as a block of code, in a fence that it cannot close."""
    longest = max(map(len, re.findall("`{3,}", text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}{word}\n{text.strip(chr(10))}\n{fence}"


def _quoted(text: str) -> str:
    return "\n".join(f"> {line}".rstrip() for line in text.strip("\n").split("\n"))


def _tool_markdown(body: Tool) -> str:
    name = f"**{body.name or 'tool'}**"
    parts = [_joined(name, " ".join(body.title.split()), body.reason, by="  ")]
    if body.params:
        parts.append(fenced(command_line(body)))
    if body.code:
        parts.append(fenced(body.code, body.language.lower()))
    for output in body.outputs:
        if isinstance(output, Table):
            parts.append(markdown_table(output))
            share = _share(output).strip(" ()")
            parts += [share] if share else []
        elif isinstance(output, Text):
            parts.append(fenced(output.text) if output.text.strip() else "")
        else:
            parts.append(image(output))
    return _joined(*parts, by="\n\n")


_ASKED = {
    AskKind.SQL: "Run this statement?",
    AskKind.PLAN: "Run this plan?",
    AskKind.REPORT: "Draw the web report?",
}


def _ask_markdown(body: Ask) -> str:
    return _joined(
        f"**{_ASKED.get(body.kind, 'A question')}**",
        body.text,
        fenced(body.sql, "sql") if body.sql else "",
        fenced(body.explain) if body.explain else "",
        plan(body.plan) if body.plan is not None else "",
        f"{body.answered}" if body.answered else "",
        by="\n\n",
    )


def _plan_markdown(body: PlanShown) -> str:
    changed = [
        f"- {change.change.value}: {change.step.name}"
        for change in body.changes
        if change.change is not Change.SAME
    ]
    return _joined("**Plan**", plan(body.plan), "\n".join(changed), by="\n\n")


def _chart_markdown(body: Chart) -> str:
    title = f"**{body.title}**" if body.title else ""
    table = markdown_table(body.table) if body.table is not None and body.table.columns else ""
    return _joined(title, body.summary, table, by="\n\n")


def _failure_markdown(body: Failure) -> str:
    title = _joined(f"**{body.title or 'Failed'}**", body.fact, by="  ")
    request = f"request `{body.request_id}`" if body.request_id else ""
    return _joined(title, body.text, body.way_out, request, by="\n\n")


def _raw_markdown(body: Raw) -> str:
    return _joined(body.name, fenced(body.text) if body.text else "", by="\n\n")


def _suggestions_markdown(body: Suggestions) -> str:
    listed = "\n".join(f"{n}. {text}" for n, text in enumerate(body.questions, 1))
    return _joined("**Next questions**", listed, by="\n\n")


_MARKDOWN: dict[type, Callable[[Any], str]] = {
    Question: lambda body: _quoted(body.text) if body.text.strip() else "",
    Answer: lambda body: body.text,
    Thought: lambda body: _quoted(body.text) if body.text.strip() else "",
    Tool: _tool_markdown,
    StepRule: lambda body: f"### Step {body.number}  {body.name}" if body.number else body.name,
    PlanShown: _plan_markdown,
    Ask: _ask_markdown,
    Chart: _chart_markdown,
    Suggestions: _suggestions_markdown,
    FileNote: lambda body: _joined(
        "File", body.name, size(body.size) if body.size > 0 else "", by="  "
    ),
    Report: lambda body: _joined("Report", body.title, body.kind, by="  "),
    Notice: lambda body: _joined(body.text, body.detail, by="\n\n"),
    Failure: _failure_markdown,
    Note: lambda body: body.text,
    Raw: _raw_markdown,
}
