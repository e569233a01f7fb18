"""`das-tui demo`: the app against the built-in service."""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import click

from das_tui.cli import exits, seeding
from das_tui.cli.context import Context
from das_tui.cli.output import still_receiving, unstored
from das_tui.cli.terminal import ascii_only, need_terminal
from das_tui.config import settings
from das_tui.config.paths import (
    data_folder,
    demo_folder,
    history_file,
    private_folder,
    settings_file,
)
from das_tui.demo import past
from das_tui.demo.child import Service
from das_tui.demo.config import ServiceConfig
from das_tui.run.account import Account
from das_tui.tui.options import AppOptions, LiveRun
from das_tui.wire.credentials import StaticProvider

_REGION = "cn-hangzhou"
_PRICE = 0.00021
_ASKING = "asking.lock"
"""Of several demos on one folder the first asks the questions of the start, while it is up."""


@click.command("demo")
@click.option("--speed", type=click.FloatRange(min=0), default=1.0, help="2 is twice as fast.")
@click.option("--scenario", metavar="NAME", help="Scenario for every question that it fits.")
@click.pass_obj
def command(given: Context, speed: float, scenario: str | None) -> int:
    """Show the app against a built-in service, without an account.

    The service is a child process on this machine and ends with the app. The demo has a data
    folder of its own.
    """
    if scenario is not None:
        try:
            ServiceConfig().with_scenario(scenario)
        except ValueError as error:
            raise click.UsageError(str(error)) from error
    return start(given, speed=speed, scenario=scenario)


def start(given: Context, *, speed: float = 1.0, scenario: str | None = None) -> int:
    """Run the demo; the exit code of the app."""
    need_terminal()
    private_folder(data_folder())
    folder = private_folder(demo_folder())
    with asker(folder) as asks, ThreadPoolExecutor(1) as pool:
        # The service starts while the app is loaded and the store is filled.
        starting = pool.submit(
            Service.start, state_file=folder / "service.json", scenario=scenario, speed=speed
        )
        long = None
        try:
            seeding.seed(history_file(folder))
            from das_tui.tui import app

            options = _options(given, folder, _started(starting), asks=asks)
            long = seeding.start_long(options.store_path)
            code, _ = app.run(options)
            return code
        finally:
            if long is not None:
                long.terminate()
                long.wait()
            with contextlib.suppress(OSError):
                starting.result().close()


@contextlib.contextmanager
def asker(folder: Path) -> Iterator[bool]:
    """Whether this demo is the one that asks; nobody else is while it stays in here."""
    claim = os.open(folder / _ASKING, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(claim)


def _started(starting: Future[Service]) -> Service:
    try:
        return starting.result()
    except OSError as error:
        raise exits.Stop(exits.LOCAL, str(error)) from error


def _options(given: Context, folder: Path, service: Service, *, asks: bool) -> AppOptions:
    remembered, trouble = settings.load_or_default(settings_file())
    account = Account(
        provider=StaticProvider(service.access_key_id, service.access_key_secret),
        profile=seeding.PROFILE,
        region=_REGION,
        das_endpoint=service.url,
        dms_endpoint=service.url,
        production=True,
        concurrency=4,
        price_per_char=_PRICE,
    )
    return AppOptions(
        store_path=history_file(folder),
        account=account,
        demo=True,
        level=remembered.level if given.level is None else given.level,
        ascii=ascii_only(given, remembered),
        mouse=given.mouse and remembered.mouse,
        theme=given.theme or remembered.theme,
        utc=remembered.utc,
        seconds=remembered.seconds,
        density=remembered.density,
        bell=remembered.bell,
        link=remembered.link,
        order=remembered.order,
        group=remembered.group,
        keys=remembered.keys,
        settings_path=settings_file(),
        trouble=trouble,
        on_receiving=still_receiving,
        on_unstored=unstored,
        runs=tuple(LiveRun(*question) for question in past.LIVE) if asks else (),
    )
