"""The engine's thread stands aside while something is drawn, but not for ever."""

import threading
import time

from das_tui.run.way import LONGEST, Right


class Giver:
    """A thread that gives way once."""

    def __init__(self, right: Right) -> None:
        self.through = threading.Event()
        self._right = right
        self._thread = threading.Thread(target=self._give)

    def _give(self) -> None:
        self._right.give()
        self.through.set()

    def __enter__(self) -> "Giver":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join()


def test_nobody_waits_where_nothing_is_drawn() -> None:
    right = Right()
    began = time.perf_counter()
    for _ in range(1_000):
        right.give()
    assert time.perf_counter() - began < 0.1


def test_it_waits_until_all_is_drawn() -> None:
    right = Right()
    right._since = float("inf")
    with right:
        right._since = time.monotonic() + 60.0  # As if it had only just begun.
        with Giver(right) as giver:
            with right:
                assert not giver.through.wait(0.05)
            assert not giver.through.wait(0.05), "the outer one is still at it"
            right.__exit__(None, None, None)
            assert giver.through.wait(5.0)
            right.__enter__()


def test_who_draws_for_long_has_to_share() -> None:
    right = Right()
    with right:
        began = time.perf_counter()
        with Giver(right) as giver:
            assert giver.through.wait(5.0)
        assert time.perf_counter() - began >= LONGEST * 0.5
        later = time.perf_counter()
        right.give()
        assert time.perf_counter() - later < LONGEST


def test_an_error_gives_the_way_free() -> None:
    right = Right()
    try:
        with right:
            raise KeyError
    except KeyError:
        pass
    with Giver(right) as giver:
        assert giver.through.wait(5.0)
