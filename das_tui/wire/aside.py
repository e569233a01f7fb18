"""Calls that block, off the event loop, in threads that nobody has to wait for at the end."""

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


async def aside(work: Callable[[], Result], name: str) -> Result:
    """What `work` returns or raises, from a thread of its own called `name`.

    The thread is a daemon: cancelling the wait, for example by a time limit, leaves it behind,
    and the program can still end, which the loop's own executor would not allow.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Result] = loop.create_future()

    def give(result: Result) -> None:
        if not done.done():
            done.set_result(result)

    def fail(error: Exception) -> None:
        if not done.done():
            done.set_exception(error)

    def run() -> None:
        try:
            result = work()
        except Exception as error:
            _tell(loop, fail, error)
        else:
            _tell(loop, give, result)

    threading.Thread(target=run, name=name, daemon=True).start()
    return await done


def _tell(loop: asyncio.AbstractEventLoop, settle: Callable[[Result], None], value: Result) -> None:
    try:
        loop.call_soon_threadsafe(settle, value)
    except RuntimeError:
        return  # the loop was closed while the work ran; nobody waits any more
