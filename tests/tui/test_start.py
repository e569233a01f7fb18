"""The start: what is on the screen first, and that nothing is done twice for it."""

from pathlib import Path

from textual.css.stylesheet import Stylesheet
from textual.events import Key

from das_tui.store.store import Store
from das_tui.tui.app import DasApp
from das_tui.tui.options import AppOptions
from tests.driving import demo


def test_the_styles_are_of_the_palette_from_the_begin(tmp_path: Path) -> None:
    for theme, dark in (("das-dark", True), ("das-light", False), ("das-ansi", True)):
        app = DasApp(AppOptions(store_path=tmp_path / "history.db", theme=theme))
        assert app.theme == theme
        assert app.current_theme.name == theme
        assert app.stylesheet._variables == app.get_css_variables()
        assert app.stylesheet._variables["background"]
        assert app.has_class("-dark-mode") is dark
        assert app.has_class("-light-mode") is not dark
        assert app.has_class(f"-theme-{theme}")


async def test_the_main_screen_stands_alone_and_styles_are_not_parsed_again(
    tmp_path: Path,
) -> None:
    Store.open(tmp_path / "history.db").close()
    again = []
    parse = Stylesheet.reparse

    def reparse(sheet: Stylesheet) -> None:
        again.append(sheet)
        parse(sheet)

    Stylesheet.reparse = reparse  # type: ignore[method-assign]
    try:
        app = DasApp(AppOptions(store_path=tmp_path / "history.db"))
        async with app.run_test(size=(100, 30)) as pilot:
            assert app.screen_stack == [app.main]
            await pilot.press("question_mark")
            assert len(app.screen_stack) == 2
            await pilot.press("escape")
            assert app.screen_stack == [app.main]
    finally:
        Stylesheet.reparse = parse  # type: ignore[method-assign]
    assert not again


async def test_a_key_that_moves_panes_is_painted_with_it(tmp_path: Path) -> None:
    async with demo(tmp_path) as scene:
        await scene.until(lambda: scene.main._layout.rects.get("sidebar"), "the sidebar")
        await scene.pilot.pause()
        painted: list[int] = []
        screen, shown = scene.main, scene.main._compositor_refresh

        def refresh() -> None:
            painted.append(screen._pane("transcript").region.width)
            shown()

        screen._compositor_refresh = refresh  # type: ignore[method-assign]
        await scene.app.on_event(Key("z", "z"))
        assert painted, "the key waited for a timer"
        assert painted[-1] == screen.size.width
        assert not screen._layout_required
