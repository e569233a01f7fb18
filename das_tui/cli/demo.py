"""`das-tui demo`: the app against the built-in service."""

import contextlib
import secrets
import time
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import click

from das_tui.cli import exits
from das_tui.cli.app import ascii_only, need_terminal
from das_tui.cli.main import Context
from das_tui.config import settings
from das_tui.config.paths import demo_folder, history_file, private_folder, settings_file
from das_tui.demo import past
from das_tui.demo.child import Service
from das_tui.demo.config import ServiceConfig
from das_tui.domain.session import Session
from das_tui.run.account import Account
from das_tui.run.past import keep
from das_tui.store.store import Store
from das_tui.tui.options import AppOptions, LiveRun
from das_tui.wire.credentials import StaticProvider

_PROFILE = "demo"
_REGION = "cn-hangzhou"
_PRICE = 0.00021
_LEVEL = 20


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
    folder = private_folder(demo_folder())
    with ThreadPoolExecutor(1) as pool:
        # The service starts while the app is loaded and the store is filled.
        starting = pool.submit(
            Service.start, state_file=folder / "service.json", scenario=scenario, speed=speed
        )
        try:
            seed(history_file(folder))
            from das_tui.tui import app

            code, _ = app.run(_options(given, folder, _started(starting)))
            return code
        finally:
            with contextlib.suppress(OSError):
                starting.result().close()


def _started(starting: Future[Service]) -> Service:
    try:
        return starting.result()
    except OSError as error:
        raise exits.Stop(exits.LOCAL, str(error)) from error


def _options(given: Context, folder: Path, service: Service) -> AppOptions:
    remembered = settings.load(settings_file())
    account = Account(
        provider=StaticProvider(service.access_key_id, service.access_key_secret),
        profile=_PROFILE,
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
        level=_LEVEL if given.level is None else given.level,
        ascii=ascii_only(given, remembered),
        mouse=given.mouse and remembered.mouse,
        theme=given.theme or remembered.theme,
        utc=remembered.utc,
        runs=tuple(LiveRun(*question) for question in past.LIVE),
    )


def seed(path: Path, now: float | None = None) -> None:
    """On the first start, fill the store at `path` with the demo's older sessions, through the
    ordinary decode and append, as of `now`. A start that was broken off leaves nothing."""
    if path.exists():
        return
    draft = path.with_name(f"seed-{secrets.token_hex(6)}.db")
    at = time.time() if now is None else now
    try:
        store = Store.open(draft)
        for older in reversed(past.sessions(at)):
            began = at - older.age
            row = Session(
                key=secrets.token_hex(8),
                service=older.service,
                session_id=older.session_id,
                agent_id=older.agent_id,
                title=older.title,
                target=older.target,
                profile=_PROFILE,
                created_at=began,
                asked_at=began,
                last_at=began,
                since=began,
            )
            kept = keep(store, row, ((began + seconds, item) for seconds, item in older.items))
            store.change(kept.key, seen=max(0, kept.blocks - older.unread))
        store.close()
        draft.rename(path)
    finally:
        for left in path.parent.glob(f"{draft.name}*"):
            left.unlink(missing_ok=True)
