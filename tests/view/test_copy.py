"""What is taken along: exact, harmless, and without keys."""

import csv
import io
import json
import re
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from das_tui.domain.blocks import (
    Answer,
    Ask,
    Block,
    Body,
    Chart,
    Failure,
    FileNote,
    Image,
    Notice,
    PlanShown,
    Question,
    Raw,
    Report,
    StepRule,
    Suggestions,
    Table,
    Text,
    Tool,
)
from das_tui.domain.events import AskKind
from das_tui.domain.plan import Plan, PlanStep
from das_tui.view import copy, forms
from das_tui.view.clean import verbatim
from das_tui.view.spec import ViewSpec
from tests.view.test_block_laws import BLOCKS, WORDS

SPEC = ViewSpec(100, threshold=0, utc=True, uncut=True)
SQL = "SELECT day,\n\trides  -- per day\nFROM rides\n"
RIDES = Table(("Day", "Rides"), (("Mon", "1,200"), ("星期三", None)), total=2)
STATEMENT = Tool("Sql", language="sql", code=SQL, outputs=(RIDES,))
FILTER = Tool("SqlFilter", params=(("--instanceId", "rm-1"), ("--sqlId", "a b"), ("", "--force")))
PLAN = Plan(title="Report", steps=(PlanStep(1, "Count"), PlanStep(2, "Draw", "as bars")))
SECRETS = [
    "LTAI5tQmaverylongkeyid01",
    "STS.NUabcdefgh12345",
    "dms-da-0123456789abcdef",
    "s3cr3t/signature%2Bvalue=",
]
LINK = (
    "https://bucket.oss-cn-hangzhou.aliyuncs.com/a.csv?Expires=1&OSSAccessKeyId={0}"
    "&Signature={3}&security-token={1}&x-oss-signature={3}"
)


def block(body: Body) -> Block:
    return Block(0, body, at=1768465800.0)


def of(body: Body) -> dict[str, str]:
    return {piece.name: piece.text for piece in copy.pieces(block(body))}


# --- what is taken first -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "copied"),
    [
        (Question("a\x1b"), "a␛"),
        (Answer("**b**\n\n- c\n"), "**b**\n\n- c\n"),
        (STATEMENT, SQL),
        (Tool("t", outputs=(Text("out"), RIDES)), "Day\tRides\nMon\t1,200\n星期三\tNULL"),
        (FILTER, "SqlFilter --instanceId rm-1 --sqlId 'a b' --force"),
        (
            Tool("t", params=(("--a", "1"),), outputs=(Text("out\n"), Image("png", 4, 3))),
            "t --a 1\n\nout\n\n[image 4x3 png]",
        ),
        (PlanShown(PLAN), "Report\n1. Count\n2. Draw: as bars"),
        (Ask(AskKind.SQL, "text", "SELECT 1"), "SELECT 1"),
        (Ask(AskKind.PLAN, "text", plan=PLAN), "Report\n1. Count\n2. Draw: as bars"),
        (Ask(AskKind.HUMAN, "text"), "text"),
        (Chart("T", "s", "bar", RIDES), "Day\tRides\nMon\t1,200\n星期三\tNULL"),
        (Chart("T", "s", "bar", None), "**T**\n\ns"),
        (Suggestions(("a", "b")), "a\nb"),
        (StepRule(1, "s"), "s"),
        (FileNote("f.txt"), "f.txt"),
        (Report("t", "k"), "t"),
        (Notice("n", detail="d"), "n\nd"),
        (Failure("t", "f", "x", "w", "r"), "t  f\nx\nw\nr"),
        (Raw("n", "{}"), "{}"),
    ],
)
def test_the_source_of_a_block(body: Body, copied: str) -> None:
    assert copy.source(block(body)) == copied


def test_the_other_forms_follow() -> None:
    found = of(STATEMENT)
    assert list(found) == [
        "the SQL",
        "the result as TSV",
        "the result as Markdown",
        "the call and its response",
        "the block as Markdown",
    ]
    assert found["the result as Markdown"] == (
        "| Day | Rides |\n| --- | --- |\n| Mon | 1,200 |\n| 星期三 | NULL |"
    )
    assert found["the block as Markdown"].startswith(f"**Sql**\n\n```sql\n{SQL.strip()}\n```\n\n|")


def test_a_part_of_a_result_is_called_one() -> None:
    table = Table(("a",), (("1",), ("2",)), total=1204)
    assert "the result (2 of 1,204 rows) as TSV" in of(Tool("t", outputs=(table,)))
    several = of(Tool("t", outputs=(RIDES, Table(("a",), (("1",),)))))
    assert {"the result 1 of 2 as TSV", "the result 2 of 2 as Markdown"} <= set(several)


def test_code_blocks_of_an_answer() -> None:
    text = (
        "Do this:\n\n```sql\nCREATE INDEX i\n\tON t (a);\n```\n\n- then\n\n"
        "  ~~~\n  ls ```\n    -l\n  ~~~\n"
    )
    found = of(Answer(text))
    assert found["the SQL 1 of 2"] == "CREATE INDEX i\n\tON t (a);"
    assert found["the code 2 of 2"] == "ls ```\n  -l"
    assert found["the Markdown"] == text
    assert of(Answer("x\n```sql\nSELECT 1"))["the SQL"] == "SELECT 1", "still arriving"


# --- laws ----------------------------------------------------------------------------------------


@settings(max_examples=300, deadline=None)
@given(BLOCKS)
def test_nothing_that_acts_on_a_terminal_leaves(given_block: Block) -> None:
    texts = [piece.text for piece in copy.pieces(given_block)]
    texts += ["".join(forms.content([given_block], ending, SPEC)) for ending in forms.ENDINGS]
    for text in texts:
        text.encode()
        for place, char in enumerate(text):
            if char in "\t\n":
                continue
            kind = unicodedata.category(char)
            joins = char in "\u200c\u200d" and not text[place - 1].isascii()
            assert joins or kind not in {"Cc", "Cf", "Cs", "Zl", "Zp"}, ascii(char)


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cc", "Cf", "Cs", "Zl", "Zp"])))
def test_harmless_text_is_exact(text: str) -> None:
    ignorable = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0d\uffa0]")
    hidden = re.compile("[\u2065\ufff0-\ufff8\U000e0000-\U000e0fff]")
    text = hidden.sub("", ignorable.sub("", text)) + "\t\n 👩‍💻👍🏽 ❤️ می‌خواهم \u2009"
    assert verbatim(text) == text


@given(WORDS)
def test_cleaning_twice_changes_nothing(text: str) -> None:
    assert verbatim(verbatim(text)) == verbatim(text)


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("a\x1b[2Jb", "a␛[2Jb"),
        ("x\rrm -rf", "x␍rm -rf"),
        ("a\r\nb", "a\nb"),
        ("\x9b2J", "<U+009B>2J"),
        ("use\u200drs", "use<U+200D>rs"),
        ("\u202eevil\u2069", "<U+202E>evil<U+2069>"),
        ("\U000e0041", "<U+E0041>"),
        ("\ud83d", "<U+D83D>"),
        ("\u2028", "<U+2028>"),
    ],
)
def test_what_hides_or_acts_is_shown(hostile: str, shown: str) -> None:
    assert verbatim(hostile) == shown


VALUES = st.none() | st.text(st.sampled_from("ab \t\n\"'|,;茶"), max_size=6)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(VALUES, VALUES), max_size=5).map(tuple))
def test_a_table_comes_back_from_tsv(rows: tuple[tuple[str | None, ...], ...]) -> None:
    text = copy.safe(copy.tsv(Table(("a\tb", 'c "d"'), rows)))
    head, *found = csv.reader(io.StringIO(text, newline=""), dialect="excel-tab")
    assert head == ["a\tb", 'c "d"']
    assert found == [[copy.NULL if value is None else value for value in row] for row in rows]


@given(st.text(st.sampled_from("`~ab\n"), max_size=40))
def test_code_cannot_close_its_fence(code: str) -> None:
    text = copy.fenced(code)
    fence = text.split("\n")[0]
    assert text.endswith(f"\n{fence}")
    assert fence not in code


def test_no_key_and_no_signed_link_leaves() -> None:
    text = " ".join([LINK.format(*SECRETS), "mysql://root:hunter2@db/x", *SECRETS[:3]])
    bodies: list[Body] = [
        Answer(text),
        Question(text),
        Raw("x", text),
        Notice("n", detail=text),
        Failure("t", "f", text, text),
        Tool("t", params=(("--url", text),), code=text, outputs=(Text(text),)),
        Tool("t", outputs=(Table(("u",), ((text,),)),)),
        Ask(AskKind.SQL, text, text, text),
    ]
    for body in bodies:
        texts = [piece.text for piece in copy.pieces(block(body))]
        texts += ["".join(forms.content([block(body)], e, SPEC)) for e in forms.ENDINGS]
        for taken in texts:
            assert not [secret for secret in (*SECRETS, "hunter2") if secret in taken]
    kept = copy.source(block(Answer(LINK.format(*SECRETS))))
    assert kept.startswith("https://bucket.oss-cn-hangzhou.aliyuncs.com/a.csv?Expires=1&")


def test_what_is_only_called_a_key_stays() -> None:
    sql = "SELECT api_key, signature FROM t WHERE token = 'abcdef' AND credential: 'x'"
    assert copy.safe(sql) == sql


# --- files ---------------------------------------------------------------------------------------


def written(ending: str, *bodies: Body) -> str:
    return "".join(forms.content([Block(i, b) for i, b in enumerate(bodies)], ending, SPEC))


def test_statements_are_parted_and_closed() -> None:
    bodies = (
        Question("why?"),
        Tool("Sql", language="SQL", code="SELECT 1"),
        Tool("Py", language="python", code="print()"),
        Tool("Sql", language="sql", code="SELECT 2; \n"),
        Tool("Sql", language="sql", code="SELECT 3 -- last"),
        Ask(AskKind.SQL, sql="DROP TABLE t", answered="refused"),
    )
    assert written("sql", *bodies) == "SELECT 1;\n\nSELECT 2;\n\nSELECT 3 -- last\n;\n"
    assert written("sql", Question("why?")) == ""


def test_tables_are_parted_by_an_empty_line() -> None:
    chart = Chart("T", "s", "bar", Table(("a",), (("1",),)))
    assert written("tsv", STATEMENT, Answer("x"), chart) == (
        "Day\tRides\nMon\t1,200\n星期三\tNULL\n\na\n1\n"
    )


def test_a_line_of_json_is_a_block() -> None:
    lines = written("jsonl", Question("为什么\x1b?"), STATEMENT).splitlines()
    assert all(line.isascii() for line in lines)
    first, second = map(json.loads, lines)
    assert (first["kind"], first["text"]) == ("question", "为什么␛?")
    assert second["outputs"][0]["rows"] == [["Mon", "1,200"], ["星期三", None]]
    assert second["code"] == SQL


def test_markdown_and_plain_text_of_a_turn() -> None:
    bodies = (Question("why?\nreally?"), Answer("Because **so**.\n"), StepRule(2, "Look"))
    assert written("md", *bodies) == "> why?\n> really?\n\nBecause **so**.\n\n### Step 2  Look\n"
    assert "Because so." in written("txt", *bodies)


@settings(max_examples=100, deadline=None)
@given(st.lists(BLOCKS, max_size=4))
def test_every_ending_is_total(blocks: list[Block]) -> None:
    for ending in forms.ENDINGS:
        text = "".join(forms.content(blocks, ending, SPEC))
        assert not text or text.endswith("\n")
    for line in "".join(forms.content(blocks, "jsonl", SPEC)).splitlines():
        assert json.loads(line, parse_constant=pytest.fail)


def test_a_copy_says_what_it_lacks() -> None:
    block = Block(0, Answer("words"), beyond=1_200)
    (first, whole) = copy.pieces(block)
    assert (first.name, first.text) == ("the Markdown (without 1,200 more characters)", "words")
    assert whole.text.endswith("[without 1,200 more characters; das-tui show --json has all]")
