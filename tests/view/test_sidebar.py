from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from das_tui.domain.session import Session, State
from das_tui.view.clean import clean
from das_tui.view.glyphs import ASCII
from das_tui.view.rows import Row
from das_tui.view.sidebar import SideRow, order, reveal, rows

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


def test_groups_follow_their_last_event_but_never_jump() -> None:
    first = order(SESSIONS)
    assert first == ["a", "b", "c", "d", "e", "f", "g", "h", "i"]
    later = [replace(s, last_at=NOW + 9) if s.key == "i" else s for s in SESSIONS]
    assert order(later, first) == first
    assert order(later)[0] == "i"
    new = session("n", "new_db", "New", State.LIVE, created=0)
    assert order([*later, new], first) == ["n", *first]
    in_group = session("m", "parcel_depot", "New", State.LIVE, created=0)
    assert order([*later, in_group], first) == ["a", "b", "c", "d", "e", "f", "m", "g", "h", "i"]


def test_scrolling_keeps_the_cursor_in_view() -> None:
    for height in range(5, 30):
        top = 0
        for at in [*range(9), *range(7, -1, -1)]:
            key = SESSIONS[at].key
            top = reveal(SESSIONS, height, key=key, top=top, today="1 USD")
            found = rows(SESSIONS, 30, height, now=NOW, top=top, today="1 USD")
            assert key in [row.key for row in found]
            assert len(found) == height
    assert "6 below" in " ".join(text(rows(SESSIONS, 30, 8, now=NOW)))


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
