"""Blocks: what a transcript is made of. Immutable; a change makes a new block at the same index."""

from enum import StrEnum
from typing import TypeAlias

from das_tui.domain.events import AskKind
from das_tui.domain.plan import Plan, StepChange
from das_tui.light import dataclass


@dataclass(frozen=True, slots=True)
class Table:
    """A result table. Values are text exactly as they came, None for NULL; `total` is the number
    of rows that the service had, at least `len(rows)`."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    total: int = 0


@dataclass(frozen=True, slots=True)
class Text:
    """Plain output of a tool."""

    text: str
    error: bool = False


@dataclass(frozen=True, slots=True)
class Image:
    """An image that a terminal shows only by name; sizes are 0 when unknown."""

    kind: str
    width: int = 0
    height: int = 0


Output: TypeAlias = Table | Text | Image


class ToolStatus(StrEnum):
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Question:
    """What the operator (or somebody on the web) asked or answered in words."""

    text: str


@dataclass(frozen=True, slots=True)
class Answer:
    """Markdown of the agent. `conclusion` marks DMS conclusions, which no threshold hides."""

    text: str
    conclusion: bool = False


@dataclass(frozen=True, slots=True)
class Thought:
    """Internal reasoning, plain text."""

    text: str


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool call.

    `params` are (name, value) pairs; the name is empty for a positional word and for a bare flag,
    whose value is the flag itself. `language` is `sql`, `python`, `json` or empty, for `code`.
    `reason` is the short word for a failure (`timeout`). `total_rows` is None where the tool
    returned no table.
    """

    name: str
    title: str = ""
    call_id: str = ""
    params: tuple[tuple[str, str], ...] = ()
    language: str = ""
    code: str = ""
    outputs: tuple[Output, ...] = ()
    status: ToolStatus = ToolStatus.RUNNING
    reason: str = ""
    total_rows: int | None = None


@dataclass(frozen=True, slots=True)
class StepRule:
    """The rule that opens step `number` of the plan; 0 for a step without a number."""

    number: int
    name: str


@dataclass(frozen=True, slots=True)
class PlanShown:
    """A plan that the agent made or changed; `changes` is empty for the first one."""

    plan: Plan
    changes: tuple[StepChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Ask:
    """The agent waits for a human.

    `text` is the question, `sql` and `explain` only for `AskKind.SQL`, `plan` and `changes` only
    for `AskKind.PLAN`. `answered` is empty while it waits, else the sentence that says how
    it was answered.
    """

    kind: AskKind
    text: str = ""
    sql: str = ""
    explain: str = ""
    plan: Plan | None = None
    changes: tuple[StepChange, ...] = ()
    checkpoint: int | None = None
    answered: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """A task result: a title, a sentence, and a table that may be drawn as bars. `label` and
    `value` name the columns of the axes; `series` is False where it must be shown as a table."""

    title: str
    summary: str
    chart_type: str
    table: Table | None
    label: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Recommended questions."""

    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FileNote:
    """A file that the run wrote; `size` in bytes, 0 when unknown."""

    name: str
    size: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """A report exists."""

    title: str
    kind: str


class Tone(StrEnum):
    """How a notice weighs."""

    QUIET = "quiet"
    GOOD = "good"
    ATTENTION = "attention"


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence about the run or the line; `detail` stands below an attention notice."""

    text: str
    tone: Tone = Tone.QUIET
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """Something failed: `title` first, `fact` (status, code) at the right, then `text`, then the
    `way_out` as Markdown, then the request id."""

    title: str
    fact: str = ""
    text: str = ""
    way_out: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A one-line remark of the agent (status notes, table summaries, tool choices)."""

    text: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class Raw:
    """A payload that could not be understood: shown by name, opened to its text."""

    name: str
    text: str
    malformed: bool = False
    reason: str = ""


Body: TypeAlias = (
    Question
    | Answer
    | Thought
    | Tool
    | StepRule
    | PlanShown
    | Ask
    | Chart
    | Suggestions
    | FileNote
    | Report
    | Notice
    | Failure
    | Note
    | Raw
)


@dataclass(frozen=True, slots=True)
class Block:
    """One block of a transcript.

    `index` is its place. `level` is the highest level of its events, None where none had one.
    `pinned` blocks are shown at every threshold: questions, asks, failures, failed tools,
    conclusions. `at` is the time of its first event, `seconds` its duration once it ended (None
    where that makes no sense). Those of an ask that was settled are the time of the answer and how
    long it had waited. `live` blocks may still change. `first` and `last` are record
    positions. `beyond` are the characters that the records have and `body` leaves out, see
    `cutting`.
    """

    index: int
    body: Body
    level: int | None = None
    pinned: bool = False
    at: float | None = None
    seconds: float | None = None
    live: bool = False
    first: int = 0
    last: int = 0
    beyond: int = 0
