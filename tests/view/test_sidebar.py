from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from das_tui.domain.session import Session, State
from das_tui.view.ages import clock
from das_tui.view.clean import clean
from das_tui.view.glyphs import ASCII
from das_tui.view.listing import Choice, Listing
from das_tui.view.rows import Row
from das_tui.view.sidebar import SideRow, reveal, window
from das_tui.view.sidebar import rows as side_rows

NOW = 1_765_432_000.0


def session(
    key: str,
    target: str,
    title: str,
    state: State,
    *,
    created: float,
    last: float = 0,
    since: float = 0,
    unread: int = 0,
    service: str = "dms",
    blocks: int = 40,
) -> Session:
    """Times as seconds before now."""
    return Session(
        key,
        service,
        title=title,
        target=target,
        state=state,
        created_at=NOW - created,
        last_at=NOW - last,
        since=NOW - since,
        asked_at=NOW - since,
        blocks=blocks,
        seen=blocks - unread,
    )


SESSIONS = [
    session("a", "harbor_bikes", "Empty stations", State.LIVE, created=500, since=112),
    session(
        "b",
        "harbor_bikes",
        "Rebalance plan",
        State.NEEDS_INPUT,
        created=900,
        last=360,
        since=370,
        unread=2,
    ),
    session("c", "harbor_bikes", "Weekly report", State.FINISHED, created=4000, last=3700),
    session(
        "d",
        "rm-demoharbor01",
        "CPU at 97 %",
        State.LIVE,
        created=300,
        last=1,
        since=38,
        unread=12,
        service="das",
    ),
    session(
        "e",
        "rm-demoharbor01",
        "Deadlock 07:52",
        State.FAILED,
        created=12_000,
        last=11_000,
        unread=2,
        service="das",
    ),
    session("f", "rm-demoharbor01", "", State.IDLE, created=20_000, blocks=0, service="das"),
    session(
        "g", "parcel_depot", "晚点包裹 三月", State.NEEDS_INPUT, created=2000, since=124, last=124
    ),
    session(
        "h", "parcel_depot", "Route costs", State.LIVE, created=5000, last=140, since=760, unread=4
    ),
    session("i", "tea_house_demo", "Revenue 24/25", State.CUT, created=9000, last=500, unread=31),
]


def listed(sessions: Iterable[Session], choice: Choice | None = None) -> Listing:
    listing = Listing(choice)
    for one in sessions:
        listing.put(one)
    listing.settle()
    return listing


def rows(sessions: Iterable[Session], width: int, height: int, **more: Any) -> list[SideRow]:
    """The sidebar of these sessions, by the default choice unless one is given."""
    given = list(sessions)
    listing = more.pop("listing", None) or listed(given, more.pop("choice", None))
    waiting = sorted((s for s in given if s.calls), key=lambda s: s.since)
    known = {s.key: s for s in given}
    return side_rows(listing, known, width, height, **{"waiting": waiting, **more})


def text(found: list[SideRow]) -> list[str]:
    return [row.row.text.rstrip() for row in found]


def ink(row: Row, part: str) -> tuple[str, bool]:
    found = next(ink for text, ink in row.spans if part in text)
    return found.fg, found.bold


def test_wide() -> None:
    found = rows(
        SESSIONS,
        30,
        26,
        now=NOW,
        open_key="a",
        profile="prod",
        region="cn-hangzhou",
        today="1.77 USD",
    )
    assert len(found) == 26
    assert text(found)[:22] == [
        "  prod cn-hangzhou",
        "  2 need you  since 6m     a",
        "",
        "  harbor_bikes           dms",
        "  ● Empty stations      1:52",
        "  ? Rebalance plan    2   6m",
        "  ✓ Weekly report         1h",
        "",
        "  rm-demoharbor01        das",
        "  ● CPU at 97 %      12 0:38",
        "  ✗ Deadlock 07:52    2   3h",
        "  · New question",
        "",
        "  parcel_depot           dms",
        "  ? 晚点包裹 三月         2m",
        "  ● Route costs       4  12m",
        "",
        "  tea_house_demo         dms",
        "  ! Revenue 24/25    31   8m",
        "",
        "",
        "",
    ]
    assert text(found)[-2:] == ["  today             1.77 USD", ""]
    by_key = {row.key: row for row in found if row.key}
    assert [key for key, row in by_key.items() if row.bar] == ["a"]
    assert by_key["a"].row.fill == "sel"
    assert ink(by_key["a"].row, "Empty") == ("strong", True)
    assert ink(by_key["b"].row, "Rebalance") == ("strong", True)
    assert ink(by_key["b"].row, "6m") == ("attn", False)
    assert ink(by_key["c"].row, "Weekly") == ("muted", False)
    assert ink(by_key["d"].row, "12") == ("strong", True)
    assert ink(by_key["e"].row, "Deadlock") == ("text", False)
    assert ink(found[1].row, "2 need you") == ("badge-on", True)


def test_compact_has_one_fact_and_numbers() -> None:
    found = rows(SESSIONS, 23, 24, now=NOW, open_key="a", cursor_key="g", focused=True)
    listed = {row.key: row for row in found if row.key}
    assert [row.row.text.rstrip() for row in listed.values()] == [
        "1 ● Empty stations",
        "2 ? Rebalance plan 6m",
        "3 ✓ Weekly report  1h",
        "4 ● CPU at 97 %    12",
        "5 ✗ Deadlock 07:52  2",
        "6 · New question",
        "  ? 晚点包裹 三月  2m",
        "8 ● Route costs     4",
        "9 ! Revenue 24/25  31",
    ]
    assert [key for key, row in listed.items() if row.bar] == ["g"]
    assert listed["a"].row.fill is None
    assert text(found)[1] == "  2 need you  6m    a"


def test_nobody_waits_no_price_nothing_there() -> None:
    found = rows(SESSIONS[:1], 30, 12, now=NOW, profile="prod")
    assert text(found)[:4] == [
        "  prod",
        "",
        "  harbor_bikes           dms",
        "  ● Empty stations      1:52",
    ]
    assert not any("today" in row for row in text(found))
    assert "  no sessions yet" in text(rows([], 30, 12, now=NOW))
    assert "no target" in text(rows([replace(SESSIONS[0], target="")], 30, 12, now=NOW))[2]


def test_scrolling_keeps_the_cursor_in_view() -> None:
    listing = listed(SESSIONS)
    for height in range(5, 30):
        top = 0
        for at in [*range(9), *range(7, -1, -1)]:
            key = SESSIONS[at].key
            room = window(height, True, "1 USD")
            top = reveal(listing, room, key=key, top=top)
            found = rows(SESSIONS, 30, height, now=NOW, top=top, today="1 USD")
            assert key in [row.key for row in found]
            assert len(found) == height
    assert "6 below" in " ".join(text(rows(SESSIONS, 30, 8, now=NOW)))


def test_numbers_count_from_the_top_of_the_list_not_of_the_window() -> None:
    found = rows(SESSIONS, 30, 12, now=NOW, top=5, focused=True, cursor_key="e")
    shown = [row.row.text.rstrip() for row in found if row.key]
    assert shown[0].startswith("4 ● CPU")
    assert "3 above" in text(found)[-1]


def test_what_is_pinned_stands_on_top_under_its_glyph() -> None:
    pinned = [replace(s, pinned=s.key == "i") for s in SESSIONS]
    assert text(rows(pinned, 30, 26, now=NOW))[3:7] == [
        "  ▴ pinned",
        "  ! Revenue 24/25    31   8m",
        "",
        "  harbor_bikes           dms",
    ]
    assert "  ^ pinned" in text(rows(pinned, 30, 26, now=NOW, glyphs=ASCII))


def test_groups_by_profile_and_none() -> None:
    mine = [replace(s, profile="prod" if s.key in "abcf" else "") for s in SESSIONS]
    by_profile = text(rows(mine, 30, 26, now=NOW, choice=Choice(group="profile")))
    assert by_profile[3] == "  prod"
    assert "  no profile" in by_profile
    flat = rows(mine, 30, 26, now=NOW, choice=Choice(group="none"))
    assert [row.key for row in flat[3:12]] == list("dabgchief")
    pinned = [replace(s, pinned=s.key == "f") for s in mine]
    heads = text(rows(pinned, 30, 26, now=NOW, choice=Choice(group="none")))
    assert heads[3:7] == ["  ▴ pinned", "  · New question", "", "  others"]


def test_unread_counts_what_the_threshold_shows_and_marks_errors() -> None:
    one = replace(SESSIONS[3], fresh="10:7 30:3 *:2", errors=3, errors_seen=3)
    assert text(rows([one], 30, 8, now=NOW, threshold=20))[3].endswith(" 5 0:38")
    assert text(rows([one], 30, 8, now=NOW))[3].endswith("12 0:38")
    assert text(rows([replace(one, fresh="10:12")], 30, 8, now=NOW, threshold=20))[3] == (
        "  ● CPU at 97 %         0:38"
    )
    failed = rows([replace(one, errors=4)], 30, 8, now=NOW, threshold=20)
    assert text(failed)[3].endswith("✗5 0:38")
    assert ink(failed[3].row, "✗5") == ("fail", True)


def test_a_badge_that_comes_moves_no_row_of_a_held_list() -> None:
    calm = [replace(s, state=State.LIVE) for s in SESSIONS]
    before = rows(calm, 30, 20, now=NOW, badge=False, profile="prod")
    after = rows(SESSIONS, 30, 20, now=NOW, badge=False, profile="prod")
    assert [row.key for row in before] == [row.key for row in after]
    assert "2 need you" in text(after)[0]
    assert [row.key for row in rows(calm, 30, 20, now=NOW, badge=True)] == [
        row.key for row in rows(SESSIONS, 30, 20, now=NOW)
    ]


def test_deleted_ones_say_when() -> None:
    gone = [replace(SESSIONS[2], deleted_at=NOW - 7200), replace(SESSIONS[4], archived=True)]
    assert text(rows(gone, 30, 12, now=NOW, choice=Choice(away=True)))[2:7] == [
        "  archived",
        "  ✗ Deadlock 07:52    2   3h",
        "",
        "  deleted, for a week",
        "  ✓ Weekly report         2h",
    ]
    assert "nothing is put away" in " ".join(text(rows([], 30, 9, choice=Choice(away=True))))


def test_ascii() -> None:
    found = rows(SESSIONS[:6], 30, 20, now=NOW, glyphs=ASCII, profile="prod")
    assert all(row.isascii() for row in text(found))
    assert "  * Empty stations      1:52" in text(found)


TEXTS = st.sampled_from(["", "x", "a\x1b[2Jb", "晚点" * 20, "\u202egnp.exe", "w" * 90, "a\nb"])


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(TEXTS, TEXTS, st.sampled_from(State), st.integers(0, 10**7)), max_size=14),
    st.integers(12, 40),
    st.integers(1, 40),
    st.integers(0, 30),
    st.booleans(),
)
def test_rows_fit_whatever_comes(
    items: list[tuple[str, str, State, int]], width: int, height: int, top: int, focused: bool
) -> None:
    sessions = [
        session(str(n), target, title, state, created=age, last=age, since=age, unread=age % 50)
        for n, (target, title, state, age) in enumerate(items)
    ]
    found = rows(
        sessions,
        width,
        height,
        now=NOW,
        top=top,
        focused=focused,
        open_key="0",
        cursor_key="1",
        profile="a\x1bb" * 9,
        today="1.77 USD",
    )
    assert len(found) == height
    for row in found:
        assert row.row.width <= width
        assert clean(row.row.text) == row.row.text
        assert "\n" not in row.row.text


def test_without_a_timer_those_that_wait_say_since_when() -> None:
    options: dict[str, Any] = {"open_key": "a", "ticks": False, "utc": True}
    found = text(rows(SESSIONS, 30, 26, now=NOW, **options))
    waits = [session for session in SESSIONS if session.state is State.NEEDS_INPUT]
    first = clock(min(session.since for session in waits), True)
    assert found[1].split() == ["2", "need", "you", "since", first, "a"]
    for session in waits:
        assert any(clock(session.since, True) in line and "?" in line for line in found)
    again = text(rows(SESSIONS, 30, 26, now=NOW + 3000, **options))
    assert [line for line in again if "?" in line] == [line for line in found if "?" in line]
    days = text(rows(SESSIONS, 30, 26, now=NOW + 200_000, **options))
    assert "since 2d" in days[1]
