"""What the transcript of the app leaves out of a long block is there for the shell."""

import json
from pathlib import Path

from das_tui.config.paths import history_file
from das_tui.domain.record import Frame
from das_tui.domain.session import Session
from das_tui.run import past
from das_tui.store.store import Store
from tests.cli.conftest import Run

WORDS = "a line of an answer\n" * 20_000


def test_show_prints_the_whole_of_a_long_answer(run: Run, home: dict[str, str]) -> None:
    data = {"event_type": "data", "category": "llm", "content": WORDS, "checkpoint": 1}
    finish = {"event_type": "chat_finish", "content": "", "checkpoint": 2}
    frames = [(1.7e9 + n, Frame("", json.dumps(d).encode())) for n, d in enumerate((data, finish))]
    folder = Path(home["XDG_DATA_HOME"]) / "das-tui"
    folder.mkdir(parents=True, mode=0o700)
    store = Store.open(history_file(folder))
    past.keep(store, Session("k", "dms", session_id="s-long"), frames)
    store.close()
    shown = run("show", "s-long").stdout.decode()
    assert " ".join(shown.split()).count("a line of an answer") == 20_000
    lines = [json.loads(line) for line in run("show", "--json", "s-long").stdout.splitlines()]
    assert WORDS in (value for line in lines for value in _texts(line))


def _texts(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _texts(inner)]
    return [value] if isinstance(value, str) else []
