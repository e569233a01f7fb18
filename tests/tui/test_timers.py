"""A timer that begins late rings all the same."""

import itertools

import pytest
from textual import _time, message_pump, timer
from textual.app import App

from das_tui.tui import timers


@pytest.mark.parametrize("kind", [timers.Certain, timer.Timer])
async def test_one_ring_is_never_taken_for_one_that_was_missed(
    kind: type[timer.Timer], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every look at the clock finds it a tenth of a second later, as on a machine that is busy."""
    monkeypatch.setattr(message_pump, "Timer", timer.Timer)
    if kind is timers.Certain:
        timers.install()
    app: App[None] = App()
    rung: list[bool] = []
    async with app.run_test() as pilot:
        clock = itertools.count(1000.0, 0.1)
        monkeypatch.setattr(_time, "get_time", lambda: next(clock))
        begun = app.set_timer(0.001, lambda: rung.append(True))
        assert begun._task is not None
        await begun._task
        await pilot.pause()
    # The second case says that Textual still needs this.
    assert bool(rung) is (kind is timers.Certain)
