"""Makes `screenshots/` from the running app: `python -m tests.screens [NAME …]`.

The app, the engine, the store and the service are the real ones; only the terminal is Textual's
headless one, because that can write an SVG.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from das_tui.cli import account
from das_tui.cli.seeding import seed_long
from das_tui.demo import past
from das_tui.domain.blocks import Tool
from das_tui.domain.session import State
from das_tui.tui.options import LiveRun
from tests.driving import Scene, demo, options, playing

FOLDER = Path(__file__).parent.parent / "screenshots"
SPEED = 12.0


async def approved(scene: Scene) -> None:
    """Wait for an ask, read it, approve it."""
    await scene.answerable()
    await scene.keys("y")
    await scene.until(lambda: scene.main.dock is None, "the dock to go")


async def main_screen(scene: Scene) -> None:
    await scene.open("Empty stations")
    await approved(scene)
    await approved(scene)
    await scene.until(
        lambda: any("Altitude" in line.title for line in scene.overview.tools),
        "the tool after the statement",
    )
    reader = scene.main.reader
    assert reader is not None
    while not (
        isinstance(body := reader.transcript.block(reader.cursor).body, Tool)
        and body.title == "Imbalance"
    ):
        await scene.keys("K")
    await scene.keys("enter")


async def das_screen(scene: Scene) -> None:
    await scene.open("CPU at 97 %")
    await scene.until(lambda: len(scene.overview.tools) >= 5, "five tools")
    await scene.until(lambda: scene.overview.chars > 700, "the advice")


async def approve_screen(scene: Scene) -> None:
    await scene.open("晚点包裹 三月")
    await scene.answerable()


async def plan_screen(scene: Scene) -> None:
    await scene.open("Rebalance plan")
    await scene.answerable()


async def levels_screen(scene: Scene) -> None:
    await scene.until(lambda: scene.main.ready, "the stored sessions")
    await asyncio.to_thread(seed_long, str(scene.main.options.store_path))
    await scene.open("Late parcels")
    await scene.keys("L")


async def cut_screen(scene: Scene) -> None:
    await scene.open("Revenue 24/25")


async def failed_screen(scene: Scene) -> None:
    await scene.open("Deadlock 07:52")


async def help_screen(scene: Scene) -> None:
    await scene.open("Weekly report")
    await scene.keys("question_mark")


async def report_screen(scene: Scene) -> None:
    await scene.open("Weekly report")


async def sessions_screen(scene: Scene) -> None:
    await scene.open("Top ten teas")
    await scene.keys("tab", "j")


async def timeline_screen(scene: Scene) -> None:
    await main_screen(scene)
    await scene.keys("t")


async def course_screen(scene: Scene) -> None:
    await scene.open("Weekly report")
    await scene.keys("t", "j")


async def compare_screen(scene: Scene) -> None:
    """The report of this week beside that of the last one."""
    await scene.open("Weekly report")
    await scene.keys("ctrl+n")
    await scene.type("Write the weekly report of week 53.")
    await scene.keys("enter")
    await scene.until(
        lambda: scene.main.session is not None and scene.session.state is State.FINISHED,
        "the report",
    )
    await scene.keys("c")
    await scene.type("weekly report")
    await scene.keys("enter")
    await scene.until(lambda: "differ" in scene.text(), "both sides")


async def settings_screen(scene: Scene) -> None:
    await scene.open("Weekly report")
    await scene.keys("colon")
    await scene.type("settings")
    await scene.keys("enter")
    await scene.until(lambda: scene.main.dock is not None, "the menu")
    await scene.keys("j", "j")


async def command_screen(scene: Scene) -> None:
    await scene.open("Weekly report")
    await scene.keys("colon")
    await scene.type("theme das-")


async def search_screen(scene: Scene) -> None:
    await scene.open("Weekly report")
    await scene.keys("slash")
    await scene.type("rides")


async def filter_screen(scene: Scene) -> None:
    await scene.open("Weekly report")
    await scene.keys("ampersand")
    await scene.type("rides")
    await scene.keys("enter")


async def guard_screen(scene: Scene) -> None:
    await approve_screen(scene)
    await scene.keys("G", "y")
    await scene.type("rm-demo")


async def welcome_screen(scene: Scene) -> None:
    await scene.until(lambda: "LTAI" in scene.text(), "the credentials")


SCENES: dict[str, tuple[Callable[[Scene], Awaitable[None]], tuple[int, int], dict[str, object]]] = {
    "main-120": (main_screen, (120, 36), {"live": True}),
    "main-80": (report_screen, (80, 24), {}),
    "main-40": (report_screen, (40, 15), {}),
    "das-120": (das_screen, (120, 36), {"live": True}),
    "approve-120": (approve_screen, (120, 36), {}),
    "approve-80": (approve_screen, (80, 24), {}),
    "approve-40": (approve_screen, (40, 15), {}),
    "plan-100": (plan_screen, (100, 30), {}),
    "levels-120": (levels_screen, (120, 36), {}),
    "sessions-80": (sessions_screen, (80, 24), {}),
    "cut-100": (cut_screen, (100, 30), {}),
    "failed-100": (failed_screen, (100, 30), {}),
    "help-120": (help_screen, (120, 36), {}),
    "timeline-120": (timeline_screen, (120, 36), {"live": True}),
    "timeline-40": (course_screen, (40, 15), {}),
    "compare-120": (compare_screen, (120, 36), {}),
    "compare-80": (compare_screen, (80, 24), {}),
    "settings-120": (settings_screen, (120, 36), {"settings": True}),
    "command-80": (command_screen, (80, 24), {}),
    "search-120": (search_screen, (120, 36), {}),
    "filter-80": (filter_screen, (80, 24), {}),
    "guard-120": (guard_screen, (120, 36), {}),
    "nocolor-80": (report_screen, (80, 24), {"theme": "das-mono"}),
    "light-120": (report_screen, (120, 36), {"theme": "das-light"}),
    "ansi-120": (approve_screen, (120, 36), {"theme": "das-ansi"}),
    "ascii-80": (report_screen, (80, 24), {"theme": "das-ansi", "ascii": True}),
    "welcome-120": (welcome_screen, (120, 36), {"bare": True}),
}


def _empty_machine(home: Path) -> None:
    """An environment with one made-up key, so that no picture shows what the machine has."""
    for name in [n for n in os.environ if n.startswith(("ALIBABA_CLOUD_", "DATA_AGENT_"))]:
        del os.environ[name]
    os.environ["HOME"] = str(home)
    os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"] = "LTAIexampleexample01"
    os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] = "none"


async def shoot(name: str, folder: Path) -> None:
    """Run one scene and write its picture."""
    act, size, more = SCENES[name]
    if more.pop("bare", False):
        config = Path("~/.config/das-tui/config.toml")
        _empty_machine(folder)
        given = options(None, folder / "none.db", config_path=config, open_account=account.build)
        playing_it = playing(given, size)
    else:
        if more.pop("settings", False):
            os.environ.update({"HOME": str(folder), "TERM": "xterm", "COLORTERM": "truecolor"})
            more["settings_path"] = folder / ".config" / "das-tui" / "settings.toml"
        runs = [LiveRun(*question) for question in past.LIVE] if more.pop("live", False) else []
        playing_it = demo(folder, size=size, speed=SPEED, runs=runs, **more)
    async with playing_it as scene:
        await act(scene)
        await scene.pilot.pause()
        svg = scene.app.export_screenshot(title=f"das-tui   {size[0]}x{size[1]}")
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / f"{name}.svg").write_text(svg, encoding="utf-8")


def main(names: list[str]) -> None:
    """All scenes, or the named ones."""
    for name in names or list(SCENES):
        with tempfile.TemporaryDirectory() as folder:
            asyncio.run(shoot(name, Path(folder)))
        sys.stderr.write(f"{name}.svg\n")


if __name__ == "__main__":
    main(sys.argv[1:])
