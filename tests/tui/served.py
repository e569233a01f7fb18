"""The app on a built-in service in this process, whose log and files a test can look at."""

import contextlib
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

from das_tui.demo.config import ServiceConfig
from das_tui.demo.serve import Background
from das_tui.run.account import Account
from das_tui.wire.credentials import StaticProvider
from tests.driving import Scene, options, playing

KEYS = {"access_key_id": "ak", "access_key_secret": "secret"}


def account(url: str, **more: object) -> Account:
    """An account of the service at `url`."""
    base: dict[str, object] = {"profile": "prod", "das_endpoint": url, "dms_endpoint": url}
    provider = StaticProvider(KEYS["access_key_id"], KEYS["access_key_secret"])
    return Account(provider=provider, **{**base, **more})  # type: ignore[arg-type]


@contextlib.asynccontextmanager
async def served(
    folder: Path,
    service: Background | None = None,
    *,
    size: tuple[int, int] = (120, 36),
    look: Mapping[str, object] | None = None,
    **more: object,
) -> AsyncIterator[tuple[Scene, Background]]:
    """The app with an empty history in `folder`; `look` goes into the options of the app, `more`
    into the account."""
    with contextlib.ExitStack() as stack:
        if service is None:
            service = stack.enter_context(Background(ServiceConfig(speed=0, **KEYS)))
        given = options(
            None, folder / "history.db", account=account(service.url, **more), **(look or {})
        )
        async with playing(given, size) as scene:
            await scene.until(lambda: scene.main.ready, "the stored sessions")
            yield scene, service
