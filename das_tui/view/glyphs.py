"""The one table of glyphs, by name, in UTF-8 and in ASCII. No literal glyph stands elsewhere."""

from das_tui.light import dataclass


@dataclass(frozen=True, slots=True)
class Glyphs:
    live: str = "●"
    needs: str = "?"
    finished: str = "✓"
    failed: str = "✗"
    cut: str = "!"
    idle: str = "·"
    prompt: str = "❯"
    folded: str = "▸"
    open: str = "▾"
    gap: str = "┄"
    bar: str = "▎"
    heavy_bar: str = "┃"
    rule: str = "─"
    pane_rule: str = "│"
    mark: str = "◆"
    pin: str = "▴"
    progress: str = "━"
    step_bar: str = "▄"
    waiting: str = "╌"
    ellipsis: str = "…"
    sideways: str = "›"
    bullet: str = "•"
    caret: str = "▍"
    at_least: str = "≥"
    moved: str = "↓"
    raised: str = "↑"
    up: str = "↑"
    down: str = "↓"
    left: str = "←"
    right: str = "→"
    histogram: str = "▁▂▃▄▅▆▇"

    def moved_from(self, was: int, order: int) -> str:
        """The mark of what stood at the place `was` and stands at `order` now."""
        return self.moved if was < order else self.raised


UTF8 = Glyphs()
ASCII = Glyphs(
    live="*",
    needs="?",
    finished="+",
    failed="x",
    cut="!",
    idle=".",
    prompt=">",
    folded=">",
    open="v",
    gap=":",
    bar="#",
    heavy_bar="#",
    rule="-",
    pane_rule="|",
    mark="#",
    pin="^",
    progress="=",
    step_bar="=",
    waiting=".",
    ellipsis="~",
    sideways=">",
    bullet="*",
    caret="_",
    at_least=">=",
    moved="v",
    raised="^",
    up="up",
    down="down",
    left="left",
    right="right",
    histogram="",
)
