"""The immutable choices of a reader: what is hidden, how wide, with which glyphs."""

from das_tui.light import dataclass
from das_tui.view.glyphs import UTF8, Glyphs

PROSE_WIDTH = 96
"""Prose wraps at this many cells however wide the pane is."""

NAMELESS_WIDTH = 57
"""Panes narrower than this many cells show a tool by its title alone."""


@dataclass(frozen=True, slots=True)
class ViewSpec:
    """How blocks become rows. Equal specs give equal rows.

    `width` is the width of the pane in cells, margins included. `threshold` hides blocks of a lower
    level, 0 shows all. `target` is the instance or database of the session. `show_levels` and
    `show_times` add columns at the right edge. `wrap_code` wraps code that is otherwise cut;
    `shift` is by how many cells code and tables are moved sideways. `utc` writes times in UTC
    instead of local time, `seconds` with their seconds. `compact` leaves out the blank rows around
    blocks, but for those above questions and steps. `now` is the present in UNIX seconds for
    running timers, 0 for none. `inline_code_marks` keeps the backticks of inline code for terminals
    without its tone. `name_width` is the column of tool names, 16 for sessions of the DAS agent, 0
    to leave names out. `table_rows` is how many rows of a result an open tool shows, 0 for all.
    `calls` adds the arguments of a tool to its title, for output that cannot be opened; `uncut`
    lets rows grow over `width` instead of cutting names, titles, tables and code, for output that
    is no terminal.
    """

    width: int
    threshold: int = 20
    glyphs: Glyphs = UTF8
    target: str = ""
    show_levels: bool = False
    show_times: bool = False
    wrap_code: bool = False
    shift: int = 0
    utc: bool = False
    seconds: bool = False
    compact: bool = False
    now: float = 0.0
    inline_code_marks: bool = False
    name_width: int = 13
    table_rows: int = 10
    calls: bool = False
    uncut: bool = False
