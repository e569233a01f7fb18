"""Marks by way of the engine, from one life of the program to the next."""

from pathlib import Path

import pytest

from das_tui.domain.bookmark import Bookmark
from das_tui.domain.events import QuestionAsked
from das_tui.domain.session import Session
from das_tui.run import past
from das_tui.run.engine import Engine
from das_tui.store.errors import UnknownSession
from das_tui.store.store import Store


def engine(path: Path) -> Engine:
    made = Engine(path, None, lambda: None, clock=lambda: 77.0)
    made.start()
    return made


def test_marks_outlive_the_program(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    store = Store.open(path)
    past.keep(store, Session("a", "dms"), [(1.0, QuestionAsked(text="why?"))])
    store.close()
    first = engine(path)
    assert first.mark("a", 0, "look here").result(10) == Bookmark(0, "look here", 77.0)
    assert first.mark("a", 3).result(10) == Bookmark(3, "", 77.0)
    first.unmark("a", 3).result(10)
    with pytest.raises(UnknownSession):
        first.marks("gone").result(10)
    assert first.close()
    second = engine(path)
    assert second.marks("a").result(10) == (Bookmark(0, "look here", 77.0),)
    assert second.close()
