"""The text field of the composer."""

import inspect
from collections.abc import Awaitable
from functools import partial
from typing import ClassVar

from textual.actions import parse
from textual.binding import BindingType
from textual.events import Key
from textual.geometry import Region
from textual.widgets import TextArea


class Editor(TextArea, inherit_bindings=True):
    """A plain text area without decoration. The screen sees every key first."""

    BINDINGS: ClassVar[list[BindingType]] = []
    DEFAULT_CSS = """
    Editor {
        position: absolute; width: 10; height: 1; layer: over;
        border: none; padding: 0; background: $panel; color: $foreground;
        scrollbar-size: 0 0; overflow: hidden;
    }
    Editor:focus { border: none; background: $panel; }
    Editor .text-area--cursor-line { background: $panel; }
    Editor .text-area--cursor { background: $accent; color: $background; }
    Editor .text-area--selection { background: $das-sel; }
    """

    def __init__(self) -> None:
        super().__init__(
            id="editor",
            soft_wrap=True,
            show_line_numbers=False,
            tab_behavior="focus",
            compact=True,
            highlight_cursor_line=False,
        )
        self.cursor_blink = False

    def place(self, region: Region | None) -> None:
        """Stand at `region` of the screen, or nowhere."""
        self.display = region is not None
        if region is not None:
            self.styles.offset = (region.x, region.y)
            self.styles.width = region.width
            self.styles.height = region.height

    @property
    def on_first_line(self) -> bool:
        """Whether the cursor stands on the first line of the text."""
        return self.cursor_location[0] == 0

    def type(self, text: str) -> None:
        """Text at the cursor, in the place of what is selected."""
        start, end = self.selection
        self.replace(text, start, end, maintain_selection_offset=False)

    def press(self, key: str) -> bool:
        """Do now what the field does with an editing key; False for a key that it does not know."""
        for binding in self._bindings.key_to_bindings.get(key, ()):
            _, name, parameters = parse(binding.action)
            act = getattr(self, f"action_{name}", None)
            if act is not None:
                doing = act(*parameters)
                if inspect.isawaitable(doing):
                    self.call_next(partial(_waited_for, doing))
                return True
        return False

    def insert_line(self) -> None:
        """A line break at the cursor."""
        self.type("\n")

    async def _on_key(self, event: Key) -> None:
        """Enter and tab belong to the screen, which sees them first; the rest edits."""
        if event.key in {"enter", "tab", "escape"}:
            event.prevent_default()
            return
        await super()._on_key(event)


async def _waited_for(doing: Awaitable[None]) -> None:
    await doing
