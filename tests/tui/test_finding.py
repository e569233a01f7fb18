"""Finding things by keys: search, what is held back, kinds, marks, times."""

from pathlib import Path

import pytest
from textual.events import Paste

from das_tui.domain.blocks import Tool
from das_tui.domain.events import QuestionAsked
from das_tui.domain.session import Session
from das_tui.run import past
from das_tui.store.store import Store
from das_tui.tui.reader import Reader
from das_tui.tui.screens.palette import PaletteScreen
from das_tui.view import kinds
from das_tui.view.place import Place
from tests.driving import Scene, demo
from tests.run import test_shelving
from tests.run.scripted_service import das
from tests.tongues import Tongue
from tests.tui.reading import Stored

LIT = {"hit", "accent"}


def lit(scene: Scene, token: str = "hit") -> list[str]:
    """What is lit up in the transcript."""
    main = scene.main
    reader = main.reader
    assert reader is not None
    lines = reader.window(reader.height)
    rows = main._drawn(reader, lines, 80)
    return [text for row in rows for text, ink in row.spans if ink.bg == token]


def blocks_with(reader: Reader, text: str) -> list[int]:
    found = range(len(reader.transcript))
    return [at for at in found if text in str(reader.transcript.block(at).body).lower()]


def answered(folder: Path, title: str, answer: str, then: str) -> None:
    """Store a DAS session of that title with an answer, and another question after it."""
    store = Store.open(folder / "history.db")
    items = [
        (1.0, QuestionAsked(text="first")),
        (2.0, test_shelving.frame(das(answer))),
        (3.0, QuestionAsked(text=then)),
    ]
    past.keep(store, Session("a", "das", title=title), items)
    store.close()


async def command(scene: Scene, text: str) -> None:
    await scene.keys("colon")
    await scene.type(text)
    await scene.keys("enter")
    await scene.pilot.pause()


# --- search --------------------------------------------------------------------------------------


async def test_hits_light_up_as_one_types(stored: Stored, tongue: Tongue) -> None:
    async with stored() as (scene, reader):
        spot = reader.spot
        await scene.keys("slash")
        await scene.type(tongue("hill"))
        assert scene.main.pane == "prompt"
        assert f"/ {tongue('hill')}" in scene.text("composer")
        expected = blocks_with(reader, tongue("hill"))
        assert len(expected) >= 2
        assert f"{len(expected)} of {len(expected)}" in scene.text("composer")
        (first,) = lit(scene, "accent")
        assert first, "the nearest above the end"
        assert tongue("hill").startswith(first), "a hit that is broken over rows begins there"
        assert reader.cursor == expected[-1]
        await scene.type(tongue("top lib"))
        assert "".join(lit(scene, "accent")).lower() == tongue("hilltop lib")
        await scene.type("zzz")
        assert "no hit" in scene.text("composer")
        assert lit(scene) == lit(scene, "accent") == []
        assert reader.spot == spot, "without a hit one is back where one was"


async def test_without_a_hit_the_footer_offers_none(stored: Stored, tongue: Tongue) -> None:
    async with stored() as (scene, _):
        for key in ("slash", "ampersand"):
            await scene.keys(key)
            await scene.type(tongue("hill"))
            assert scene.text("footer").split()[0] == "enter"
            await scene.type("zzz")
            await scene.until(lambda: "enter" not in scene.text("footer"), "the offer to go")
            assert "esc back" in scene.text("footer")
            await scene.keys("enter")
            assert "next, previous" not in scene.text("footer")
            assert "esc" in scene.text("footer")
            await scene.keys("escape")


async def test_n_and_shift_n_walk_over_the_hits(stored: Stored, tongue: Tongue) -> None:
    async with stored() as (scene, reader):
        expected = blocks_with(reader, tongue("week"))
        await scene.keys("g", "slash")
        await scene.type(tongue("week"))
        await scene.keys("enter")
        assert scene.main.pane == "transcript"
        assert "ask a follow-up" in scene.text("composer") or "no profile" in scene.text("composer")
        walked = [reader.cursor]
        for place in range(2, len(expected) + 1):
            await scene.keys("n")
            assert f"{place} of {len(expected)}" in scene.text("status")
            walked.append(reader.cursor)
        assert walked == expected
        await scene.keys("n")
        assert "no later hit" in scene.text("status")
        await scene.keys("N")
        assert reader.cursor == expected[-2]
        await scene.keys("escape")
        assert lit(scene) == lit(scene, "accent") == []
        assert reader.cursor == expected[-2]
        await scene.keys("n")
        assert "nothing is looked for" in scene.text("status")


async def test_arrows_walk_while_the_prompt_is_open(stored: Stored, tongue: Tongue) -> None:
    async with stored() as (scene, reader):
        expected = blocks_with(reader, tongue("week"))
        await scene.keys("g", "slash")
        await scene.type(tongue("week"))
        await scene.keys("down", "down")
        assert reader.cursor == expected[2]
        assert f"3 of {len(expected)}" in scene.text("composer")
        await scene.keys("up")
        assert reader.cursor == expected[1]


async def test_esc_goes_back_to_where_one_was(stored: Stored, tongue: Tongue) -> None:
    async with stored() as (scene, reader):
        await scene.keys("g", "J", "J", "J")
        spot, window = reader.spot, scene.text("transcript")
        await scene.keys("slash")
        await scene.type(tongue("suggest"))
        await scene.keys("ctrl+u")
        await scene.type(tongue("weekend lower"))
        assert reader.spot != spot
        await scene.keys("escape")
        assert (reader.spot, scene.text("transcript")) == (spot, window)
        assert reader.transcript.pattern is None


async def test_what_is_folded_opens_while_it_is_the_hit(stored: Stored) -> None:
    async with stored() as (scene, reader):
        transcript = reader.transcript
        tool = next(
            at
            for at in range(len(transcript))
            if isinstance(body := transcript.block(at).body, Tool) and "SELECT" in body.code
        )
        assert not transcript.is_open(tool)
        await scene.keys("g", "slash")
        await scene.type("SELECT")
        assert reader.cursor == tool
        assert transcript.is_open(tool)
        assert lit(scene, "accent") == ["SELECT"]
        await scene.keys("down")
        assert not transcript.is_open(tool), "it folds again when the next one is the hit"
        await scene.keys("up", "escape")
        assert not transcript.is_open(tool)
        await scene.keys("slash")
        await scene.type("SELECT")
        await scene.keys("enter")
        stays = reader.cursor
        assert transcript.is_open(stays)
        await scene.keys("escape")
        assert not transcript.is_open(stays), "it folds again with the end of the search"
        await scene.keys("slash")
        await scene.type("SELECT")
        await scene.keys("enter", "enter", "enter", "escape")
        assert transcript.is_open(stays), "what one opened by hand stays open"


async def test_hits_below_the_threshold_are_counted(stored: Stored, size: tuple[int, int]) -> None:
    async with stored(level=50) as (scene, reader):
        assert reader.transcript.hidden > 3
        await scene.keys("slash")
        await scene.type("make_plan")
        assert "no hit" in scene.text("composer")
        assert ("in hidden rows" if size[0] > 40 else "1 hidden") in scene.text("composer")
        await scene.keys("enter")
        assert "0 shows them" in scene.main.message
        await scene.keys("0", "N")
        assert "1 of" in scene.text("status") or " of " in scene.text("status")
        assert lit(scene, "accent")


async def test_capitals_count_when_they_are_typed(stored: Stored, tongue: Tongue) -> None:
    async with stored() as (scene, _):
        await scene.keys("slash")
        await scene.type("BIKES")
        assert "no hit" in scene.text("composer")
        await scene.keys("ctrl+u")
        await scene.type(tongue("bikes"))
        assert " of " in scene.text("composer")


async def test_regular_expressions(stored: Stored, tongue: Tongue, size: tuple[int, int]) -> None:
    async with stored() as (scene, reader):
        await scene.keys("slash")
        await scene.type(tongue("(hill|mill"))
        assert "no hit" in scene.text("composer")
        await scene.keys("ctrl+r")
        assert "not a pattern yet" in scene.text("composer")
        await scene.keys("enter")
        assert scene.main.pane == "prompt"
        await scene.type(")")
        assert reader.transcript.pattern is not None
        assert " of " in scene.text("composer")
        assert ("plain text" if size[0] > 40 else "enter keep") in scene.text("footer")
        await scene.keys("ctrl+r")
        assert "no hit" in scene.text("composer")


async def test_a_long_block_is_walked_by_what_is_in_view(tmp_path: Path, stored: Stored) -> None:
    """`n` goes on within a block to hits below the window, and then to the next block."""
    lines = [f"- needle {n}" if n % 30 == 0 else f"- hay {n}" for n in range(90)]
    answered(tmp_path, "hay", "\n".join(lines), "the last needle")
    async with stored("hay") as (scene, reader):
        await scene.keys("g", "slash")
        await scene.type("needle")
        await scene.keys("enter")
        seen = []
        for _ in range(4):
            window = reader.window(reader.height)
            (row,) = [x.row.text for x in window if (x.block, x.line) == scene.main.hit]
            seen.append((reader.cursor, row.split("needle")[1].split()[:1]))
            await scene.keys("n")
        assert seen == [(1, ["0"]), (1, ["30"]), (1, ["60"]), (2, seen[-1][1])]
        await scene.keys("N", "N")
        assert reader.cursor == 1


async def test_the_prompt_is_a_line_to_write_in(tmp_path: Path, stored: Stored) -> None:
    answered(tmp_path, "parcels", "三月的包裹晚点了 3 天", "为什么")
    async with stored("parcels") as (scene, _):
        await scene.keys("slash")
        for character in "包裹":
            await scene.pilot.press(character)
        assert "/ 包裹" in scene.text("composer")
        assert set(lit(scene) + lit(scene, "accent")) == {"包裹"}
        await scene.keys("left", "backspace")
        assert "/ 裹" in scene.text("composer")
        scene.main.on_paste(Paste("包\nmore"))
        assert "/ 包裹" in scene.text("composer")
        await scene.keys("ctrl+u", "end")
        await scene.keys("ctrl+w", "backspace")
        assert scene.main.prompt is None, "backspace in an empty prompt leaves it"


async def test_keys_are_text_in_the_prompt(stored: Stored) -> None:
    async with stored() as (scene, _):
        opened = scene.main.open_key
        await scene.keys("slash")
        await scene.type("q?:1[n&/ijx")
        assert "/ q?:1[n&/ijx" in scene.text("composer")
        await scene.keys("tab", "ctrl+l")
        assert (scene.main.pane, scene.main.open_key) == ("prompt", opened)
        await scene.keys("ctrl+c")
        assert scene.main.prompt is None
        assert scene.main.dock is None


async def test_a_search_goes_along_to_the_next_session(stored: Stored, tongue: Tongue) -> None:
    async with stored() as (scene, _):
        await scene.keys("slash")
        await scene.type(tongue("hilltop"))
        await scene.keys("enter")
        await scene.open("Revenue 24/25")
        assert scene.main.reader is not None
        assert scene.main.reader.transcript.pattern == scene.main.pattern
        await scene.keys("N")
        assert "no earlier hit" in scene.text("status")


async def to_transcript(scene: Scene) -> None:
    """From the dock, maybe by way of the plan; where it leaves the transcript no room, nowhere."""
    if "transcript" in scene.main._panes():
        while scene.main.pane != "transcript":
            await scene.keys("tab")


@pytest.mark.fixed(tongue="the built-in service speaks its own")
async def test_a_waiting_dock_gives_way_and_comes_back(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with demo(tmp_path, size=size) as scene:
        await scene.open("Rebalance plan")
        await scene.until(lambda: scene.main.dock is not None, "the dock")
        await to_transcript(scene)
        await scene.keys("slash")
        await scene.type("bike")
        assert "/ bike" in scene.text("composer")
        assert "dock" not in scene.main._layout.rects
        await scene.keys("escape")
        assert scene.main.dock is not None
        assert "dock" in scene.main._layout.rects


@pytest.mark.fixed(tongue="the built-in service speaks its own")
@pytest.mark.parametrize("leaves", [False, True], ids=["from the dock", "from the transcript"])
async def test_a_search_beside_an_approval_answers_nothing(
    tmp_path: Path, size: tuple[int, int], leaves: bool
) -> None:
    async with demo(tmp_path, size=size) as scene:
        await scene.open("Rebalance plan")
        await scene.until(lambda: scene.main.dock is not None, "the dock")
        await scene.answerable()
        if leaves:
            await to_transcript(scene)
        await scene.keys("slash")
        await scene.type("any")
        assert "/ any" in scene.text("composer")
        await scene.keys("backspace", "backspace", "backspace")
        await scene.type("bike")
        await scene.keys("enter")
        assert "dock" in scene.main._layout.rects
        await scene.answerable()
        await scene.keys("n", "n", "N")
        overview = scene.main.overview
        assert overview is not None
        assert overview.ask is not None
        assert scene.main.dock is not None
        assert scene.main.pane == "transcript"
        assert "next, previous" in scene.text("footer")
        await scene.keys("n")
        assert " of 4, 3 in hidden rows " in scene.text("status")


@pytest.mark.fixed(tongue="the built-in service speaks its own")
async def test_esc_in_a_search_goes_back_to_the_approval(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    async with demo(tmp_path, size=size) as scene:
        await scene.open("Rebalance plan")
        await scene.until(lambda: scene.main.dock is not None, "the dock")
        dock = scene.main.dock
        assert dock is not None
        dock.since = 0.0
        await scene.keys("slash", "b", "escape")
        assert (scene.main.dock, scene.main.pane) == (dock, "dock")
        assert dock.since > 0.0, "its keys wait again, since it was out of sight"


@pytest.fixture
def long_store(tmp_path: Path, tongue: Tongue) -> Path:
    """A session of 6,000 blocks, not packed yet."""
    test_shelving.seed(tmp_path / "history.db", turns=3, calls=1_000, say=tongue)
    return tmp_path


async def test_a_packed_session_is_searched_and_sifted(
    long_store: Path, stored: Stored, size: tuple[int, int]
) -> None:
    async with stored("long") as (scene, reader):
        await scene.until(lambda: reader.transcript._blocks.shelved > 4_000, "the shelf")
        total = len(reader.transcript)
        await scene.keys("slash")
        await scene.type("--n 77")
        hits = reader.transcript.count_matches
        await scene.until(lambda: hits().percent == 100, "the search")
        expected = 3 * (1 + 10)
        assert hits().shown + hits().hidden == expected
        await scene.keys("enter", "ampersand")
        await scene.type("--n 77")
        await scene.keys("enter")
        await scene.until(lambda: reader.transcript.seen == 100, "the sieve")
        assert reader.transcript.sifted == total - expected
        counted = f"{total - expected:,} hidden" if size[0] > 40 else f"{expected} hits"
        assert counted in scene.text("status")
        assert 'without "--n 77"' in scene.text("transcript")
        await scene.keys("escape")
        assert reader.transcript.sifted == 0


# --- what is held back ---------------------------------------------------------------------------


async def test_only_matches_are_shown_and_the_place_is_kept(
    stored: Stored, tongue: Tongue, size: tuple[int, int]
) -> None:
    async with stored() as (scene, reader):
        await scene.keys("g", "J", "J", "J", "J")
        spot, window = reader.spot, scene.text("transcript")
        total = len(reader.transcript)
        await scene.keys("ampersand")
        await scene.type(tongue("week"))
        assert reader.transcript.sifted == 0, "so far it is only counted"
        found = len(blocks_with(reader, tongue("week")))
        assert f"{found} shown" in scene.text("composer")
        if size[0] > 40:
            assert f"{total - found} hidden" in scene.text("composer")
        assert scene.text("transcript") == window or lit(scene)
        await scene.keys("enter")
        assert reader.transcript.sifted == total - found
        assert f'without "{tongue("week")}"' in scene.text("transcript")
        assert f"& {tongue('week')[:2]}" in scene.text("status")
        if size[0] >= 80:
            assert f"{found} hit" in scene.text("status")
        assert [text.lower() for text in lit(scene)]
        await scene.keys("escape")
        assert reader.transcript.sifted == 0
        assert (reader.spot, scene.text("transcript")) == (spot, window)
        assert "& " not in scene.text("status")


async def test_an_exclamation_mark_hides_matches(
    stored: Stored, tongue: Tongue, size: tuple[int, int]
) -> None:
    async with stored() as (scene, reader):
        found = blocks_with(reader, tongue("week"))
        await scene.keys("ampersand")
        await scene.type(tongue("!week"))
        rest = len(reader.transcript) - len(found)
        counted = f"{len(found)} hidden" if size[0] > 40 else f"{rest} shown"
        assert counted in scene.text("composer")
        await scene.keys("enter")
        assert reader.transcript.sifted == len(found)
        assert not any(reader.transcript.visible(at) for at in found)
        assert f'with "{tongue("week")}"' in scene.text("transcript")
        assert f"&! {tongue('week')[:1]}" in scene.text("status")
        await scene.keys("ampersand")
        assert f"& {tongue('!week')}" in scene.text("composer"), "it can be changed"
        await scene.keys("ctrl+u", "enter")
        assert reader.transcript.sifted == 0


async def test_a_gap_of_a_sieve_opens_in_place(stored: Stored, tongue: Tongue) -> None:
    async with stored() as (scene, reader):
        await scene.keys("ampersand")
        await scene.type(tongue("hilltop"))
        await scene.keys("enter", "g")
        gap = reader.transcript.gap(reader.cursor)
        assert gap is not None
        await scene.keys("enter")
        assert reader.transcript.visible(reader.cursor)
        assert reader.transcript.gap(gap[0]) is None


async def test_hits_of_the_sieve_are_walked(
    stored: Stored, tongue: Tongue, size: tuple[int, int]
) -> None:
    async with stored() as (scene, reader):
        await scene.keys("ampersand")
        await scene.type(tongue("week"))
        await scene.keys("enter", "g", "n")
        assert " of " in scene.text("status")
        assert reader.transcript.matches(reader.cursor)
        assert ("show all" if size[0] > 40 else "& change") in scene.text("footer")


async def test_esc_in_the_prompt_changes_nothing(stored: Stored, tongue: Tongue) -> None:
    async with stored() as (scene, reader):
        window = scene.text("transcript")
        await scene.keys("ampersand")
        await scene.type(tongue("hilltop"))
        await scene.keys("escape")
        assert reader.transcript.sifted == 0
        assert scene.text("transcript") == window


async def test_the_threshold_and_the_sieve_count_apart(
    stored: Stored, tongue: Tongue, size: tuple[int, int]
) -> None:
    async with stored(level=20) as (scene, reader):
        below = reader.transcript.hidden
        assert below
        await scene.keys("ampersand")
        await scene.type(tongue("hilltop"))
        await scene.keys("enter")
        transcript = reader.transcript
        found = len(blocks_with(reader, tongue("hilltop")))
        assert transcript.sifted == len(transcript) - found
        if size[0] > 40:
            assert f"{transcript.sifted} hidden" in scene.text("status")
        assert transcript.hidden >= transcript.sifted


# --- kinds ---------------------------------------------------------------------------------------


async def test_the_menu_of_kinds(stored: Stored, size: tuple[int, int]) -> None:
    async with stored() as (scene, reader):
        transcript = reader.transcript
        tools = kinds.TABLES[[name for name, _ in kinds.GROUPS].index("tools")]
        count = transcript.count(tools, 0, len(transcript))
        await command(scene, "kinds")
        assert "Show kinds" in scene.text("menu")
        for _ in kinds.GROUPS:
            here = scene.main.glyphs.prompt
            if "tools" not in next(r for r in scene.text("menu").split("\n") if here in r):
                await scene.keys("j")
        await scene.keys("space")
        assert transcript.sifted == count
        await scene.keys("space")
        assert transcript.sifted == 0
        await scene.keys("o", "enter")
        assert transcript.sifted == len(transcript) - count
        assert scene.main.dock is None
        assert "of other kinds" in scene.text("transcript")
        assert ("kinds 1 of" if size[0] >= 80 else "kinds") in scene.text("status")
        await command(scene, "kinds")
        await scene.keys("0")
        assert transcript.sifted == 0
        await scene.keys("escape")
        assert transcript.sifted == len(transcript) - count, "esc brings back what was"
        await scene.keys("escape")
        assert transcript.sifted == 0


async def test_kinds_and_a_pattern_hold_back_together(stored: Stored, tongue: Tongue) -> None:
    async with stored() as (scene, reader):
        await command(scene, "kinds")
        await scene.keys("o", "enter")
        await scene.keys("ampersand")
        await scene.type(tongue("week"))
        await scene.keys("enter")
        shown = [at for at in range(len(reader.transcript)) if reader.transcript.visible(at)]
        assert shown == [0], "the question"
        assert "of other kin" in scene.text("transcript")
        assert f'without "{tongue("week")}"' in scene.text("transcript")


# --- marks ---------------------------------------------------------------------------------------


async def test_marks_with_notes_outlive_the_program(stored: Stored) -> None:
    async with stored() as (scene, reader):
        await scene.keys("g", "J", "m")
        first = reader.cursor
        assert scene.main.glyphs.mark in scene.text("transcript")
        await scene.keys("J", "J", "M")
        await scene.type("ask Ana, 为什么")
        assert f"{scene.main.glyphs.mark} ask Ana, 为什么" in scene.text("composer")
        await scene.keys("enter")
        second = reader.cursor
        assert sorted(reader.transcript.marks) == [first, second]
        await scene.keys("J", "m", "m")
        assert sorted(reader.transcript.marks) == [first, second], "the same key takes it away"
        await scene.keys("g", "M", "escape")
        assert sorted(reader.transcript.marks) == [first, second]
        await scene.keys("q")
    async with stored(level=50) as (scene, reader):
        await scene.until(lambda: reader.transcript.marks, "the marks")
        assert reader.transcript.visible(first)
        assert reader.transcript.visible(second)
        await scene.keys("g", "u")
        assert reader.cursor == first
        assert "mark 1 of 2" in scene.text("status")
        await scene.keys("u")
        assert reader.cursor == second
        assert "ask Ana, 为什么" in scene.text("status")
        await scene.keys("u")
        assert "no later mark" in scene.text("status")
        await scene.keys("U")
        assert reader.cursor == first
        await scene.keys("U")
        assert "no earlier mark" in scene.text("status")


async def test_a_gap_takes_no_mark_and_a_mark_held_back_is_shown(
    stored: Stored, tongue: Tongue
) -> None:
    async with stored(level=50) as (scene, reader):
        await scene.keys("u")
        assert "nothing is marked" in scene.text("status")
        gap = next(at for at in range(len(reader.transcript)) if not reader.transcript.visible(at))
        reader.go_to(gap)
        await scene.keys("m")
        assert "a gap cannot be marked" in scene.text("status")
        assert not reader.transcript.marks
        await scene.keys("g", "m", "ampersand")
        await scene.type(tongue("hilltop"))
        await scene.keys("enter", "G", "U")
        assert reader.cursor == 0
        assert reader.transcript.visible(0)


# --- times ---------------------------------------------------------------------------------------


async def test_going_to_a_time(stored: Stored) -> None:
    async with stored() as (scene, reader):
        transcript = reader.transcript
        wanted = len(transcript) // 2
        at = transcript.block(wanted).at
        assert at is not None
        from datetime import UTC, datetime

        text = datetime.fromtimestamp(int(at) + 1, UTC).strftime("%H:%M:%S")
        await command(scene, f"at {text}")
        reached = transcript.block(reader.cursor).at
        before = transcript.block(max(0, reader.cursor - 1)).at
        assert reached is not None
        assert before is not None
        assert before < int(at) + 1 <= reached
        assert not reader.following
        assert "at " in scene.text("status")
        outside = datetime.fromtimestamp(at + 6 * 3600, UTC).strftime("%H:%M")
        place = reader.spot
        await command(scene, f"at {outside}")
        assert "this session runs from" in scene.text("status")
        await command(scene, "at noon")
        assert "10:31" in scene.text("status")
        assert reader.spot == place


async def test_a_word_with_an_argument_waits_for_it(stored: Stored) -> None:
    async with stored() as (scene, _):
        await scene.keys("colon")
        await scene.type("at")
        await scene.keys("enter")
        screen = scene.app.screen
        assert isinstance(screen, PaletteScreen)
        assert screen.typed == "at "
        assert "HH:MM" in scene.text()
        assert [action.id for action in screen.matches()] == ["at"]
        await scene.keys("escape")
        assert scene.app.screen is scene.main


# --- the reader ----------------------------------------------------------------------------------


async def test_a_sieve_never_moves_the_row_of_the_cursor(long_store: Path, stored: Stored) -> None:
    async with stored("long") as (scene, reader):
        at = next(n for n in blocks_with(reader, "--n 70") if n > 3_000)
        reader.show(Place(at, 0))
        scene.main.repaint()

        def row() -> int:
            lines = reader.window(reader.height)
            rows = (y for y, line in enumerate(lines) if line.block == reader.cursor)
            return next(y for y in rows if lines[y].kind in {"block", "gap"})

        before, window = row(), scene.text("transcript")
        await scene.keys("ampersand")
        await scene.type("--n 7")
        await scene.keys("enter")
        await scene.until(lambda: reader.transcript.seen == 100, "the sieve")
        assert (reader.cursor, row()) == (at, before)
        await scene.keys("escape")
        assert (reader.cursor, scene.text("transcript")) == (at, window)
        await scene.keys("ampersand")
        await scene.type("--n 7")
        await scene.keys("enter", "k", "k", "k")
        await scene.until(lambda: reader.transcript.seen == 100, "the sieve")
        moved = (reader.cursor, row())
        await scene.keys("escape")
        assert (reader.cursor, row()) == moved
