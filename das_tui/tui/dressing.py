"""What the settings change in the running app: colours, glyphs, and what it was started with."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from das_tui.tui.driver import HeedingDriver
from das_tui.tui.screens.main import MainScreen
from das_tui.tui.screens.page import Page
from das_tui.tui.theme import Palette, textual_theme
from das_tui.tui.widgets.pane import Pane
from das_tui.view.glyphs import Glyphs

if TYPE_CHECKING:
    from das_tui.tui.app import DasApp


def dress(app: "DasApp", palette: Palette, glyphs: Glyphs) -> None:
    """Draw everything with other colours and glyphs from now on."""
    app.palette, app.glyphs = palette, glyphs
    app.register_theme(textual_theme(palette))
    app.theme = palette.name
    main = app.main
    main.desk.spec = replace(main.desk.spec, glyphs=glyphs, inline_code_marks=palette.ansi)
    _paint_anew(app)
    # Once more when the style sheet has followed: it gives the ground below the rows.
    app.call_next(_paint_anew, app)


def _paint_anew(app: "DasApp") -> None:
    for screen in app.screen_stack:
        if not isinstance(screen, MainScreen | Page):
            continue
        screen.palette, screen.glyphs = app.palette, app.glyphs
        for pane in screen.query(Pane):
            pane.use(app.palette)
        screen.repaint()
    if app.lean is not None:
        app.lean.forget()
    app.refresh()


def adopt(app: "DasApp", **changes: Any) -> None:
    """Go on with other options (`AppOptions`), now and after a change of the profile."""
    app.options = replace(app.options, **changes)
    app.main.options = app.options


def use_mouse(app: "DasApp", on: bool) -> None:
    """Take the mouse, or leave it to the terminal."""
    adopt(app, mouse=on)
    if isinstance(app._driver, HeedingDriver):
        app._driver.use_mouse(on)
