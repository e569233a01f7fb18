from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from das_tui.domain.plan import Plan, PlanStep, StepStatus
from das_tui.domain.session import Overview, Session, State
from das_tui.view.ages import clock
from das_tui.view.clean import clean
from das_tui.view.glyphs import ASCII
from das_tui.view.rows import Ink, Row
from das_tui.view.status import below, footer, head, spread, status, too_small, with_rest
from das_tui.view.wrap import cells

NOW = 1_765_432_000.0
HISTOGRAM = [(10, 76), (20, 236), (30, 9), (40, 21), (50, 2), (None, 3)]
DMS = Session("a", "dms", title="Empty stations", target="harbor_bikes")
DAS = Session("d", "das", title="CPU at 97 %", target="rm-demoharbor01")
LIVE = Overview(
    state=State.LIVE, since=NOW - 112, started_at=NOW - 112, chars=1403, kept=238, has_levels=True
)
KEYS = [
    ("i", "write"),
    ("/", "search"),
    ("&", "filter"),
    ("- +", "level"),
    ("x", "fold"),
    ("a", "needs me"),
    ("p", "plan"),
    ("t", "timeline"),
]


def words(row: Row) -> list[str]:
    """The groups of a row, divided by three blanks or more."""
    return [part.strip() for part in row.text.split("   ") if part.strip()]


def live(width: int, **more: object) -> Row:
    return status(
        LIVE,
        DMS,
        width,
        now=NOW,
        histogram=HISTOGRAM,
        hidden=76,
        rate="4.2/s",
        quiet=2.4,
        amount="0.29 USD",
        **more,  # type: ignore[arg-type]
    )


def test_the_whole_line() -> None:
    row = live(120)
    assert words(row) == [
        "● live  4.2/s  quiet 0:02",
        "level ≥20 ▅▇▃▄▂  76 hidden",
        "238 kept",
        "1,403 chars",
        "0.29 USD",
    ]
    assert row.width == 118
    bars = {text: ink.fg for text, ink in row.spans if text in "▁▂▃▄▅▆▇"}
    assert list(bars.values()) == ["rule", "text", "text", "text", "text"]
    assert ("live", Ink("accent", bold=True)) in row.spans


def test_what_is_dropped_in_which_order() -> None:
    marks = ["quiet", "kept", "chars", "level", "▅", "4.2/s"]
    gone = [[mark not in live(width).text for mark in marks] for width in range(120, 36, -1)]
    for earlier, later in pairwise(gone):
        assert all(after or not before for before, after in zip(earlier, later, strict=True))
    for state in gone:
        assert state == sorted(state, reverse=True)
    assert gone[0] == [False] * 6
    assert gone[-1] == [True] * 6
    for width in range(40, 121):
        text = live(width).text
        assert "● live" in text
        assert "≥20" in text
        assert "76 hidden" in text
        assert "0.29 USD" in text


@pytest.mark.parametrize(
    ("overview", "session", "left"),
    [
        (
            replace(LIVE, state=State.NEEDS_INPUT, since=NOW - 124),
            DMS,
            "? needs you  stopped here 2:04",
        ),
        (replace(LIVE, state=State.FINISHED, since=NOW + 594), DMS, "✓ finished  11:46"),
        (
            replace(LIVE, state=State.FAILED, detail="before an answer, safe to ask again"),
            DMS,
            "✗ failed  before an answer, safe to ask again",
        ),
        (
            replace(LIVE, state=State.LINE_LOST, detail="reconnecting in 3 s"),
            DMS,
            "! line lost  reconnecting in 3 s",
        ),
        (
            replace(LIVE, state=State.CUT, detail="412 chars kept", has_levels=False),
            DAS,
            "! cut  412 chars kept",
        ),
        (
            replace(LIVE, state=State.CANCELLED, detail="by you", since=1_765_355_999.0),
            DMS,
            "· cancelled by you at 08:39",
        ),
        (
            replace(LIVE, state=State.QUEUED, detail="one is under way"),
            DMS,
            "· queued  one is under way",
        ),
        (Overview(), DAS, "· nothing asked"),
        (None, None, "· nothing asked"),
    ],
)
def test_states(overview: Overview | None, session: Session | None, left: str) -> None:
    row = status(overview, session, 120, now=NOW, histogram=HISTOGRAM, utc=True)
    assert words(row)[0] == left


def test_what_waits_while_nothing_ticks_says_since_when() -> None:
    waits = replace(LIVE, state=State.NEEDS_INPUT, since=NOW - 124)
    row = status(waits, DMS, 120, now=NOW, utc=True, ticks=False)
    assert words(row)[0] == f"? needs you  since {clock(NOW - 124, True)}"
    narrow = status(waits, DMS, 40, now=NOW, utc=True, ticks=False, histogram=HISTOGRAM)
    assert "needs you" in narrow.text
    assert "stopped" not in narrow.text


def test_a_profile_that_only_reads_is_told() -> None:
    assert "read-only" in words(status(LIVE, DMS, 120, now=NOW, only_reads=True))
    assert "read-only" in live(60, only_reads=True).text
    assert "read-only" not in live(120).text


def test_das_has_no_levels_and_an_unknown_price_no_amount() -> None:
    row = status(replace(LIVE, has_levels=False), DAS, 120, now=NOW, rate="31 chars/s")
    assert words(row) == ["● live  31 chars/s", "no levels in das", "238 kept", "1,403 chars"]


def test_a_message_that_has_no_room_takes_that_of_the_facts() -> None:
    words = "no question waits for its turn"
    assert words in live(40, message=words).text
    assert live(40, message=words).text.startswith("  ●")
    longer = "the demo has one account of its own; others need a profile"
    row = live(80, message=longer)
    assert longer in row.text
    assert "live" in row.text
    assert row.width <= 80
    assert live(40, message=longer).text.rstrip().endswith("…")


def test_what_is_written_to_a_slow_line() -> None:
    assert "slow line 1.2 KB/s" in live(120, line="slow line 1.2 KB/s").text
    assert "slow line" not in live(120).text


def test_a_page_says_what_is_below_it() -> None:
    row = Row((("   some words about it", Ink("text")),))
    assert with_rest(row, 0, 40) == row
    assert with_rest(row, 12, 40).text == "   some words about it        12 below"
    cut = with_rest(row, 1200, 24)
    assert cut.text == "   some …  1,200 below"


def test_a_message_takes_the_middle() -> None:
    row = live(120, message="copied 412 characters,\x1b[2J OSC 52")
    assert "copied 412 characters,␛[2J OSC 52" in row.text
    assert "hidden" not in row.text
    assert "copied 412 characters" in live(80, message="copied 412 characters, OSC 52").text


def test_not_stored_stays() -> None:
    for width in (120, 80, 46):
        row = status(LIVE, DMS, width, now=NOW, stored=False, rate="4.2/s", histogram=HISTOGRAM)
        assert "not stored" in row.text


def test_percent_all_levels_and_ascii() -> None:
    assert "at 58 %" in live(120, percent=58).text
    assert "level all" in live(120, threshold=0).text
    assert ">=20  76 hidden" in live(120, glyphs=ASCII).text
    assert live(120, glyphs=ASCII).text.isascii()


def test_footer_drops_from_the_end_and_keeps_help() -> None:
    row = footer(KEYS, 120)
    assert words(row) == [
        "i write",
        "/ search",
        "& filter",
        "- + level",
        "x fold",
        "a needs me",
        "p plan",
        "t timeline",
        ": command",
        "? help",
    ]
    assert row.width == 118
    narrow = words(footer(KEYS, 60))
    assert narrow == ["i write", "/ search", "& filter", "- + level", ":", "? help"]
    assert words(footer(KEYS, 20)) == [":", "? help"]


@pytest.mark.parametrize(("needs", "width", "badge"), [(1, 80, "1 needs you"), (3, 40, "3?")])
def test_a_footer_that_carries_the_badge(needs: int, width: int, badge: str) -> None:
    for row in (footer(KEYS, width, needs=needs), footer(KEYS, width, right=(), needs=needs)):
        assert row.spans[-1] == (f" {badge} ", Ink("badge-on", "badge", bold=True))
        assert row.width == width - 2


def plan() -> Plan:
    statuses = [StepStatus.DONE, StepStatus.DONE, StepStatus.RUNNING, *[StepStatus.PENDING] * 2]
    return Plan(
        steps=tuple(
            PlanStep(n, "x", status=status, started_at=NOW - 52 if n == 3 else None)
            for n, status in enumerate(statuses, 1)
        )
    )


def test_head() -> None:
    overview = replace(LIVE, plan=plan())
    wide = head(DMS, overview, 61, screen=120, now=NOW)
    assert wide.text == "   Empty stations" + " " * 25 + "harbor_bikes  dms"
    assert wide.width == 59
    assert words(head(DMS, overview, 57, screen=80, now=NOW)) == [
        "Empty stations",
        "Plan 3 of 5  0:52",
    ]
    narrow = head(DMS, overview, 40, screen=40, needs=2, now=NOW)
    assert narrow.text == " 2?  Empty stations" + " " * 7 + "3 of 5  0:52"
    assert head(DMS, overview, 80, screen=80, needs=2, now=NOW).text.startswith(
        " 2 need you  Empty stations"
    )
    assert head(DMS, overview, 80, screen=80, needs=1, now=NOW).text.startswith(" 1 needs you ")
    assert "New question" in head(Session("n", "das"), None, 60).text
    assert "…" in head(replace(DMS, title="long " * 30), overview, 61).text


def test_small_rows() -> None:
    assert below(37, 1, 60).text == "   37 new, 1 error below  G"
    assert below(0, 2, 60).text == "   2 errors below  G"
    assert below(0, 0, 60).text == "   more below  G"


def test_a_message_is_said_in_fewer_words_where_it_does_not_fit() -> None:
    words = ("sent the SQL, 412 characters, by OSC 52; a terminal does not confirm that",)
    words += ("sent the SQL, 412 characters, by OSC 52, unconfirmed", "sent 412 chars, unconfirmed")
    for width, said in ((120, words[0]), (64, words[1]), (40, words[2])):
        row = status(LIVE, DMS, width, now=NOW, message=words[0], briefer=words[1:])
        assert said in row.text
        assert "…" not in row.text.partition("sent")[2]
        assert cells(row.text) <= width


def test_the_time_of_a_cancel_has_its_seconds_where_they_are_wished() -> None:
    cancelled = Overview(state=State.CANCELLED, since=1_768_465_807.0, detail="by you")
    plain = status(cancelled, DMS, 120, now=NOW, utc=True).text
    assert "by you at 08:30 " in plain
    exact = status(cancelled, DMS, 120, now=NOW, utc=True, seconds=True).text
    assert "by you at 08:30:07 " in exact


@pytest.mark.parametrize(
    ("width", "live", "needs", "words"),
    [
        (60, 3, 2, "too small, 40x10 needed  3 live   2 need you "),
        (39, 3, 2, "40x10 needed  3 live   2 need you "),
        (39, 3, 0, "too small, 40x10 needed  3 live"),
        (28, 3, 2, "40x10 needed   2 need you "),
        (20, 3, 1, "40x10 needed   1? "),
        (12, 3, 2, "40x10   2? "),
        (5, 3, 2, " 2? "),
        (30, 0, 0, "too small, 40x10 needed"),
        (14, 0, 0, "40x10 needed"),
        (6, 0, 0, "40x10"),
    ],
)
def test_too_small_says_so_beside_the_badge(width: int, live: int, needs: int, words: str) -> None:
    assert too_small(width, live, needs).text == words


def test_spread() -> None:
    ink = live(120).spans[0][1]
    row = Row(spread([("ab", ink)], [("c", ink)], 6))
    assert row.text == "ab   c"
    assert Row(spread([("ab", ink)], [("c", ink)], 2)).text == "ab c"


HOSTILE = st.sampled_from(
    ["", "ok", "\x1b[2J\x07", "\u202eevil", "晚点" * 30, "long " * 30, "a\nb"]
)


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(State),
    HOSTILE,
    HOSTILE,
    st.integers(8, 130),
    st.integers(0, 10**9),
    st.booleans(),
    st.sampled_from(["das", "dms"]),
    HOSTILE,
)
def test_rows_fit_whatever_comes(
    state: State,
    detail: str,
    title: str,
    width: int,
    count: int,
    flag: bool,
    service: str,
    message: str,
) -> None:
    overview = Overview(
        state=state, detail=detail, kept=count, chars=count, has_levels=flag, plan=plan()
    )
    session = Session("k", service, title=title, target=title)
    rows = [
        status(
            overview,
            session,
            width,
            now=NOW,
            histogram=[(n, count + n) for n in range(20)],
            hidden=count,
            rate="9/s",
            quiet=count,
            message=message if flag else "",
            percent=50,
            amount="1.00 USD",
            stored=flag,
        ),
        head(session, overview, width, screen=width, needs=count % 3, now=NOW),
        footer(KEYS, width),
        below(count, count, width),
    ]
    for row in rows:
        assert row.width <= width
        assert clean(row.text) == row.text
        assert "\n" not in row.text


@pytest.mark.parametrize("width", range(40, 130))
def test_what_is_held_back_is_always_said_and_never_in_place_of_the_amount(width: int) -> None:
    overview = Overview(state=State.FINISHED, since=40.0, started_at=10.0, kept=85, chars=771)
    row = status(
        overview,
        Session("a", "das"),
        width,
        amount="0.16 USD",
        sieve=("& lock wait timeout exceeded kinds 2 of 9", "7 hits", "1,087 hidden"),
    )
    assert row.width <= width
    assert row.text.rstrip().endswith("0.16 USD")
    assert "& lock" in row.text
    assert ("7 hits" in row.text and "1,087 hidden" in row.text) or width < 100
