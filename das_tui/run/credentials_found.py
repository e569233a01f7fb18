"""What the app may know of credentials: which ones this machine has, and how those in use stand.

Each look-up runs in a thread of its own and gives a future, so that no screen waits for a disk or
a metadata service. No key leaves the wire room; what is shown of one is masked there.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING, TypeVar

from das_tui.run.account import Account

if TYPE_CHECKING:
    from das_tui.wire.credentials import Provider, Standing
    from das_tui.wire.discovery import Found

__all__ = ["Found", "Standing", "check", "discover", "probe_machine_role", "provider", "standing"]

Result = TypeVar("Result")


def discover() -> Future[tuple[Found, ...]]:
    """The credentials in the environment and in the files of the official tools, each with the
    `spec` for `credentials` of a profile, a `label` in words, the `masked` key and its `kind`.
    Nothing is sent."""

    def look() -> tuple[Found, ...]:
        from das_tui.wire.discovery import discover as found

        return found()

    return _aside(look)


def probe_machine_role() -> Future[Found | None]:
    """The RAM role of this ECS machine, None without one, after two seconds at the latest. Asks
    the metadata service, which is no other host's business, so only after the operator's word."""

    def look() -> Found | None:
        from das_tui.wire.discovery import probe_machine_role as probe

        return asyncio.run(probe())

    return _aside(look)


def provider(spec: str) -> Provider:
    """The provider for `credentials` of a profile. Raises `NoCredentials` for an unknown word;
    reads nothing yet."""
    from das_tui.wire.credentials import provider as named

    return named(spec)


def standing(account: Account) -> Standing:
    """How the credentials of an account stand, by what was found last: `source`, `masked`,
    `expires_at` (UNIX seconds or None), `kind`, `renews`. Asks nobody."""
    return account.provider.standing()


def check(account: Account) -> Future[Standing]:
    """Find the credentials of an account now, as before a request; how they stand then. Raises
    `NoCredentials`, which says what was tried. Nothing is sent to the two services."""

    def look() -> Standing:
        asyncio.run(_got(account))
        return standing(account)

    return _aside(look)


async def _got(account: Account) -> None:
    await account.provider.get()


def _aside(work: Callable[[], Result]) -> Future[Result]:
    """What `work` gives, from a daemon thread, which the end of the program does not wait for."""
    future: Future[Result] = Future()

    def run() -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(work())
        except BaseException as error:
            future.set_exception(error)

    threading.Thread(target=run, name="credentials", daemon=True).start()
    return future
