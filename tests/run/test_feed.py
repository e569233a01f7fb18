"""The feed coalesces, and wakes once for each period in which it is not empty."""

import threading

from das_tui.domain.blocks import Answer, Block
from das_tui.domain.session import Overview, Session
from das_tui.run.feed import Change, Feed


def block(index: int, text: str = "") -> Block:
    return Block(index, Answer(text))


def test_changes_of_a_session_become_one() -> None:
    feed = Feed(lambda: None)
    feed.put("a", Change(Session("a", "das"), {0: block(0), 1: block(1)}, Overview(kept=1)))
    feed.put("a", Change(Session("a", "das", title="t"), {1: block(1, "more"), 2: block(2)}))
    feed.put("b", Change(overview=Overview(kept=2)))
    drained = feed.drain()
    assert drained["a"] == Change(
        Session("a", "das", title="t"),
        {0: block(0), 1: block(1, "more"), 2: block(2)},
        Overview(kept=1),
    )
    assert drained["b"].overview == Overview(kept=2)
    assert feed.drain() == {}


def test_a_reset_forgets_the_blocks_before_it_and_stays_a_reset() -> None:
    feed = Feed(lambda: None)
    feed.put("a", Change(blocks={5: block(5, "old")}))
    feed.put("a", Change(blocks={0: block(0, "new")}, reset=True))
    feed.put("a", Change(blocks={1: block(1)}))
    change = feed.drain()["a"]
    assert change.reset
    assert change.blocks == {0: block(0, "new"), 1: block(1)}


def test_gone_takes_the_blocks_away() -> None:
    feed = Feed(lambda: None)
    feed.put("a", Change(blocks={0: block(0)}))
    feed.put("a", Change(gone=True))
    change = feed.drain()["a"]
    assert change.gone
    assert change.blocks == {}


def test_one_wake_for_each_period() -> None:
    wakes: list[int] = []
    feed = Feed(lambda: wakes.append(1))
    for _ in range(3):
        feed.put("a", Change())
        feed.put("b", Change())
    assert len(wakes) == 1
    feed.drain()
    assert len(wakes) == 1
    feed.put("a", Change())
    assert len(wakes) == 2


def test_a_reset_wakes_again() -> None:
    wakes: list[int] = []
    feed = Feed(lambda: wakes.append(1))
    feed.put("a", Change())
    feed.put("b", Change(reset=True))
    assert len(wakes) == 2


def test_nothing_is_lost_between_threads() -> None:
    woken = threading.Event()
    feed = Feed(woken.set)
    count = 3000

    def put() -> None:
        for index in range(count):
            feed.put("a", Change(blocks={index: block(index)}))

    thread = threading.Thread(target=put)
    thread.start()
    got: dict[int, Block] = {}
    while len(got) < count:
        assert woken.wait(5), "put, but nobody was woken"
        woken.clear()
        for change in feed.drain().values():
            got |= change.blocks
    thread.join()
    assert sorted(got) == list(range(count))


def test_what_waits_too_long_is_let_go_and_asked_for_again() -> None:
    asked: list[str] = []
    feed = Feed(lambda: None, asked.append, most=100)
    for index in range(1_000):
        feed.put("a", Change(Session("a", "dms", frames=index), {index: block(index)}))
        assert len(feed._changes["a"].blocks) <= 100
    feed.put("b", Change(blocks={0: block(0)}))
    assert asked == [], "nobody is there to take it"
    drained = feed.drain()
    assert asked == ["a"]
    assert drained["a"].blocks == {}
    assert drained["a"].session == Session("a", "dms", frames=999)
    assert drained["b"].blocks == {0: block(0)}
    feed.put("a", Change(blocks={1_000: block(1_000)}))
    assert feed.drain()["a"].blocks == {}, "a gap was handed over"
    assert asked == ["a"], "it was asked for already"
    feed.put("a", Change(blocks={i: block(i) for i in range(1_001)}, reset=True))
    feed.put("a", Change(blocks={1_001: block(1_001)}))
    drained = feed.drain()
    assert drained["a"].reset
    assert sorted(drained["a"].blocks) == list(range(1_002))
    feed.put("a", Change(blocks={1_002: block(1_002)}))
    assert sorted(feed.drain()["a"].blocks) == [1_002]
    assert asked == ["a"]


def test_a_reset_that_nobody_takes_does_not_grow_either() -> None:
    asked: list[str] = []
    feed = Feed(lambda: None, asked.append, most=100)
    feed.put("a", Change(blocks={i: block(i) for i in range(500)}, reset=True))
    for index in range(500, 601):
        feed.put("a", Change(blocks={index: block(index)}))
    change = feed.drain()["a"]
    assert (change.blocks, change.reset, asked) == ({}, False, ["a"])


def test_what_is_gone_is_not_asked_for() -> None:
    asked: list[str] = []
    feed = Feed(lambda: None, asked.append, most=10)
    feed.put("a", Change(blocks={i: block(i) for i in range(11)}))
    feed.put("a", Change(gone=True))
    assert feed.drain()["a"].gone
    assert asked == []
