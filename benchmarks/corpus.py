"""The texts that are measured with: events of a long analysis, and one long answer.

All of it is made from fixed templates and a fixed seed, so every run sees the same bytes. Each
event says its own number and level (`#0000123 L30`), so that a screen can be judged by its text.
"""

import json
import random
import re
from collections.abc import Iterator
from functools import cache

from das_tui.domain.record import Frame

LEVELS = (10, 20, 30, 40, 50)
SHARES = (46, 23, 15, 8, 8)
"""How many of a hundred events have each level."""

MARK = re.compile(r"#(\d{7}) L(\d\d)")
"""Number and level of an event, as it stands on the screen."""

LAST_WORDS = "end of the answer"
"""The end of `answer`."""

_WORDS = (
    "depot station route parcel index query table plan rides morning evening scan lock buffer "
    "latency replica commit window sample median promise quay harbour customer weather courier "
    "statement threshold partition cluster backlog checkpoint"
).split()

_PARAGRAPH, _LIST, _NOTE, _TOOL, _LONG = range(5)
_FORMS = (_PARAGRAPH,) * 62 + (_LIST,) * 15 + (_NOTE,) * 13 + (_TOOL,) * 8 + (_LONG,) * 2
_VARIANTS = 997
_BEGAN = 1_735_689_600


def _sentence(rng: random.Random, chars: int) -> str:
    words: list[str] = []
    while sum(map(len, words)) + len(words) < chars:
        words.append(rng.choice(_WORDS))
    return " ".join(words)


def _content(rng: random.Random, form: int) -> tuple[str, str, str]:
    """Category, content type and content of one event; `@` stands for its mark."""
    if form == _PARAGRAPH:
        return "llm", "str", f"@ {_sentence(rng, rng.randint(90, 150))}."
    if form == _LIST:
        return "llm", "str", f"- @ {_sentence(rng, 26)}\n" + three_lines(rng)[1:]
    if form == _NOTE:
        return "status", "json", json.dumps({"message": f"@ {_sentence(rng, 40)}"})
    if form == _TOOL:
        cell = {
            "content_type": "sql",
            "title": f"@ {_sentence(rng, 12)}",
            "content": f"SELECT {rng.choice(_WORDS)}, count(*)\nFROM rides\nGROUP BY 1",
            "nb_file_outputs": [{"output_type": "stream", "text": _sentence(rng, 60)}],
        }
        value = {"result_type": "jupyter_cell", "result": cell}
        return "tool_call_response", "json", json.dumps(value)
    table = "\n".join(f"| {_sentence(rng, 10)} | {rng.randint(1, 99999):,} |" for _ in range(4))
    code = f"```sql\nSELECT *\nFROM {rng.choice(_WORDS)}\nWHERE day = '2026-01-05';\n```"
    text = f"@ {_sentence(rng, 120)}\n\n| what | count |\n|---|---|\n{table}\n\n{code}"
    return "llm", "str", text


def three_lines(rng: random.Random) -> str:
    """A message of three lines with 130 characters, about."""
    return "".join(f"- {_sentence(rng, 38)}\n" for _ in range(3)).rstrip("\n")


@cache
def _templates(seed: int) -> list[tuple[int, str]]:
    """Levels and JSON payloads with `@` for the mark."""
    rng = random.Random(seed)
    made: list[tuple[int, str]] = []
    for _ in range(_VARIANTS):
        level = rng.choices(LEVELS, SHARES)[0]
        category, kind, content = _content(rng, rng.choice(_FORMS))
        fields = {
            "content": content,
            "event_type": "data",
            "content_type": kind,
            "level": level,
            "category": category,
        }
        made.append((level, json.dumps(fields, separators=(",", ":"))[:-1]))
    return made


def frames(first: int, count: int, seed: int = 11) -> Iterator[Frame]:
    """DMS events with the checkpoints `first` and up, one block of the transcript each."""
    templates = _templates(seed)
    for number in range(first, first + count):
        level, head = templates[number * 7919 % _VARIANTS]
        at = _BEGAN + number // 50
        payload = head.replace("@", f"#{number:07} L{level}")
        yield Frame("data", f'{payload},"checkpoint":{number},"timestamp":"{at}"}}'.encode())


def mark_of(number: int, seed: int = 11) -> str:
    """How the event of that number calls itself."""
    return f"#{number:07} L{_templates(seed)[number * 7919 % _VARIANTS][0]}"


def dms_frame(kind: str, checkpoint: int, content: str = "", category: str = "") -> Frame:
    """Any other DMS event."""
    value = {
        "content": content,
        "event_type": kind,
        "content_type": "str",
        "checkpoint": checkpoint,
        "level": 20,
        "category": category,
        "timestamp": str(_BEGAN + checkpoint // 50),
    }
    return Frame(kind, json.dumps(value).encode())


def messages(first: int, count: int) -> Iterator[Frame]:
    """DMS events with a message of three lines each."""
    rng = random.Random(5)
    for number in range(first, first + count):
        yield dms_frame("data", number, three_lines(rng), "llm")


def encoded(frame: Frame) -> bytes:
    """A frame as bytes of an event stream."""
    head = f"event:{frame.event}\n".encode() if frame.event else b""
    return b"%sdata:%s\n\n" % (head, frame.data)


# --- one long answer -----------------------------------------------------------------------------


def answer(chars: int = 20_480) -> str:
    """A Markdown answer of that length: headings, prose, lists, tables, statements."""
    rng = random.Random(3)
    parts: list[str] = []
    size = 0
    section = 0
    while size < chars - 200:
        section += 1
        rows = "\n".join(
            f"| {_sentence(rng, 14)} | {rng.randint(1, 9999):,} | {rng.random():.1%} |"
            for _ in range(5)
        )
        part = (
            f"## {section}. {_sentence(rng, 24)}\n\n"
            f"{_sentence(rng, 300)}, **{_sentence(rng, 16)}** and `{rng.choice(_WORDS)}`.\n\n"
            f"{three_lines(rng)}\n\n"
            f"| what | count | share |\n|---|---:|---:|\n{rows}\n\n"
            f"```sql\nSELECT {rng.choice(_WORDS)}, count(*) AS n\nFROM rides\n"
            f"WHERE day >= '2026-01-05'\nGROUP BY 1\nORDER BY n DESC;\n```\n\n"
        )
        parts.append(part)
        size += len(part)
    text = "".join(parts)[: chars - len(LAST_WORDS) - 4]
    return f"{text}\n\n{LAST_WORDS}\n\n"


def das_frame(text: str, kind: str = "agent_message", chars: int | None = None) -> Frame:
    """One event of a DAS answer."""
    metadata: dict[str, object] = {"RequestId": "B3C5-11"}
    if chars is not None:
        metadata["CharCount"] = chars
    value = {"Id": "das-bench", "Answer": text, "Event": kind, "Metadata": metadata}
    return Frame("", json.dumps(value).encode())


def deltas(text: str, size: int) -> Iterator[Frame]:
    """A DAS answer in pieces of `size` characters, with its end."""
    for start in range(0, len(text), size):
        yield das_frame(text[start : start + size])
    yield das_frame("", "summary", len(text))
