"""What the engine does while its file cannot be written, and when something in it failed."""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from das_tui.store.errors import StoreError
from das_tui.store.store import Store

log = logging.getLogger("das_tui.run")

REGAIN_SECONDS = 5.0
"""How often it is tried to write to the file after all."""


async def regained(store: Store, every: float = REGAIN_SECONDS) -> None:
    """Return when a store that stands in for a file has found back to it."""
    while store.is_lost:
        await asyncio.sleep(every)
        try:
            store.regain()
        except (StoreError, OSError) as error:
            log.warning("the history is still not written: %s", error)


def heed(loop: asyncio.AbstractEventLoop, failed: Callable[[BaseException], None]) -> None:
    """Tell `failed` of an error in a callback of `loop`, where nobody else would hear of it."""

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error = context.get("exception")
        if isinstance(error, Exception) and "handle" in context:
            failed(error)
        elif error is not None:
            log.error("%s: %s", context.get("message"), type(error).__name__)

    loop.set_exception_handler(handle)


def heed_task(task: "asyncio.Task[None]", failed: Callable[[BaseException], None]) -> None:
    """Tell `failed` of an error that ends a task which nobody waits for."""

    def ended(task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        if error is not None:
            failed(error)

    task.add_done_callback(ended)
