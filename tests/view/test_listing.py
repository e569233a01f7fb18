"""The list of the sidebar against the plain way: sort everything anew after each change."""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from das_tui.domain.session import Session, State
from das_tui.view.listing import GROUPS, ORDERS, Choice, Group, Listing, matcher, text_of


def listed(sessions: Iterable[Session], choice: Choice | None = None) -> Listing:
    listing = Listing()
    listing.choose(choice or Choice())
    for one in sessions:
        listing.put(one)
    listing.settle()
    return listing


def has(words: str, session: Session) -> bool:
    """Whether a filter finds a session."""
    matches = matcher(words)
    return matches is None or matches(text_of(session))


def one(key: str, target: str = "t", **more: object) -> Session:
    base: dict[str, object] = {"title": f"title {key}", "target": target, "created_at": 1.0}
    return Session(key, "dms", **{**base, **more})  # type: ignore[arg-type]


# --- order and groups ----------------------------------------------------------------------------


def test_groups_follow_their_last_event_but_jump_only_when_settled() -> None:
    first = [
        one("a", "x", created_at=1, last_at=9),
        one("b", "y", created_at=2, last_at=5),
        one("c", "x", created_at=3, last_at=3),
    ]
    listing = listed(first)
    assert listing.keys == ["c", "a", "b"]
    listing.put(replace(first[1], last_at=20))
    assert listing.keys == ["c", "a", "b"]
    listing.settle()
    assert listing.keys == ["b", "c", "a"]
    listing.put(one("n", "z", created_at=9, last_at=30))
    assert listing.keys[0] == "n"


def test_orders() -> None:
    rows = [
        one("a", title="pears", created_at=1, since=90, state=State.FINISHED),
        one("b", title="Apples", created_at=2, since=50, state=State.NEEDS_INPUT),
        one("c", title="figs", created_at=3, asked_at=70, state=State.LIVE),
    ]
    wanted = {"created": "cba", "recent": "acb", "title": "bca", "state": "bca"}
    assert {word: "".join(listed(rows, Choice(word)).keys) for word in ORDERS} == wanted


def test_a_session_moves_by_itself_where_the_order_says_so() -> None:
    rows = [one("a", since=10), one("b", since=20)]
    listing = listed(rows, Choice("recent"))
    assert listing.keys == ["b", "a"]
    listing.put(replace(rows[0], last_at=99))
    assert listing.keys == ["b", "a"], "a piece of a text is no event"
    listing.put(replace(rows[0], since=99, state=State.FAILED))
    assert listing.keys == ["a", "b"]


def test_pinned_stand_on_top_and_put_away_ones_apart() -> None:
    rows = [
        one("a", "x", last_at=9),
        one("b", "y", pinned=True),
        one("c", "x", archived=True),
        one("d", "x", deleted_at=5.0, pinned=True),
    ]
    listing = listed(rows)
    assert listing.keys == ["b", "a"]
    assert listing.rows(0, 9)[:2] == [Group("pinned"), "b"]
    listing.choose(Choice(away=True), rows)
    assert listing.rows(0, 9) == [Group("archived"), "c", None, Group("deleted"), "d"]
    listing.choose(Choice(), rows)
    assert listing.keys == ["b", "a"]


# --- held still ----------------------------------------------------------------------------------


def test_while_frozen_nothing_moves_and_what_came_is_counted() -> None:
    rows = [one("a", "x", last_at=9), one("b", "y", last_at=5, since=5)]
    listing = listed(rows, Choice("recent"))
    listing.frozen = True
    version = listing.version
    listing.put(one("n", "x", since=50, created_at=50))
    listing.put(one("m", "y", created_at=0, since=1))
    listing.put(replace(rows[1], since=70, last_at=70))
    assert (listing.keys, listing.version) == (["a", "b"], version)
    assert listing.late("b") == (1, 1)
    assert listing.late("a") == (1, 1)
    listing.drop("n")
    assert listing.late("a") == (0, 1)
    listing.put(replace(rows[0], deleted_at=3.0))
    assert listing.keys == ["b"], "what was deleted goes at once"
    listing.settle()
    assert listing.keys == ["b", "m"]
    assert not listing.any_late


def test_a_filter_takes_what_comes_and_leaves_what_does_not_match_any_more() -> None:
    rows = [one("a", state=State.LIVE), one("b", state=State.FAILED)]
    listing = listed(rows, Choice(words="live"))
    assert (listing.keys, len(listing), listing.total) == (["a"], 1, 2)
    listing.put(one("n", state=State.LIVE, created_at=2))
    assert listing.keys == ["n", "a"]
    listing.put(replace(rows[0], state=State.FINISHED))
    assert listing.keys == ["n"]
    listing.choose(replace(listing.choice, words=""))
    assert sorted(listing.keys) == ["a", "b", "n"]


# --- the filter ----------------------------------------------------------------------------------

FOUND = one(
    "0a1b2c3d4e5f",
    "rm-demoharbor01",
    title="Deadlock 晚点",
    profile="prod",
    session_id="9f3e77aa",
    state=State.NEEDS_INPUT,
    blocks=3,
)


@pytest.mark.parametrize(
    ("words", "whether"),
    [
        ("", True),
        ("dead", True),
        ("DEAD", False),
        ("Dead", True),
        ("harbor dead", True),
        ("dead parcel", False),
        ("needs you", True),
        ("prod unread", True),
        ("read", False),
        ("dms", True),
        ("pinned", False),
        ("晚点", True),
        ("9f3e", True),
        ("9f3", False),
        ("3e77", False),
        ("0a1b2c", True),
        ("live", False),
    ],
)
def test_what_a_filter_finds(words: str, whether: bool) -> None:
    assert has(words, FOUND) is whether


def test_every_way_of_being_under_way_is_live() -> None:
    for state in (State.LIVE, State.STARTING, State.QUEUED, State.LINE_LOST):
        assert has("live", replace(FOUND, state=state))


# --- against the plain way -----------------------------------------------------------------------

SESSIONS = st.builds(
    Session,
    key=st.sampled_from("abcdefgh"),
    service=st.sampled_from(["das", "dms"]),
    title=st.sampled_from(["", "One", "two", "live"]),
    target=st.sampled_from(["", "x", "y"]),
    profile=st.sampled_from(["", "p"]),
    created_at=st.sampled_from([0.0, 1.0, 2.0, float("nan")]),
    last_at=st.sampled_from([0.0, 5.0, float("nan")]),
    since=st.sampled_from([0.0, 3.0, 6.0]),
    state=st.sampled_from(State),
    archived=st.booleans(),
    pinned=st.booleans(),
    deleted_at=st.sampled_from([0.0, 0.0, 4.0]),
)
CHOICES = st.builds(
    Choice,
    st.sampled_from(ORDERS),
    st.sampled_from(GROUPS),
    st.sampled_from(["", "live", "o"]),
    st.booleans(),
)
STEPS = st.lists(
    st.one_of(SESSIONS, st.sampled_from("abcdefgh"), CHOICES, st.sampled_from([True, False])),
    max_size=30,
)


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_one_by_one_is_as_good_as_all_at_once(steps: list[Session | str | Choice | bool]) -> None:
    listing, known = Listing(), dict[str, Session]()
    for step in steps:
        before = listing.keys
        if isinstance(step, Session):
            known[step.key] = step
            listing.put(step)
        elif isinstance(step, str):
            known.pop(step, None)
            listing.drop(step)
        elif isinstance(step, Choice):
            listing.choose(step, known.values())
        else:
            listing.frozen = step
            if not step:
                listing.settle()
        if listing.frozen and not isinstance(step, Choice):
            assert [key for key in before if key in listing] == listing.keys
        check_rows(listing)
    listing.frozen = False
    listing.settle()
    words, away = listing.choice.words, listing.choice.away
    wanted = {
        s.key for s in known.values() if has(words, s) and bool(s.archived or s.deleted_at) is away
    }
    assert set(listing.keys) == wanted
    # Groups are ordered by what ever happened in them, so only what is inside is compared.
    for group, keys in inside(listing).items():
        fresh = Listing(listing.choice)
        for key in keys:
            fresh.put(known[key])
        assert fresh.keys == keys, group


def inside(listing: Listing) -> dict[int, list[str]]:
    groups: dict[int, list[str]] = {0: []}
    for row in listing.rows(0, listing.height):
        if isinstance(row, str):
            groups[max(groups)].append(row)
        else:
            groups[max(groups) + 1] = []
    return groups


def check_rows(listing: Listing) -> None:
    """Rows, numbers and places agree with each other."""
    rows = listing.rows(0, listing.height + 5)
    assert len(rows) == listing.height
    assert [row for row in rows if isinstance(row, str)] == listing.keys
    for number, key in enumerate(listing.keys):
        assert listing.index(key) == number
        assert rows[listing.row(key)] == key
        assert listing.sessions_before(listing.row(key)) == number
        above = rows[listing.row(key) - 1] if listing.row(key) else None
        assert listing.heading(key) is isinstance(above, Group)
    for top in range(listing.height):
        assert listing.rows(top, 3) == rows[top : top + 3]


# --- speed ---------------------------------------------------------------------------------------


def best(act: Callable[[], object], times: int = 30) -> float:
    """The shortest of many, in processor seconds."""
    found = []
    for _ in range(times):
        began = time.thread_time()
        act()
        found.append(time.thread_time() - began)
    return min(found)


def many(count: int) -> list[Session]:
    return [
        one(f"{n:016x}", f"target {n % 40}", created_at=n, last_at=n, since=n, title=f"Run {n}")
        for n in range(count)
    ]


@pytest.mark.parametrize("order", ORDERS)
def test_a_change_of_one_among_thousands_costs_about_as_much_as_among_a_few(order: str) -> None:
    few, lots = listed(many(50), Choice(order)), listed(many(5_000), Choice(order))

    def change(listing: Listing) -> float:
        number = iter(range(10_000, 20_000))

        def step() -> object:
            at = next(number)
            listing.put(
                one(f"{7:016x}", "target 7", created_at=7, since=7, last_at=at, title="Run 7")
            )
            return listing.rows(0, 30), listing.row(f"{7:016x}")

        step()
        return best(step)

    assert change(lots) < 10 * change(few) + 0.0002
