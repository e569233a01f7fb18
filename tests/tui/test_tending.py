"""The sidebar by its keys: finding, ordering, pinning, renaming, putting away, deleting, unread."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from das_tui.cli.seeding import seed
from das_tui.config import settings
from das_tui.domain import facts
from das_tui.domain.events import QuestionAsked
from das_tui.domain.record import LOCAL, Frame, Record
from das_tui.domain.session import Session, State
from das_tui.run import past
from das_tui.run.feed import Change
from das_tui.run.kept import Kept
from das_tui.store.store import Appended, Store
from tests.driving import Scene, demo, options, playing


@contextlib.asynccontextmanager
async def stored(
    folder: Path, size: tuple[int, int] = (120, 36), **more: object
) -> AsyncIterator[Scene]:
    """The app on the sessions of the demo, without an account, with the sidebar focused."""
    path = folder / "history.db"
    seed(path)
    async with playing(options(None, path, **more), size) as scene:
        await ready(scene)
        yield scene


async def ready(scene: Scene) -> None:
    await scene.until(lambda: scene.main.ready and scene.main.engine is not None, "the sessions")
    await scene.until(lambda: scene.main.reader is not None, "the transcript")
    await scene.keys("escape")
    while scene.main.pane != "sidebar":
        await scene.keys("tab")


def titles(scene: Scene) -> list[str]:
    return [scene.main.desk.sessions[key].title for key in scene.main.order]


def cursor(scene: Scene) -> str:
    return scene.main.desk.sessions[scene.main.side_cursor].title


async def walk(scene: Scene, title: str) -> None:
    """The cursor of the sidebar to a session."""
    await scene.keys("g")
    for _ in range(len(scene.main.order)):
        if cursor(scene) == title:
            return
        await scene.keys("j")
    raise AssertionError(title)


async def command(scene: Scene, text: str) -> None:
    await scene.keys("colon")
    await scene.type(text)
    await scene.keys("enter")
    await scene.until(lambda: scene.app.screen is scene.main, "the command line to go")
    await scene.pilot.pause()


BIKES = {"Rebalance plan", "Weekly report"}


def other_instance(folder: Path) -> Store:
    return Store.open(folder / "history.db")


# --- finding -------------------------------------------------------------------------------------


async def test_a_filter_without_a_hit_offers_nothing_to_open(tmp_path: Path) -> None:
    async with stored(tmp_path) as scene:
        await scene.keys("slash")
        assert scene.text("footer").split()[:2] == ["enter", "open"]
        await scene.type("zzz")
        assert scene.text("footer").split()[:3] == ["esc", "show", "all"]
        assert "enter" not in scene.text("footer")
        await scene.keys("ctrl+u")
        assert scene.text("footer").split()[:2] == ["enter", "open"]


@pytest.mark.parametrize("keys", [("tab",), ("shift+tab",)], ids=str)
async def test_coming_back_to_the_list_moves_no_row(tmp_path: Path, keys: tuple[str, ...]) -> None:
    async with demo(tmp_path, size=(80, 16)) as scene:
        await ready(scene)
        await scene.keys("1")
        await walk(scene, titles(scene)[-1])
        assert scene.main.side_top > 0
        await scene.keys("escape")
        assert scene.main.side_top == 0, "the open session is in sight again"
        before = scene.main.side_rows
        while scene.main.pane != "sidebar":
            await scene.keys(*keys)
        assert scene.main.side_rows == before
        assert scene.main.side_cursor == scene.main.open_key


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (40, 15)], ids=str)
async def test_find_a_session_as_one_types(tmp_path: Path, size: tuple[int, int]) -> None:
    async with stored(tmp_path, size) as scene:
        count = len(scene.main.order)
        before = cursor(scene)
        await scene.keys("slash")
        await scene.type("RM-")
        assert "no session has this" in scene.text("sidebar")
        await scene.keys("ctrl+u")
        await scene.type("rm- dead")
        assert titles(scene) == ["Deadlock 07:52"]
        assert f"1 of {count}" in scene.text("sidebar") or size[0] == 80
        assert scene.text("sidebar").split("\n")[2].split()[-1] in {"1", str(count)}
        await scene.keys("escape")
        assert len(scene.main.order) == count
        assert cursor(scene) == before
        await scene.keys("slash")
        await scene.type("finished")
        found = titles(scene)
        assert 1 < len(found) < count
        await scene.keys("down", "enter")
        assert scene.session.title == found[1]
        assert "/ finished" in scene.text("sidebar") or size[0] < 80
        assert titles(scene) == found
        if scene.main.pane != "sidebar":
            await scene.keys("shift+tab")
        await scene.keys("escape")
        assert len(scene.main.order) == count
        assert scene.main.pane == "sidebar", "the second esc leaves"


async def test_letters_of_a_filter_are_no_keys_and_the_prompt_takes_a_paste(tmp_path: Path) -> None:
    async with stored(tmp_path) as scene:
        await scene.keys("slash")
        await scene.type("q a")
        assert scene.main.desk.listing.choice.words == "q a"
        await scene.keys("backspace", "backspace", "backspace")
        scene.main._paste("tea_house\nand more")
        assert set(titles(scene)) == {"Revenue 24/25", "Top ten teas", "Price test"}
        await scene.keys("ctrl+u", "backspace")
        assert scene.main.desk.listing.choice.words == ""


async def test_a_filter_survives_what_comes_meanwhile(tmp_path: Path) -> None:
    async with stored(tmp_path) as scene:
        await scene.keys("slash")
        await scene.type("harbor")
        before = titles(scene)
        other = other_instance(tmp_path)
        now = time.time()
        other.create(Session("n1", "dms", title="New one", target="harbor_bikes", created_at=now))
        other.create(Session("n2", "dms", title="Other", target="parcel_depot", created_at=now))
        other.close()
        await scene.until(lambda: "1 new" in scene.text("sidebar"), "the count of what came")
        assert titles(scene) == before
        await scene.type("_bikes")
        assert titles(scene) == ["New one", *(one for one in before if one in BIKES)]


# --- held still ----------------------------------------------------------------------------------


async def test_no_row_moves_under_the_cursor(tmp_path: Path) -> None:
    async with stored(tmp_path) as scene:
        await command(scene, "order recent")
        await walk(scene, "Top ten teas")
        rows, before = scene.text("sidebar").split("\n"), titles(scene)
        other, now = other_instance(tmp_path), time.time()
        new = Session("n1", "dms", title="New one", target="new_db", created_at=now)
        other.create(replace(new, last_at=now + 1))
        row = next(s for s in other.sessions() if s.title == "Price test")
        other.save(replace(row, state=State.NEEDS_INPUT, since=now, last_at=now))
        other.close()
        await scene.until(lambda: "1 new above" in scene.text("sidebar"), "what is new")
        await scene.until(lambda: "? Price test" in scene.text("sidebar"), "who waits")
        after = scene.text("sidebar").split("\n")
        assert titles(scene) == before
        assert [line[4:18] for line in after if "Top ten" in line or "Price" in line] == [
            line[4:18] for line in rows if "Top ten" in line or "Price" in line
        ]
        assert [at for at, line in enumerate(after) if "Top ten" in line] == [
            at for at, line in enumerate(rows) if "Top ten" in line
        ]
        await scene.keys("escape")
        assert scene.main.pane == "transcript"
        assert titles(scene)[0] == "New one"
        group = ["Price test", "Revenue 24/25", "Top ten teas"]
        assert [title for title in titles(scene) if title in group] == group


async def test_a_session_that_goes_leaves_the_cursor_where_it_was(tmp_path: Path) -> None:
    async with stored(tmp_path) as scene:
        await scene.keys("g", "j", "j")
        place = scene.main.order.index(scene.main.side_cursor)
        below = scene.main.order[place + 1]
        assert scene.main.engine is not None
        await asyncio.wrap_future(scene.main.engine.delete(scene.main.side_cursor))
        await scene.until(lambda: scene.main.side_cursor == below, "the one below")
        assert scene.main.order.index(below) == place


# --- order ---------------------------------------------------------------------------------------


async def test_orders_and_groups_by_word_are_kept(tmp_path: Path) -> None:
    kept = tmp_path / "settings.toml"
    async with stored(tmp_path, settings_path=kept) as scene:
        await command(scene, "order title")
        await command(scene, "group none")
        assert titles(scene) == sorted(titles(scene), key=str.casefold)
        await command(scene, "order height")
        assert "order is one of created, recent, title, state" in scene.text("status")
        await scene.until(
            lambda: kept.exists() and settings.load(kept).group == "none", "the settings"
        )
        assert settings.load(kept).order == "title"
        await command(scene, "group profile")
        assert "demo" in scene.text("sidebar").split("\n")[3]
        await scene.until(lambda: settings.load(kept).group == "profile", "the settings again")
    seen = settings.load(kept)
    given = options(None, tmp_path / "history.db", order=seen.order, group=seen.group)
    async with playing(given) as scene:
        await ready(scene)
        assert titles(scene) == sorted(titles(scene), key=str.casefold)


# --- one session ---------------------------------------------------------------------------------


async def test_pin_and_take_it_back(tmp_path: Path) -> None:
    async with stored(tmp_path) as scene:
        await walk(scene, "Top ten teas")
        await scene.keys("P")
        assert titles(scene)[0] == cursor(scene) == "Top ten teas"
        assert "▴ pinned" in scene.text("sidebar")
        await walk(scene, "Weekly report")
        await scene.keys("P")
        assert {*titles(scene)[:2]} == {"Top ten teas", "Weekly report"}
        await scene.keys("u")
        assert titles(scene)[0] == "Top ten teas"
        assert titles(scene)[1] != "Weekly report"
        await scene.keys("g", "P")
        assert "pinned" not in scene.text("sidebar")
        await scene.keys("P")
        await scene.keys("escape")
    async with playing(options(None, tmp_path / "history.db"), (120, 36)) as scene:
        await ready(scene)
        assert titles(scene)[0] == "Top ten teas"


async def test_rename_in_the_sidebar(tmp_path: Path) -> None:
    async with stored(tmp_path) as scene:
        await walk(scene, "Weekly report")
        await scene.keys("R", "ctrl+u")
        await scene.type("Monday")
        await scene.keys("escape")
        assert "Weekly report" in titles(scene)
        await scene.keys("R", "ctrl+u")
        await scene.type("Monday")
        await scene.keys("enter")
        assert cursor(scene) == "Monday"
        await scene.keys("u")
        assert cursor(scene) == "Weekly report"
        await command(scene, "rename Tuesday")
        assert cursor(scene) == "Tuesday"
        assert scene.main.engine is not None
        known = await asyncio.wrap_future(scene.main.engine.sessions())
        assert "Tuesday" in {session.title for session in known}


@pytest.mark.parametrize("size", [(120, 36), (40, 15)], ids=str)
async def test_put_away_look_and_bring_back(tmp_path: Path, size: tuple[int, int]) -> None:
    async with stored(tmp_path, size) as scene:
        await walk(scene, "Top ten teas")
        await scene.keys("A")
        assert "Top ten teas" not in titles(scene)
        assert "put away" in scene.text("status")
        await command(scene, "archived")
        assert titles(scene) == ["Top ten teas"]
        assert "put away 1" in scene.text("sidebar")
        await scene.keys("A")
        assert titles(scene) == []
        await scene.keys("escape")
        assert "Top ten teas" in titles(scene)
        assert scene.main.pane == "sidebar"


async def test_one_that_waits_calls_also_when_it_was_put_away(tmp_path: Path) -> None:
    async with stored(tmp_path) as scene:
        await walk(scene, "Rebalance plan")
        await scene.keys("A")
        assert "a still leads there" in scene.text("status")
        assert "2 need you" in scene.text("sidebar")
        assert scene.main.engine is not None
        await asyncio.wrap_future(scene.main.engine.sessions())
    async with playing(options(None, tmp_path / "history.db"), (120, 36)) as scene:
        await ready(scene)
        assert "Rebalance plan" not in titles(scene)
        await walk(scene, "Top ten teas")
        await scene.keys("enter", "a")
        assert scene.session.title == "Rebalance plan"


async def test_delete_and_take_it_back(tmp_path: Path) -> None:
    async with stored(tmp_path) as scene:
        await walk(scene, "Price test")
        key = scene.main.side_cursor
        await scene.keys("D")
        await scene.until(lambda: "Price test" not in titles(scene), "it to go")
        assert "deleted, u brings it back" in scene.text("status")
        await scene.keys("u")
        assert cursor(scene) == "Price test"
        await scene.keys("D")
        await scene.until(lambda: "Price test" not in titles(scene), "it to go again")
        assert scene.main.engine is not None
        await asyncio.wrap_future(scene.main.engine.sessions())
    store = other_instance(tmp_path)
    assert store.get(key).deleted_at > 0
    assert key not in {session.key for session in store.sessions()}
    store.close()
    async with playing(options(None, tmp_path / "history.db"), (120, 36)) as scene:
        await ready(scene)
        assert "Price test" not in titles(scene)
        await command(scene, "archived")
        assert "deleted, for a week" in scene.text("sidebar")
        await scene.keys("A", "escape")
        assert "Price test" in titles(scene)


async def test_the_open_session_is_deleted_and_the_next_one_opened(tmp_path: Path) -> None:
    async with stored(tmp_path) as scene:
        await walk(scene, "Weekly report")
        await scene.keys("enter")
        await scene.until(lambda: scene.main.open_key not in scene.main._loading, "it to open")
        place = scene.main.order.index(scene.main.open_key)
        await scene.keys("D")
        await scene.until(lambda: scene.session.title != "Weekly report", "another to be open")
        assert scene.main.open_key == scene.main.order[place]


async def test_delete_asks_where_marks_or_a_waiting_agent_would_be_lost_sight_of(
    tmp_path: Path,
) -> None:
    async with stored(tmp_path) as scene:
        await walk(scene, "Weekly report")
        key = scene.main.side_cursor
        assert scene.main.engine is not None
        await asyncio.wrap_future(scene.main.engine.mark(key, 0, "look here"))
        await scene.keys("D")
        await scene.until(lambda: scene.main.dock is not None, "the question")
        assert "1 mark of yours is deleted with it" in scene.text("dock")
        await scene.keys("enter")
        assert scene.main.dock is not None, "nothing is preselected"
        await scene.keys("escape")
        assert scene.main.dock is None
        assert scene.main.pane == "sidebar"
        assert "Weekly report" in titles(scene)
        await scene.keys("D")
        await scene.until(lambda: scene.main.dock is not None, "the question again")
        await scene.keys("y")
        assert "Weekly report" not in titles(scene)
        await walk(scene, "Rebalance plan")
        await scene.keys("D")
        await scene.until(lambda: scene.main.dock is not None, "the question for the other")
        assert "Nothing is answered by deleting it" in scene.text("dock")


async def test_the_last_session_is_deleted_and_nothing_is_open(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    long_session(path, 3)
    async with playing(options(None, path), (120, 36)) as scene:
        await ready(scene)
        assert scene.session.title == "Long"
        await scene.keys("D")
        await scene.until(lambda: scene.main.session is None, "no session to be open")
        assert "no sessions yet" in scene.text("sidebar")
        await scene.keys("u", "enter")
        await scene.until(lambda: scene.main.reader is not None, "it to be back")


async def test_asking_in_a_session_that_was_put_away_brings_it_back(tmp_path: Path) -> None:
    async with demo(tmp_path, speed=100) as scene:
        await scene.open("Weekly report")
        while scene.main.pane != "sidebar":
            await scene.keys("tab")
        await scene.keys("A")
        assert "Weekly report" not in titles(scene)
        await scene.keys("escape", "i")
        await scene.type("And the week before?")
        await scene.keys("enter")
        await scene.until(lambda: "Weekly report" in titles(scene), "it to be back")


async def test_a_live_session_is_not_deleted(tmp_path: Path) -> None:
    async with stored(tmp_path) as scene:
        await walk(scene, "Weekly report")
        row = scene.main.desk.sessions[scene.main.side_cursor]
        scene.main.desk.put(replace(row, state=State.LIVE))
        await scene.keys("D")
        assert "stop it first" in scene.text("status")
        assert "Weekly report" in titles(scene)
        await scene.keys("A")
        assert "its run goes on" in scene.text("status")


async def test_what_the_store_refuses_stands_in_the_list_again(tmp_path: Path) -> None:
    async with stored(tmp_path) as scene:
        await walk(scene, "Top ten teas")
        assert scene.main.engine is not None
        store = scene.main.engine._store
        assert store is not None
        store.read_only = True
        await scene.keys("D")
        await scene.until(lambda: "reading only" in scene.text("status"), "the refusal")
        assert "Top ten teas" in titles(scene)
        await scene.keys("u")
        assert "nothing to take back" in scene.text("status")
        store.read_only = False


# --- unread --------------------------------------------------------------------------------------


def long_session(path: Path, rows: int) -> None:
    store = Store.open(path)
    items: list[tuple[float, Frame | QuestionAsked]] = [(1.0, QuestionAsked(text="q"))]
    for at in range(rows):
        data = b'{"content_type":"str","category":"llm","content":"line %d","level":30}' % at
        items += [(2.0 + at, QuestionAsked(text=f"question {at}")), (2.5 + at, Frame("", data))]
    items.append((900.0, Frame("SSE_FINISH", b"{}")))
    past.keep(store, Session("long", "dms", title="Long", created_at=1.0, last_at=2.0), items)
    store.close()


def go_on(folder: Path, key: str, questions: int) -> int:
    """Another instance asks in a session, and gets to the end of it; the blocks it has then."""
    store = other_instance(folder)
    row = store.get(key)
    kept = Kept(row)
    kept.take(list(store.load(key)))
    records, frames = [], row.frames
    for at in range(row.records + 1, row.records + 1 + questions):
        name, data = facts.encode(QuestionAsked(text=f"later {at}"))
        records.append(Record(at, 0, 1000.0 + at, LOCAL, name, data))
    frames += 1
    records.append(Record(len(records) + row.records + 1, frames, 5e3, "dms", "SSE_FINISH", b"{}"))
    kept.take(records)
    kept.refresh(records=records[-1].position, frames=frames, last_at=5e3)
    store.append([Appended(key, records, kept.row)])
    store.close()
    return kept.row.blocks


async def test_a_session_is_seen_as_far_as_it_was_on_the_screen(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    seed(path)
    long_session(path, 100)
    async with playing(options(None, path), (120, 36)) as scene:
        await ready(scene)
        row = lambda: scene.main.desk.sessions["long"]  # noqa: E731
        assert row().seen == 0
        assert f" {row().blocks} " in scene.text("sidebar")
        await scene.open("Long")
        await scene.until(lambda: row().unread == 0, "its end to be seen while it is open")
        await scene.keys("escape", "g")
        before = row().blocks
        count = go_on(tmp_path, "long", 12)
        await scene.until(lambda: row().blocks == count, "what came")
        assert row().seen == before, "its end was not on the screen"
        await scene.keys("right_square_bracket")
        await scene.until(lambda: scene.main.open_key != "long", "another to be open")
        assert row().unread == count - before == 12
        line = next(one for one in scene.text("sidebar").split("\n") if "Long" in one)
        assert " 12 " in line
        await scene.open("Long")
        await scene.keys("G")
        await scene.until(lambda: row().unread == 0, "all to be seen")


# --- drafts --------------------------------------------------------------------------------------


async def test_drafts_survive_other_sessions_and_a_restart(tmp_path: Path) -> None:
    async with demo(tmp_path, speed=100) as scene:
        await scene.open("Weekly report")
        await scene.keys("i")
        await scene.type("half a follow-up")
        await scene.keys("escape", "right_square_bracket")
        await scene.keys("ctrl+n")
        await scene.type("half a new one")
        await scene.keys("escape")
        assert scene.main.engine is not None
        await asyncio.wrap_future(scene.main.engine.sessions())
    async with demo(tmp_path, speed=100) as scene:
        await scene.open("Weekly report")
        await scene.until(lambda: "half a follow-up" in scene.text("composer"), "the draft")
        await scene.keys("ctrl+n")
        await scene.until(lambda: scene.main.editor is not None, "the composer")
        assert scene.main.editor is not None
        assert scene.main.editor.text == "half a new one"


async def test_what_is_being_written_is_stored_at_a_quiet_moment(tmp_path: Path) -> None:
    async with demo(tmp_path, speed=100) as scene:
        await scene.open("Weekly report")
        assert scene.main._draft_timer is None
        await scene.keys("i")
        await scene.type("not yet")
        await scene.type(" sent")
        key = scene.main.open_key
        store = other_instance(tmp_path)
        await scene.until(lambda: store.draft(key) == "not yet sent", "the draft on the disk")
        assert scene.main.pane == "composer"
        await scene.until(lambda: scene.main._draft_timer is None, "no timer while nobody writes")
        await scene.keys("ctrl+u")
        await scene.until(lambda: store.draft(key) == "", "what was taken back to go")
        store.close()


async def test_what_is_being_written_survives_a_hang_up(tmp_path: Path) -> None:
    async with demo(tmp_path, speed=100) as scene:
        await scene.open("Weekly report")
        await scene.keys("i")
        await scene.type("not yet sent")
        key = scene.main.open_key
        scene.app._hang_up(15)
    store = other_instance(tmp_path)
    assert store.draft(key) == "not yet sent"
    store.close()


# --- many ----------------------------------------------------------------------------------------


def many(path: Path, count: int) -> None:
    store = Store.open(path)
    rows = [
        Session(
            f"{n:08x}",
            "dms",
            title=f"Run {n} of the day",
            target=f"db_{n % 40}",
            created_at=float(n),
            last_at=float(n),
            since=float(n),
            state=State.FINISHED,
        )
        for n in range(count)
    ]
    with store._writing():
        for row in rows:
            names = list(row.__slots__)
            store._db.execute(
                f"INSERT INTO session ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})",
                [getattr(row, name) for name in names],
            )
    store.close()


async def flush_seconds(scene: Scene, times: int = 60) -> float:
    """Processor seconds of a flush with one changed session that is not open; the best of many."""
    main = scene.main
    assert main.engine is not None
    key = main.order[len(main.order) // 2]
    found = []
    for at in range(times):
        row = replace(main.desk.sessions[key], state=State.LIVE, frames=at, last_at=1e9 + at)
        main.engine.feed._changes[key] = Change(session=row)
        began = time.thread_time()
        main.flush()
        found.append(time.thread_time() - began)
    return min(found)


@pytest.mark.parametrize("focused", [False, True], ids=["beside", "focused"])
async def test_a_flush_among_thousands_costs_little_more_than_among_a_few(
    tmp_path: Path, focused: bool
) -> None:
    found = {}
    for count in (50, 5_000):
        path = tmp_path / str(count) / "history.db"
        many(path, count)
        async with playing(options(None, path)) as scene:
            await ready(scene)
            if not focused:
                await scene.keys("escape")
            found[count] = await flush_seconds(scene)
    assert found[5_000] < 2 * found[50] + 0.001, found


async def test_keys_of_a_sidebar_of_thousands_are_answered_at_once(tmp_path: Path) -> None:
    path = tmp_path / "history.db"
    many(path, 5_000)
    async with playing(options(None, path)) as scene:
        await ready(scene)
        waits = []
        for key in ["j", "k", "space", "b"] * 10 + ["slash", *"run12 f", "backspace"] * 2:
            began = time.thread_time()
            await scene.pilot.press("space" if key == " " else key)
            waits.append(time.thread_time() - began)
        waits.sort()
        # Textual's own pilot waits and paints are in this.
        assert waits[len(waits) * 9 // 10] < 0.1, waits[-5:]
