"""R8: hostile text in every place of a session and on every surface; the raw bytes are judged."""

import json
import re
import subprocess
import sys
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from das_tui.demo.script import Beat, DmsBuilder, Plan, Table
from das_tui.domain import events as ev
from das_tui.domain.events import LocalFact
from das_tui.domain.record import Frame
from das_tui.domain.session import Session
from das_tui.run.past import keep
from das_tui.store.store import Store
from tests.pseudo_terminal import Terminal, started
from tests.rig.figure import Figure, number
from tests.rig.home import environment
from tests.rig.hostile_text import PAYLOADS, Payload

_AT = 1_768_465_800.0
_REPOSITORY = Path(__file__).parents[2]
_FORBIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}
_QUIET = 0.05
_ESCAPE = 0.2
"""Seconds after which a lone escape is the key of that name."""

_LOCAL = frozenset({"error body", "notice"})
"""Places that the service's frames do not fill, so that JSON lines do not show them."""


_KNOWN = re.compile(
    r"\x1b\[[0-9;]*[mHrKXLMSTJABCDGd]"
    r"|\x1b\[\?(?:[0-9]+)(?:;[0-9]+)*[hl]"
    r"|\x1b\[\?[0-9]+\$p|\x1b\[[<>=?][0-9;]*[uqcm]|\x1b\[>[0-9;]*q|\x1b\[[0-9] q|\x1b\[2[23];2t"
    r"|\x1b\[[0-9;]*[cn]|\x1b\[[0-9]*@|\x1b[DM78=>]"
    r"|\x1b\](?:1[01];\?|2;[^\x00-\x1f\x7f-\x9f]*)(?:\x07|\x1b\\)"
    r"|[\r\n\x07]"
)
"""What this program itself writes to a terminal beside text."""


def measure(share: float) -> Iterable[Figure]:
    """Sessions full of payloads in the app, in `show`, in `--json` and in what is said."""
    chosen = PAYLOADS[:: max(1, round(1 / share))] if share < 1 else PAYLOADS
    with tempfile.TemporaryDirectory(prefix="das-tui-rig-") as name:
        home = environment(Path(name))
        sessions = _fill(Path(name) / "history.db", chosen)
        app = _app(home, chosen, sessions)
        shown = _shown(home, sessions)
        said = _said(home, chosen)
    found = [
        f"{surface}: {finding}"
        for surface, (raw, _) in {**app, **shown, **said}.items()
        for finding in findings(raw, chosen)
    ]
    for line in found[:20]:
        print(line)
    places = len(sessions)
    yield Figure(
        "R8",
        f"findings of {len(PAYLOADS)} payloads in {places} places: app, show, JSON, errors",
        str(len(found)),
        "0",
        not found and len(PAYLOADS) >= 150,
    )
    for what, surfaces in (("app", app), ("show", shown), ("errors", said)):
        wanted = read = 0
        for _, seen in surfaces.values():
            wanted += len(chosen)
            missing = [payload for payload in chosen if payload.mark not in seen]
            read += len(chosen) - len(missing)
        part = 100 * read / wanted
        yield Figure(
            "R8", f"readable in the {what}", f"{number(part)} %", "at least 95 %", part >= 95
        )


# --- the sessions --------------------------------------------------------------------------------


def _marked(payload: Payload) -> str:
    return f"<{payload.text}> {payload.mark}"


def _named(payload: Payload) -> str:
    """For places that show the beginning of a name only."""
    return f"{payload.mark} <{payload.text}>"


def _fill(path: Path, chosen: Sequence[Payload]) -> dict[str, str]:
    """A session for each place; their keys by place."""
    store = Store.open(path)
    keys = {}
    for order, (place, (service, items)) in enumerate(_places(chosen).items()):
        session = Session(
            key=f"{order:016x}",
            service=service,
            session_id=f"sess-{place}",
            agent_id="a",
            title=f"place {place}",
            target="rig",
            created_at=_AT,
            asked_at=_AT,
            last_at=_AT + order,
            since=_AT,
        )
        keep(store, session, ((_AT + n / 100, item) for n, item in enumerate(items)))
        keys[place] = session.key
    for order, payload in enumerate(chosen):
        store.create(
            Session(
                key=f"t{order:015x}",
                service="das",
                session_id=f"title-{order}",
                title=_named(payload),
                target=payload.text,
                created_at=_AT,
                last_at=_AT - 1 - order,
                since=_AT,
            )
        )
    store.close()
    return keys


def _places(chosen: Sequence[Payload]) -> dict[str, tuple[str, Iterable[Frame | LocalFact]]]:
    return {
        "answer": ("dms", _dms(_answers(chosen))),
        "category": ("dms", _dms(_categories(chosen))),
        "plan": ("dms", _dms(_plans(chosen))),
        "tool": ("dms", _dms(_tools(chosen))),
        "ask": ("dms", _asks(chosen)),
        "error": ("das", _errors(chosen)),
        "id": ("das", _ids(chosen)),
        "error body": ("dms", _refusals(chosen)),
        "notice": ("das", _notices(chosen)),
    }


def _dms(beats: Iterable[Beat]) -> Iterator[Frame]:
    for checkpoint, beat in enumerate(beats):
        fields = {
            "content": beat.content,
            "event_type": beat.event,
            "content_type": beat.content_type,
            "checkpoint": checkpoint,
            "level": beat.level,
            "category": beat.category,
            "timestamp": str(int(_AT)),
        }
        yield Frame(beat.event, json.dumps(fields).encode())


def _builder() -> DmsBuilder:
    return DmsBuilder(7, "rig")


def _answers(chosen: Sequence[Payload]) -> Sequence[Beat]:
    builder = _builder()
    for payload in chosen:
        builder.quick("llm", _marked(payload), 40)
        builder.think(_marked(payload), quick=True)
    return builder.finish().beats


def _categories(chosen: Sequence[Payload]) -> Iterator[Beat]:
    for payload in chosen:
        mark = _named(payload)
        yield Beat(0.0, "data", mark, "str", mark, 40, 0)
        yield Beat(0.0, mark, "llm", mark, mark, 40, 0)


def _plans(chosen: Sequence[Payload]) -> Sequence[Beat]:
    builder = _builder()
    for start in range(0, len(chosen), 8):
        few = chosen[start : start + 8]
        steps = tuple((_named(payload), payload.text, payload.text) for payload in few)
        plan = Plan(f"plan-{start}", few[0].text, steps)
        builder.plan(plan, "rig", [])
        for current in range(1, len(few) + 1):
            builder.enter(plan, current)
    return builder.finish().beats


def _tools(chosen: Sequence[Payload]) -> Sequence[Beat]:
    builder = _builder()
    for payload in chosen:
        mark = _marked(payload)
        builder.cell(mark, f"SELECT '{payload.text}'", _table(payload), 0.1)
        builder.cell(mark, mark, error=(payload.text, mark), seconds=0.1, python=True)
    return builder.finish().beats


def _table(payload: Payload) -> Table:
    return Table([(payload.text, payload.text)], [[_marked(payload)]])


def _asks(chosen: Sequence[Payload]) -> Iterator[Frame | LocalFact]:
    builder = _builder()
    for payload in chosen:
        mark = _named(payload)
        builder.ask_sql(f"DELETE FROM t WHERE a = '{mark}'", mark, _table(payload))
        builder.ask_human(mark)
    yield from _dms(builder.finish().beats)


def _errors(chosen: Sequence[Payload]) -> Iterator[Frame | LocalFact]:
    for payload in chosen:
        yield ev.QuestionAsked(text=_marked(payload))
        yield _das("error", _marked(payload), RequestId=payload.text, Code=payload.text)


def _ids(chosen: Sequence[Payload]) -> Iterator[Frame | LocalFact]:
    for payload in chosen:
        mark = _marked(payload)
        yield ev.QuestionAsked(text="rig")
        yield _das("agent_message", "", RequestId=mark, ToolName=mark, ToolParams=["--a", mark])
        yield Frame("", json.dumps({"Id": mark, "Answer": mark, "Event": "summary"}).encode())


def _refusals(chosen: Sequence[Payload]) -> Iterator[Frame | LocalFact]:
    for payload in chosen:
        mark = _marked(payload)
        yield ev.QuestionAsked(text="rig")
        yield ev.Refused(
            status=400, code=payload.text, title=mark, text=mark, way_out=mark, request_id=mark
        )


def _notices(chosen: Sequence[Payload]) -> Iterator[Frame | LocalFact]:
    for payload in chosen:
        yield ev.NoticeNoted(text=_marked(payload))


def _das(event: str, answer: str, **metadata: object) -> Frame:
    value = {"Id": "s", "Answer": answer, "Event": event, "Metadata": metadata}
    return Frame("", json.dumps(value).encode())


# --- the surfaces --------------------------------------------------------------------------------

Surface = tuple[str, str]
"""What was written, and what could be read of it."""


def _app(
    home: dict[str, str], chosen: Sequence[Payload], sessions: dict[str, str]
) -> dict[str, Surface]:
    """Every session from top to end, everything shown and open."""
    found: dict[str, Surface] = {}
    with started(home, "--level", "0") as terminal:
        for place in sessions:
            terminal.shows("place answer")
            begun = len(terminal.written)
            _open(terminal, place)
            for keys in ("\x1b", "x", "g"):
                terminal.press(keys)
                terminal.settle(_ESCAPE)
            found[f"app, {place}"] = (_decoded(terminal.written[begun:]), _walked(terminal, " "))
        begun = len(terminal.written)
        terminal.press("\x1b[Z")
        terminal.settle(_QUIET)
        terminal.press("g")
        found["app, titles"] = (_decoded(terminal.written[begun:]), _walked(terminal, "\x04"))
        terminal.press("q")
        terminal.ended()
    return found


def _open(terminal: Terminal, place: str) -> None:
    while f" place {place} " not in terminal.text.split("\n")[0]:
        terminal.press("]")
        terminal.settle(_QUIET)


def _walked(terminal: Terminal, key: str) -> str:
    """All that can be read while `key` still changes the screen."""
    seen = before = ""
    # A busy machine paints late: what did not change is given a second, longer look.
    while terminal.text != before or _changes(terminal, before):
        before = terminal.text
        seen += before
        terminal.press(key)
        terminal.settle(_QUIET)
    return seen


def _changes(terminal: Terminal, before: str) -> bool:
    terminal.settle(8 * _QUIET)
    return terminal.text != before


def _shown(home: dict[str, str], sessions: dict[str, str]) -> dict[str, Surface]:
    found: dict[str, Surface] = {}
    for place in sessions:
        for more in ((), ("--json",)):
            if more and place in _LOCAL:
                continue
            done = subprocess.run(
                [sys.executable, "-m", "das_tui", "show", f"sess-{place}", *more],
                env=home,
                capture_output=True,
                timeout=120,
                check=False,
            )
            text = _decoded(done.stdout + done.stderr)
            assert done.returncode == 0, text[:500]
            found[" ".join(("show", place, *more))] = (text, text)
    return found


def _said(home: dict[str, str], chosen: Sequence[Payload]) -> dict[str, Surface]:
    """What the shell says of arguments that mean nothing."""
    whole = ""
    for payload in chosen:
        word = _marked(payload).replace("\x00", "").encode("utf-8", "replace")
        done = subprocess.run(
            [sys.executable.encode(), b"-m", b"das_tui", b"show", word],
            env=home,
            capture_output=True,
            timeout=60,
            check=False,
        )
        assert done.returncode, payload
        whole += _decoded(done.stdout + done.stderr)
    return {"errors": (whole, whole)}


def _decoded(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


# --- the judgement -------------------------------------------------------------------------------


def findings(raw: str, chosen: Sequence[Payload]) -> Iterator[str]:
    """Sequences that this program never writes, and payloads that came through as they are."""
    text = _KNOWN.sub("", raw)
    for char in sorted({c for c in text if unicodedata.category(c) in _FORBIDDEN}):
        at = text.index(char)
        yield f"U+{ord(char):04X} in {text[max(0, at - 30) : at + 30]!r}"
    for payload in chosen:
        acts = any(unicodedata.category(char) in _FORBIDDEN for char in payload.text)
        if acts and payload.text.strip("\t\n ") and f"<{payload.text}>" in raw:
            yield f"{payload.kind} {payload.text!r} came through"
