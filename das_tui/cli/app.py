"""`das-tui` without a command: the full-screen app."""

from dataclasses import replace
from pathlib import Path

from das_tui.cli import account, exits
from das_tui.cli.context import Context
from das_tui.cli.output import still_receiving, unstored
from das_tui.cli.terminal import ascii_only, need_terminal
from das_tui.config import settings
from das_tui.config.paths import (
    config_file,
    data_folder,
    history_file,
    settings_file,
    usable_folder,
)
from das_tui.config.profiles import Profile
from das_tui.config.settings import Settings
from das_tui.tui.options import AppOptions


def start(
    given: Context, *, ask: tuple[str, str, str] | None, attach: tuple[str, str] | None
) -> int:
    """Run the app. `ask` is (service, question, agent id or empty), `attach` (session id, agent
    id); without a profile they use the built-in one, a bare start has no account."""
    need_terminal()
    name, profile = account.choose(given)
    folder = usable_folder(data_folder())
    bare = not (name or ask or attach or profile.das_endpoint or profile.dms_endpoint)
    chosen = None if bare else account.build(name, profile)
    if chosen is not None and ask is not None and ask[2]:
        chosen = replace(chosen, das_agent_id=ask[2])
    remembered, trouble = settings.load_or_default(settings_file())
    from das_tui.tui import app

    code, wish = app.run(
        AppOptions(
            store_path=history_file(folder),
            account=chosen,
            ask=None if ask is None else ask[:2],
            attach=attach,
            level=_level(given, profile, remembered),
            ascii=ascii_only(given, remembered),
            mouse=given.mouse and remembered.mouse,
            theme=given.theme or remembered.theme,
            utc=remembered.utc,
            seconds=remembered.seconds,
            density=remembered.density,
            bell=remembered.bell,
            order=remembered.order,
            group=remembered.group,
            link=remembered.link,
            config_path=config_file(),
            settings_path=settings_file(),
            keep_days=remembered.keep_days,
            keep_megabytes=remembered.keep_megabytes,
            keys=remembered.keys,
            trouble=trouble,
            open_account=account.build,
            open_editor=_edit,
            on_receiving=still_receiving,
            on_unstored=unstored,
        )
    )
    if wish == "demo":
        from das_tui.cli import demo

        return demo.start(given)
    return code


def _edit(path: Path) -> str:
    """Let the operator edit `path`; empty, or why that did not work."""
    from das_tui.cli import config

    try:
        config.open_editor(path)
    except exits.Stop as stop:
        return stop.text
    return ""


def _level(given: Context, profile: Profile, remembered: Settings) -> int:
    """The threshold at start: of the command line, the profile, the last time."""
    for wanted in (given.level, profile.level):
        if wanted is not None:
            return wanted
    return remembered.level
