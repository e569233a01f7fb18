"""Events told to a `Turn`, and what came of them."""

from das_tui.domain import events as ev
from das_tui.domain.blocks import Body
from das_tui.domain.events import AnyEvent
from das_tui.domain.turn import Turn


def tell(*events: AnyEvent, turn: Turn | None = None, step: float = 1.0) -> Turn:
    """Each event `step` seconds after the one before, each from a record of its own."""
    turn = turn or Turn()
    for event in events:
        position = turn.overview.kept + 1
        turn.apply(event, 1000.0 + step * position, position)
    return turn


def bodies(turn: Turn) -> list[Body]:
    return [block.body for block in turn.blocks]


def data(category: str, text: str, level: int | None = None) -> ev.ContentArrived:
    return ev.ContentArrived(category=category, content_type="json", text=text, level=level)


def begin(category: str, level: int | None = None) -> ev.ContentStarted:
    return ev.ContentStarted(category=category, content_type="json", level=level)


def piece(category: str | None, text: str, level: int | None = None) -> ev.ContentAppended:
    return ev.ContentAppended(category=category, content_type="json", text=text, level=level)


def finish(category: str | None, level: int | None = None) -> ev.ContentFinished:
    return ev.ContentFinished(category=category, content_type="json", level=level)
