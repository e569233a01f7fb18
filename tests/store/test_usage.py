"""Costs and waiting questions in the store."""

import sqlite3
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from das_tui.domain.events import NotDispatched, QuestionAsked
from das_tui.domain.record import Frame, Record
from das_tui.domain.session import Session
from das_tui.domain.usage import UsageRow
from das_tui.run import past
from das_tui.store.errors import NotStored, ReadOnlyStore, StoreError
from das_tui.store.migration import VERSION
from das_tui.store.store import Appended, Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    made = Store.open(tmp_path / "history.db")
    yield made
    made.close()


def row(key: str, position: int, chars: int, at: float = 10.0, profile: str = "ops") -> UsageRow:
    return UsageRow(key, position, at, profile, chars, estimated=False)


def appended(key: str, *usage: UsageRow, left: tuple[int, ...] = ()) -> Appended:
    return Appended(key, (), Session(key, "das"), usage, left)


def test_usage_is_kept_by_profile_and_replaced_as_it_grows(store: Store) -> None:
    store.append([appended("a", row("a", 1, 10, at=5.0)), appended("b", row("b", 1, 7, at=3.0))])
    store.append([appended("a", row("a", 1, 25, at=5.0), row("a", 4, 1, profile="other"))])
    assert store.usage("ops") == [row("b", 1, 7, at=3.0), row("a", 1, 25, at=5.0)]
    assert store.usage("other") == [row("a", 4, 1, profile="other")]
    assert store.usage("") == []


def test_what_was_spent_stays_when_its_session_goes(store: Store) -> None:
    store.append([appended("a", row("a", 1, 10))])
    store.wait("a", "ops", 1.0, "and then?")
    store.delete("a")
    assert store.usage("ops") == [row("a", 1, 10)]
    assert store.waiting() == []


def test_questions_wait_in_the_order_of_asking(store: Store) -> None:
    first = store.wait("a", "ops", 9.0, "first")
    second = store.wait("b", "ops", 5.0, "second \ud83d")
    assert [question.text for question in store.waiting()] == ["first", "second ?"]
    assert store.waiting()[0] == first
    store.withdraw(first.id)
    store.withdraw(12345)
    assert [question.id for question in store.waiting()] == [second.id]


def test_a_question_leaves_with_the_records_that_tell_of_it(store: Store) -> None:
    question = store.wait("a", "ops", 1.0, "q")
    store.append([appended("a", left=(question.id,))])
    assert store.waiting() == []


def test_records_costs_and_leaving_are_one_transaction(store: Store) -> None:
    question = store.wait("a", "ops", 1.0, "q")
    store.create(Session("a", "das"))
    store._db.execute(
        "CREATE TRIGGER no BEFORE DELETE ON waiting BEGIN SELECT RAISE(FAIL,'no'); END"
    )
    record = Record(1, 1, 1.0, "das", "", b"{}")
    batch = Appended("a", [record], Session("a", "das"), [row("a", 1, 10)], [question.id])
    with pytest.raises(StoreError):
        store.append([batch])
    assert list(store.load("a")) == []
    assert store.usage("ops") == []
    assert len(store.waiting()) == 1


def test_a_store_for_reading_takes_no_question(tmp_path: Path) -> None:
    Store.open(tmp_path / "history.db").close()
    store = Store.open(tmp_path / "history.db", read_only=True)
    with pytest.raises(ReadOnlyStore):
        store.wait("a", "ops", 1.0, "q")
    with pytest.raises(NotStored):
        store.withdraw(1)
    assert store.waiting() == []
    store.close()


def test_what_sessions_cost_before_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    old = sqlite3.connect(path)
    old.executescript((resources.files("das_tui.store") / "schema" / "0001.sql").read_text())
    for key, service, chars, estimated in (
        ("a", "das", 40, 1),
        ("b", "chat", 0, 0),
        ("c", "dms", 9, 0),
    ):
        old.execute(
            "INSERT INTO session (key, service, session_id, agent_id, title, target, profile,"
            " created_at, last_at, asked_at, state, since, detail, records, frames, blocks, seen,"
            " errors, chars, estimated, archived) VALUES (?, ?, '', '', '', '', 'ops', 1, 7, 1,"
            " 'finished', 1, '', 5, 4, 2, 2, 0, ?, ?, 0)",
            (key, service, chars, estimated),
        )
    old.execute("PRAGMA user_version = 1")
    old.commit()
    old.close()
    path.chmod(0o600)
    store = Store.open(path)
    assert store.usage("ops") == [UsageRow("a", 5, 7.0, "ops", 40, estimated=True)]
    assert store.get("a").origin == "here"
    assert store._db.execute("PRAGMA user_version").fetchone() == (VERSION,)
    store.close()


def test_sessions_of_the_past_leave_what_they_cost(store: Store) -> None:
    def answer(text: str) -> Frame:
        return Frame("", f'{{"Answer":"{text}","Event":"agent_message"}}'.encode())

    summary = Frame("", b'{"Answer":"","Event":"summary","Metadata":{"CharCount":42}}')
    items: list[tuple[float, Any]] = [
        (10.0, QuestionAsked(text="one")),
        (12.0, answer("abc")),
        (13.0, summary),
        (20.0, QuestionAsked(text="two")),
        (21.0, NotDispatched(text="no")),
        (30.0, QuestionAsked(text="three")),
        (31.0, answer("hello")),
    ]
    past.keep(store, Session("a", "das", profile="demo", created_at=10.0), items)
    assert store.usage("demo") == [
        UsageRow("a", 1, 12.0, "demo", 42, estimated=False),
        UsageRow("a", 6, 31.0, "demo", 5, estimated=True),
    ]
