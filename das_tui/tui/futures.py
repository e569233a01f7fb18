"""What pages do with the futures of the engine: results and failures, on the drawing thread."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar, cast

from textual.app import App

if TYPE_CHECKING:
    from das_tui.tui.app import DasApp

T = TypeVar("T")


def sentence(error: BaseException) -> str:
    """A failure in the words that it brings along: what happened, and what is safe to do next."""
    title, text, way_out = (getattr(error, name, "") for name in ("title", "text", "way_out"))
    text = text or str(error) or type(error).__name__
    return " ".join(filter(None, (title and f"{title}:", text, way_out)))


def on_this_thread(app: App[Any], act: Callable[[], object]) -> None:
    """Run `act` soon on the thread that draws; may be called from any thread."""

    def run() -> None:
        act()

    cast("DasApp", app).call_from_engine(run)


def when_done(
    app: App[Any],
    future: "Future[T]",
    done: Callable[[T], object],
    failed: Callable[[str], object],
) -> None:
    """Call `done` with the result, or `failed` with a sentence; neither if it was cancelled."""

    def settled(ended: "Future[T]") -> None:
        if ended.cancelled():
            return
        error = ended.exception()
        if error is not None:
            on_this_thread(app, lambda: failed(sentence(error)))
        else:
            on_this_thread(app, lambda: done(ended.result()))

    future.add_done_callback(settled)
